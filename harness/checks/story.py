"""The whole story of a few signals: what the client, the databases, the leaders and the faults did, in time order."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from math import inf
from typing import Any

from harness.checks.client_log import FAIL, INFO, OK
from harness.checks.final_log import FinalLog, read_final
from harness.checks.reading import Reader, fault_at
from harness.model import Record
from harness.recorded import FaultWindow, Observation, Stream

AT_MOST = 5  # stories of one finding
AFTERMATH_S = 10.0  # what came so soon after may be why nothing came after
_LINES_AT_MOST = 40
_PARTS = ("effect", "event", "outbox", "shipped")  # an execution, in the order in which its parts are made


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scene:
    """One line of a story.

    Args:
        at_s: when it happened, wall clock s; of a row without a time, when its execution was committed.
        rank: its place among what happened at the same time.
        what: in words.
        place: its line of the history; empty where it is known from elsewhere.
        is_timed: whether it has a time of its own.
    """

    at_s: float
    rank: int
    what: str
    place: str = ""
    is_timed: bool = True


def stories(record: Record, ids: Iterable[str]) -> dict[str, str]:
    """The story of each of these signals, a text of some lines; the first line says whose it is.

    Each line of the history that speaks of the signal is in it: request and outcome, acceptance, each execution with
    its event, its way through the outbox and its row in the analytics store. So is what went on meanwhile: who took
    the lead, which fault took effect or healed.

    Args:
        record: the record.
        ids: few, as their lines are kept; without any the history is not read again.
    """
    told = list(dict.fromkeys(ids))
    if not told:
        return {}
    reader = Reader(record.history)
    final = reader.once(read_final)
    lines = _lines(reader, final, frozenset(told))
    return {one: _story(one, lines[one], final, record) for one in told}


def _lines(reader: Reader, final: FinalLog, wanted: Collection[str]) -> Mapping[str, list[tuple[str, Observation]]]:
    """The lines of the history that speak of these signals, by signal; also those that only name their order."""
    owners = {row.effect_id: row.id for row in final.effects if row.id in wanted}
    lines: dict[str, list[tuple[str, Observation]]] = defaultdict(list)
    for stream in (Stream.CLIENT, Stream.FINAL):
        for place, seen in reader.numbered(stream):
            one, order = seen.data.get("id"), seen.data.get("effect_id")
            whose = one if one in wanted else owners.get(order) if type(order) is str else None
            if type(whose) is str and len(lines[whose]) < _LINES_AT_MOST:
                lines[whose].append((place, seen))
    return lines


def _story(one: str, lines: Sequence[tuple[str, Observation]], final: FinalLog, record: Record) -> str:
    scenes = [*_of_client(lines), *_of_databases(lines)]
    timed = [scene.at_s for scene in scenes if scene.is_timed]
    if timed:
        scenes += _meanwhile(min(timed), max(timed) + AFTERMATH_S, final, record)
    if final.whole and not any(seen.kind == "effect" for _, seen in lines):
        scenes.append(_Scene(at_s=inf, rank=0, what=_left(lines), is_timed=False))
    scenes.sort(key=lambda scene: (scene.at_s, scene.rank))
    begin_s = min(timed, default=0.0)
    head = f"{one}: {_sum(lines)}."
    if timed:
        head += f" At first {_led(begin_s, final)}, with {fault_at(record, begin_s)} on."
    cut = ["… there is more of it in the history."] if len(lines) >= _LINES_AT_MOST else []
    return "\n".join([head, *(_told(scene, begin_s) for scene in scenes), *cut])


def _told(scene: _Scene, begin_s: float) -> str:
    where = f" ({scene.place})" if scene.place else ""
    if not scene.is_timed:
        return f"{'':27}{scene.what}{where}"
    return f"{_clock(scene.at_s)} {scene.at_s - begin_s:+10.3f} s  {scene.what}{where}"


def _of_client(lines: Sequence[tuple[str, Observation]]) -> Iterator[_Scene]:
    to = ""
    for place, seen in lines:
        data = seen.data
        if seen.kind == "invoke":
            to = str(data.get("to"))
            yield _Scene(at_s=seen.wall_s, rank=0, what=f"sent to {to}", place=place)
        elif seen.kind in {OK, FAIL, INFO}:
            how = {OK: "acknowledged", FAIL: "refused", INFO: "without an answer: nobody knows"}[seen.kind]
            by = f" by {to}" if to and seen.kind != INFO else ""
            why = ", ".join(str(data[name]) for name in ("status", "error") if data.get(name))
            yield _Scene(at_s=seen.wall_s, rank=1, what=f"{how}{by}" + (f": {why}" if why else ""), place=place)


def _of_databases(lines: Sequence[tuple[str, Observation]]) -> Iterator[_Scene]:
    """The rows have no times but those of the executions: each stands with its own."""
    committed = {row.data.get("effect_id"): _time(row.data) for _, row in lines if row.kind == "effect"}
    first_s = min((seen.wall_s for _, seen in lines if seen.kind in {OK, FAIL, INFO}), default=0.0)
    first = min((_time(row.data), place) for place, row in lines if row.kind == "effect")[1] if committed else ""
    for place, seen in lines:
        data = seen.data
        if seen.kind == "accepted":
            yield _Scene(
                at_s=first_s,
                rank=2,
                what="in the database after the drain; since when is not recorded",
                place=place,
                is_timed=False,
            )
        elif seen.kind in _PARTS:
            at_s = committed.get(data.get("effect_id"), max(committed.values(), default=first_s))
            yield _Scene(
                at_s=at_s,
                rank=3 + _PARTS.index(seen.kind),
                what=_row(seen, again=place != first),
                place=place,
                is_timed=seen.kind == "effect",
            )


def _row(seen: Observation, *, again: bool) -> str:
    data: Mapping[str, Any] = defaultdict(lambda: "?", seen.data)
    order = f"order {data['effect_id']}"
    if seen.kind == "effect":
        word = "executed AGAIN" if again else "executed"
        by = f" by {data['by']} under epoch {data['epoch']}" if "by" in seen.data else ""
        return f"{word}{by}: {order}, {data['status']}"
    if seen.kind == "event":
        return f"  event {data['event_id']} of {order}, epoch {data['epoch']}"
    if seen.kind == "outbox":
        way = "shipped" if data["shipped"] else "NOT SHIPPED"
        return f"  in the outbox, {way}: event {data['event_id']} of {order}"
    return f"  in the analytics store: event {data['event_id']} of {order}"


def _meanwhile(from_s: float, until_s: float, final: FinalLog, record: Record) -> Iterator[_Scene]:
    """Who took the lead and what broke or healed between two moments."""
    for term in final.terms:
        if from_s < term.from_s <= until_s:
            what = f"{term.leader} takes the lead as epoch {term.epoch}"
            yield _Scene(at_s=term.from_s, rank=-1, what=f"-- {what}", place=term.place)
    for fault in record.faults:
        for at_s, step in _steps(fault):
            if at_s is not None and from_s < at_s <= until_s:
                yield _Scene(at_s=at_s, rank=-2, what=f"-- {fault.kind} of {fault.target} {step}")


def _steps(fault: FaultWindow) -> Sequence[tuple[float | None, str]]:
    return (
        (fault.asked_s, "begins"),
        (fault.confirmed_s, "is seen to be on"),
        (fault.healed_s, "begins to heal"),
        (fault.confirmed_healed_s, "is seen to be over"),
    )


def _sum(lines: Sequence[tuple[str, Observation]]) -> str:
    """What became of it, in a few words."""
    kinds = [seen.kind for _, seen in lines]
    outcomes = [word for kind, word in ((OK, "acknowledged"), (FAIL, "refused"), (INFO, "unanswered")) if kind in kinds]
    sent = "sent" if "invoke" in kinds else "never sent"
    times = kinds.count("effect")
    done = {0: "never executed", 1: "executed once"}.get(times, f"executed {times} times")
    return ", ".join([sent, *outcomes, done])


def _left(lines: Sequence[tuple[str, Observation]]) -> str:
    kept = any(seen.kind == "accepted" for _, seen in lines)
    return "after the drain: not executed" if kept else "after the drain: the database knows nothing of it"


def _led(at_s: float, final: FinalLog) -> str:
    before = [term for term in final.terms if term.from_s <= at_s]
    if not before:
        return "nobody led"
    term = max(before, key=lambda term: term.from_s)
    return f"{term.leader} led as epoch {term.epoch}"


def _time(data: Mapping[str, Any]) -> float:
    at_s = data.get("at_s")
    return float(at_s) if isinstance(at_s, int | float) else 0.0


def _clock(wall_s: float) -> str:
    """The time of day in UTC with milliseconds."""
    return f"{datetime.fromtimestamp(wall_s, UTC):%H:%M:%S.%f}"[:-3]
