"""What the client sent and was told, request by request: the client's stream, read once for all checks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from harness.checks.reading import Moment, Reader, typed
from harness.recorded import Observation, Stream

# What the client knows of a request; a request without an outcome is as good as one that nobody knows of.
OK, FAIL, INFO = "ok", "fail", "info"
PENDING = "pending"
_OUTCOMES = frozenset((OK, FAIL, INFO))


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


class _Sent(msgspec.Struct, gc=False):
    id: str
    due_s: Moment
    to: str


class _Answered(msgspec.Struct, gc=False):
    id: str
    status: int | None = None


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

    def take(line: int, seen: Observation) -> None:
        if seen.kind == "invoke":
            counts["sent"] += 1
            sent = typed(seen, _Sent)
            if sent.id in log.requests:
                odd.append(sent.id)
            else:
                log.requests[sent.id] = Request(to=sent.to, due_s=sent.due_s, sent_s=seen.wall_s, sent_line=line)
        elif seen.kind in _OUTCOMES:
            counts[seen.kind] += 1
            answer = typed(seen, _Answered)
            if (answer.status is not None and 200 <= answer.status <= 299) is not (seen.kind == OK):
                raise ValueError(f"{seen.kind} with status {answer.status}")
            counts["completed"] += answer.status is not None
            request = log.requests.setdefault(answer.id, Request())
            if not request.sent_line or request.answered_line:
                odd.append(answer.id)
            if request.outcome != OK:  # an id that was acknowledged once stays so, whatever a later answer says
                request.outcome, request.status = seen.kind, answer.status
                request.answered_s, request.answered_line = seen.wall_s, line
        elif seen.kind == "summary":
            log.summary = seen.data

    reader.each(Stream.CLIENT, take)
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
