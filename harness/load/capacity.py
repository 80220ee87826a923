"""Finds the highest rate at which an objective holds: up until it breaks, then halving the gap."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from harness.errors import ExitCode, UsageError
from harness.load.measured import Measured

# A generator that needs more of its core than this is no longer on time for answers either.
BUSY = 0.9
_MOST_STEPS = 40


class Held(StrEnum):
    """What a step says: the objective held, the target broke it, or the generator could not offer the rate."""

    YES = "held"
    NO = "broken by the target"
    OWN = "broken by the generator"


@dataclass(frozen=True, slots=True, kw_only=True)
class Objective:
    """What has to hold at a rate.

    Args:
        p99_ms: the longest 99th percentile of the latency, from the due time.
        error_share: the largest share of requests that are not accepted.
    """

    p99_ms: float
    error_share: float

    def __post_init__(self) -> None:
        """Refuse an objective that nothing or everything meets.

        Raises:
            UsageError: names the value.
        """
        if not self.p99_ms > 0:
            raise UsageError(f"the objective for p99 is {self.p99_ms:g} ms; it must be above zero")
        if not 0 <= self.error_share < 1:
            raise UsageError(f"the objective for errors is {self.error_share:g}; it is a share from 0 to below 1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One rate, held or not, and why."""

    rate_per_s: float
    held: Held
    why: str
    p50_ms: float | None
    p99_ms: float | None
    lateness_p99_ms: float | None
    error_share: float
    cpu_share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Capacity:
    """The knee and how it was found.

    Args:
        steps: in the order they were made.
        knee_per_s: the highest rate that held; None when none did.
        broken_per_s: the lowest rate that did not; None when all held.
    """

    steps: tuple[Step, ...]
    knee_per_s: float | None
    broken_per_s: float | None

    @property
    def why_unknown(self) -> str:
        """Why the knee is not the target's; empty when it is."""
        if self.knee_per_s is None:
            lowest = self.steps[-1] if self.steps else None
            return f"not even the lowest rate held ({lowest.why if lowest else 'nothing was tried'})"
        if self.broken_per_s is None:
            return f"the target still held at {self.knee_per_s:g}/s, the highest rate that was asked for"
        breaker = next(step for step in self.steps if step.rate_per_s == self.broken_per_s)
        if breaker.held is Held.OWN:
            return (
                f"the generator broke first, at {self.broken_per_s:g}/s ({breaker.why}); "
                f"the target holds at least {self.knee_per_s:g}/s"
            )
        return ""

    @property
    def exit_code(self) -> ExitCode:
        """0 for a knee of the target, 3 otherwise."""
        return ExitCode.UNKNOWN if self.why_unknown else ExitCode.PASS

    def as_json(self) -> Mapping[str, Any]:
        """For scripts."""
        return {
            "verdict": "UNKNOWN" if self.why_unknown else "MEASURED",
            "why": [self.why_unknown] if self.why_unknown else [],
            "knee_per_s": self.knee_per_s,
            "broken_per_s": self.broken_per_s,
            "curve": [asdict(step) for step in sorted(self.steps, key=lambda step: step.rate_per_s)],
        }

    def lines(self) -> Iterator[str]:
        """A table for people."""
        yield "    rate/s    p50 ms    p99 ms   late p99   errors  core  "
        for step in sorted(self.steps, key=lambda one: one.rate_per_s):
            figures = (step.p50_ms, step.p99_ms, step.lateness_p99_ms)
            shown = "".join(f"{'-' if value is None else f'{value:.4g}':>10}" for value in figures)
            shares = f"{step.error_share:>9.1%}{step.cpu_share:>6.0%}"
            yield f"{step.rate_per_s:>10.5g}{shown}{shares}  {step.held}: {step.why}"
        if self.why_unknown:
            yield f"UNKNOWN: {self.why_unknown}"
        elif self.broken_per_s is not None:
            yield f"the knee: {self.knee_per_s:g}/s held, {self.broken_per_s:g}/s did not"


def step_of(rate_per_s: float, measured: Measured, objective: Objective) -> Step:
    """Judge one rate.

    The generator is looked at first: a late one makes every latency longer, which is not the target's fault.
    """
    one = measured.summary
    sent = max(int(one["sent"]), 1)
    errors = (int(one["fail"]) + int(one["info"])) / sent
    p99_ms = one["latency_ms"].get("p99")
    cpu_share = float(one["cpu_share"])
    own = [doubt for doubt in measured.doubts if "generator" in doubt]
    if own:
        held, why = Held.OWN, own[0]
    elif errors > objective.error_share:
        held, why = Held.NO, f"{errors:.1%} of the requests were not accepted"
    elif p99_ms is None:
        held, why = Held.NO, "nothing was accepted"
    elif p99_ms > objective.p99_ms:
        held, why = Held.NO, f"p99 is {p99_ms:.4g} ms"
        if cpu_share > BUSY:
            held, why = Held.OWN, f"{why}, and the generator took {cpu_share:.0%} of its core"
    else:
        held, why = Held.YES, f"p99 is {p99_ms:.4g} ms"
    return Step(
        rate_per_s=rate_per_s,
        held=held,
        why=why,
        p50_ms=one["latency_ms"].get("p50"),
        p99_ms=p99_ms,
        lateness_p99_ms=measured.late_p99_ms,
        error_share=errors,
        cpu_share=cpu_share,
    )


def find_capacity(
    step: Callable[[float], Step],
    *,
    first_per_s: float,
    most_per_s: float,
    within: float,
    least_per_s: float = 0.25,
) -> Capacity:
    """Double the rate until it breaks, or halve it until it holds; then halve the gap.

    Args:
        step: measures one rate.
        first_per_s: the rate to begin with.
        most_per_s: no rate above it is offered.
        within: the gap, as a share of the knee, that ends the search.
        least_per_s: no rate below it is offered: too few requests would tell nothing.

    Raises:
        UsageError: the rates or the gap make no search.
    """
    if not (0 < least_per_s <= first_per_s <= most_per_s and 0.005 <= within < 1):
        raise UsageError(
            f"from {first_per_s:g}/s to at most {most_per_s:g}/s within {within:g} is no search; "
            f"rates grow, from at least {least_per_s:g}/s, and the gap is a share of at least 0.005"
        )
    steps: list[Step] = []
    low: float | None = None
    high: float | None = None
    rate = first_per_s
    while len(steps) < _MOST_STEPS:
        made = step(rate)
        steps.append(made)
        if made.held is Held.YES:
            low = rate
        else:
            high = rate
        following = _next(low, high, (least_per_s, most_per_s), within)
        if following is None:
            break
        rate = following
    return Capacity(steps=tuple(steps), knee_per_s=low, broken_per_s=high)


def _next(low: float | None, high: float | None, bounds: tuple[float, float], within: float) -> float | None:
    """The rate to try next; None when the gap is small enough or nothing is left to try."""
    least_per_s, most_per_s = bounds
    if low is None:
        return high / 2 if high is not None and high / 2 >= least_per_s else None
    if high is None:
        return None if low >= most_per_s else min(2 * low, most_per_s)
    return None if high - low <= within * low else round((low + high) / 2, 3)
