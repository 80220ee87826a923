"""What the client sent and was told, request by request: the client's stream, read once for all checks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from sys import intern
from typing import Any, final

import msgspec

from harness.checks.reading import Moment, Reader
from harness.checks.rows import Row, Shapes, read_rows
from harness.recorded import Observation, Stream

# What the client knows of a request; a request without an outcome is as good as one that nobody knows of.
OK, FAIL, INFO = "ok", "fail", "info"
PENDING = "pending"


class Request(msgspec.Struct, kw_only=True, gc=False):
    """One request and its outcome; times are wall clock s, lines those of client.jsonl.

    Args:
        to: the instance that it was sent to.
        due_s: when it was due.
        sent_s: when it was about to leave.
        sent_line: where that stands; 0 where only its outcome is known.
        outcome: ok, fail, info or pending.
        status: of a whole answer; None without one.
        answered_s: when its outcome was known.
        answered_line: where that stands; 0 without one.
    """

    to: str = ""
    due_s: float = 0.0
    sent_s: float = 0.0
    sent_line: int = 0
    outcome: str = PENDING
    status: int | None = None
    answered_s: float = 0.0
    answered_line: int = 0

    @property
    def unreached(self) -> bool:
        """True when it surely never left, so that nobody refused it: its instance was gone."""
        return self.outcome == FAIL and self.status is None


@final
class _Sent(Row, gc=False, tag="invoke"):
    t: float
    id: str
    due_s: Moment
    to: str


class _Answered(Row, gc=False):
    t: float
    id: str
    status: int | None = None


class _Ok(_Answered, gc=False, tag=OK):
    pass


class _Fail(_Answered, gc=False, tag=FAIL):
    pass


class _Info(_Answered, gc=False, tag=INFO):
    pass


_Rows = _Sent | _Ok | _Fail | _Info
_SHAPES = Shapes[_Rows](_Sent, _Ok, _Fail, _Info)


@dataclass(slots=True)
class ClientLog:
    """All requests by id, and the sum that the client made of them; None where it did not come to its end."""

    requests: dict[str, Request] = field(default_factory=dict)
    summary: Mapping[str, Any] | None = None

    def of(self, outcome: str) -> list[str]:
        """The ids that ended so."""
        return [one for one, request in self.requests.items() if request.outcome == outcome]


def read_client(reader: Reader) -> ClientLog:
    """Read the stream; what does not agree with itself in it is damage."""
    log, counts, odd = ClientLog(), Counter[str](), list[str]()

    def take(line: int, row: _Rows) -> None:
        if type(row) is _Sent:  # isinstance takes ten times as long for a msgspec struct
            counts["sent"] += 1
            if row.id in log.requests:
                odd.append(row.id)
            else:
                log.requests[row.id] = Request(to=intern(row.to), due_s=row.due_s, sent_s=row.t, sent_line=line)
            return
        kind = _SHAPES.kinds[type(row)]
        counts[kind] += 1
        if (row.status is not None and 200 <= row.status <= 299) is not (kind == OK):
            raise ValueError(f"{kind} with status {row.status}")
        counts["completed"] += row.status is not None
        request = log.requests.setdefault(row.id, Request())
        if not request.sent_line or request.answered_line:
            odd.append(row.id)
        if request.outcome != OK:  # an id that was acknowledged once stays so, whatever a later answer says
            request.outcome, request.status = kind, row.status
            request.answered_s, request.answered_line = row.t, line

    def other(seen: Observation) -> None:
        if seen.kind == "summary":
            log.summary = seen.data

    read_rows(reader, Stream.CLIENT, _SHAPES, take, other)
    reader.damage += _damage(log, counts, odd)
    return log


def _damage(log: ClientLog, counts: Mapping[str, int], odd: list[str]) -> Iterator[str]:
    """Where the client's stream does not agree with itself."""
    if odd:
        yield f"client.jsonl: {odd[0]} does not have one request and one outcome after it (and {len(odd) - 1} others)"
    if log.summary is None:
        yield "client.jsonl has no summary: the load generator did not finish"
        return
    if pending := log.of(PENDING):
        yield f"client.jsonl: {pending[0]} has no outcome although all have one (and {len(pending) - 1} others)"
    for name in ("sent", "completed", OK, FAIL, INFO):
        if log.summary.get(name) != counts[name]:
            claimed = log.summary.get(name)
            yield f"client.jsonl holds {counts[name]} lines that count as {name}, and its summary says {claimed}"
