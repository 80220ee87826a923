"""What the record of the boards owes: every panel of the plan, in every load, without a hole in time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from harness.checks.panel_log import PanelLoad, PanelLog
from harness.checks.reading import Speaker
from harness.model import ExpectedPanel, Finding, Record, Verdict


def owed(log: PanelLog, record: Record, speaker: Speaker) -> Iterator[Finding]:
    """A FAIL for each panel that asks nothing or was never offered, an UNKNOWN where lines of loads are lost."""
    if not record.expected.panels:
        yield speaker.says(Verdict.UNKNOWN, "The plan names no panel that people have to see.")
    for panel in record.expected.panels:
        loads = log.panels.get((panel.board, str(panel.panel)), [])
        if not panel.refs:
            message = f"{panel.title} asks for nothing: it can never show anything."
            yield speaker.says(Verdict.FAIL, message, evidence="plan.json", subject=panel.title, timed=False)
        elif not loads and log.panels:
            message = f"{panel.title} was on no board that was loaded."
            yield speaker.says(Verdict.FAIL, message, evidence="panels.jsonl", subject=panel.title)
        elif missing := unasked(panel, loads):
            message = f"{panel.title} did not ask {', '.join(missing)}."
            yield speaker.says(Verdict.FAIL, message, evidence="panels.jsonl", subject=panel.title, timed=False)
    for (board, number), loads in log.panels.items():
        for viewer in sorted({one for of, one in log.loads if of == board} | {load.viewer for load in loads}):
            own = [load for load in loads if load.viewer == viewer]
            if lost := _lost(own, log.loads.get((board, viewer))):
                message = f"{loads[0].title}, viewer {viewer}: {lost}"
                where = f"{board} {number}"
                yield speaker.says(Verdict.UNKNOWN, message, subject=loads[0].title, observed=where)
    viewers = {load.viewer for loads in log.panels.values() for load in loads}
    if log.panels and len(viewers) < record.expected.load.viewers:
        message = f"{len(viewers)} viewers were at the boards, {record.expected.load.viewers} were to be."
        yield speaker.says(Verdict.UNKNOWN, message, evidence="panels.jsonl")


def unasked(panel: ExpectedPanel, loads: Sequence[PanelLoad]) -> list[str]:
    """The queries of the plan that are not in every answered load; one that failed as a whole names none."""
    answered = [{str(target["ref"]) for target in load.targets} for load in loads if load.targets]
    asked = set.intersection(*answered) if answered else set(panel.refs)
    return [f"query {ref}" for ref in panel.refs if ref not in asked]


def uncovered(
    loads: Sequence[PanelLoad],
    from_s: float,
    until_s: float,
    longest_s: float,
    busy_until_s: Mapping[tuple[str, int, int], float],
    board: str,
) -> str:
    """Where nobody looked at a panel for longer than this, in words; empty where somebody always did.

    Whoever waits for the rest of the board looks at it: the next load does not begin before this one is over.
    """
    known_s, hole_s = from_s, 0.0
    for load in sorted(loads, key=lambda load: load.began_s):
        hole_s = max(hole_s, min(load.began_s, until_s) - known_s)
        known_s = max(known_s, load.ended_s, busy_until_s.get((board, load.viewer, load.number), load.ended_s))
    hole_s = max(hole_s, until_s - known_s)
    return f"nobody looked at it for {hole_s:.2f} s, longer than {longest_s:.2f} s." if hole_s > longest_s else ""


def _lost(loads: Sequence[PanelLoad], number: int | None) -> str:
    """Which of the loads 1 to `number` left no line, or several; the last may be cut by the end of the run."""
    if number is None:
        return ""
    seen = Counter(load.number for load in loads)
    lost = [at for at in range(1, number) if at not in seen]
    odd = [at for at, lines in seen.items() if lines > 1 or not 1 <= at <= number]
    if lost:
        return f"load {lost[0]} and {len(lost) - 1} others of {number} left no line."
    return f"load {odd[0]} does not belong to the {number} loads, or is there twice." if odd else ""
