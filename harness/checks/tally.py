"""What the client was told and what the databases hold, id by id, in memory that grows with the history's length."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.checks.reading import Reader
from harness.model import Observation, Stream

# What the client knows of a request; a request without an outcome is as good as one that nobody knows of.
OK, FAIL, INFO = "ok", "fail", "info"
_PENDING = "pending"
# What an execution consists of in the databases; the kinds that have to have been read to judge it.
NEEDED = ("accepted", "effect", "event", "epoch")
SHIPPING = ("outbox", "shipped")
FILLED = "filled"


@dataclass(slots=True)
class Told:
    """The client's word on each id."""

    outcomes: dict[str, str] = field(default_factory=dict)
    finished: bool = False

    def count(self, outcome: str) -> int:
        """How many ids ended so."""
        return sum(1 for told in self.outcomes.values() if told == outcome)


@dataclass(slots=True)
class Kept:
    """What the databases held after the drain.

    Args:
        effects: how many effects each id has.
        filled: how many of all effects are filled orders; a rejected one is an effect that is never shipped.
        events: how many events each id has.
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
    shipped: Counter[str] = field(default_factory=Counter)
    foreign: list[str] = field(default_factory=list)
    mismatched: list[str] = field(default_factory=list)
    undue: list[str] = field(default_factory=list)
    unqueued: list[str] = field(default_factory=list)
    unshipped: list[str] = field(default_factory=list)
    unstored: list[str] = field(default_factory=list)
    accepted: set[str] = field(default_factory=set)
    finished: bool = False


@dataclass(slots=True)
class _Rows:
    """The rows as they were read: an effect is (id, epoch, by, status), the others (id, effect, execution)."""

    effects: dict[str, tuple[str, int, str, str]] = field(default_factory=dict)
    events: dict[str, tuple[str, str, int]] = field(default_factory=dict)
    outbox: list[tuple[str, str, str]] = field(default_factory=list)
    shipped: list[tuple[str, str, str]] = field(default_factory=list)
    leaders: dict[int, str] = field(default_factory=dict)


def told(reader: Reader) -> Told:
    """Read the client's stream once."""
    outcomes: dict[str, str] = {}
    counts: Counter[str] = Counter()
    odd: list[str] = []
    summary: Mapping[str, Any] | None = None
    for seen in reader.lines(Stream.CLIENT):
        kind = seen.kind
        if kind == "summary":
            summary = seen.data
            continue
        one = seen.data.get("id", "")
        known = outcomes.get(one)
        if kind == "invoke":
            outcomes[one] = known or _PENDING
            counts["sent"] += 1
        elif kind in {OK, FAIL, INFO}:
            # An id that was acknowledged once stays acknowledged, whatever a later answer says.
            outcomes[one] = OK if known == OK else kind
            counts[kind] += 1
            counts["completed"] += seen.data.get("status") is not None
        else:
            continue
        if (known is None) is not (kind == "invoke") or known not in {None, _PENDING}:
            odd.append(one)
    pending = [one for one, outcome in outcomes.items() if outcome == _PENDING]
    outcomes.update(dict.fromkeys(pending, INFO))
    reader.damage += _client_damage(summary, counts, odd, pending)
    return Told(outcomes=outcomes, finished=summary is not None)


def _client_damage(
    summary: Mapping[str, Any] | None, counts: Mapping[str, int], odd: list[str], pending: list[str]
) -> Iterator[str]:
    """Where the client's stream does not agree with itself."""
    if odd:
        yield f"client.jsonl: {odd[0]} does not have one request and one outcome after it (and {len(odd) - 1} others)"
    if summary is None:
        yield "client.jsonl has no summary: the load generator did not finish"
        return
    if pending:
        yield f"client.jsonl: {pending[0]} has no outcome although all have one (and {len(pending) - 1} others)"
    for name in ("sent", "completed", OK, FAIL, INFO):
        if summary.get(name) != counts[name]:
            claimed = summary.get(name)
            yield f"client.jsonl holds {counts[name]} lines that count as {name}, and its summary says {claimed}"


def kept(reader: Reader, needed: Collection[str] = NEEDED) -> Kept:
    """Read the final stream once.

    Args:
        reader: the evidence.
        needed: kinds of rows that have to have been read.
    """
    state, rows = Kept(), _Rows()
    counts: Counter[str] = Counter()
    claimed: Mapping[str, int] | None = None
    try:
        for seen in reader.lines(Stream.FINAL):
            counts[seen.kind] += 1
            if seen.kind == "end":
                claimed = seen.data["counts"]
            else:
                _take(state, rows, seen)
    except (KeyError, TypeError) as damage:
        reader.damage.append(f"final.jsonl holds a row that cannot be read ({damage!r})")
    unread = [kind for kind in sorted(needed) if kind not in (claimed or {})]
    state.finished = claimed is not None and not unread and all(counts[kind] == claimed[kind] for kind in claimed)
    if claimed is not None and unread:
        reader.damage.append(f"final.jsonl does not say that {', '.join(unread)} was read: what it owes is not there")
    elif not state.finished:
        reader.damage.append("final.jsonl is not as long as it says: the last read of the databases is incomplete")
    else:
        _compare(state, rows)
    return state


def _take(state: Kept, rows: _Rows, seen: Observation) -> None:
    data = seen.data
    match seen.kind:
        case "accepted":
            state.accepted.add(data["id"])
        case "effect":
            state.effects[data["id"]] += 1
            state.filled += data["status"] == FILLED
            rows.effects[data["effect_id"]] = (data["id"], data["epoch"], data["by"], data["status"])
        case "event":
            state.events[data["id"]] += 1
            rows.events[data["event_id"]] = (data["id"], data["effect_id"], data["epoch"])
        case "outbox":
            rows.outbox.append((data["id"], data["effect_id"], data["event_id"]))
            if not data["shipped"]:
                state.unshipped.append(data["id"])
        case "shipped":
            state.shipped[data["id"]] += 1
            rows.shipped.append((data["id"], data["effect_id"], data["event_id"]))
        case "epoch":
            rows.leaders[data["epoch"]] = data["leader"]


def _compare(state: Kept, rows: _Rows) -> None:
    """Row by row: what belongs to an effect names its signal, its order, its execution and its epoch."""
    for one, effect, epoch in rows.events.values():
        known = rows.effects.get(effect)
        if known is None or known[:2] != (one, epoch):
            state.mismatched.append(one)
    for one, effect, event in (*rows.outbox, *rows.shipped):
        if rows.events.get(event, ())[:2] != (one, effect):
            state.mismatched.append(one)
        elif effect in rows.effects and rows.effects[effect][3] != FILLED:
            state.undue.append(one)
    state.mismatched = list(dict.fromkeys(state.mismatched))
    queued, stored = ({effect for _, effect, _ in found} for found in (rows.outbox, rows.shipped))
    for effect, (one, epoch, by, status) in rows.effects.items():
        if rows.leaders.get(epoch) != by:
            state.foreign.append(one)
        if status == FILLED and effect not in queued:
            state.unqueued.append(one)
        if status == FILLED and effect not in stored:
            state.unstored.append(one)
