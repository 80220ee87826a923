"""What a release has to keep beside the promises of its scenarios: `gate.toml`, read with suspicion."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum
from math import isfinite
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from harness.errors import UsageError
from harness.evidence import OBJECTIVES_FILE
from harness.measures import Measure
from harness.model import PROFILES
from harness.settings import REPOSITORY

DEFAULT = REPOSITORY / OBJECTIVES_FILE
_Above = Annotated[float, msgspec.Meta(gt=0)]
_Text = Annotated[str, msgspec.Meta(min_length=1)]


class Offline(StrEnum):
    """What can be looked at without starting anything."""

    RULES = "rules"
    BOARDS = "boards"
    MUTANTS = "mutants"


class Profile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a profile of the gate does beside its scenarios.

    Args:
        offline: what is looked at before anything is started.
        self_test: whether the known-bad variants are tried.
    """

    offline: tuple[Offline, ...]
    self_test: bool


class Limit(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A limit of everything that is measured under a name.

    Args:
        measure: what it limits.
        why: who needs it.
        at_most, at_least: one of the two, in the measure's unit; production s where the compressed clock divides it.
        scenarios: where it holds; everywhere without.
    """

    measure: Measure
    why: _Text
    at_most: _Above | None = None
    at_least: _Above | None = None
    scenarios: tuple[_Text, ...] = ()


class Comparison(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a run is compared with those that passed before it.

    Args:
        least_runs, most_runs: how many of them.
        false_alarms: share of gates without any change that may be called worse.
        least_ratio: what is worse by less does not matter.
        least_subjects: measured in fewer places a shift is doubted.
        least_change: what is compared, and by how much it has to be worse, in its unit.
    """

    least_runs: Annotated[int, msgspec.Meta(ge=3, le=100)]
    most_runs: Annotated[int, msgspec.Meta(ge=3, le=100)]
    false_alarms: Annotated[float, msgspec.Meta(gt=0, le=0.2)]
    least_ratio: Annotated[float, msgspec.Meta(gt=1)]
    least_subjects: Annotated[int, msgspec.Meta(ge=1)]
    least_change: Mapping[Measure, _Above]


class Objectives(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole file."""

    schema: Literal[1]
    profiles: Mapping[_Text, Profile]
    limits: tuple[Limit, ...]
    comparison: Comparison


def usual() -> Path:
    """The file that is read where none is named: that of the current folder, else the project's own."""
    here = Path.cwd() / OBJECTIVES_FILE
    return here if here.is_file() else DEFAULT


def read_objectives(path: Path) -> tuple[Objectives, str]:
    """The objectives of a file, and its text.

    Raises:
        UsageError: it cannot be read, or has a name or value that cannot be used; says which.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        raise UsageError(f"{path} cannot be read: {getattr(problem, 'strerror', None) or problem}") from problem
    return objectives_of(text, str(path)), text


def objectives_of(text: str, name: str = OBJECTIVES_FILE) -> Objectives:
    """The objectives that a text sets.

    Args:
        text: TOML.
        name: what an error calls it.

    Raises:
        UsageError: as `read_objectives`.
    """
    try:
        read = msgspec.toml.decode(text, type=Objectives)
    except msgspec.DecodeError as wrong:  # also what is of another type than it should be
        raise UsageError(f"{name} cannot be used: {wrong}") from wrong
    if problem := next(_problems(read), ""):
        raise UsageError(f"{name} cannot be used: {problem}")
    return read


def _problems(read: Objectives) -> Iterator[str]:
    for name in read.profiles:
        if name not in PROFILES:
            yield f"there is no profile '{name}', only {', '.join(PROFILES)} - at `$.profiles`"
    for number, limit in enumerate(read.limits):
        place = f"at `$.limits[{number}]` ({limit.measure})"
        bounds = [bound for bound in (limit.at_most, limit.at_least) if bound is not None]
        if len(bounds) != 1 or not isfinite(bounds[0]):
            yield f"a limit has one of at_most and at_least, a finite number - {place}"
        if (limit.at_least is None) is limit.measure.less_is_worse:
            yield f"{limit.measure} takes {'at_least' if limit.measure.less_is_worse else 'at_most'} - {place}"
    how = read.comparison
    if how.most_runs < how.least_runs:
        yield f"most_runs {how.most_runs} is below least_runs {how.least_runs} - at `$.comparison`"
    for measure, change in how.least_change.items():
        if not isfinite(change):
            yield f"{change} is no finite number - at `$.comparison.least_change.{measure}`"
