"""What is another than in the last run that passed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from harness.compare import Past, Shift
from harness.judge.stored import Run
from harness.measures import Measure
from harness.results import Change, ScenarioResult, Since

GONE = "not run"


def since(last: Past | None, run: Run, scenarios: Sequence[ScenarioResult], shifts: Mapping[Measure, Shift]) -> Since:
    """The last run that passed, and each difference: subject, machine, verdicts of scenarios, measures.

    Args:
        last: that run; None where there is none.
        run: this one.
        scenarios: its scenarios.
        shifts: how far each measure has moved against the runs before.
    """
    if last is None:
        return Since()
    verdicts = {scenario.name: scenario.verdict.word for scenario in scenarios}
    pairs = [
        ("commit", last.git_sha, str(run.subject.get("git_sha") or "")),
        ("image", last.image, str(run.subject.get("image") or "")),
        ("image digest", last.digest, str(run.subject.get("digest") or "")),
        *((f"machine: {key}", last.machine.get(key, ""), run.machine.get(key, "")) for key in _keys(last, run)),
        *((name, verdict, verdicts.get(name, GONE)) for name, verdict in last.scenarios.items()),
        *((name, GONE, verdict) for name, verdict in verdicts.items() if name not in last.scenarios),
        *((measure.value, "", f"{100 * (shift.ratio - 1):+.0f} %") for measure, shift in shifts.items()),
    ]
    changes = (Change(what=what, before=before, now=now) for what, before, now in pairs if before != now)
    return Since(run_id=last.run_id, ended_at=last.ended_at, changes=tuple(changes))


def _keys(last: Past, run: Run) -> Iterator[str]:
    yield from dict.fromkeys((*last.machine, *run.machine))
