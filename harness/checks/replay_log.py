"""The evidence of a replay at production timing: its rules, when alerts stood, how its clock maps to the run's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from harness.checks.alert_log import AlertLog, Standing
from harness.checks.reading import Reader, finite
from harness.errors import EvidenceError
from harness.model import Record
from harness.recorded import FaultWindow, Phase, RuleTiming, Stream


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayLog:
    """What alerts would have done at production timing.

    Args:
        rules: at production timing, as a production Prometheus would load them.
        log: when alerts stood, production s after t0; covered by the record and its tail.
        from_s, to_s: what the record covers, wall clock s.
        t0_s: the wall time that is 0.
        k: the time scale.
    """

    rules: tuple[RuleTiming, ...]
    log: AlertLog
    from_s: float
    to_s: float
    t0_s: float
    k: float

    def production_s(self, wall_s: float) -> float:
        """A wall time of the run as production s after t0."""
        return (wall_s - self.t0_s) * self.k

    @property
    def recorded_until_s(self) -> float:
        """Where the record ends and its tail begins, production s."""
        return self.production_s(self.to_s)

    def at_production(self, record: Record) -> Record:
        """The record with everything that happened moved to production timing."""
        phases = tuple(
            Phase(name=one.name, started_s=self.production_s(one.started_s), duration_s=one.duration_s * self.k)
            for one in record.phases
        )
        faults = tuple(self._fault(fault) for fault in record.faults)
        return replace(record, time_scale=1.0, rules=self.rules, phases=phases, faults=faults)

    def _fault(self, fault: FaultWindow) -> FaultWindow:
        times: Any = {
            name: None if at is None else self.production_s(at)
            for name, at in (
                ("asked_s", fault.asked_s),
                ("confirmed_s", fault.confirmed_s),
                ("healed_s", fault.healed_s),
                ("confirmed_healed_s", fault.confirmed_healed_s),
            )
        }
        return replace(fault, **times)


def replay_log(
    rules: Iterable[RuleTiming],
    standing: Iterable[Standing],
    *,
    from_s: float,
    to_s: float,
    t0_s: float,
    k: float,
    tail_s: float,
) -> ReplayLog:
    """A log of these parts.

    Args:
        rules: at production timing.
        standing: production s after t0.
        from_s: where the record begins, wall clock s.
        to_s: where it ends.
        t0_s: the wall time that is 0.
        k: the time scale.
        tail_s: for how long the last state was made to go on, production s.
    """
    covered = (0.0, (to_s - t0_s) * k + tail_s)
    log = AlertLog(standing=list(standing), covered=covered)
    return ReplayLog(rules=tuple(rules), log=log, from_s=from_s, to_s=to_s, t0_s=t0_s, k=k)


def read_replay(reader: Reader) -> ReplayLog:
    """Read the replay that was recorded with a run.

    Raises:
        EvidenceError: it is missing, incomplete or damaged.
    """
    rules: list[RuleTiming] | None = None
    end: Mapping[str, Any] | None = None
    standing: list[Standing] = []
    try:
        for place, seen in reader.numbered(Stream.REPLAY):
            if seen.kind == "rules":
                rules = [_rule(data) for data in seen.data["rules"]]
            elif seen.kind == "series":
                standing.append(_standing(seen.data, place))
            elif seen.kind == "end":
                end = seen.data
    except (KeyError, TypeError, AttributeError) as damage:
        raise EvidenceError(f"replay.jsonl is damaged: {damage!r}") from damage
    if not reader.whole:
        raise EvidenceError(reader.damage[0])
    if rules is None or end is None:
        raise EvidenceError("replay.jsonl has no rules or no end: the replay is incomplete")
    names = ("from_s", "to_s", "t0_s", "k", "tail_s")
    times = {name: finite(end.get(name), f"replay.jsonl: {name}", at_least=0.0) for name in names}
    return replay_log(rules, standing, **times)


def _standing(data: Mapping[str, Any], place: str) -> Standing:
    if data["state"] not in {"pending", "firing"}:
        raise EvidenceError(f"{place}: an alert cannot be {data['state']!r}: the evidence is damaged")
    times_s = tuple(finite(at, f"{place}: a time", at_least=0.0) for at in data["times_s"])
    return Standing(
        alert=str(data["alert"]), state=data["state"], labels=dict(data["labels"]), times_s=times_s, place=place
    )


def _rule(data: Mapping[str, Any]) -> RuleTiming:
    names = {one.name for one in fields(RuleTiming)}
    if data.keys() - names:
        raise EvidenceError(f"replay.jsonl: a rule has {', '.join(sorted(data.keys() - names))}, which is unknown")
    values: dict[str, Any] = {
        name: finite(value, f"replay.jsonl: {name} of a rule", at_least=0.0) if name.endswith("_s") else value
        for name, value in data.items()
    }
    return RuleTiming(**{**values, "receivers": tuple(data["receivers"])})
