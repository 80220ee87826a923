"""The steps of one alert as they were seen, each against its bounds, in sentences.

Every time in a finding is in real seconds after the confirmed fault, or after the confirmed heal.
"""

from __future__ import annotations

from dataclasses import dataclass

from harness.checks.reading import Speaker
from harness.measures import Measure
from harness.model import Finding, Verdict
from harness.timing import Bounds


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What has to happen, counted from where.

    Args:
        what: the sentence's verb, for example "fired".
        since_s: wall clock s that the finding's figures count from.
        since: its name, for example "the fault".
        measure: what that time is.
    """

    what: str
    since_s: float
    since: str
    measure: Measure | None = None


def judged(
    speaker: Speaker,
    step: Step,
    bounds: Bounds,
    seen_s: float | None,
    *,
    known_until_s: float,
    evidence: str,
) -> Finding:
    """PASS inside the bounds, FAIL outside; without the step FAIL once its time is surely over, else UNKNOWN.

    Args:
        speaker: whose finding it is.
        step: what has to happen.
        bounds: when, wall clock s.
        seen_s: when it was seen, wall clock s.
        known_until_s: until when it would have been seen, and should have come.
        evidence: where it stands.
    """
    lower, upper = bounds.lower_s - step.since_s, bounds.upper_s - step.since_s
    observed = None if seen_s is None else seen_s - step.since_s
    verdict, words = _verdict(step.what, lower, upper, observed, known_until_s - step.since_s)
    window = f"between {lower:.2f} and {upper:.2f} s after {step.since}"
    return speaker.says(
        verdict,
        f"{speaker.subject} {words}; due {window}.",
        lower=round(lower, 3),
        upper=round(upper, 3),
        observed=None if observed is None else round(observed, 3),
        evidence=evidence,
        measure=None if observed is None else step.measure,
    )


def _verdict(what: str, lower: float, upper: float, observed: float | None, known_until: float) -> tuple[Verdict, str]:
    """The verdict, and what happened, or did not, in words."""
    if observed is None and known_until >= upper:
        return Verdict.FAIL, f"never {what}"
    if observed is None:
        return Verdict.UNKNOWN, f"never {what} within the {max(known_until, 0.0):.2f} s that can be judged"
    if observed < lower:
        return Verdict.FAIL, f"{what} after {observed:.2f} s, too early"
    if observed > upper:
        return Verdict.FAIL, f"{what} after {observed:.2f} s, too late"
    return Verdict.PASS, f"{what} after {observed:.2f} s"
