"""Who a run is: its id, the process that owns it, and the labels that all its resources carry."""

from __future__ import annotations

import os
import secrets
import socket
import time
from dataclasses import dataclass
from pathlib import Path

from harness.processes import process

RUN_LABEL = "chaos-harness.run"
OWNER_LABEL = "chaos-harness.owner"
SERVICE_LABEL = "chaos-harness.containers.plan"
KEEP_LABEL = "chaos-harness.keep"


def new_run_id() -> str:
    """A run id that sorts by time and that two runs on one machine never share."""
    return f"{time.strftime('%Y%m%d-%H%M%S', time.gmtime())}-{secrets.token_hex(3)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """A process of this machine; its start time tells it from a later one with the same number."""

    pid: int
    started_ticks: int
    boot_id: str
    namespace: str
    host: str

    @classmethod
    def this_process(cls) -> Owner:
        """The owner that resources made by this process carry."""
        return cls(
            pid=os.getpid(),
            started_ticks=_start_ticks(os.getpid()) or 0,
            boot_id=_boot_id(),
            namespace=_namespace(),
            host=socket.gethostname(),
        )

    @classmethod
    def from_label(cls, label: str) -> Owner | None:
        """The owner written on a label, or None where the label is not one of ours."""
        try:
            pid, ticks, boot_id, namespace, host = label.split("/")
            return cls(pid=int(pid), started_ticks=int(ticks), boot_id=boot_id, namespace=namespace, host=host)
        except ValueError:
            return None

    @property
    def label(self) -> str:
        """The owner as a label's value."""
        return f"{self.pid}/{self.started_ticks}/{self.boot_id}/{self.namespace}/{self.host}"

    @property
    def alive(self) -> bool:
        """True while that very process runs; also where that cannot be told from here.

        A process of another machine that shares the engine, or of another PID namespace (a CI job in a container),
        cannot be seen: what it owns is left alone.
        """
        if self.host != socket.gethostname():
            return True
        if self.boot_id != _boot_id():
            return False
        return self.namespace != _namespace() or _start_ticks(self.pid) == self.started_ticks


def labels(run_id: str, *, service: str = "", keep: bool = False) -> dict[str, str]:
    """Labels of a resource of a run.

    Args:
        run_id: the run.
        service: the service, for containers.
        keep: the resource outlives its process on purpose (`harness stack up`); only a request by name,
            or `harness sweep --all`, removes it.
    """
    marks = {RUN_LABEL: run_id, OWNER_LABEL: Owner.this_process().label, SERVICE_LABEL: service}
    return {**marks, KEEP_LABEL: "yes"} if keep else marks


def _namespace() -> str:
    """The PID namespace, for example "pid:[4026531836]" (pid_namespaces(7))."""
    return str(Path("/proc/self/ns/pid").readlink())


def _boot_id() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()


def _start_ticks(pid: int) -> int | None:
    """Start time in clock ticks since boot; None when gone."""
    found = process(pid)
    return None if found is None or found.state == "Z" else found.started_ticks
