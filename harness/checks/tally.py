"""What the databases hold of each signal, and whether what belongs together agrees; linear in the history's length."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from itertools import chain

from harness.checks.final_log import FILLED, Effect, Event, FinalLog, read_final
from harness.checks.reading import Reader

# What an execution consists of in the databases; the kinds that have to have been read to judge it.
NEEDED = ("accepted", "effect", "event", "epoch")
SHIPPING = ("outbox", "shipped")


@dataclass(slots=True)
class Kept:
    """What the databases held after the drain.

    Args:
        effects: how many effects each id has.
        filled: how many of all effects are filled orders; a rejected one is an effect that is never shipped.
        events: how many events each id has.
        queued: how many rows each id has in the outbox.
        shipped: how many rows of each id the analytics store has, after it merged those of one execution.
        foreign: ids whose effect was made under an epoch that never was, or not by its leader.
        mismatched: ids whose event, outbox row or analytics row does not belong to their effect.
        undue: ids with a rejected order that was shipped all the same.
        unqueued: ids with a filled order that never got into the outbox.
        unshipped: ids with a row that is still in the outbox.
        unstored: ids with a filled order that the analytics store does not have.
        accepted: ids that the database holds as accepted.
        finished: the read came to its end, is as long as it says, and has all that was to be read.
    """

    effects: Counter[str] = field(default_factory=Counter)
    filled: int = 0
    events: Counter[str] = field(default_factory=Counter)
    queued: Counter[str] = field(default_factory=Counter)
    shipped: Counter[str] = field(default_factory=Counter)
    foreign: list[str] = field(default_factory=list)
    mismatched: list[str] = field(default_factory=list)
    undue: list[str] = field(default_factory=list)
    unqueued: list[str] = field(default_factory=list)
    unshipped: list[str] = field(default_factory=list)
    unstored: list[str] = field(default_factory=list)
    accepted: Collection[str] = ()
    finished: bool = False


def kept(reader: Reader, needed: Collection[str] = NEEDED) -> Kept:
    """What the final stream says.

    Args:
        reader: the evidence.
        needed: kinds of rows that have to have been read.
    """
    log = reader.once(read_final)
    state = Kept(
        effects=Counter(row.id for row in log.effects),
        filled=sum(row.status == FILLED for row in log.effects),
        events=Counter(row.id for row in log.events),
        queued=Counter(row.id for row in log.outbox),
        shipped=Counter(row.id for row in log.shipped),
        unshipped=[row.id for row in log.outbox if not row.shipped],
        accepted=log.accepted,
    )
    unread = [kind for kind in sorted(needed) if kind not in (log.claimed or {})]
    state.finished = log.whole and not unread
    if log.claimed is not None and unread:
        reader.damage.append(f"final.jsonl does not say that {', '.join(unread)} was read: what it owes is not there")
    if state.finished:
        _compare(state, log)
    return state


def _compare(state: Kept, log: FinalLog) -> None:
    """Row by row: what belongs to an effect names its signal, its order, its execution and its epoch."""
    effects = {row.effect_id: row for row in log.effects}
    events = {row.event_id: row for row in log.events}
    state.mismatched = list(dict.fromkeys(_mismatched(log, effects, events)))
    rejected = {effect for effect, row in effects.items() if row.status != FILLED}  # few: most orders are filled
    undue = (row.id for rows in (log.outbox, log.shipped) for row in rows if row.effect_id in rejected)
    state.undue = list(dict.fromkeys(undue))
    leaders = {term.epoch: term.leader for term in log.terms}
    queued, stored = ({row.effect_id for row in rows} for rows in (log.outbox, log.shipped))
    for effect, row in effects.items():
        if leaders.get(row.epoch) != row.by:
            state.foreign.append(row.id)
        if row.status == FILLED and effect not in queued:
            state.unqueued.append(row.id)
        if row.status == FILLED and effect not in stored:
            state.unstored.append(row.id)


def _mismatched(log: FinalLog, effects: dict[str, Effect], events: dict[str, Event]) -> Iterator[str]:
    for event in log.events:
        effect = effects.get(event.effect_id)
        if effect is None or effect.id != event.id or effect.epoch != event.epoch:
            yield event.id
    for row in chain(log.outbox, log.shipped):
        named = events.get(row.event_id)
        if named is None or named.id != row.id or named.effect_id != row.effect_id:
            yield row.id
