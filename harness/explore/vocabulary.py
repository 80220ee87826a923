"""What random schedules are made of: a stack declares it as VOCABULARY, in the module "vocabulary" beside its plan."""

from __future__ import annotations

import importlib
from dataclasses import dataclass

from harness.errors import UsageError
from harness.faults.base import StackFault
from harness.model import Check, LoadProfile


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One fault that may be drawn.

    Args:
        fault: what breaks; its target may be a role. How long it says that it stays does not count.
        lasts_s: the shortest and the longest time, production seconds; short ones are as likely as long ones.
        weight: how likely it is, beside the others.
        touches: what it needs for itself besides its target, by name.
    """

    fault: StackFault
    lasts_s: tuple[float, float]
    weight: float = 1.0
    touches: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """All that a schedule of a stack may hold, and what has to be true whatever happens.

    Args:
        entries: the faults.
        loads: one is drawn for each schedule.
        checks: what every run is judged by.
        hypothesis: the same as one sentence a trader understands.
        covers: requirement ids.
    """

    entries: tuple[Entry, ...]
    loads: tuple[LoadProfile, ...]
    checks: tuple[Check, ...]
    hypothesis: str
    covers: tuple[str, ...] = ()


def vocabulary_of(stack: str) -> Vocabulary:
    """The vocabulary of a stack: module "stack.topology" has its own in "stack.vocabulary".

    Raises:
        UsageError: there is none, or one from which nothing can be drawn.
    """
    name = f"{stack.rpartition('.')[0]}.vocabulary".lstrip(".")
    try:
        found = importlib.import_module(name).VOCABULARY
    except (ImportError, AttributeError) as missing:
        raise UsageError(
            f"nothing can be drawn for the stack '{stack}': {name} has no VOCABULARY ({missing})"
        ) from missing
    if not isinstance(found, Vocabulary) or not (found.entries and found.loads and found.checks):
        raise UsageError(f"{name}: VOCABULARY has to name faults, loads and checks")
    for entry in found.entries:
        if not 0 < entry.lasts_s[0] <= entry.lasts_s[1] or entry.weight <= 0:
            raise UsageError(f"{name}: {entry.fault!r} has the times {entry.lasts_s} and the weight {entry.weight:g}")
    return found
