"""PostgreSQL is split: a copy of the primary runs as a primary of its own, and an instance is connected to it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from harness.containers.running import RunningStack
from harness.errors import InfrastructureError
from harness.faults.hold import For, Hold
from harness.faults.reroute import Reroute
from harness.poll import Seen

SERVICE, PORT, FOLDER = "postgres", 5433, "/tmp/second-primary"  # noqa: S108 - inside the container

# Both kinds of image have the server's programs on the path; its own socket asks the owner for no password.
COPY = f"""
set -e
pg_basebackup -h /var/run/postgresql -U "$POSTGRES_USER" -D {FOLDER} -c fast -X stream -w
pg_ctl -D {FOLDER} -s -w -t 20 -o "-p {PORT}" -l {FOLDER}.log start
"""
REMOVE = f"""
[ -d {FOLDER} ] || exit 0
pg_ctl -D {FOLDER} -m immediate -s -w -t 20 stop
rm -rf {FOLDER} {FOLDER}.log
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondPrimary:
    """A copy of the database takes writes of its own, and one instance works on it.

    Args:
        instance: the one that is led astray.
        hold: how long.
    """

    kind: ClassVar[str] = "second-primary"
    instance: str
    hold: Hold = field(default_factory=lambda: For(production_s=60))

    @property
    def target(self) -> str:
        """The link that leads astray."""
        return f"{self.instance}:{SERVICE}"

    def strike(self, stack: RunningStack) -> None:
        """Copy the primary, start the copy, and lead the instance there."""
        _run(stack, COPY)
        self._link.strike(stack)

    def effect(self, stack: RunningStack) -> str:
        """The copy takes connections as a primary, and the link leads there."""
        _, ready = _try(stack, f"pg_isready -q -h /var/run/postgresql -p {PORT} && echo ready")
        if "ready" not in ready:
            raise Seen("the copy does not take connections yet")
        return f"a second primary listens on port {PORT}; {self._link.effect(stack)}"

    def mend(self, stack: RunningStack) -> None:
        """Lead the instance home, end the copy and delete it; nothing happens where there is none."""
        self._link.mend(stack)
        _run(stack, REMOVE)

    def healed(self, stack: RunningStack) -> str:
        """The link leads home and the copy is gone."""
        if "there" in _try(stack, f"[ -e {FOLDER} ] && echo there")[1]:
            raise Seen("the copy is still there")
        return f"{self._link.healed(stack)}; the copy is gone"

    @property
    def _link(self) -> Reroute:
        return Reroute(target=self.target, upstream=f"{SERVICE}:{PORT}", hold=self.hold)


def _run(stack: RunningStack, script: str) -> None:
    code, output = _try(stack, script)
    if code:
        raise InfrastructureError(f"a second primary: {' '.join(output.split())[-400:]}")


def _try(stack: RunningStack, script: str) -> tuple[int, str]:
    done = stack.container(SERVICE).exec_run(["sh", "-c", script], user=SERVICE)
    output = done.output if isinstance(done.output, bytes) else b"".join(done.output)
    return int(done.exit_code or 0), output.decode(errors="replace")
