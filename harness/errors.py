"""What can go wrong, each with the exit code a script may rely on."""

from __future__ import annotations

from enum import IntEnum
from typing import ClassVar


class ExitCode(IntEnum):
    """Exit codes of `gate`, `run`, `judge` and the other commands."""

    PASS = 0
    FAIL = 1
    USAGE = 2
    UNKNOWN = 3
    INFRASTRUCTURE = 4
    INTERRUPTED = 130


class HarnessError(Exception):
    """An error told to the user in one sentence: what happened, where, and what to do."""

    exit_code: ClassVar[ExitCode] = ExitCode.INFRASTRUCTURE


class UsageError(HarnessError):
    """Input that cannot be used: an unknown scenario, a wrong setting, a file that does not load."""

    exit_code = ExitCode.USAGE


class EvidenceError(HarnessError):
    """Evidence that is missing, damaged or foreign, so that nothing may be concluded from it.

    Inside a judgement it makes the finding UNKNOWN; a folder that is no run at all is bad input.
    """

    exit_code = ExitCode.UNKNOWN


class InfrastructureError(HarnessError):
    """The engine, an image or a service failed the harness; the subject was not judged."""


class TimedOutError(InfrastructureError):
    """A bounded wait ran out; the message says for what, how long, and what was seen last."""


class Interrupted(BaseException):
    """Ctrl-C or SIGTERM: everything is undone, what was recorded stays.

    Like KeyboardInterrupt it is no Exception, so that nothing that mends errors can swallow it.
    """

    exit_code: ClassVar[ExitCode] = ExitCode.INTERRUPTED
