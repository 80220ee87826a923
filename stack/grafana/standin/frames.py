"""Data frames and their JSON: column-major, milliseconds, NaN and infinities told apart by `entities`.

Source of the form: grafana-plugin-sdk-go v0.212.0, data/frame_json.go and backend/json.go.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

_GO_TYPE = {
    "time": "time.Time",
    "number": "float64",
    "string": "string",
    "boolean": "bool",
    "other": "json.RawMessage",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One column. Times are integer nanoseconds since the epoch, so that nothing is rounded early."""

    name: str
    kind: str
    values: Sequence[Any]
    labels: Mapping[str, str] = field(default_factory=dict)
    config: Mapping[str, Any] = field(default_factory=dict)
    go_type: str = ""
    nullable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """A table of equally long columns."""

    fields: Sequence[Field] = ()
    name: str = ""
    meta: Mapping[str, Any] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        """Number of rows; a frame without columns has none."""
        return len(self.fields[0].values) if self.fields else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What one query answered: frames, or an error with the frames that explain it."""

    frames: Sequence[Frame] = ()
    error: str | None = None
    status: int = 200
    source: str = ""


def answer_json(ref_id: str, answer: Answer) -> dict[str, Any]:
    """The entry of one refId in `results`."""
    body: dict[str, Any] = {}
    if answer.error is not None:
        body |= {"error": answer.error, "errorSource": answer.source}
    return body | {"status": answer.status, "frames": [_frame_json(ref_id, frame) for frame in answer.frames]}


def _frame_json(ref_id: str, frame: Frame) -> dict[str, Any]:
    schema: dict[str, Any] = {"name": frame.name} if frame.name else {}
    schema |= {"refId": ref_id}
    if frame.meta:
        schema["meta"] = {"typeVersion": [0, 0], **frame.meta}
    schema["fields"] = [_schema_json(column) for column in frame.fields]
    return {"schema": schema, "data": _data_json(frame.fields)}


def _schema_json(column: Field) -> dict[str, Any]:
    info: dict[str, Any] = {"frame": column.go_type or _GO_TYPE[column.kind]}
    if column.nullable:
        info["nullable"] = True
    entry: dict[str, Any] = {"name": column.name} if column.name else {}
    entry |= {"type": column.kind, "typeInfo": info}
    if column.labels:
        entry["labels"] = dict(column.labels)
    if column.config:
        entry["config"] = dict(column.config)
    return entry


def _data_json(columns: Sequence[Field]) -> dict[str, Any]:
    body: dict[str, Any] = {"values": [_plain(column) for column in columns]}
    entities = [_entities(column) for column in columns]
    if any(entities):
        body["entities"] = entities
    nanos = [_nanos(column) for column in columns]
    if any(nanos):
        body["nanos"] = nanos
    return body


def _plain(column: Field) -> list[Any]:
    if column.kind == "time":
        return [None if at is None else at // 1_000_000 for at in column.values]
    return [None if isinstance(value, float) and not math.isfinite(value) else value for value in column.values]


def _nanos(column: Field) -> list[int] | None:
    if column.kind != "time":
        return None
    rest = [0 if at is None else at % 1_000_000 for at in column.values]
    return rest if any(rest) else None


def _entities(column: Field) -> dict[str, list[int]] | None:
    if column.kind != "number":
        return None
    found: dict[str, list[int]] = {}
    for row, value in enumerate(column.values):
        if isinstance(value, float) and not math.isfinite(value):
            kind = "NaN" if math.isnan(value) else "Inf" if value > 0 else "NegInf"
            found.setdefault(kind, []).append(row)
    return found or None


def long_to_wide(frame: Frame) -> Frame:
    """Pivot rows of time, text and numbers into one column a label set, as the SDK's LongToWide does.

    Args:
        frame: first time column is the clock, text and boolean columns become labels.

    Raises:
        ValueError: rows are not in ascending order of time.
    """
    clock = next(column for column in frame.fields if column.kind == "time")
    factors = [column for column in frame.fields if column.kind in ("string", "boolean")]
    numbers = [column for column in frame.fields if column.kind == "number"]
    if any(later < earlier for earlier, later in zip(clock.values, clock.values[1:], strict=False)):
        raise ValueError("long series must be sorted ascending by time to be converted")
    times = sorted(set(clock.values))
    row_of = {at: row for row, at in enumerate(times)}
    wide: dict[tuple[str, tuple[tuple[str, str], ...]], list[Any]] = {}
    for column in numbers:
        for row, value in enumerate(column.values):
            labels = tuple((factor.name, _label(factor.values[row])) for factor in factors)
            series = wide.setdefault((column.name, labels), [None] * len(times))
            series[row_of[clock.values[row]]] = value
    columns = [
        Field(name=name, kind="number", values=values, labels=dict(labels), nullable=True)
        for (name, labels), values in sorted(wide.items(), key=lambda item: item[0])
    ]
    return replace(frame, fields=[replace(clock, values=times), *columns])


def is_long(frame: Frame) -> bool:
    """True for time, numbers and at least one text or boolean column."""
    kinds = {column.kind for column in frame.fields}
    return {"time", "number"} <= kinds and bool(kinds & {"string", "boolean"})


def _label(value: Any) -> str:
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
