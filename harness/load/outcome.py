"""What an answer, or its absence, says about a request: accepted, surely not accepted, or unknown."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


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
        status: of the whole answer; None without one.
        error: why it is not OK, in few words; empty for OK.
    """

    kind: Kind
    status: int | None = None
    error: str = ""


def of_answer(status: int, body: str) -> Outcome:
    """The outcome of a whole answer.

    2xx is an acknowledgement. 4xx and 503 are refusals, which promise that nothing was taken. Anything else
    (a redirect, which is never followed, or a server that broke over the request) leaves open what was done.
    """
    if 200 <= status <= 299:
        return Outcome(kind=Kind.OK, status=status)
    refused = 400 <= status <= 499 or status == 503
    return Outcome(kind=Kind.FAIL if refused else Kind.INFO, status=status, error=f"{status} {body[:200]}".strip())


def of_silence(problem: str, *, left: bool) -> Outcome:
    """The outcome of a request without a whole answer.

    Args:
        problem: what happened instead.
        left: True when a byte of it may have left; then nobody knows.
    """
    if left:
        return Outcome(kind=Kind.INFO, error=problem)
    return Outcome(kind=Kind.FAIL, error=f"not sent: {problem}")
