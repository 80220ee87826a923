"""Faults on a container: stop, kill, pause, restart."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from harness.containers import ready
from harness.containers.running import RunningStack
from harness.faults.hold import For, Hold
from harness.poll import Seen

STOP_GRACE_S = 5  # after SIGTERM; then the engine kills


@dataclass(frozen=True, slots=True, kw_only=True)
class _Down:
    """What stop and kill have in common: the container has ended, and a start heals it."""

    target: str
    hold: Hold = field(default_factory=lambda: For(production_s=60))

    def effect(self, stack: RunningStack) -> str:
        """The container's state says that it ended."""
        state = stack.container(self.target).attrs["State"]
        if state["Running"]:
            raise Seen(f"{self.target} is {state['Status']}")
        return f"{self.target} ended with exit code {state['ExitCode']}"

    def mend(self, stack: RunningStack) -> None:
        """Start it; nothing happens while it runs."""
        stack.container(self.target).start()

    def healed(self, stack: RunningStack) -> str:
        """The service answers again."""
        return ready.answers(stack, stack.plan.service(self.target))


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop(_Down):
    """SIGTERM, as an orderly shutdown does; SIGKILL after 5 s."""

    kind: ClassVar[str] = "stop"

    def strike(self, stack: RunningStack) -> None:
        """Stop the container."""
        stack.container(self.target).stop(timeout=STOP_GRACE_S)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kill(_Down):
    """SIGKILL, as the kernel does when memory runs out."""

    kind: ClassVar[str] = "kill"

    def strike(self, stack: RunningStack) -> None:
        """Kill the container."""
        stack.container(self.target).kill(signal="SIGKILL")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """All processes frozen: connections stay open and nothing answers."""

    kind: ClassVar[str] = "pause"
    target: str
    hold: Hold = field(default_factory=lambda: For(production_s=60))

    def strike(self, stack: RunningStack) -> None:
        """Freeze the container."""
        stack.container(self.target).pause()

    def effect(self, stack: RunningStack) -> str:
        """The container's state says paused."""
        status = stack.container(self.target).status
        if status != "paused":
            raise Seen(f"{self.target} is {status}")
        return f"{self.target} is paused"

    def mend(self, stack: RunningStack) -> None:
        """Thaw it; nothing happens unless it is frozen."""
        container = stack.container(self.target)
        if container.status == "paused":
            container.unpause()

    def healed(self, stack: RunningStack) -> str:
        """The service answers again."""
        return ready.answers(stack, stack.plan.service(self.target))


@dataclass(frozen=True, slots=True, kw_only=True)
class Restart:
    """An orderly stop and an immediate start, with its data."""

    kind: ClassVar[str] = "restart"
    target: str
    hold: Hold = field(default_factory=lambda: For(production_s=0))

    def strike(self, stack: RunningStack) -> None:
        """Restart the container."""
        stack.container(self.target).restart(timeout=STOP_GRACE_S)

    def effect(self, stack: RunningStack) -> str:
        """The container has ended before and runs again since."""
        state = stack.container(self.target).attrs["State"]
        if not state["Running"] or state["FinishedAt"].startswith("0001-"):
            raise Seen(f"{self.target} is {state['Status']} and has not ended yet")
        return f"{self.target} ended at {state['FinishedAt']} and started at {state['StartedAt']}"

    def mend(self, stack: RunningStack) -> None:
        """Start it, in case the restart was cut short."""
        stack.container(self.target).start()

    def healed(self, stack: RunningStack) -> str:
        """The service answers again."""
        return ready.answers(stack, stack.plan.service(self.target))
