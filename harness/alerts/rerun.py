"""A recorded run beside its replay, or its replay beside that through other rules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from harness.alerts.compared import Row, compared
from harness.alerts.replay import Replayed, replay_all
from harness.alerts.run_folder import Recorded, recorded
from harness.alerts.tools import Toolbox
from harness.checks.alert_log import Standing

BY_CHANCE = 1.5  # evaluations: a sample that came while an evaluation ran is seen by it in only one of the two
EXACT = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Rerun:
    """One scenario's alerts in two timelines.

    Args:
        scenario: its name.
        origin: what times count from, in words.
        rows: the series that fired.
        unrecorded: by alert, metrics that it reads and the run did not record.
    """

    scenario: str
    origin: str
    rows: tuple[Row, ...]
    unrecorded: Mapping[str, tuple[str, ...]]

    @property
    def differs(self) -> bool:
        """True when a series differs, or when it cannot be told."""
        return bool(self.unrecorded) or any(row.difference for row in self.rows)


def rerun(
    run: Path, toolbox: Toolbox, *, scenario: str = "", rules: Mapping[str, str] | None = None
) -> tuple[Rerun, ...]:
    """Each scenario of a run, replayed at production timing.

    Args:
        run: reports/<run id>.
        toolbox: where promtool runs.
        scenario: only this one; empty for all.
        rules: text of other rule files by name; without them the run is compared with its own replay.

    Raises:
        UsageError: the folder is damaged, or the rules do not load.
    """
    runs = recorded(run, scenario)
    recordings = [of.recording for of in runs]
    own = replay_all(recordings, toolbox)
    if rules is None:
        return tuple(
            _beside(of, one, _moved(of.live.standing, one), one, BY_CHANCE) for of, one in zip(runs, own, strict=True)
        )
    changed = replay_all(recordings, toolbox, rules)
    return tuple(
        _beside(of, one, one.standing, other, EXACT) for of, one, other in zip(runs, own, changed, strict=True)
    )


def _beside(of: Recorded, own: Replayed, before: Iterable[Standing], after: Replayed, tolerance: float) -> Rerun:
    origin_s, origin = _origin(of)
    return Rerun(
        scenario=of.recording.name,
        origin=origin,
        rows=compared(
            before,
            after.standing,
            intervals_s={rule.alert: rule.interval_s for rule in (*own.rules, *after.rules)},
            between=((_baseline_s(of) - own.t0_s) * own.k, (own.to_s - own.t0_s) * own.k),
            origin_s=(origin_s - own.t0_s) * own.k,
            tolerance=tolerance,
        ),
        unrecorded=after.unrecorded,
    )


def _moved(standing: Iterable[Standing], by: Replayed) -> list[Standing]:
    """The run's own timeline in production seconds."""
    return [replace(one, times_s=tuple((at - by.t0_s) * by.k for at in one.times_s)) for one in standing]


def _baseline_s(of: Recorded) -> float:
    """Before the baseline a stack starts, and what its rules see then is no part of the scenario."""
    phase = of.record.phase("baseline")
    return of.recording.from_s if phase is None else phase.started_s


def _origin(of: Recorded) -> tuple[float, str]:
    asked = [fault.asked_s for fault in of.record.faults]
    return (min(asked), "the first fault") if asked else (_baseline_s(of), "the baseline began")
