"""A service that starts while something is broken: what it does at its start is what is tried."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import requests

from harness import loopback
from harness.containers import ready
from harness.containers.plan import HttpReady
from harness.containers.running import RunningStack
from harness.errors import InfrastructureError
from harness.faults.base import StackFault
from harness.faults.container import STOP_GRACE_S
from harness.faults.hold import Hold
from harness.faults.remembered import Remembered
from harness.poll import Seen, until

BROKEN_WITHIN_S = 15.0
TRY_S = 2.0
_STARTED_AT: Remembered[str] = Remembered()  # of the process that the fault ends


@dataclass(frozen=True, slots=True, kw_only=True)
class StartedUnder:
    """A service is started again while another fault is in place, and once more when that is mended.

    The second start is what ends a start that failed or was slow: such a state lasts until the next one.

    Args:
        target: the service that is restarted.
        fault: what is broken while it starts; its hold is this fault's.
        again: start the service once more when the inner fault is mended.
    """

    kind: ClassVar[str] = "started-under"
    target: str
    fault: StackFault
    again: bool = True

    @property
    def hold(self) -> Hold:
        """How long the inner fault stays."""
        return self.fault.hold

    def strike(self, stack: RunningStack) -> None:
        """Break it, and restart the service once that is seen."""
        _STARTED_AT.keep(stack, self, _state(stack, self.target)["StartedAt"])
        self.fault.strike(stack)
        until(
            f"{self.fault.kind} of {self.fault.target} to take effect",
            lambda: self.fault.effect(stack),
            within_s=BROKEN_WITHIN_S,
            every_s=0.02,
        )
        stack.container(self.target).restart(timeout=STOP_GRACE_S)

    def effect(self, stack: RunningStack) -> str:
        """The inner fault is still seen, and another process than before answers in the service."""
        broken = self.fault.effect(stack)
        state = _state(stack, self.target)
        if not state["Running"]:
            raise InfrastructureError(f"{self.target} ended with exit code {state['ExitCode']} instead of starting")
        if state["StartedAt"] == _STARTED_AT.get(stack, self):
            raise Seen(f"{self.target} still runs since {state['StartedAt']}")
        return f"{broken}; {self.target} started under it at {state['StartedAt']} and {_speaks(stack, self.target)}"

    def mend(self, stack: RunningStack) -> None:
        """Mend the inner fault, then restart the service, unless neither was done or both are undone."""
        self.fault.mend(stack)
        if _STARTED_AT.get(stack, self) is None:
            return
        if self.again:
            stack.container(self.target).restart(timeout=STOP_GRACE_S)
        _STARTED_AT.forget(stack, self)

    def healed(self, stack: RunningStack) -> str:
        """The inner fault is healed and the service answers as a ready one."""
        mended = self.fault.healed(stack)
        return f"{mended}; {self.target}: {ready.answers(stack, stack.plan.service(self.target))}"


def _state(stack: RunningStack, service: str) -> dict[str, Any]:
    state: dict[str, Any] = stack.container(service).attrs["State"]
    return state


def _speaks(stack: RunningStack, service: str) -> str:
    """What the service says; under a fault any answer is one, also that it is not ready."""
    value = stack.plan.service(service)
    if not isinstance(value.ready, HttpReady):
        return f"says {ready.answers(stack, value)}"
    try:
        status = loopback.get(stack.url(service, value.ready.port) + value.ready.path, timeout=TRY_S).status_code
    except requests.RequestException as silence:
        raise Seen(f"{service} does not answer yet: {type(silence).__name__}") from silence
    return f"says HTTP {status}"
