"""ClickHouse column types as fields of a frame."""

import json
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from ..frames import Field

_WRAPPER = re.compile(r"(Nullable|LowCardinality)\((.*)\)")
_NUMBER = re.compile(r"U?Int\d+|Float\d+|Decimal.*")


def column_field(name: str, declared: str, values: Sequence[Any]) -> Field:
    """One column of a result set.

    Args:
        name: its name.
        declared: its ClickHouse type, for example `Nullable(Float64)`.
        values: as the JSON formats give them.
    """
    inner, nullable = declared, False
    while (hit := _WRAPPER.fullmatch(inner)) is not None:
        nullable, inner = nullable or hit[1] == "Nullable", hit[2]
    if _NUMBER.fullmatch(inner):
        go_type = "float64" if inner.startswith(("Float", "Decimal")) else inner.lower()
        return _make(name, "number", [_number(value) for value in values], go_type, nullable)
    if inner.startswith("Date"):
        return _make(name, "time", [_nanoseconds(value) for value in values], "time.Time", nullable)
    if inner == "Bool":
        return _make(name, "boolean", list(values), "bool", nullable)
    return _make(name, "string", [_text(value) for value in values], "string", nullable)


def _make(name: str, kind: str, values: list[Any], go_type: str, nullable: bool) -> Field:
    return Field(name=name, kind=kind, values=values, go_type=go_type, nullable=nullable)


def _number(value: Any) -> Any:
    return float(value) if isinstance(value, str) else value  # "nan", "inf", "-inf" and decimals come quoted


def _nanoseconds(value: Any) -> int | None:
    if value is None:
        return None
    whole, _, fraction = str(value).partition(".")
    moment = datetime.fromisoformat(whole).replace(tzinfo=UTC)
    return int(moment.timestamp()) * 1_000_000_000 + int(fraction.ljust(9, "0")[:9] or 0)


def _text(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else json.dumps(value)
