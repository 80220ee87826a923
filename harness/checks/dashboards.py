"""Boards show what is: complete, fresh and in time; a panel whose source is broken says so, and comes back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

from harness.checks.panel_log import PanelLoad, read_panels, sources
from harness.checks.panels_owed import owed, uncovered
from harness.checks.reading import Reader, Speaker, traffic_until, watched
from harness.errors import EvidenceError
from harness.measures import Measure
from harness.model import Finding, FindingKind, Record, Verdict

DURING = "during the fault"


@dataclass(frozen=True, slots=True, kw_only=True)
class Panels:
    """Every load of every panel has data, is fresh and quick, except where the fault broke its source.

    Durations are real seconds: people do not look faster in a compressed run.

    Args:
        within_s: the slowest load of a panel.
        broken_by: data sources that the faults break, by a part of their type ("redis").
        act: the act of the scenario whose faults break them.
        fresh_within_scrapes: how many scrape intervals the newest sample of Prometheus may be old.
        rows_fresh_within_s: how old the newest row of any other source that tells times may be, s.
        fresh_allowance_s: added to both, as a query takes time and ranges end on a step.
        source_timeout_s: a broken panel must show its error so soon.
        back_within_refreshes: a broken panel must be sound again after so many refreshes from the confirmed heal.
        min_loads: fewest loads of a panel before, during and after the faults.
        may_be_empty: titles of panels that may rightly have nothing to show.
        may_be_mute: titles of panels that may be empty without an error while their source is broken.
        unseen_refreshes: for how many refreshes at most nobody may have looked at a panel.
    """

    within_s: float = 3.0
    broken_by: tuple[str, ...] = ()
    act: int = 1
    fresh_within_scrapes: float = 2.0
    rows_fresh_within_s: float = 10.0
    fresh_allowance_s: float = 1.0
    source_timeout_s: float = 5.0
    back_within_refreshes: float = 2.0
    min_loads: int = 2
    may_be_empty: tuple[str, ...] = ()
    may_be_mute: tuple[str, ...] = ()
    unseen_refreshes: float = 3.0
    kind: ClassVar[FindingKind] = FindingKind.DASHBOARD

    def judge(self, record: Record) -> Iterable[Finding]:
        """One finding a panel, and two more for a broken one."""
        reader = Reader(record.history)
        log = read_panels(reader)
        if not log.panels and not reader.damage:
            raise EvidenceError("panels.jsonl tells of no panel: no board was looked at")
        usual, speaker = _Watch.of(self, record), Speaker(check="Panels", kind=self.kind)
        findings = list(owed(log, record, speaker))
        refresh_s = {(one.board, str(one.panel)): one.refresh_s for one in record.expected.panels}
        for key, loads in log.panels.items():
            watch = usual.refreshed(refresh_s.get(key) or usual.refresh_s, self.back_within_refreshes)
            # Viewers may go on while the system is drained: rows grow old without traffic.
            seen = [load for load in loads if watch.from_s <= load.began_s < watch.until_s]
            findings += self._of_panel(seen, watch) if seen else []
            if hole := uncovered(seen, watch.from_s, watch.until_s, self.unseen_refreshes * watch.refresh_s):
                findings.append(speaker.says(Verdict.UNKNOWN, f"{loads[0].title}: {hole}", subject=loads[0].title))
        return [*findings, *speaker.doubts(reader.damage)]

    def _of_panel(self, loads: list[PanelLoad], watch: _Watch) -> Iterator[Finding]:
        speaker = Speaker(check="Panels", kind=self.kind, subject=loads[0].title)
        breaks = watch.faulty and any(name in source for name in self.broken_by for source in sources(loads))
        if not breaks:
            yield self._sound(speaker, loads, watch.counts(loads), watch)
            return
        sound = [one for one in loads if not watch.excused(one)]
        counts = {when: count for when, count in watch.counts(sound).items() if when != DURING}
        yield self._sound(speaker, sound, counts, watch)
        yield self._degraded(speaker, [one for one in loads if watch.during(one)])
        yield self._back(speaker, [one for one in loads if one.began_s >= watch.healed_s], watch)

    def _sound(self, speaker: Speaker, loads: list[PanelLoad], counts: Mapping[str, int], watch: _Watch) -> Finding:
        slowest_s = max((load.took_s for load in loads), default=0.0)
        bad = [(load, wrong) for load in loads if (wrong := self.wrong(load, watch.scrape_s))]
        if bad:
            first, wrong = bad[0]
            verdict, message = (
                Verdict.FAIL,
                f"{len(bad)} of {len(loads)} loads were wrong; load {first.number}: {wrong}.",
            )
        elif thin := [name for name, count in counts.items() if count < self.min_loads]:
            verdict, message = Verdict.UNKNOWN, f"it was loaded less than {self.min_loads} times {', '.join(thin)}."
        else:
            verdict = Verdict.PASS
            message = f"{len(loads)} loads with fresh data, the slowest in {slowest_s:.2f} s."
        return speaker.says(
            verdict,
            f"{speaker.subject}: {message}",
            upper=self.within_s,
            observed=round(slowest_s, 3),
            evidence=bad[0][0].place if bad else "panels.jsonl",
            measure=Measure.PANEL_SLOWEST_S if loads else None,
        )

    def _degraded(self, speaker: Speaker, loads: list[PanelLoad]) -> Finding:
        """While the source is broken: an error within its timeout, never values, and no silence either."""
        title = speaker.subject
        slowest_s = max((load.took_s for load in loads), default=0.0)
        lying = [load for load in loads if not load.errors and not load.without_data]
        mute = [load for load in loads if not load.errors and load.without_data and title not in self.may_be_mute]
        if lying:
            verdict = Verdict.FAIL
            message = f"{title} showed values in {len(lying)} of {len(loads)} loads although its source was down."
        elif mute:
            verdict = Verdict.FAIL
            message = f"{title} was mute in {len(mute)} of {len(loads)} loads: empty without an error."
        elif slowest_s > self.source_timeout_s:
            verdict, message = Verdict.FAIL, f"{title} took {slowest_s:.2f} s to say that its source was down."
        elif len(loads) < self.min_loads:
            verdict, message = Verdict.UNKNOWN, f"{title} was loaded {len(loads)} times while its source was down."
        else:
            verdict, message = Verdict.PASS, f"{title} said that its source was down, within {slowest_s:.2f} s."
        return speaker.says(
            verdict,
            message,
            upper=self.source_timeout_s,
            observed=round(slowest_s, 3),
            evidence=(lying or mute)[0].place if lying or mute else "panels.jsonl",
            measure=Measure.PANEL_ERROR_S if loads else None,
        )

    def _back(self, speaker: Speaker, loads: list[PanelLoad], watch: _Watch) -> Finding:
        """After the heal: sound again within the refreshes it is given."""
        due_s = watch.back_s - watch.healed_s
        good = next((load for load in loads if not self.wrong(load, watch.scrape_s)), None)
        back_s = None if good is None else good.began_s - watch.healed_s
        late = back_s is None or back_s > due_s
        if back_s is None and not any(load.began_s >= watch.back_s for load in loads):
            verdict, message = Verdict.UNKNOWN, "was not loaded for long enough after the heal to tell if it came back."
        elif late:
            when = "never" if back_s is None else f"{back_s:.2f} s after the heal"
            verdict, message = Verdict.FAIL, f"came back {when}; due within {due_s:.2f} s."
        else:
            verdict, message = Verdict.PASS, f"came back {back_s:.2f} s after the heal."
        return speaker.says(
            verdict,
            f"{speaker.subject} {message}",
            upper=round(due_s, 3),
            observed=None if back_s is None else round(back_s, 3),
            evidence=good.place if good else "panels.jsonl",
            measure=None if back_s is None else Measure.PANEL_BACK_S,
        )

    def wrong(self, load: PanelLoad, scrape_s: float) -> str:
        """What is wrong with a load of a panel whose sources are there; empty when nothing is."""
        if load.errors:
            return f"it shows the error {load.errors[0][:200]!r}"
        if load.without_data and load.title not in self.may_be_empty:
            return f"no value for {', '.join(load.without_data)}"
        if load.took_s > self.within_s:
            return f"it took {load.took_s:.2f} s"
        return self._stale(load, scrape_s)

    def _stale(self, load: PanelLoad, scrape_s: float) -> str:
        for target in load.targets:
            newest_s = target.get("newest_s")
            if newest_s is None or load.title in self.may_be_empty:
                continue
            from_prometheus = "prometheus" in str(target["source"])
            limit_s = self.fresh_within_scrapes * scrape_s if from_prometheus else self.rows_fresh_within_s
            age_s = load.began_s - float(newest_s)
            if age_s > limit_s + self.fresh_allowance_s:
                return f"its newest data is {age_s:.1f} s old (target {target['ref']})"
        return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Watch:
    """When the faults were on, for those panels that they break; wall clock s."""

    faulty: bool
    from_s: float
    until_s: float
    refresh_s: float
    asked_s: float = 0.0
    confirmed_s: float = 0.0
    healing_s: float = 0.0
    healed_s: float = 0.0
    back_s: float = 0.0
    scrape_s: float = 0.0

    @classmethod
    def of(cls, check: Panels, record: Record) -> _Watch:
        scrape_s = max((rule.scrape_s for rule in record.rules), default=0.0)
        from_s, until_s = watched(record)[0], traffic_until(record)
        if "panel_refresh_s" not in record.settings:
            raise EvidenceError("the run's settings have no panel_refresh_s")
        refresh_s = record.settings["panel_refresh_s"]
        faults = [one for one in record.faults if one.act == check.act]
        if record.faults and not faults:
            raise EvidenceError(f"the panels are judged by act {check.act}, and the run has none")
        if not faults:
            return cls(faulty=False, from_s=from_s, until_s=until_s, refresh_s=refresh_s, scrape_s=scrape_s)
        confirmed = [one.confirmed_s for one in faults if one.confirmed_s is not None]
        healing = [one.healed_s for one in faults if one.healed_s is not None]
        healed = [one.confirmed_healed_s for one in faults if one.confirmed_healed_s is not None]
        if not (len(confirmed) == len(healing) == len(healed) == len(faults)):
            raise EvidenceError("a fault was not seen to take effect and heal: the panels cannot be told apart")
        return cls(
            faulty=True,
            from_s=from_s,
            until_s=until_s,
            refresh_s=refresh_s,
            asked_s=min(one.asked_s for one in faults),
            confirmed_s=max(confirmed),
            healing_s=min(healing),
            healed_s=max(healed),
            scrape_s=scrape_s,
        )

    def refreshed(self, refresh_s: float, back_within_refreshes: float) -> _Watch:
        """The same for a board that is refreshed so often."""
        back_s = self.healed_s + back_within_refreshes * refresh_s if self.faulty else 0.0
        return replace(self, refresh_s=refresh_s, back_s=back_s)

    def excused(self, load: PanelLoad) -> bool:
        """True while a broken panel need not be sound."""
        return load.ended_s >= self.asked_s and load.began_s < self.back_s

    def during(self, load: PanelLoad) -> bool:
        """True when the whole load lay between the confirmed effect and the heal."""
        return self.confirmed_s <= load.began_s and load.ended_s <= self.healing_s

    def counts(self, loads: list[PanelLoad]) -> dict[str, int]:
        """Loads before and after the faults; all of them without a fault."""
        if not self.faulty:
            return {"in the whole run": len(loads)}
        return {
            "before the fault": sum(load.ended_s < self.asked_s for load in loads),
            DURING: sum(self.during(load) for load in loads),
            "after the heal": sum(load.began_s >= self.healed_s for load in loads),
        }
