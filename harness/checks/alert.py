"""One alert as a timed contract: pending, firing, told to the right people, resolved, and told again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import ClassVar

from harness.checks.alert_log import AlertLog, Notice, Standing, read_alerts, runs
from harness.checks.chain import Step, judged
from harness.checks.reading import Reader, Speaker, act_window, fault_of, rule_of
from harness.errors import EvidenceError
from harness.measures import Measure
from harness.model import Finding, FindingKind, Record, Verdict
from harness.recorded import FaultWindow, RuleTiming
from harness.timing import MEASURED, Bounds, Deadlines, deadlines, derived, held_s, resolved_within_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """The alert goes through its whole life inside the bounds that the loaded configuration gives it.

    Args:
        name: the alert.
        to: the channels that must be told, and no other.
        theta_s: earliest and latest time from the fault until the condition is true, production s.
        clears_s: earliest and latest time from the heal until it is false again, production s.
        told_within_s: what people were promised: told on every channel so soon after the confirmed fault,
            production s. It does not come from the loaded rule, so that it also catches a rule that was loaded wrong.
        fault: which of the scenario's faults it is about, from 0.
        labels: which of its series, for example {"instance": "trading-1"}; empty for all, of which the first decides
            when it fired, the last when it was over, and each has to be told.
        hangs: the fault makes scrape targets hang.
        ends_in_run: whether its end belongs to the run. What looks back an hour outlasts it: then only the replay at
            production timing shows the end (the scenario has to list the alert as lingering).
    """

    name: str
    to: tuple[str, ...] = ("pagerduty", "slack")
    theta_s: tuple[float, float] = (0.0, 0.0)
    clears_s: tuple[float, float] = (0.0, 0.0)
    told_within_s: float | None = None
    fault: int = 0
    labels: Mapping[str, str] = field(default_factory=dict)
    hangs: bool = False
    ends_in_run: bool = True
    kind: ClassVar[FindingKind] = FindingKind.ALERT

    def judge(self, record: Record) -> Iterable[Finding]:
        """One finding a step and channel."""
        speaker = Speaker(check="Alert", kind=self.kind, subject=self.name)
        rule = rule_of(self.name, self.labels, record)
        if rule is None:
            return [speaker.says(Verdict.FAIL, f"No rule {self.name} was loaded: it can never fire.", timed=False)]
        fault = fault_of(self.fault, self.name, record)
        window = act_window(fault, record)
        life = _Life(
            rule=rule,
            window=window,
            fault=fault,
            due=self._deadlines(rule, record),
            log=Reader(record.history).once(read_alerts),
            labels=self.labels,
            speaker=speaker,
        )
        promise_s = None if self.told_within_s is None else self.told_within_s / record.time_scale
        findings = [*life.begin(), *life.told(self.to, promise_s), *life.untold(self.to), *life.strangers(self.to)]
        if self.ends_in_run:
            findings += life.end(self.to)
        return [*findings, *speaker.doubts(life.log.damage)]

    def settles_within_s(self, rules: tuple[RuleTiming, ...], time_scale: float) -> float:
        """How long after the confirmed heal its resolved notice may still come, real s."""
        clears = Bounds(lower_s=self.clears_s[0], upper_s=self.clears_s[1]).divided(time_scale)
        mine = [rule for rule in rules if rule.alert == self.name and self.ends_in_run]
        return max((resolved_within_s(rule, clears, hangs=self.hangs) for rule in mine), default=0.0)

    def promises(self, rules: tuple[RuleTiming, ...], time_scale: float) -> Iterable[str]:
        """The bounds that the configuration gives, for people; real s."""
        theta, clears = (
            Bounds(lower_s=low, upper_s=high).divided(time_scale) for low, high in (self.theta_s, self.clears_s)
        )
        for rule in (rule for rule in rules if rule.alert == self.name):
            due = derived(rule, theta=theta, clears=clears, hangs=self.hangs)
            for step, bounds, since in (
                ("pending", due.pending, "fault"),
                ("firing", due.firing, "fault"),
                ("told to " + ", ".join(self.to), due.notified, "fault"),
                ("resolved", due.resolved, "heal"),
                ("told as resolved", due.resolved_notified, "heal"),
            ):
                if bounds is not None:
                    yield f"{self.name} {step}: {bounds.lower_s:.2f} to {bounds.upper_s:.2f} s after the {since}"
        if self.told_within_s is not None:
            yield f"{self.name}, as promised to people: told within {self.told_within_s / time_scale:.2f} s"

    def _deadlines(self, rule: RuleTiming, record: Record) -> Deadlines:
        fault = fault_of(self.fault, self.name, record)
        if fault.confirmed_s is None:
            raise EvidenceError(f"the {fault.kind} of {fault.target} was not seen: {self.name} has nothing to follow")
        theta, clears = (
            Bounds(lower_s=low, upper_s=high).divided(record.time_scale) for low, high in (self.theta_s, self.clears_s)
        )
        return deadlines(rule, fault, theta=theta, clears=clears, hangs=self.hangs)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Life:
    """One alert's life as it was recorded, and as it was due."""

    rule: RuleTiming
    window: tuple[float, float]
    fault: FaultWindow
    due: Deadlines
    log: AlertLog
    labels: Mapping[str, str]
    speaker: Speaker

    @property
    def since_fault_s(self) -> float:
        return self.fault.confirmed_s or self.fault.asked_s

    @property
    def true_until_s(self) -> float:
        """Until when the condition was there and its evaluations are known."""
        covered_s = self.log.covered[1] if self.log.covered else 0.0
        return covered_s if self.fault.healed_s is None else min(covered_s, self.fault.healed_s)

    @property
    def firings(self) -> list[tuple[float, float]]:
        """Its firings that began in the window, each whole."""
        return self._begun("firing")

    @property
    def fired_s(self) -> float | None:
        return self.firings[0][0] if self.firings else None

    @property
    def resolved_s(self) -> float | None:
        """The first evaluation at which it stood no longer, or None while it stands."""
        if not self.firings or self.log.covered is None:
            return None
        after_s = self.firings[0][1] + self.rule.interval_s
        # The evaluation that ended it has to have happened before the series were read.
        return after_s if after_s + MEASURED.evaluation_s <= self.log.covered[1] else None

    def begin(self) -> Iterator[Finding]:
        """Pending and firing."""
        fault = Step(what="was pending", since_s=self.since_fault_s, since="the fault")
        if held_s(self.rule):
            pending_s = self._pending_s()
            yield self._judged(fault, self.due.pending, pending_s, self.true_until_s)
        firing = Step(what="fired", since_s=self.since_fault_s, since="the fault", measure=Measure.TIME_TO_DETECT_S)
        yield self._judged(firing, self.due.firing, self.fired_s, self.true_until_s)

    def told(self, channels: Iterable[str], promise_s: float | None) -> Iterator[Finding]:
        """The firing notice on each channel: soon after it fired, and as soon as was promised."""
        for channel in channels:
            first = self._first(channel, "firing")
            if self.fired_s is not None:
                bounds = Bounds(lower_s=self.fired_s, upper_s=self.fired_s).later(
                    -MEASURED.clock_s, self._group_wait_s() + MEASURED.delivery_s
                )
                step = Step(
                    what=f"was told to {channel}",
                    since_s=self.since_fault_s,
                    since="the fault",
                    measure=Measure.TIME_TO_TELL_S,
                )
                yield self._judged(step, bounds, first, self.log.told_until_s or 0.0, stream="notifications")
            if promise_s is not None:
                yield self._promised(channel, promise_s, first)

    def untold(self, channels: Iterable[str]) -> Iterator[Finding]:
        """Series that stood for long enough and that a channel was not told of, though it may know of others."""
        due_s = max(self.rule.group_wait_s, self.rule.group_interval_s) + MEASURED.delivery_s
        for one in self.log.series(self.rule.alert, "firing", self.labels):
            for first_s, last_s in runs(sorted(one.times_s), self.rule.interval_s):
                if self.window[0] <= first_s < self.window[1] and last_s - first_s >= due_s:
                    yield from self._never_told(one, first_s, last_s + due_s, channels)

    def _never_told(self, one: Standing, from_s: float, until_s: float, channels: Iterable[str]) -> Iterator[Finding]:
        told = {
            notice.channel
            for notice in self.log.notices_of(self.rule.alert, one.labels)
            if notice.status == "firing" and from_s - MEASURED.clock_s <= notice.received_s <= until_s
        }
        for channel in channels:
            if channel not in told:
                deaf = self.log.told_until_s is None or self.log.deaf(from_s, until_s)
                whose = f" of {one.labels['instance']}" if "instance" in one.labels else ""
                message = f"{channel} was never told that {self.rule.alert}{whose} fired."
                yield self.speaker.says(Verdict.UNKNOWN if deaf else Verdict.FAIL, message, evidence=one.place)

    def strangers(self, channels: Iterable[str]) -> Iterator[Finding]:
        """Notices on channels that are not to be told."""
        wrong = [one for one in self._notices() if one.channel not in set(channels)]
        for channel in dict.fromkeys(one.channel for one in wrong):
            first = next(one for one in wrong if one.channel == channel)
            message = f"{self.rule.alert} was told to {channel}, which is not on its list."
            yield self.speaker.says(Verdict.FAIL, message, observed=channel, evidence=first.place, timed=False)
        if deaf_s := self.log.deaf(*self.window):
            message = (
                f"Nobody knows whether {self.rule.alert} was told to others: the sink was not read for {deaf_s:.2f} s."
            )
            yield self.speaker.says(Verdict.UNKNOWN, message, observed=round(deaf_s, 3), evidence="notifications.jsonl")

    def end(self, channels: Iterable[str]) -> Iterator[Finding]:
        """Resolved, once, and told so on each channel."""
        healed_s = self.fault.confirmed_healed_s
        if healed_s is None or self.due.resolved is None:
            yield self.speaker.says(
                Verdict.UNKNOWN, f"The fault was not seen to heal: {self.rule.alert} cannot resolve."
            )
            return
        if self.fired_s is None:
            return
        covered_s = self.log.covered[1] if self.log.covered else 0.0
        step = Step(what="was resolved", since_s=healed_s, since="the heal", measure=Measure.TIME_TO_RESOLVE_S)
        yield self._judged(step, self.due.resolved, self.resolved_s, covered_s)
        if len(self.firings) > 1:
            message = f"{self.rule.alert} fired {len(self.firings)} times for one fault."
            yield self.speaker.says(
                Verdict.FAIL, message, upper=1.0, observed=float(len(self.firings)), evidence="alerts.jsonl"
            )
        yield from self._told_resolved(channels, healed_s)

    def _told_resolved(self, channels: Iterable[str], healed_s: float) -> Iterator[Finding]:
        if self.resolved_s is None:
            return
        for channel in channels:
            bounds = Bounds(lower_s=self.resolved_s, upper_s=self.resolved_s).later(
                -MEASURED.clock_s, self.rule.group_interval_s + MEASURED.delivery_s
            )
            step = Step(what=f"was told to {channel} as resolved", since_s=healed_s, since="the heal")
            yield self._judged(
                step, bounds, self._told_over(channel), self.log.told_until_s or 0.0, stream="notifications"
            )

    def _promised(self, channel: str, promise_s: float, first_s: float | None) -> Finding:
        """The promise does not come from the rule: a rule that was loaded too slow cannot put it off."""
        upper_s = self.since_fault_s + promise_s + MEASURED.delivery_s
        step = Step(what=f"reached {channel}, as promised,", since_s=self.since_fault_s, since="the fault")
        known_s = min(self.true_until_s, self.log.told_until_s or 0.0)
        promised = Bounds(lower_s=self.fault.asked_s, upper_s=upper_s)
        return self._judged(step, promised, first_s, known_s, stream="notifications")

    def _judged(
        self, step: Step, bounds: Bounds, seen_s: float | None, known_until_s: float, *, stream: str = "alerts"
    ) -> Finding:
        found = judged(self.speaker, step, bounds, seen_s, known_until_s=known_until_s, evidence=f"{stream}.jsonl")
        late = found.verdict is Verdict.FAIL and (seen_s is None or seen_s > bounds.upper_s)
        if stream == "notifications" and late and self.log.deaf(bounds.lower_s, bounds.upper_s):
            # A sink that did not answer its reader may not have taken what it was sent either.
            doubt = f"{found.message} The sink could not be read at that time."
            return replace(found, verdict=Verdict.UNKNOWN, message=doubt)
        return found

    def _begun(self, state: str) -> list[tuple[float, float]]:
        times = self.log.times(self.rule.alert, state, self.labels)
        return [one for one in runs(times, self.rule.interval_s) if self.window[0] <= one[0] < self.window[1]]

    def _pending_s(self) -> float | None:
        """When the wait began that led to the firing, or the first wait after the fault."""
        waits = self._begun("pending")
        if self.fired_s is None:
            return next((first for first, last in waits if last >= self.fault.asked_s), None)
        before = [first for first, last in waits if first < self.fired_s]
        return before[-1] if before else None

    def _group_wait_s(self) -> float:
        """A series that joins a group which was told already waits for the group's next tick."""
        anyone = [at for at in self.log.times(self.rule.alert, "firing", {}) if at >= self.window[0]]
        joins = bool(anyone) and self.fired_s is not None and anyone[0] < self.fired_s
        return max(self.rule.group_wait_s, self.rule.group_interval_s) if joins else self.rule.group_wait_s

    def _notices(self) -> list[Notice]:
        told = self.log.notices_of(self.rule.alert, self.labels)
        return [one for one in told if self.window[0] <= one.received_s < self.window[1]]

    def _told_over(self, channel: str) -> float | None:
        """When the channel had been told of the end of every series that it was told of; None while one is open."""
        mine = [one for one in self._notices() if one.channel == channel and one.received_s >= (self.fired_s or 0.0)]
        ends = []
        for labels in {frozenset(one.labels.items()) for one in mine}:
            own = [one for one in mine if frozenset(one.labels.items()) == labels]
            begun_s = next((one.received_s for one in own if one.status == "firing"), 0.0)
            over = (one.received_s for one in own if one.status == "resolved" and one.received_s >= begun_s)
            ends.append(next(over, None))
        known = [end for end in ends if end is not None]
        return max(known) if known and len(known) == len(ends) else None

    def _first(self, channel: str, status: str) -> float | None:
        return next((one.received_s for one in self._notices() if (one.channel, one.status) == (channel, status)), None)
