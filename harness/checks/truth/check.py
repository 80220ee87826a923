"""Boards show what is right: values on panels beside what the rest of the evidence says."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import inf
from statistics import median
from typing import Any, ClassVar

from harness.checks.panel_log import PanelLoad, read_panels
from harness.checks.reading import Reader, Speaker, counted, fault_at, traffic_until, watched
from harness.checks.truth.facts import Facts
from harness.checks.truth.looks import look_at
from harness.checks.truth.promise import Compared, Promise
from harness.errors import EvidenceError
from harness.model import Finding, FindingKind, Record, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """Each value that a panel shows is right, where the right answer follows from the rest of the evidence.

    What is known of a moment is known between two bounds: a sum of what surely had happened and of what can have. What
    lies between is a scrape interval (Prometheus has what the service said then), the timings by which the system hands
    a state on (each promise names them), the time of the load itself, and `allowance_s`. A value outside is wrong.

    Loads without an answer are not compared: whether there is one is for `Panels` to say.

    Args:
        promises: what each panel has to show.
        allowance_s: what a busy machine takes for what is due at once, real s.
        settle_s: how long after a fault was healed what it broke may still be wrong, production s.
        min_looks: fewest loads of a panel in which something could be compared.
        before_act: nothing is compared from this act on; 0 for the whole run. An instance that ends takes with it what
            Prometheus had not scraped, and what panels count over that cannot follow from what happened.
    """

    promises: tuple[Promise, ...]
    allowance_s: float = 0.5
    settle_s: float = 30.0
    min_looks: int = 2
    before_act: int = 0
    kind: ClassVar[FindingKind] = FindingKind.DASHBOARD

    @property
    def metrics(self) -> tuple[str, ...]:
        """What has to be recorded of Prometheus, as promises follow from it."""
        named = (name for promise in self.promises for name in getattr(promise, "metrics", ()))
        return tuple(sorted(set(named)))

    def judge(self, record: Record) -> Iterable[Finding]:
        """One finding a panel."""
        reader = Reader(record.history)
        speaker = Speaker(check="Truth", kind=self.kind)
        panels = _by_title(record, reader, self._until_s(record))
        facts = Facts(record=record, reader=reader, allowance_s=self.allowance_s)
        promised: dict[tuple[str, str], list[Promise]] = defaultdict(list)
        for promise in self.promises:
            promised[promise.board, promise.panel].append(promise)
        findings = [self._of_panel(panels.get(key, []), own, facts, speaker) for key, own in promised.items()]
        return [*findings, *speaker.doubts(reader.damage)]

    def _until_s(self, record: Record) -> float:
        """Loads that are over by then are compared; wall clock s."""
        if not self.before_act:
            return inf
        later = [fault.asked_s for fault in record.faults if fault.act >= self.before_act]
        if not later:
            raise EvidenceError(f"the panels are compared before act {self.before_act}, and the run has none")
        return min(later)

    def _of_panel(self, loads: list[PanelLoad], promises: list[Promise], facts: Facts, speaker: Speaker) -> Finding:
        title = promises[0].panel
        tally = _Tally()
        for number, promise in enumerate(promises):
            try:
                self._compare(number, promise, loads, facts, tally)
            except EvidenceError as missing:
                tally.doubts.append(str(missing))
        where = f"{promises[0].board}: {title}"
        return tally.finding(where, speaker, title, self.min_looks, [promise.ref for promise in promises])

    def _compare(self, number: int, promise: Promise, loads: list[PanelLoad], facts: Facts, tally: _Tally) -> None:
        for load in loads:
            if self._excused(promise, load, facts.record):
                tally.excused += 1
                continue
            if (look := look_at(load, promise.ref)) is None:
                continue
            for one in promise.compare(look, facts):
                tally.add(number, promise.ref, load, one, facts.record)

    def _excused(self, promise: Promise, load: PanelLoad, record: Record) -> bool:
        """Whether a fault that breaks what the panel shows was on, or had not been healed for long enough."""
        for fault in record.faults:
            healed_s = inf if fault.confirmed_healed_s is None else fault.confirmed_healed_s
            on = fault.asked_s <= load.ended_s and load.began_s <= healed_s + self.settle_s / record.time_scale
            if on and any(name in fault.target for name in promise.unless):
                return True
        return False


FEW_NAMES = 5


@dataclass(slots=True)
class _Tally:
    """What came of one panel."""

    compared: int = 0
    looks: dict[int, set[str]] = field(default_factory=lambda: defaultdict(set))  # of each promise, by its number
    wrong: list[tuple[str, PanelLoad, Compared, str]] = field(default_factory=list)
    least: float = inf
    most: float = -inf
    widths: list[float] = field(default_factory=list)
    names: set[str] = field(default_factory=set)
    excused: int = 0
    doubts: list[str] = field(default_factory=list)

    def add(self, promise: int, ref: str, load: PanelLoad, one: Compared, record: Record) -> None:
        """One value beside the right one."""
        self.compared += 1
        self.looks[promise].add(load.place)
        if not one.agrees:
            self.wrong.append((ref, load, one, fault_at(record, load.began_s)))
        elif one.lower is not None and one.upper is not None:
            self.least, self.most = min(self.least, one.lower), max(self.most, one.upper)
            self.widths.append(one.upper - one.lower)
        else:
            self.names.update(one.allowed)

    def finding(self, where: str, speaker: Speaker, title: str, min_looks: int, refs: Sequence[str]) -> Finding:
        """What is to be said of it; `refs` are the queries that its promises are about, one each."""
        thin = [number for number in range(len(refs)) if len(self.looks.get(number, ())) < min_looks]
        told: Mapping[str, Any] = {"subject": title, "evidence": "panels.jsonl"}
        if self.wrong:
            return self._failed(where, speaker, title)
        if self.doubts:
            return speaker.says(Verdict.UNKNOWN, f"{where}: {self.doubts[0]}", **told)
        if thin:
            loads = min(len(self.looks.get(number, ())) for number in thin)
            excused = f"; {counted(self.excused, 'load')} fell into a fault" if self.excused else ""
            message = f"{where}: query {refs[thin[0]]} could be compared in {counted(loads, 'load')} only{excused}."
            return speaker.says(Verdict.UNKNOWN, message, **told)
        looks = len(set().union(*self.looks.values()))
        message = f"{where}: right in {counted(looks, 'load')}, {counted(self.compared, 'value')}; {self._extent()}."
        return speaker.says(Verdict.PASS, message, **told)

    def _failed(self, where: str, speaker: Speaker, title: str) -> Finding:
        ref, load, one, during = self.wrong[0]
        series = f" of {one.series}" if one.series else ""
        shown = one.shown if isinstance(one.shown, str) else f"{one.shown:.6g}"
        message = (
            f"{where}: load {load.number}, query {ref}, showed {shown}{series}, right was {one.right} ({during}); "
            f"{len(self.wrong)} of {counted(self.compared, 'value')} were wrong."
        )
        evidence = f"{load.place}, {one.by}" if one.by else load.place
        observed = one.shown if isinstance(one.shown, str) else round(one.shown, 6)
        return speaker.says(
            Verdict.FAIL,
            message,
            lower=one.lower,
            upper=one.upper,
            observed=observed,
            evidence=evidence,
            subject=title,
        )

    def _extent(self) -> str:
        """What was right in the run, so that a zero that is always right shows as one."""
        told = []
        if self.widths:
            width = f", half of the bounds {median(self.widths):.3g} apart or less" if any(self.widths) else ""
            told.append(f"right was {self.least:.6g} to {self.most:.6g}{width}")
        if self.names:
            few = len(self.names) <= FEW_NAMES
            told.append(f"right was {', '.join(sorted(self.names))}" if few else f"right were {len(self.names)} names")
        return " and ".join(told)


def _by_title(record: Record, reader: Reader, over_by_s: float) -> dict[tuple[str, str], list[PanelLoad]]:
    """The loads of each panel while traffic flowed, by board and title; none that was over later than that."""
    from_s, until_s = watched(record)[0], traffic_until(record)
    log = read_panels(reader)
    if not log.panels and not reader.damage:
        raise EvidenceError("panels.jsonl tells of no panel: no board was looked at")
    found: dict[tuple[str, str], list[PanelLoad]] = defaultdict(list)
    for (board, _), loads in log.panels.items():
        for load in loads:
            if from_s <= load.began_s < until_s and load.ended_s < over_by_s:
                found[board, load.title].append(load)
    return found
