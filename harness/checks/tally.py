"""What the client was told and what the databases hold, id by id, in memory that grows with the history's length."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from harness.checks.reading import Reader
from harness.model import Observation, Stream

# What the client knows of a request; a request without an outcome is as good as one that nobody knows of.
OK, FAIL, INFO = "ok", "fail", "info"


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
        events: how many events each id has.
        shipped: the effects of each id that reached the analytics store; a set, as it may hold one row twice.
        signal_of: the id of each effect.
        unshipped: effects that the outbox still holds.
        foreign: ids whose effect was made under an epoch that never was, or not by its leader.
        accepted: ids that the database holds as accepted.
        finished: the read came to its end and is as long as it says.
    """

    effects: Counter[str] = field(default_factory=Counter)
    events: Counter[str] = field(default_factory=Counter)
    shipped: dict[str, set[str]] = field(default_factory=dict)
    signal_of: dict[str, str] = field(default_factory=dict)
    unshipped: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)
    accepted: set[str] = field(default_factory=set)
    finished: bool = False


def told(reader: Reader) -> Told:
    """Read the client's stream once."""
    outcomes: dict[str, str] = {}
    finished, sent = False, 0
    for seen in reader.lines(Stream.CLIENT):
        kind = seen.kind
        if kind == "invoke":
            outcomes.setdefault(seen.data["id"], INFO)
            sent += 1
        elif kind in {OK, FAIL, INFO}:
            # An id that was acknowledged once stays acknowledged, whatever a later answer says.
            if outcomes.get(seen.data["id"]) != OK:
                outcomes[seen.data["id"]] = kind
        elif kind == "summary":
            finished = True
            if seen.data["sent"] != sent:
                reader.damage.append(f"client.jsonl holds {sent} requests, and {seen.data['sent']} were sent")
    if not finished:
        reader.damage.append("client.jsonl has no summary: the load generator did not finish")
    return Told(outcomes=outcomes, finished=finished)


def kept(reader: Reader) -> Kept:
    """Read the final stream once."""
    state = Kept()
    counts: Counter[str] = Counter()
    claimed: dict[str, int] | None = None
    written: dict[tuple[int, str], list[str]] = {}
    leaders: dict[int, str] = {}
    for seen in reader.lines(Stream.FINAL):
        counts[seen.kind] += 1
        if seen.kind == "end":
            claimed = dict(seen.data["counts"])
        elif seen.kind == "epoch":
            leaders[seen.data["epoch"]] = seen.data["leader"]
        else:
            _take(state, seen, written)
    state.finished = claimed is not None and all(counts[kind] == rows for kind, rows in claimed.items())
    if not state.finished:
        reader.damage.append("final.jsonl is not as long as it says: the last read of the databases is incomplete")
    else:
        state.foreign = [one for (epoch, by), ids in written.items() if leaders.get(epoch) != by for one in ids]
    return state


def _take(state: Kept, seen: Observation, written: dict[tuple[int, str], list[str]]) -> None:
    data = seen.data
    match seen.kind:
        case "accepted":
            state.accepted.add(data["id"])
        case "effect":
            state.effects[data["id"]] += 1
            state.signal_of[data["effect_id"]] = data["id"]
            written.setdefault((data["epoch"], data["by"]), []).append(data["id"])
        case "event":
            state.events[data["id"]] += 1
        case "outbox":
            if not data["shipped"]:
                state.unshipped.append(data["effect_id"])
        case "shipped":
            state.shipped.setdefault(data["id"], set()).add(data["effect_id"])
