"""How a panel looks: its type, unit, thresholds and words for numbers, from the board as Grafana gave it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

COLOURS = ("green", "yellow", "orange", "red", "blue", "purple")


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A threshold: from `value` up (None: from below everything) the colour is `colour`."""

    value: float | None
    colour: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """Numbers, or texts, that are shown as words, each in a colour or none."""

    of: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    def said(self, value: Any) -> tuple[str, str] | None:
        """The word for a value and its colour; None where the value is shown itself."""
        plain = f"{value:g}" if isinstance(value, int | float) and not isinstance(value, bool) else str(value)
        return self.of.get(plain)


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What of a panel's JSON is drawn.

    Args:
        type: as on the board, for example timeseries.
        unit: Grafana's id of it.
        steps: thresholds, lowest first.
        lines: whether they are drawn as lines.
        words: for numbers.
        by_name: whether a number's panel shows the name of the series.
        calc: how a series becomes one number.
        renamed, hidden: columns of a table.
        column_units, column_words: of a table, by the column's shown name.
    """

    type: str = ""
    unit: str = ""
    steps: tuple[Step, ...] = ()
    lines: bool = False
    words: Words = field(default_factory=Words)
    by_name: bool = False
    calc: str = "lastNotNull"
    renamed: Mapping[str, str] = field(default_factory=dict)
    hidden: frozenset[str] = frozenset()
    column_units: Mapping[str, str] = field(default_factory=dict)
    column_words: Mapping[str, Words] = field(default_factory=dict)

    def colour(self, value: float) -> str:
        """The colour of the threshold's step that a value is in; empty without thresholds."""
        found = [step.colour for step in self.steps if step.value is None or value >= step.value]
        return found[-1] if found else ""


def look_of(raw: Mapping[str, Any]) -> Look:
    """The look of a recorded panel; what is not there, or is odd, has its usual value."""
    look = _mapping(raw.get("look"))
    config = _mapping(look.get("fieldConfig"))
    defaults, options = _mapping(config.get("defaults")), _mapping(look.get("options"))
    thresholds = _mapping(defaults.get("thresholds"))
    style = _mapping(_mapping(defaults.get("custom")).get("thresholdsStyle"))
    organize = _organize(look.get("transformations"))
    calcs = _mapping(options.get("reduceOptions")).get("calcs")
    overrides = [(_mapping(one.get("matcher")), one.get("properties")) for one in _mappings(config.get("overrides"))]
    return Look(
        type=str(raw.get("type") or ""),
        unit=str(defaults.get("unit") or ""),
        steps=_steps(thresholds) if thresholds.get("mode", "absolute") == "absolute" else (),
        lines=str(style.get("mode") or "off") != "off",
        words=_words(defaults.get("mappings")),
        by_name=options.get("textMode") == "name",
        calc=str(calcs[0]) if isinstance(calcs, list) and calcs else "lastNotNull",
        renamed={str(key): str(value) for key, value in _mapping(organize.get("renameByName")).items() if value},
        hidden=frozenset(str(key) for key, value in _mapping(organize.get("excludeByName")).items() if value),
        column_units={
            str(matcher.get("options")): str(each.get("value"))
            for matcher, properties in overrides
            for each in _mappings(properties)
            if each.get("id") == "unit"
        },
        column_words={
            str(matcher.get("options")): _words(each.get("value"))
            for matcher, properties in overrides
            for each in _mappings(properties)
            if each.get("id") == "mappings"
        },
    )


def _steps(thresholds: Mapping[str, Any]) -> tuple[Step, ...]:
    found = [
        Step(value=None if index == 0 else _number(one.get("value")), colour=_colour(one.get("color")))
        for index, one in enumerate(_mappings(thresholds.get("steps")))
        if index == 0 or _number(one.get("value")) is not None
    ]
    return tuple(sorted(found, key=lambda step: float("-inf") if step.value is None else step.value))


def _words(mappings: Any) -> Words:
    """Only mappings of single values are read; ranges and expressions leave the number itself."""
    return Words(
        of={
            str(key): (str(shown.get("text") or key), _colour(shown.get("color")) if shown.get("color") else "")
            for one in _mappings(mappings)
            if one.get("type") == "value"
            for key, shown in ((name, _mapping(each)) for name, each in _mapping(one.get("options")).items())
        }
    )


def _colour(name: Any) -> str:
    """The family of one of Grafana's named colours, such as red for "dark-red"; "other" for any other."""
    family = str(name).rsplit("-", maxsplit=1)[-1]
    return family if family in COLOURS else "other"


def _organize(transformations: Any) -> Mapping[str, Any]:
    found = [_mapping(one.get("options")) for one in _mappings(transformations) if one.get("id") == "organize"]
    return found[-1] if found else {}


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _mappings(value: Any) -> Iterable[Mapping[str, Any]]:
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []
