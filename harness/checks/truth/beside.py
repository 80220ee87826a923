"""Values of a panel beside the right ones: of a panel with one series, and of one with a series a name."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from harness.checks.truth.looks import Look, Value
from harness.checks.truth.promise import Compared

FOLDS: Mapping[str, Callable[[Sequence[float]], float]] = {"sum": sum, "max": max, "min": min}
NAME = "name"  # in place of a label: the name that the series itself bears


@dataclass(frozen=True, slots=True, kw_only=True)
class Right:
    """Between which a value has to be, and by which evidence; without bounds nothing ought to be shown."""

    lower: float | None
    upper: float | None
    by: str


def alone(look: Look, right: Callable[[Value], Right | None], number: Callable[[Value], float]) -> Iterator[Compared]:
    """A panel that has to show one series.

    Args:
        look: what it showed.
        right: what is right for its value; None where nobody can say.
        number: which of the value's numbers is compared.
    """
    if len(look.values) != 1:
        yield Compared(shown=f"{len(look.values)} series", allowed=("1 series",))
        return
    if found := right(look.values[0]):
        yield _beside(number(look.values[0]), found, "")


def named(
    look: Look, rights: Mapping[tuple[str, ...], Right], labels: tuple[str, ...], number: Callable[[Value], float]
) -> Iterator[Compared]:
    """A panel that has to show a series for each combination of labels, and no other.

    Args:
        look: what it showed.
        rights: what is right, by the labels' values; a series that nobody can judge is not among them, and then others
            than these are not a mistake.
        labels: which labels tell series apart; `NAME` for a series' own name.
        number: which of a value's numbers is compared.
    """
    shown = dict(by_labels(look, labels))
    for key, right in rights.items():
        series = " ".join(key)
        if key in shown:
            yield _beside(number(shown[key]), right, series)
        else:
            yield Compared(shown="nothing", allowed=("a value",), series=series, by=right.by)


def by_labels(look: Look, labels: tuple[str, ...]) -> list[tuple[tuple[str, ...], Value]]:
    """Each series that a panel shows by its labels; the newest point of one may be older than that of another."""
    return [(tuple(_label(value, label) for label in labels), value) for value in look.values]


def strangers(look: Look, known: frozenset[tuple[str, ...]], labels: tuple[str, ...]) -> Iterator[Compared]:
    """The series that a panel shows and ought not to have."""
    for key, _ in by_labels(look, labels):
        if key not in known:
            yield Compared(shown=f"a series {' '.join(key).strip() or 'without its labels'}", allowed=("none",))


def newest(value: Value) -> float:
    """The newest number."""
    return value.number


def total(value: Value) -> float:
    """The sum of all numbers of the series."""
    return value.total


def _label(value: Value, label: str) -> str:
    return value.name if label == NAME else value.labels.get(label, "")


def _beside(shown: float, right: Right, series: str) -> Compared:
    return Compared(shown=shown, lower=right.lower, upper=right.upper, series=series, by=right.by)
