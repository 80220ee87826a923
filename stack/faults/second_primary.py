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
USER = "postgres"  # of the operating system, in both kinds of image; both have the server's programs on its path

# The server's own socket asks the owner for no password. Without a sign that it is a standby, a copy is a primary.
COPY = f"""
set -e
pg_basebackup -h /var/run/postgresql -U "$POSTGRES_USER" -D {FOLDER} -c fast -X stream -w --no-sync
pg_ctl -D {FOLDER} -s -w -t 20 -o "-p {PORT} -c fsync=off" -l {FOLDER}.log start
"""
# An orderly end: the first server is the container's first process, inherits the copy, and takes any process of its own
# that ends badly for a crash. A copy that does not run, or is not whole, is only deleted.
REMOVE = f"""
if pg_ctl -D {FOLDER} -s status >/dev/null 2>&1; then pg_ctl -D {FOLDER} -m fast -s -w -t 20 stop; fi
! pg_ctl -D {FOLDER} -s status >/dev/null 2>&1 && rm -rf {FOLDER} {FOLDER}.log
"""
SESSIONS = "SELECT NOT pg_is_in_recovery() AND count(*) > 0 FROM pg_stat_activity WHERE application_name LIKE '{}:%'"
ASK = f'psql -X -tA -h /var/run/postgresql -p {PORT} -U "$POSTGRES_USER" -d "$POSTGRES_DB" -c "{SESSIONS}"'


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondPrimary:
    """A copy of the database takes writes of its own, and one instance works on it; what it does there is lost.

    With its link to Redis cut as well, that instance leads there for as long as another leads here.

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
        """The copy is a primary, and the instance has sessions there."""
        _, told = _try(stack, ASK.format(self.instance))
        if told.strip() != "t":
            raise Seen(f"{self.instance} has no session on the copy yet: {' '.join(told.split())}")
        return f"{self.instance} works on a second primary on port {PORT}; {self._link.effect(stack)}"

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
    done = stack.container(SERVICE).exec_run(["sh", "-c", script], user=USER)
    output = done.output if isinstance(done.output, bytes) else b"".join(done.output)
    return int(done.exit_code or 0), output.decode(errors="replace")
