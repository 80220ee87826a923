"""What the databases held after the drain, row by row: the final stream, read once for all checks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from sys import intern
from typing import Any, Literal

import msgspec

from harness.checks.reading import Moment, Reader, typed
from harness.recorded import Observation, Stream

FILLED = "filled"


class _Row(msgspec.Struct, kw_only=True, gc=False):
    """A row, and its line in the stream."""

    line: int = 0

    @property
    def place(self) -> str:
        """Where it stands."""
        return f"{Stream.FINAL.value}.jsonl:{self.line}"


class _Part(_Row, gc=False):
    """A part of an execution: of which signal, and of which order."""

    id: str
    effect_id: str

    def __post_init__(self) -> None:
        """The names stand in several rows: each is kept once."""
        self.id, self.effect_id = intern(self.id), intern(self.effect_id)


class Effect(_Part, gc=False):
    """An execution: under which epoch and by whom, committed when (s since the epoch).

    Where nobody leads there is no epoch; -1 and nobody is no term of any leader.
    """

    at_s: Moment
    status: Literal["filled", "rejected"]
    epoch: int = -1
    by: str = ""


class Event(_Part, gc=False):
    """The event of an execution."""

    event_id: str
    epoch: int


class Shipped(_Part, gc=False):
    """An execution as the analytics store has it."""

    event_id: str


class Queued(Shipped, gc=False):
    """An execution on its way there."""

    shipped: bool


class Term(_Row, gc=False):
    """A leadership term, from when (s since the epoch)."""

    epoch: int
    leader: str
    from_s: Moment


class _Accepted(msgspec.Struct, gc=False):
    id: str


class _End(msgspec.Struct, gc=False):
    counts: dict[str, int]


@dataclass(slots=True)
class FinalLog:
    """All rows, in the order in which they were read.

    Args:
        accepted: ids that the database holds as accepted, in their order.
        effects, events, outbox, shipped, terms: the rows.
        counts: how many there are of each kind.
        claimed: how many were read by the word of the one who read them; None where the read did not end.
    """

    accepted: dict[str, None] = field(default_factory=dict)
    effects: list[Effect] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    outbox: list[Queued] = field(default_factory=list)
    shipped: list[Shipped] = field(default_factory=list)
    terms: list[Term] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    claimed: Mapping[str, int] | None = None

    @property
    def whole(self) -> bool:
        """True when the read came to its end and is as long as it says."""
        return self.claimed is not None and self.counts == Counter(self.claimed)


def read_final(reader: Reader) -> FinalLog:
    """Read the stream; a read of the databases that did not come to its end is damage."""
    log = FinalLog()
    rows: Mapping[str, tuple[type[_Row], list[Any]]] = {
        "effect": (Effect, log.effects),
        "event": (Event, log.events),
        "outbox": (Queued, log.outbox),
        "shipped": (Shipped, log.shipped),
        "epoch": (Term, log.terms),
    }

    def take(line: int, seen: Observation) -> None:
        kind = seen.kind
        if kind == "end":
            log.claimed = typed(seen, _End).counts
            return
        log.counts[kind] += 1
        if kind == "accepted":
            log.accepted[typed(seen, _Accepted).id] = None
        elif kind in rows:
            shape, kept = rows[kind]
            row = typed(seen, shape)
            row.line = line
            kept.append(row)

    reader.each(Stream.FINAL, take)
    if log.claimed is None:
        reader.damage.append("final.jsonl has no end: the last read of the databases is incomplete")
    elif not log.whole:
        reader.damage.append("final.jsonl is not as long as it says: the last read of the databases is incomplete")
    return log
