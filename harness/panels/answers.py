"""What an answer of /api/ds/query holds, target by target: data, freshness, errors."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from harness.panels.requests import PanelRequest

# What is kept of a column of words: what a person sees without scrolling, and no longer than an id.
KEPT_ROWS = 10
KEPT_CHARACTERS = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class LastValue:
    """The newest number of one series.

    Args:
        name, labels: of the series.
        value: the number.
        at_ms: the time on its row, ms since the epoch; None where the frame has no time column.
        total: the sum of all its numbers in the answer.
    """

    name: str
    value: float
    labels: Mapping[str, str] = field(default_factory=dict)
    at_ms: int | None = None
    total: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """The first words of one column, each cut to `KEPT_CHARACTERS`, and how many rows the column has."""

    name: str
    first: tuple[str, ...]
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetAnswer:
    """What one query of a panel came back with.

    Args:
        ref_id: which query.
        rows: rows over all its frames; frames without rows are no data.
        non_null: values that are neither null, NaN, infinite nor an empty text, clocks aside.
        newest_ms: the newest time in it, ms since the epoch; None where it has no time column.
            An instant query is stamped with the end of the asked range, so its time proves nothing.
        last: the newest number of every series that has one.
        words: the first words of every column of words.
        error: what the panel shows instead of data; empty when there is no error.
    """

    ref_id: str
    rows: int = 0
    non_null: int = 0
    newest_ms: int | None = None
    last: tuple[LastValue, ...] = ()
    words: tuple[Words, ...] = ()
    error: str = ""


def read_answer(request: PanelRequest, status: int, body: object) -> tuple[TargetAnswer, ...]:
    """One value a query of the request, in its order.

    Args:
        request: what was asked.
        status: HTTP status; 400 may still carry the answers of other queries.
        body: the decoded JSON, or anything else where it was none.
    """
    results = body.get("results") if isinstance(body, Mapping) else None
    if not isinstance(results, Mapping):
        error = f"HTTP {status}: {_message(body)}"
        return tuple(TargetAnswer(ref_id=ref_id, error=error) for ref_id in request.ref_ids)
    return tuple(_target(ref_id, status, results.get(ref_id)) for ref_id in request.ref_ids)


def _message(body: object) -> str:
    return str(body.get("message") or "no message") if isinstance(body, Mapping) else "the answer is not JSON"


def _target(ref_id: str, status: int, result: object) -> TargetAnswer:
    if not isinstance(result, Mapping):
        return TargetAnswer(ref_id=ref_id, error=f"HTTP {status}: no answer to query {ref_id}")
    try:
        return _shown(ref_id, result)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        return TargetAnswer(ref_id=ref_id, error=f"HTTP {status}: a damaged frame: {error!r}")


def _shown(ref_id: str, result: Mapping[str, Any]) -> TargetAnswer:
    frames = result.get("frames") or []
    columns = [column for frame in frames for column in _columns(frame)]
    rows = sum(_rows(frame) for frame in frames)
    clocks = [int(at) for column in columns if column.kind == "time" for at in column.values if at is not None]
    return TargetAnswer(
        ref_id=ref_id,
        rows=rows,
        non_null=sum(column.filled for column in columns if column.kind != "time"),
        newest_ms=max(clocks) if clocks else None,
        last=tuple(last for column in columns if (last := column.last()) is not None),
        words=tuple(column.words() for column in columns if column.kind == "string" and column.filled),
        error=str(result.get("error") or ""),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Column:
    name: str
    kind: str
    labels: Mapping[str, str]
    values: Sequence[Any]
    clock: Sequence[Any] = ()

    @property
    def filled(self) -> int:
        """How many values say something."""
        return sum(value is not None and value != "" for value in self.values)

    def last(self) -> LastValue | None:
        """The newest number, if this is a column of numbers."""
        rows = [at for at, value in enumerate(self.values) if value is not None] if self.kind == "number" else []
        if not rows:
            return None
        newest_ms = self.clock[rows[-1]] if self.clock else None
        return LastValue(
            name=self.name,
            value=float(self.values[rows[-1]]),
            labels=self.labels,
            at_ms=None if newest_ms is None else int(newest_ms),
            total=float(sum(self.values[row] for row in rows)),
        )

    def words(self) -> Words:
        """What stands in its first rows."""
        first = tuple("" if value is None else str(value)[:KEPT_CHARACTERS] for value in self.values[:KEPT_ROWS])
        return Words(name=self.name, first=first, rows=len(self.values))


def _columns(frame: Mapping[str, Any]) -> Iterator[_Column]:
    schema, values = frame["schema"]["fields"], frame["data"]["values"]
    clocks = [column for described, column in zip(schema, values, strict=True) if described["type"] == "time"]
    for described, column in zip(schema, values, strict=True):
        config = described.get("config") or {}
        yield _Column(
            name=str(config.get("displayNameFromDS") or described.get("name") or ""),
            kind=str(described["type"]),
            labels=dict(described.get("labels") or {}),
            values=column,
            clock=clocks[0] if clocks else (),
        )


def _rows(frame: Mapping[str, Any]) -> int:
    return max((len(column) for column in frame["data"]["values"]), default=0)
