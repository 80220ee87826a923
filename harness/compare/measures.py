"""What a run measured: for each measure a figure by the place where it was taken."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from math import isfinite

from harness.measures import Measure
from harness.model import Verdict
from harness.results import ScenarioResult

Measured = Mapping[Measure, Mapping[str, float]]
BETWEEN = " · "  # the parts of a place: scenario, check, subject
DIGITS = 4  # behind the point; a tenth of a millisecond where the unit is a second


def measured(scenarios: Iterable[ScenarioResult], *, beyond_doubt: bool = False) -> Measured:
    """The figures of all findings that measure, each by scenario, check and subject.

    Several of one name, such as an alert that is told to two channels, are numbered in the order of the checks.

    Args:
        scenarios: judged.
        beyond_doubt: leave out what is UNKNOWN itself, and all of a scenario whose machine stood still: the figures
            are the machine's.
    """
    found: dict[Measure, dict[str, float]] = defaultdict(dict)
    seen: Counter[tuple[Measure, str]] = Counter()
    for scenario in scenarios:
        for finding in scenario.findings:
            value = finding.observed
            if finding.measure is None or not isinstance(value, int | float) or not isfinite(value):
                continue
            place = BETWEEN.join(part for part in (scenario.name, finding.check, finding.subject) if part)
            seen[finding.measure, place] += 1
            number = seen[finding.measure, place]
            if beyond_doubt and (scenario.stood_still or finding.verdict is Verdict.UNKNOWN):
                continue
            found[finding.measure][place if number == 1 else f"{place} #{number}"] = round(float(value), DIGITS)
    return dict(found)
