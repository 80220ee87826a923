"""JSON that was read back, made into the dataclass it is said to be; anything of another shape is refused."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

T = TypeVar("T")


def shaped(kind: type[T], data: Any, *, exact: bool = False) -> T:
    """An instance of a dataclass from JSON, each field of the type that it declares.

    Args:
        kind: the dataclass. Its fields may be str, int, float, Any, tuples, mappings and dataclasses.
        data: what was read.
        exact: refuse names that the dataclass does not have.

    Raises:
        TypeError: it is no object.
        ValueError: a field is missing, unknown, of another type, not finite, or (seconds) negative; names it.
    """
    if not isinstance(data, dict):
        raise TypeError(f"{kind.__name__} is {type(data).__name__}, not an object")
    hints = get_type_hints(kind)
    known = {field.name: field for field in fields(kind)}  # type: ignore[arg-type]  # T cannot say "dataclass"
    needed = [name for name, one in known.items() if one.default is MISSING and one.default_factory is MISSING]
    if missing := [name for name in needed if name not in data]:
        raise ValueError(f"{kind.__name__} has no {', '.join(missing)}")
    if exact and (unknown := data.keys() - known.keys()):
        raise ValueError(f"{', '.join(sorted(unknown))} is unknown")
    values = {name: _fit(name, hints[name], data[name], exact) for name in known if name in data}
    return kind(**values)


def _fit(name: str, hint: Any, value: Any, exact: bool) -> Any:
    if hint is Any:
        return value
    if get_origin(hint) is tuple and isinstance(value, list):
        return tuple(_fit(name, get_args(hint)[0], one, exact) for one in value)
    if get_origin(hint) is Mapping and isinstance(value, dict):
        return {key: _fit(key, get_args(hint)[1], one, exact) for key, one in value.items()}
    if is_dataclass(hint) and isinstance(hint, type):
        return shaped(hint, value, exact=exact)
    if hint is float and _is_number(value):
        return _number(name, float(value))
    if hint in (int, str, bool) and type(value) is hint:
        return value
    raise ValueError(f"{name} is {str(value)[:40]!r}")


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _number(name: str, value: float) -> float:
    if not math.isfinite(value) or (name.endswith("_s") and value < 0):
        raise ValueError(f"{name} is {value}")
    return value
