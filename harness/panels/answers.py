"""What an answer of /api/ds/query holds, target by target: data, freshness, errors."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from harness.panels.requests import PanelRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class LastValue:
    """The newest number of one series."""

    name: str
    value: float
    labels: Mapping[str, str] = field(default_factory=dict)


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
        error: what the panel shows instead of data; empty when there is no error.
    """

    ref_id: str
    rows: int = 0
    non_null: int = 0
    newest_ms: int | None = None
    last: tuple[LastValue, ...] = ()
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
        error=str(result.get("error") or ""),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Column:
    name: str
    kind: str
    labels: Mapping[str, str]
    values: Sequence[Any]

    @property
    def filled(self) -> int:
        """How many values say something."""
        return sum(value is not None and value != "" for value in self.values)

    def last(self) -> LastValue | None:
        """The newest number, if this is a column of numbers."""
        numbers = [value for value in self.values if value is not None] if self.kind == "number" else []
        return LastValue(name=self.name, value=float(numbers[-1]), labels=self.labels) if numbers else None


def _columns(frame: Mapping[str, Any]) -> Iterator[_Column]:
    schema, values = frame["schema"]["fields"], frame["data"]["values"]
    for described, column in zip(schema, values, strict=True):
        config = described.get("config") or {}
        yield _Column(
            name=str(config.get("displayNameFromDS") or described.get("name") or ""),
            kind=str(described["type"]),
            labels=dict(described.get("labels") or {}),
            values=column,
        )


def _rows(frame: Mapping[str, Any]) -> int:
    return max((len(column) for column in frame["data"]["values"]), default=0)
