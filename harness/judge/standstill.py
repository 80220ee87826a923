"""A machine that stood still keeps no deadline: what was too late on it is doubtful, and no proof against the subject.

The load generator goes first on its machine (it runs above everything else) and sends around the clock. When even
it left long after a request was due, the services had no time either: the machine's host, its disk or other work
had taken it. Services starve before the generator does, so there are two more witnesses: what the host of a virtual
machine takes, and what other programs take where nothing is to spare. Such a run does not release; but neither does
it say that the subject was late. This is the one place that says so: of deadlines within the scenario, and of its
figures beside the objectives and the earlier runs of a gate.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from harness.checks.client_log import read_client
from harness.checks.reading import Reader, counted, finite
from harness.model import Finding, FindingKind, Verdict
from harness.recorded import History, Stream

# A quiet machine with two cores, two stacks beside each other: the latest of 20,000 requests left 71 ms late. Five
# times what `LoadKept` allows the 99th percentile, and a quarter of the smallest scrape interval of a run.
STOOD_STILL_S: Final = 0.25
# And the host took a quarter of what was wanted, for at least a second of processor time in three: a panel that takes a
# second then takes longer than its bound, and a lease of two seconds is renewed too late.
STOLEN_SHARE: Final = 0.25
STOLEN_S: Final = 1.0
SAMPLES_TOGETHER: Final = 3
# Or other programs took a quarter of all processors (a second gate of this project beside the first takes half) where
# next to nothing was idle: with time to spare they took it from nobody.
OTHERS_SHARE: Final = 0.25
SPARE_SHARE: Final = 0.05
# Promises with a deadline. Safety has none: a signal executed twice is one on any machine.
_TIMED: Final = frozenset((FindingKind.ALERT, FindingKind.LIVENESS, FindingKind.DASHBOARD))


def standstill(history: History, findings: Sequence[Finding]) -> str:
    """Why the times of a run prove nothing, for people; empty where its machine had the time.

    Once for long, or a little again and again: either takes time from the services too. So does a host that serves
    others, and so do other programs.

    Args:
        history: what was recorded; a single request tells of the first.
        findings: of the run's checks; `LoadKept`, by its own bound, tells of the second.
    """
    requests = Reader(history).once(read_client).requests.values()
    late = [(one.sent_s - one.due_s, one.sent_line) for one in requests if one.sent_s - one.due_s > STOOD_STILL_S]
    if late:
        longest_s, line = max(late)
        return (
            f"the machine stood still: {counted(len(late), 'request')} left over {STOOD_STILL_S * 1000:g} ms late, "
            f"one of them {longest_s * 1000:.0f} ms (client.jsonl:{line})"
        )
    if taken := _taken(history):
        return taken
    for one in findings:
        if one.measure is not None and one.measure.of_generator and one.verdict is not Verdict.PASS:
            return (
                f"the machine stood still again and again: 1 % of the requests left over {one.observed} ms late, "
                f"where {one.upper:g} ms are the most ({one.evidence})"
            )
    return _shared(history)


def _taken(history: History) -> str:
    """When the host took most, where it took too much; empty where it did not, or where nobody told."""
    told = [
        (finite(seen.data["used_s"], place), finite(seen.data["stolen_s"], place), place)
        for place, seen in Reader(history).only(Stream.COST, "processors")
    ]
    worst, where = 0.0, ""
    for at in range(len(told) - SAMPLES_TOGETHER + 1):
        together = told[at : at + SAMPLES_TOGETHER]
        used_s, stolen_s = sum(one[0] for one in together), sum(one[1] for one in together)
        if stolen_s >= STOLEN_S and stolen_s / (used_s + stolen_s) > worst:
            worst, where = stolen_s / (used_s + stolen_s), together[0][2]
    if worst < STOLEN_SHARE:
        return ""
    return (
        f"the machine stood still: its host took {worst:.0%} of the processor time that was wanted in "
        f"{SAMPLES_TOGETHER} s ({where})"
    )


def _shared(history: History) -> str:
    """When other programs took most, where they took too much; empty where they did not, or where nobody told."""
    worst, told = 0.0, ""
    for place, seen in Reader(history).only(Stream.COST, "others"):
        others_s, idle_s, all_s = (finite(seen.data[name], place) for name in ("others_s", "idle_s", "all_s"))
        if all_s <= 0 or idle_s / all_s > SPARE_SHARE or others_s / all_s < OTHERS_SHARE:
            continue
        if others_s / all_s > worst:
            worst = others_s / all_s
            told = (
                f"the machine was shared: programs that are not of this run took {worst:.0%} of its processors, "
                f"most of it {seen.data['most']}, and {idle_s / all_s:.0%} was left ({place})"
            )
    return told


def doubted_for(still: str, findings: Sequence[Finding]) -> list[Finding]:
    """The findings, where deadlines that were not kept on a machine that stood still are UNKNOWN instead of FAIL.

    Args:
        still: why its times prove nothing; empty where they do.
        findings: of the run's checks.
    """
    return [
        replace(one, verdict=Verdict.UNKNOWN, message=f"{one.message} It proves nothing, as {still}.")
        if still and one.verdict is Verdict.FAIL and one.kind in _TIMED and one.timed
        else one
        for one in findings
    ]
