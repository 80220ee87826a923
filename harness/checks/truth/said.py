"""A panel agrees with what the services themselves say when they are asked for their health, another way."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.checks.truth.beside import FOLDS, Right, alone, by_labels, named, newest
from harness.checks.truth.facts import Facts, Health
from harness.checks.truth.levels import Way
from harness.checks.truth.looks import Look, Value
from harness.checks.truth.promise import Compared

Path = tuple[str, ...]
READS = ("up",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """A number that a sample of a service's health says.

    Args:
        path: where it stands in the sample, for example ("body", "leader").
        equals: 1 if the text there is this, else 0; empty for the number itself, or whether it is true.
        same_as: 1 if both places say the same and are not empty, else 0.
        there: 1 if there is anything, else 0.
    """

    path: Path
    equals: str = ""
    same_as: Path = ()
    there: bool = False

    def of(self, health: Health) -> float | None:
        """The number; None where the service says nothing of it."""
        found, said = _at(health.data, self.path)
        if self.there:
            return float(said is not None)
        if not found:
            return None
        if self.same_as:
            other = _at(health.data, self.same_as)[1]
            return float(said is not None and said == other)
        if self.equals:
            return float(said == self.equals)
        return float(said) if isinstance(said, int | float) else None

    def differed(self, samples: Sequence[Health]) -> bool:
        """Whether two places that say the same may have differed unseen: both changed, and hardly at once."""
        return bool(self.same_as) and len({repr(_at(one.data, self.path)) for one in samples}) > 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A number that follows from what every service says.

    A state between two samples is not known, so all that was said from before the window to after it is right. Of a
    service that says something while Prometheus does not reach it, nothing is compared.

    Args:
        board, panel, ref: which query.
        words: what of a sample counts; of several the least.
        way: how it gets from the service onto the panel.
        fold: "each" where the panel shows every service, else "sum", "max", "min" or "missing" (how many say 0).
        label: the label by which the panel tells series apart.
        series: only the series with this value of the label, where others are not known this way.
        besides: what else the panel counts and Prometheus has to reach, as nobody asks it for its health.
        unless: as every promise has it.
    """

    board: str
    panel: str
    words: tuple[Word, ...]
    way: Way
    fold: str = "each"
    ref: str = "A"
    label: str = "instance"
    series: str = ""
    besides: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()

    @property
    def metrics(self) -> tuple[str, ...]:
        """What has to be recorded."""
        return READS

    def compare(self, look: Look, facts: Facts) -> Iterable[Compared]:
        """Each series beside what was said."""
        if self.fold != "each" and not self.series:
            return alone(look, lambda value: self._folded(look, value, facts), newest)
        if not look.values:
            return []
        first = look.values[0]
        if self.series:
            right = self._folded(look, first, facts)
            return named(look, {(self.series,): right} if right else {}, (self.label,), newest)
        shown = dict(by_labels(look, (self.label,)))
        latest = max(look.values, key=lambda value: value.at_s or 0.0)
        rights: dict[tuple[str, ...], Right] = {}
        for name in facts.health():
            window = self.way.window(look, shown.get((name,), latest), facts)
            if right := self._of(name, *window, facts):
                rights[name,] = right
        return named(look, rights, (self.label,), newest)

    def _of(self, service: str, from_s: float, until_s: float, facts: Facts) -> Right | None:
        samples = facts.said(service, from_s, until_s)
        numbers = [number for one in samples if (number := self._number(one)) is not None]
        if not numbers or len(numbers) < len(samples):
            return None
        if any(numbers) and not facts.reached(service, from_s, until_s):
            return None
        if any(word.differed(samples) for word in self.words):
            numbers.append(0.0)
        by = f"{samples[0].place} to {samples[-1].place}"
        return Right(lower=min(numbers), upper=max(numbers), by=by)

    def _number(self, health: Health) -> float | None:
        numbers = [word.of(health) for word in self.words]
        known = [number for number in numbers if number is not None]
        return min(known) if len(known) == len(numbers) else None

    def _folded(self, look: Look, value: Value, facts: Facts) -> Right | None:
        window = self.way.window(look, value, facts)
        if not all(facts.reached(name, *window) for name in self.besides):
            return None
        each = [self._of(service, *window, facts) for service in sorted(facts.health())]
        known = [(one.lower, one.upper) for one in each if one and one.lower is not None and one.upper is not None]
        if not known or len(known) < len(each):
            return None
        lows, highs = [low for low, _ in known], [high for _, high in known]
        by = "health.jsonl"
        if self.fold == "missing":
            return Right(lower=len(known) - sum(highs), upper=len(known) - sum(lows), by=by)
        fold = FOLDS[self.fold]
        return Right(lower=fold(lows), upper=fold(highs), by=by)


@dataclass(frozen=True, slots=True, kw_only=True)
class SaidName:
    """A name that each service says, which the panel shows as a label.

    Between two names there may have been nobody, unseen by samples: a lease ends before it is taken.

    Args:
        board, panel, ref: which query.
        path: where a sample says it.
        shown_as: the label that shows it.
        nobody: what the panel shows where the service names nobody.
        way: how it gets from the service onto the panel.
        label: the label by which the panel tells services apart.
        unless: as every promise has it.
    """

    board: str
    panel: str
    path: Path
    shown_as: str
    nobody: str
    way: Way
    ref: str = "A"
    label: str = "instance"
    unless: tuple[str, ...] = ()

    @property
    def metrics(self) -> tuple[str, ...]:
        """What has to be recorded."""
        return READS

    def compare(self, look: Look, facts: Facts) -> Iterable[Compared]:
        """Each service's name as shown beside those that it said."""
        shown = {value.labels.get(self.label, ""): value for value in look.values}
        for service in facts.health():
            window = self.way.window(look, look.values[0] if look.values else None, facts)
            samples = facts.said(service, *window)
            said = [_at(one.data, self.path) for one in samples]
            if not said or not all(found for found, _ in said) or not facts.reached(service, *window):
                continue
            names = {self.nobody if name is None else str(name) for _, name in said}
            allowed = tuple(sorted(names if len(names) == 1 else {*names, self.nobody}))
            by = f"{samples[0].place} to {samples[-1].place}"
            value = shown.get(service)
            name = "nothing" if value is None else value.labels.get(self.shown_as, "")
            yield Compared(shown=name, allowed=allowed, series=service, by=by)


def _at(data: Mapping[str, Any], path: Path) -> tuple[bool, Any]:
    """Whether something stands there, and what."""
    here: Any = data
    for name in path:
        if not isinstance(here, Mapping) or name not in here:
            return False, None
        here = here[name]
    return True, here
