"""What an answer, or its absence, says about a request: accepted, surely not accepted, or unknown."""

from __future__ import annotations

import errno
from dataclasses import dataclass
from enum import StrEnum

# What the generator's own machine ran out of; it says nothing about the target.
_OWN_LIMITS = {errno.EMFILE, errno.ENFILE, errno.EADDRNOTAVAIL, errno.ENOBUFS, errno.ENOMEM}


class Kind(StrEnum):
    """The words of the evidence: accepted, surely not accepted, nobody knows."""

    OK = "ok"
    FAIL = "fail"
    INFO = "info"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How one request ended.

    Args:
        kind: what may be concluded from it.
        status: of the whole answer; None without one, or where answers have no number.
        error: why it is not OK, in few words; empty for OK.
        completed: True for a whole answer.
        own_limit: True when the generator itself could not send it: out of ports, files or memory.
    """

    kind: Kind
    status: int | None = None
    error: str = ""
    completed: bool = False
    own_limit: bool = False


_ACCEPTED = {status: Outcome(kind=Kind.OK, status=status, completed=True) for status in range(200, 300)}


def of_answer(status: int, body: str) -> Outcome:
    """The outcome of a whole answer.

    2xx is an acknowledgement. 4xx and 503 are refusals, which promise that nothing was taken. Anything else
    (a redirect, which is never followed, or a server that broke over the request) leaves open what was done.
    """
    if accepted := _ACCEPTED.get(status):
        return accepted
    refused = 400 <= status <= 499 or status == 503
    error = f"{status} {body[:200]}".strip()
    return Outcome(kind=Kind.FAIL if refused else Kind.INFO, status=status, error=error, completed=True)


def of_replies(error: str) -> Outcome:
    """The outcome of whole answers that carry no status: an error in them is a refusal."""
    return Outcome(kind=Kind.FAIL if error else Kind.OK, error=error[:200], completed=True)


def of_silence(problem: str, *, left: bool) -> Outcome:
    """The outcome of a request without a whole answer.

    Args:
        problem: what happened instead.
        left: True when a byte of it may have left; then nobody knows.
    """
    if left:
        return Outcome(kind=Kind.INFO, error=problem)
    return Outcome(kind=Kind.FAIL, error=f"not sent: {problem}")


def of_problem(problem: Exception, *, left: bool) -> Outcome:
    """The outcome of a request that an error ended; an error of the generator's own machine is told apart."""
    text = f"{type(problem).__name__}: {problem}"
    if not left and isinstance(problem, OSError) and problem.errno in _OWN_LIMITS:
        return Outcome(kind=Kind.FAIL, error=f"not sent, the generator's own limit: {text}", own_limit=True)
    return of_silence(text, left=left)
