"""What the databases held after the drain, row by row: the final stream, read once for all checks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from sys import intern
from typing import Any, Literal, final

from harness.checks.reading import Moment, Reader
from harness.checks.rows import Row, Shapes, read_rows
from harness.recorded import Observation, Stream

FILLED = "filled"


@final
class _Accepted(Row, gc=False, tag="accepted"):
    id: str


class _Placed(Row, kw_only=True, gc=False):
    """A row with its line in the stream."""

    line: int = 0

    @property
    def place(self) -> str:
        """Where it stands."""
        return f"{Stream.FINAL.value}.jsonl:{self.line}"


@final
class Effect(_Placed, gc=False, tag="effect"):
    """An execution: under which epoch and by whom, committed when (s since the epoch).

    Where nobody leads there is no epoch; -1 and nobody is no term of any leader.
    """

    id: str
    effect_id: str
    at_s: Moment
    status: Literal["filled", "rejected"]
    epoch: int = -1
    by: str = ""


class _Part(Row, gc=False):
    """What goes with an execution."""

    id: str
    effect_id: str
    event_id: str


@final
class Event(_Part, gc=False, tag="event"):
    """The event of an execution."""

    epoch: int


@final
class Shipped(_Part, gc=False, tag="shipped"):
    """An execution as the analytics store has it."""


@final
class Queued(_Part, gc=False, tag="outbox"):
    """An execution on its way there."""

    shipped: bool


@final
class Term(_Placed, gc=False, tag="epoch"):
    """A leadership term, from when (s since the epoch)."""

    epoch: int
    leader: str
    from_s: Moment


@final
class _End(Row, gc=False, tag="end"):
    counts: dict[str, int]


_Rows = _Accepted | Effect | Event | Queued | Shipped | Term | _End
_SHAPES = Shapes[_Rows](_Accepted, Effect, Event, Queued, Shipped, Term, _End)


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
    parts: Mapping[type[_Part], list[Any]] = {Event: log.events, Queued: log.outbox, Shipped: log.shipped}
    accepted = 0

    def take(line: int, row: _Rows) -> None:
        # Not by isinstance, which takes ten times as long for a msgspec struct: it asks the struct's own metaclass.
        nonlocal accepted
        if type(row) is _Accepted:
            accepted += 1
            log.accepted[row.id] = None
        elif type(row) is Term:
            row.line = line
            log.terms.append(row)
        elif type(row) is _End:
            log.claimed = row.counts
        elif type(row) is Effect:
            # Names stand in several rows: each is kept once, or all would take a quarter more memory.
            row.id, row.effect_id, row.by, row.line = intern(row.id), intern(row.effect_id), intern(row.by), line
            log.effects.append(row)
        else:
            row.id, row.effect_id, row.event_id = intern(row.id), intern(row.effect_id), intern(row.event_id)
            parts[type(row)].append(row)

    def other(seen: Observation) -> None:
        log.counts[seen.kind] += 1

    read_rows(reader, Stream.FINAL, _SHAPES, take, other)
    log.counts.update(
        accepted=accepted,
        effect=len(log.effects),
        event=len(log.events),
        outbox=len(log.outbox),
        shipped=len(log.shipped),
        epoch=len(log.terms),
    )
    if log.claimed is None:
        reader.damage.append("final.jsonl has no end: the last read of the databases is incomplete")
    elif not log.whole:
        reader.damage.append("final.jsonl is not as long as it says: the last read of the databases is incomplete")
    return log
