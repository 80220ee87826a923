"""Dashboard variables: their values, and text with the values filled in as each data source wants them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from harness.errors import UsageError

Value = str | tuple[str, ...]
_PLACE = re.compile(r"\$\{(\w+)(?::(\w+))?\}|\[\[(\w+)(?::(\w+))?\]\]|\$(\w+)")
_REGEX_SPECIAL = re.compile(r"[$^*{}\[\]'+?.()|]")


class AsIs(str):
    """A board's own value for All, such as `.*`: the browser puts it in without quoting."""

    __slots__ = ()


def board_values(dashboard: Mapping[str, Any], chosen: Mapping[str, str | Sequence[str]]) -> dict[str, Value]:
    """Every variable of a board with its value: the chosen one, else the one stored as current.

    Args:
        dashboard: the board's JSON.
        chosen: values by name; a sequence for several at once.

    Raises:
        UsageError: a variable has no value, because its options come from a query and none was chosen.
    """
    values: dict[str, Value] = {}
    for variable in (dashboard.get("templating") or {}).get("list") or []:
        name = str(variable.get("name"))
        value = _frozen(chosen[name]) if name in chosen else _current(dashboard, variable)
        several = bool(variable.get("multi") or variable.get("includeAll"))
        values[name] = (value,) if several and isinstance(value, str) and not isinstance(value, AsIs) else value
    return values


def fill(text: str, values: Mapping[str, Value], source_type: str) -> str:
    """A text with its variables filled in; names that are no variables are left as they are.

    Args:
        text: a query, a legend, a key.
        values: variables by name.
        source_type: canonical plugin id; each quotes several values in its own way.

    Raises:
        UsageError: a format such as `${v:something}` that is not known.
    """

    def replaced(hit: re.Match[str]) -> str:
        name = hit[1] or hit[3] or hit[5]
        if name not in values:
            return hit[0]
        wanted = hit[2] or hit[4]
        return _formatted(values[name], wanted) if wanted else _quoted(values[name], source_type)

    return _PLACE.sub(replaced, text)


def _frozen(value: str | Sequence[str]) -> Value:
    return value if isinstance(value, str) else tuple(value)


def _current(dashboard: Mapping[str, Any], variable: Mapping[str, Any]) -> Value:
    value = (variable.get("current") or {}).get("value")
    if value in ("$__all", ["$__all"]):
        if variable.get("allValue"):
            return AsIs(variable["allValue"])
        value = [option["value"] for option in variable.get("options") or [] if option.get("value") != "$__all"]
    if value is None or value in ([], ""):
        where = f"board {dashboard.get('uid')}"
        raise UsageError(f"The variable {variable.get('name')!r} of {where} has no stored value: choose one.")
    return str(value) if not isinstance(value, list) else tuple(str(item) for item in value)


def _quoted(value: Value, source_type: str) -> str:
    """Without a format: Prometheus gets a regular expression, SQL gets quoted literals, others a glob."""
    if isinstance(value, AsIs):
        return value
    if source_type == "prometheus":
        return _regex(value) if isinstance(value, tuple) else value.replace("\\", "\\\\").replace("'", "\\\\'")
    if source_type in ("grafana-postgresql-datasource", "postgres"):
        return _literals(value) if isinstance(value, tuple) else value.replace("'", "''")
    if isinstance(value, str):
        return value
    if source_type == "grafana-clickhouse-datasource":
        return "'" + "','".join(value) + "'"
    return value[0] if len(value) == 1 else "{" + ",".join(value) + "}"


def _literals(value: tuple[str, ...]) -> str:
    return ",".join("'" + item.replace("'", "''") + "'" for item in value)


def _regex(value: tuple[str, ...]) -> str:
    escaped = [_REGEX_SPECIAL.sub(r"\\\\\g<0>", item.replace("\\", "\\" * 4)) for item in value]
    return escaped[0] if len(escaped) == 1 else "(" + "|".join(escaped) + ")"


def _formatted(value: Value, wanted: str) -> str:
    items = (value,) if isinstance(value, str) else value
    formats = {
        "raw": ",".join(items),
        "csv": ",".join(items),
        "text": " + ".join(items),
        "pipe": "|".join(items),
        "singlequote": ",".join("'" + item.replace("'", "\\'") + "'" for item in items),
        "doublequote": ",".join('"' + item.replace('"', '\\"') + '"' for item in items),
        "sqlstring": _literals(items),
    }
    if wanted not in formats:
        raise UsageError(f"The variable format {wanted!r} is not one of {', '.join(formats)}.")
    return formats[wanted]
