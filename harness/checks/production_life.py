"""One alert's life against its bounds, in the timing of the run or in that of production."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from harness.checks.alert import Alert
from harness.checks.alert_log import AlertLog, runs
from harness.checks.chain import Step, judged
from harness.checks.reading import Speaker, act_window
from harness.model import Finding, Record, Verdict
from harness.recorded import FaultWindow, RuleTiming
from harness.timing import Allowance, Bounds, deadlines, held_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """One alert's life in one of the two timings: when it waited, fired and ended; s of that timing.

    Args:
        afterwards: its rule was evaluated over the record, as in a replay, and not live.
    """

    record: Record
    log: AlertLog
    rule: RuleTiming
    fault: FaultWindow
    check: Alert
    allowance: Allowance
    afterwards: bool
    speaker: Speaker

    @property
    def firings(self) -> list[tuple[float, float]]:
        """Its firings that began in its act, each whole."""
        return self._begun("firing")

    @property
    def pending_s(self) -> float | None:
        """When the wait began that led to the firing, or the first wait after the fault."""
        waits = self._begun("pending")
        if not self.firings:
            return next((first for first, last in waits if last >= self.fault.asked_s), None)
        before = [first for first, _ in waits if first < self.firings[0][0]]
        return before[-1] if before else None

    @property
    def covered_s(self) -> float:
        """Until when it is known."""
        return self.log.covered[1] if self.log.covered else 0.0

    @property
    def resolved_s(self) -> float | None:
        """The first evaluation at which it stood no longer."""
        if not self.firings:
            return None
        after_s = self.firings[0][1] + self.rule.interval_s
        return after_s if after_s + self.allowance.evaluation_s <= self.covered_s else None

    def judge(self, *, with_end: bool) -> Iterator[Finding]:
        """A finding for each step of its life.

        Args:
            with_end: whether its end is part of what was seen.
        """
        theta, clears = (
            Bounds(lower_s=low, upper_s=high).divided(self.record.time_scale)
            for low, high in (self.check.theta_s, self.check.clears_s)
        )
        due = deadlines(
            self.rule,
            self.fault,
            theta=theta,
            clears=clears,
            hangs=self.check.hangs,
            afterwards=self.afterwards,
            allowance=self.allowance,
        )
        fired_s = self.firings[0][0] if self.firings else None
        known_s = self.covered_s if self.fault.healed_s is None else min(self.covered_s, self.fault.healed_s)
        if held_s(self.rule):
            yield self._step("was pending", due.pending, self.pending_s, known_s)
        yield self._step("fired", due.firing, fired_s, known_s)
        if fired_s is not None and due.resolved is not None and with_end:
            yield self._step("was resolved", due.resolved, self.resolved_s, self.covered_s, since="the heal")
        if len(self.firings) > 1:
            message = f"{self.rule.alert} fired {len(self.firings)} times for one fault."
            yield self.speaker.says(Verdict.FAIL, message)

    def waited(self) -> Iterator[Finding]:
        """A finding for each series that did not wait for exactly `for` before it fired; only a replay is as punctual.

        Another instance may wait meanwhile and be gone before it fires, so each series is held to its own wait.
        """
        due_s = held_s(self.rule)
        from_s, until_s = act_window(self.fault, self.record)
        for series in self.log.series(self.rule.alert, "firing", self.check.labels):
            fired = [
                first for first, _ in runs(list(series.times_s), self.rule.interval_s) if from_s <= first < until_s
            ]
            if not fired:
                continue
            waits = runs(self.log.times(self.rule.alert, "pending", series.labels), self.rule.interval_s)
            began_s = max((first for first, _ in waits if from_s <= first < fired[0]), default=fired[0])
            if abs(fired[0] - began_s - due_s) > self.rule.interval_s / 2:
                waited = f"{self.rule.alert} fired after it had waited for {fired[0] - began_s:.2f} s"
                message = f"{waited}; its rule says {due_s:.2f} s."
                yield self.speaker.says(Verdict.FAIL, message, lower=due_s, upper=due_s, observed=fired[0] - began_s)

    def told(self, times: float = 1.0) -> str:
        """Its timeline in words, s after the confirmed fault.

        Args:
            times: what its seconds are multiplied by.
        """
        since_s = self.fault.confirmed_s or self.fault.asked_s
        steps = (
            ("pending", self.pending_s),
            ("firing", self.firings[0][0] if self.firings else None),
            ("resolved", self.resolved_s),
        )
        return ", ".join(f"{name} {(at - since_s) * times:.0f} s" for name, at in steps if at is not None) or "nothing"

    def _step(
        self, what: str, bounds: Bounds, seen_s: float | None, known_s: float, *, since: str = "the fault"
    ) -> Finding:
        from_s = self.fault.confirmed_healed_s if since == "the heal" else self.fault.confirmed_s
        step = Step(what=what, since_s=from_s or 0.0, since=since)
        return judged(self.speaker, step, bounds, seen_s, known_until_s=known_s, evidence="replay.jsonl")

    def _begun(self, state: str) -> list[tuple[float, float]]:
        from_s, until_s = act_window(self.fault, self.record)
        times = self.log.times(self.rule.alert, state, self.check.labels)
        return [one for one in runs(times, self.rule.interval_s) if from_s <= one[0] < until_s]
