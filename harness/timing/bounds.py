"""When an alert must be pending, firing, told, resolved: bounds derived from the loaded rule.

With S the scrape interval, E the evaluation interval, T the scrape timeout, W the longest range window,
theta how long the condition takes to become true after the fault, clears how long to become false after the
heal, F = ceil(for / E) * E and K = ceil(keep_firing_for / E) * E:

    pending   [asked + theta.lo,        confirmed + theta.hi + S + E]      the next scrape, then an evaluation
    firing    pending + F                                                  `for` is looked at when evaluating
    notified  [firing.lo,               firing.hi + group_wait]
    resolved  [healing + clears.lo + K, healed + clears.hi + W + S + E + K]
    resolved notice                     resolved + [0, group_interval]     a group is flushed on its ticks

A fault that makes targets hang instead of failing adds T to what needs a scrape, as the failed sample is
written when the scrape gives up. Every sample bears the time at which its scrape began. A rule that is evaluated live
sees it when the scrape has ended; one that is evaluated afterwards, as in a replay, sees it at the time that it bears.
There a scrape that hung, and was answered when the fault was healed, ends the alert up to T before the heal, and one
that was under way when the fault came begins it by as much earlier as a scrape takes.

Lower bounds count from when something was asked for, upper ones from when it was seen. The lower bound of `notified`
has no group_wait: a group that already stands does not wait again. A window has to hold a scrape at any time
(W >= S + T, or none), or the rule flickers and nothing follows.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from harness.errors import UsageError
from harness.recorded import FaultWindow, RuleTiming


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """An interval of time, s; both ends belong to it."""

    lower_s: float
    upper_s: float

    def __post_init__(self) -> None:
        if not self.lower_s <= self.upper_s:
            raise UsageError(f"bounds of {self.lower_s:g} to {self.upper_s:g} s are the wrong way round")

    def contains(self, moment_s: float) -> bool:
        """True when the moment lies inside."""
        return self.lower_s <= moment_s <= self.upper_s

    def later(self, lower_s: float, upper_s: float) -> Bounds:
        """These bounds with each end moved by its own amount."""
        return Bounds(lower_s=self.lower_s + lower_s, upper_s=self.upper_s + upper_s)

    def divided(self, factor: float) -> Bounds:
        """These bounds at a time scale of `factor`."""
        return Bounds(lower_s=self.lower_s / factor, upper_s=self.upper_s / factor)


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """Real seconds that processes on a busy machine take beyond the intervals; never compressed.

    Sources: `docs/decisions/alert-bounds.md`, where each was measured.

    Args:
        clock_s: how far two processes' readings of one clock may disagree; widens both ends.
        scrape_s: from the start of a scrape to its samples being stored, and how late it may start.
        evaluation_s: how late an evaluation may start.
        delivery_s: from the evaluation through Alertmanager to the receiver's record, beyond its own waits.
    """

    clock_s: float = 0.05
    scrape_s: float = 0.25
    evaluation_s: float = 0.15
    delivery_s: float = 0.5


NO_ALLOWANCE = Allowance(clock_s=0, scrape_s=0, evaluation_s=0, delivery_s=0)
MEASURED = Allowance()
AT_ONCE = Bounds(lower_s=0.0, upper_s=0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadlines:
    """When each step of one alert may happen; wall clock s, or s after the fault and the heal at 0.

    A rule without `for` has no pending evaluations: `pending` then equals `firing`. What follows the heal is
    None where the fault was not healed.
    """

    pending: Bounds
    firing: Bounds
    notified: Bounds
    resolved: Bounds | None
    resolved_notified: Bounds | None


def held_s(rule: RuleTiming) -> float:
    """F: how long after its first true evaluation the rule fires, s; `for` in whole evaluations."""
    return _whole_evaluations(rule.for_s, rule.interval_s)


def deadlines(
    rule: RuleTiming,
    fault: FaultWindow,
    *,
    theta: Bounds = AT_ONCE,
    clears: Bounds = AT_ONCE,
    hangs: bool = False,
    afterwards: bool = False,
    allowance: Allowance = MEASURED,
) -> Deadlines:
    """When the rule must be pending, firing, told and resolved for this fault.

    Args:
        rule: as loaded.
        fault: what happened when. `healed_s` is when healing began, `confirmed_healed_s` when it was seen.
        theta: how long after the fault the condition becomes true, s of this run.
        clears: how long after the heal the condition becomes false again, s of this run; without the rule's
            own window.
        hangs: the fault makes scrape targets hang, so that each scrape takes its whole timeout.
        afterwards: the rule is evaluated over a record, not live.
        allowance: what a busy machine adds.

    Raises:
        UsageError: the fault was not confirmed: there is nothing to count from.
    """
    if fault.confirmed_s is None:
        raise UsageError(f"{fault.kind} of {fault.target} was not seen to take effect: no deadline follows from it")
    pending = Bounds(lower_s=fault.asked_s, upper_s=fault.confirmed_s)
    pending = _seen_by_rule(rule, pending.later(theta.lower_s, theta.upper_s), hangs=hangs, allowance=allowance)
    if afterwards:
        pending = replace(pending, lower_s=pending.lower_s - allowance.scrape_s)
    firing = pending.later(held_s(rule), held_s(rule))
    resolved = _resolved(rule, fault, clears, hangs=hangs, allowance=allowance)
    if resolved and hangs and afterwards:
        resolved = replace(resolved, lower_s=resolved.lower_s - rule.scrape_timeout_s)
    return Deadlines(
        pending=pending if held_s(rule) else firing,
        firing=firing,
        notified=firing.later(0.0, rule.group_wait_s + allowance.delivery_s),
        resolved=resolved,
        resolved_notified=resolved and resolved.later(0.0, rule.group_interval_s + allowance.delivery_s),
    )


def derived(rule: RuleTiming, *, theta: Bounds = AT_ONCE, clears: Bounds = AT_ONCE, hangs: bool = False) -> Deadlines:
    """The same without a run: s after the confirmed fault, and s after the confirmed heal; no allowance."""
    nothing = FaultWindow(
        kind="fault", target="any", asked_s=0.0, confirmed_s=0.0, healed_s=0.0, confirmed_healed_s=0.0
    )
    return deadlines(rule, nothing, theta=theta, clears=clears, hangs=hangs, allowance=NO_ALLOWANCE)


def notified_within_s(rule: RuleTiming, theta: Bounds = AT_ONCE, *, hangs: bool = False) -> float:
    """The longest a fault has to be held, from its confirmed effect, until its alert is told (real s)."""
    start = FaultWindow(kind="fault", target="any", asked_s=0.0, confirmed_s=0.0)
    return deadlines(rule, start, theta=theta, hangs=hangs).notified.upper_s


def resolved_within_s(rule: RuleTiming, clears: Bounds = AT_ONCE, *, hangs: bool = False) -> float:
    """The longest from the confirmed heal until the resolved notice is told (real s)."""
    whole = FaultWindow(kind="heal", target="any", asked_s=0.0, confirmed_s=0.0, healed_s=0.0, confirmed_healed_s=0.0)
    told = deadlines(rule, whole, clears=clears, hangs=hangs).resolved_notified
    return told.upper_s if told else math.inf


def _whole_evaluations(duration_s: float, interval_s: float) -> float:
    # Durations are whole milliseconds: rounding first keeps 4.000000001 / 1 from costing an evaluation.
    return math.ceil(round(duration_s / interval_s, 6)) * interval_s


def _seen_by_rule(rule: RuleTiming, condition: Bounds, *, hangs: bool, allowance: Allowance) -> Bounds:
    upper_s = rule.scrape_s + rule.interval_s + (rule.scrape_timeout_s if hangs else 0.0)
    return condition.later(
        -allowance.clock_s, upper_s + allowance.clock_s + allowance.scrape_s + allowance.evaluation_s
    )


def _resolved(
    rule: RuleTiming, fault: FaultWindow, clears: Bounds, *, hangs: bool, allowance: Allowance
) -> Bounds | None:
    if fault.healed_s is None or fault.confirmed_healed_s is None:
        return None
    kept_s = _whole_evaluations(rule.keep_firing_s, rule.interval_s)
    healed = Bounds(lower_s=fault.healed_s, upper_s=fault.confirmed_healed_s).later(clears.lower_s, clears.upper_s)
    seen = _seen_by_rule(rule, healed, hangs=hangs, allowance=allowance)
    return replace(seen, lower_s=seen.lower_s + kept_s, upper_s=seen.upper_s + kept_s + rule.window_s)
