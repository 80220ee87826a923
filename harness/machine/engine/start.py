"""Starting the engine where that is possible: installed from Debian packages, by systemd or by hand."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from harness.errors import TimedOutError
from harness.machine.engine.address import Address
from harness.machine.engine.state import EngineError, EngineState, EngineStatus
from harness.machine.engine.status import examine, program
from harness.machine.locks import exclusive
from harness.machine.packages import can_install, install
from harness.machine.state_folder import state_folder
from harness.machine.text_file import last_lines
from harness.poll import Seen, until
from harness.progress import Progress, step

READY_WITHIN_S = 60.0
"""A background dockerd is ready in 2-4 s; a slow disk with many images needs some ten times that."""


def bring_up(progress: Progress) -> EngineStatus:
    """Make sure that an engine answers; one that works is left alone.

    Args:
        progress: takes a line per step.

    Raises:
        EngineError: there is none and it cannot be installed or started here; says what to do.
    """
    status = examine()
    if status.usable:
        return status
    # Two set-ups at once: the second waits for the first, and finds an engine.
    with exclusive(state_folder() / "locks" / "engine", "another set-up to start the engine", within_s=600):
        status = _install_and_start(progress)
    if not status.usable:
        raise EngineError(status.sentence)
    return status


def _install_and_start(progress: Progress) -> EngineStatus:
    status = examine()
    if status.state is EngineState.NOT_INSTALLED and not status.chosen and can_install():
        with step(progress, "installing the container engine (docker.io)"):
            install(("docker.io", "iptables"))
        status = examine()
    if status.state is EngineState.STOPPED and not status.chosen and os.geteuid() == 0:
        with step(progress, "starting the container engine"):
            status = start(Address(host=status.host))
    return status


def start(
    where: Address,
    *,
    command: Sequence[str] | None = None,
    log: Path | None = None,
    within_s: float = READY_WITHIN_S,
) -> EngineStatus:
    """Start an engine and wait until it answers.

    Args:
        where: the address it will listen on.
        command: what starts it in the background; systemd or a plain `dockerd` when not given. No limits
            are asked for: a limit above the machine's own would fail the start.
        log: kept output of the background process.
        within_s: deadline, s.

    Raises:
        EngineError: it ended, or does not answer in time; the last lines of its log are told.
    """
    if command is None and _systemd_runs():
        _start_unit()
        return _await(where, within_s, process=None, log=None)
    kept = log or state_folder() / "dockerd.log"
    with kept.open("ab") as output:
        process = subprocess.Popen(
            list(command or (program() or "dockerd",)),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            cwd="/",
        )
    return _await(where, within_s, process=process, log=kept)


def _systemd_runs() -> bool:
    return Path("/run/systemd/system").is_dir() and shutil.which("systemctl") is not None


def _start_unit() -> None:
    done = subprocess.run(("systemctl", "start", "docker"), capture_output=True, text=True, timeout=120, check=False)
    if done.returncode != 0:
        raise EngineError(f"systemctl cannot start docker ({done.stderr.strip()}): see journalctl -u docker")


def _await(
    where: Address, within_s: float, *, process: subprocess.Popen[bytes] | None, log: Path | None
) -> EngineStatus:
    def answered() -> EngineStatus:
        if process is not None and process.poll() is not None:
            raise EngineError(f"the container engine ended with code {process.returncode} while starting{_tail(log)}")
        status = examine(where)
        if not status.usable:
            raise Seen(f"{status.state.value} ({status.seen})")
        return status

    try:
        return until("the container engine to answer", answered, within_s=within_s, every_s=0.1)
    except TimedOutError as late:
        raise EngineError(f"{late}{_tail(log)}") from late


def _tail(log: Path | None) -> str:
    return f"; the end of {log}:\n{last_lines(log, 20)}" if log else ""
