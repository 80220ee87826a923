"""A machine that stood still keeps no deadline: what was too late on it is doubtful, and no proof against the subject.

The load generator goes first on its machine (it runs above everything else) and sends around the clock. When even
it left long after a request was due, the services had no time either: the machine's host, its disk or other work
had taken it. Such a run does not release; but neither does it say that the subject was late.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from harness.checks.client_log import read_client
from harness.checks.reading import Reader, counted
from harness.model import Finding, FindingKind, History, Verdict

# A quiet machine with two cores, two stacks beside each other: the latest of 20,000 requests left 71 ms late. Five
# times what `LoadKept` allows the 99th percentile, and a quarter of the smallest scrape interval of a run.
STOOD_STILL_S: Final = 0.25
# Promises with a deadline. Safety has none: a signal executed twice is one on any machine.
_TIMED: Final = frozenset((FindingKind.ALERT, FindingKind.LIVENESS, FindingKind.DASHBOARD))


@dataclass(frozen=True, slots=True, kw_only=True)
class Standstill:
    """The longest time that the generator was held up, s, in how many requests, and where the record shows it."""

    longest_s: float
    requests: int
    place: str

    def __str__(self) -> str:
        """For people."""
        return (
            f"the machine stood still: {counted(self.requests, 'request')} left over {STOOD_STILL_S * 1000:g} ms late, "
            f"one of them {self.longest_s * 1000:.0f} ms ({self.place})"
        )


def standstill(history: History) -> Standstill | None:
    """Where the traffic shows that the machine stood still; None where it does not, or there was no traffic."""
    requests = Reader(history).once(read_client).requests.values()
    late = [(one.sent_s - one.due_s, one.sent_line) for one in requests if one.sent_s - one.due_s > STOOD_STILL_S]
    if not late:
        return None
    longest_s, line = max(late)
    return Standstill(longest_s=longest_s, requests=len(late), place=f"client.jsonl:{line}")


def doubted_for(still: Standstill | None, findings: Sequence[Finding]) -> list[Finding]:
    """The findings, where deadlines that were not kept on a machine that stood still are UNKNOWN instead of FAIL."""
    if still is None:
        return list(findings)
    return [
        replace(one, verdict=Verdict.UNKNOWN, message=f"{one.message} It proves nothing, as {still}.")
        if one.verdict is Verdict.FAIL and one.kind in _TIMED
        else one
        for one in findings
    ]
