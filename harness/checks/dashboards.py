"""Boards show what is: complete, fresh and in time; a panel whose source is broken says so, and comes back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from harness.checks.panel_acts import ActWindow, Breaks, act_windows
from harness.checks.panel_log import PanelLoad, read_panels, sources
from harness.checks.panels_owed import owed, uncovered
from harness.checks.reading import Reader, Speaker, traffic_until, watched
from harness.errors import EvidenceError
from harness.measures import Measure
from harness.model import Finding, FindingKind, Record, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Panels:
    """Every load of every panel has data, is fresh and quick, except where an act of faults broke its source.

    Durations are real seconds: people do not look faster in a compressed run.

    Args:
        within_s: the slowest load of a panel.
        breaks: what the acts do to panels; every panel stays sound in an act that is not among them.
        fresh_within_scrapes: how many scrape intervals the newest sample of Prometheus may be old.
        rows_fresh_within_s: how old the newest row of any other source that tells times may be, s.
        fresh_allowance_s: added to both, as a query takes time and ranges end on a step.
        source_timeout_s: a broken panel must show its error so soon; where its source hangs, after so long a query.
        hang_allowance_s: added to that, as nobody hears of a timeout before it is over.
        back_within_refreshes: a broken panel must be sound again after so many refreshes from the confirmed heal.
        min_loads: fewest loads of a panel before, in each act, and after the last.
        may_be_empty: titles of panels that may rightly have nothing to show in the whole run.
        may_be_mute: titles of panels that may be empty without an error while their source is broken.
        unseen_refreshes: for how many refreshes at most nobody may have looked at a panel.
    """

    within_s: float = 3.0
    breaks: tuple[Breaks, ...] = ()
    fresh_within_scrapes: float = 2.0
    rows_fresh_within_s: float = 10.0
    fresh_allowance_s: float = 1.0
    source_timeout_s: float = 5.0
    hang_allowance_s: float = 0.5
    back_within_refreshes: float = 2.0
    min_loads: int = 2
    may_be_empty: tuple[str, ...] = ()
    may_be_mute: tuple[str, ...] = ()
    unseen_refreshes: float = 3.0
    kind: ClassVar[FindingKind] = FindingKind.DASHBOARD

    def judge(self, record: Record) -> Iterable[Finding]:
        """One finding a panel, and two more for each act that breaks it."""
        reader = Reader(record.history)
        log = read_panels(reader)
        if not log.panels and not reader.damage:
            raise EvidenceError("panels.jsonl tells of no panel: no board was looked at")
        if "panel_refresh_s" not in record.settings:
            raise EvidenceError("the run's settings have no panel_refresh_s")
        speaker = Speaker(check="Panels", kind=self.kind)
        findings = list(owed(log, record, speaker))
        from_s, until_s = watched(record)[0], traffic_until(record)
        refresh_s = {(one.board, str(one.panel)): one.refresh_s for one in record.expected.panels}
        busy_s = log.busy_until_s()
        for key, loads in log.panels.items():
            every_s = refresh_s.get(key) or record.settings["panel_refresh_s"]
            # Viewers may go on while the system is drained: rows grow old without traffic.
            seen = [load for load in loads if from_s <= load.began_s < until_s]
            panel = _Panel.of(self, record, loads, every_s)
            findings += panel.findings(seen) if seen else []
            if hole := uncovered(seen, from_s, until_s, self.unseen_refreshes * every_s, busy_s, key[0]):
                findings.append(speaker.says(Verdict.UNKNOWN, f"{panel.title}: {hole}", subject=panel.title))
        return [*findings, *speaker.doubts(reader.damage)]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Panel:
    """One panel, and the acts that it lived through."""

    check: Panels
    speaker: Speaker
    title: str
    sources: frozenset[str]
    acts: tuple[ActWindow, ...]
    scrape_s: float

    @classmethod
    def of(cls, check: Panels, record: Record, loads: Sequence[PanelLoad], refresh_s: float) -> _Panel:
        scrape_s = max((rule.scrape_s for rule in record.rules), default=0.0)
        title = loads[0].title
        return cls(
            check=check,
            speaker=Speaker(check="Panels", kind=check.kind, subject=title),
            title=title,
            sources=sources(loads),
            acts=act_windows(record, check.breaks, check.back_within_refreshes * refresh_s, scrape_s),
            scrape_s=scrape_s,
        )

    def findings(self, loads: list[PanelLoad]) -> Iterator[Finding]:
        """Sound where it has to be; and for each act that breaks it, that it said so and came back."""
        broken = [act for act in self.acts if act.breaks.breaks(self.sources)]
        sound = [load for load in loads if not any(act.touches(load) for act in broken)]
        yield self._sound(sound, self._counts(sound, broken))
        for act in broken:
            yield self._degraded([load for load in loads if act.during(load)], act)
            yield self._back([load for load in loads if act.after(load)], act)

    def _counts(self, loads: list[PanelLoad], broken: list[ActWindow]) -> dict[str, int]:
        """Loads before the acts, in each that left it sound, and after them; all of them without a fault."""
        if not self.acts:
            return {"in the whole run": len(loads)}
        return {
            "before the fault": sum(load.ended_s < self.acts[0].asked_s for load in loads),
            **{
                f"during the fault{act.of}": sum(act.during(load) for load in loads)
                for act in self.acts
                if act not in broken
            },
            "after the heal": sum(self.acts[-1].after(load) for load in loads),
        }

    def _sound(self, loads: list[PanelLoad], counts: Mapping[str, int]) -> Finding:
        check = self.check
        slowest_s = max((self._waited_s(load) for load in loads), default=0.0)
        bad = [(load, wrong) for load in loads if (wrong := self._wrong(load))]
        if bad:
            first, wrong = bad[0]
            verdict, message = (
                Verdict.FAIL,
                f"{len(bad)} of {len(loads)} loads were wrong; load {first.number}: {wrong}.",
            )
        elif thin := [name for name, count in counts.items() if count < check.min_loads]:
            verdict, message = Verdict.UNKNOWN, f"it was loaded less than {check.min_loads} times {', '.join(thin)}."
        else:
            verdict = Verdict.PASS
            message = f"{len(loads)} loads with fresh data, the slowest in {slowest_s:.2f} s."
        return self.speaker.says(
            verdict,
            f"{self.title}: {message}",
            upper=check.within_s,
            observed=round(slowest_s, 3),
            evidence=bad[0][0].place if bad else "panels.jsonl",
            measure=Measure.PANEL_SLOWEST_S if loads else None,
        )

    def _degraded(self, loads: list[PanelLoad], act: ActWindow) -> Finding:
        """While the source is broken: an error within its timeout, never values, and no silence either."""
        check, title = self.check, self.title
        slowest_s = max((self._waited_s(load) for load in loads), default=0.0)
        within_s = max((self._told_within_s(load, act) for load in loads), default=check.source_timeout_s)
        lying = [load for load in loads if not load.errors and not load.without_data]
        mute = [load for load in loads if not load.errors and load.without_data and title not in check.may_be_mute]
        late = [load for load in loads if self._waited_s(load) > self._told_within_s(load, act)]
        down = f"its source was down{act.of and f' in{act.of[3:]}'}"
        if lying:
            verdict = Verdict.FAIL
            message = f"{title} showed values in {len(lying)} of {len(loads)} loads although {down}."
        elif mute:
            verdict = Verdict.FAIL
            message = f"{title} was mute in {len(mute)} of {len(loads)} loads: empty without an error, while {down}."
        elif late:
            verdict, message = Verdict.FAIL, f"{title} took {self._waited_s(late[0]):.2f} s to say that {down}."
        elif len(loads) < check.min_loads:
            verdict, message = Verdict.UNKNOWN, f"{title} was loaded {len(loads)} times while {down}."
        else:
            verdict, message = Verdict.PASS, f"{title} said that {down}, within {slowest_s:.2f} s."
        told: Mapping[str, Any] = {
            "upper": round(within_s, 3),
            "observed": round(slowest_s, 3),
            "evidence": (lying or mute or late)[0].place if lying or mute or late else "panels.jsonl",
        }
        # How long a hanging source keeps people waiting is its timeout, times its queries: no figure to compare.
        return self.speaker.says(
            verdict, message, **told, measure=Measure.PANEL_ERROR_S if loads and not act.breaks.hangs else None
        )

    def _back(self, loads: list[PanelLoad], act: ActWindow) -> Finding:
        """After the heal: sound again within the refreshes it is given."""
        due_s = act.back_s - act.healed_s
        good = next((load for load in loads if not self._wrong(load, even_now=True)), None)
        back_s = None if good is None else good.began_s - act.healed_s
        late = back_s is None or back_s > due_s
        heal = f"the heal{act.of}"
        if back_s is None and not any(load.began_s >= act.back_s for load in loads):
            verdict, message = Verdict.UNKNOWN, f"was not loaded for long enough after {heal} to tell if it came back."
        elif late:
            when = "never" if back_s is None else f"{back_s:.2f} s after {heal}"
            verdict, message = Verdict.FAIL, f"came back {when}; due within {due_s:.2f} s."
        else:
            verdict, message = Verdict.PASS, f"came back {back_s:.2f} s after {heal}."
        return self.speaker.says(
            verdict,
            f"{self.title} {message}",
            upper=round(due_s, 3),
            observed=None if back_s is None else round(back_s, 3),
            evidence=good.place if good else "panels.jsonl",
            measure=None if back_s is None else Measure.PANEL_BACK_S,
        )

    def _waited_s(self, load: PanelLoad) -> float:
        """How long a person waited; without the browser's queue where what stands before it there hangs."""
        hangs = any(act.breaks.hangs and act.touches(load) for act in self.acts)
        return load.took_s - load.queued_s if hangs else load.took_s

    def _told_within_s(self, load: PanelLoad, act: ActWindow) -> float:
        """By when a broken panel has to say so: a source that hangs is waited for once a query, one after the other."""
        if not act.breaks.hangs:
            return self.check.source_timeout_s
        queries = sum(any(name in str(one["source"]) for name in act.breaks.by) for one in load.targets)
        return (self.check.source_timeout_s + self.check.hang_allowance_s) * max(1, queries)

    def _wrong(self, load: PanelLoad, *, even_now: bool = False) -> str:
        """What is wrong with a load of a panel whose sources are there; empty when nothing is.

        Args:
            load: of it.
            even_now: also where an act excuses it: of a panel that is to be back.
        """
        acts = () if even_now else tuple(act for act in self.acts if act.touches(load))
        may_be_empty = self.title in self.check.may_be_empty or any(self.title in act.breaks.empty for act in acts)
        if load.errors:
            return f"it shows the error {load.errors[0][:200]!r}"
        if load.without_data and not may_be_empty:
            return f"no value for {', '.join(load.without_data)}"
        if self._waited_s(load) > self.check.within_s:
            return f"it took {self._waited_s(load):.2f} s"
        return "" if may_be_empty else self._stale(load, acts)

    def _stale(self, load: PanelLoad, acts: Sequence[ActWindow]) -> str:
        check = self.check
        for target in load.targets:
            newest_s, source = target.get("newest_s"), str(target["source"])
            if newest_s is None or any(act.breaks.ages(source) for act in acts):
                continue
            of_samples_s = check.fresh_within_scrapes * self.scrape_s
            limit_s = of_samples_s if "prometheus" in source else check.rows_fresh_within_s
            age_s = load.began_s - float(newest_s)
            if age_s > limit_s + check.fresh_allowance_s:
                return f"its newest data is {age_s:.1f} s old (target {target['ref']})"
        return ""
