"""What people at the boards saw: each load of each panel, and what was wrong with it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.checks.reading import Reader, finite
from harness.recorded import Observation, Stream

_RANGE = ("from_s", "to_s", "interval_s")


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelLoad:
    """One load of one panel; wall clock s. The range that it asked for is 0 to 0 where that was not recorded."""

    title: str
    viewer: int
    number: int
    began_s: float
    ended_s: float
    took_s: float
    http: int | None
    error: str
    targets: tuple[Mapping[str, Any], ...]
    place: str
    from_s: float = 0.0
    to_s: float = 0.0
    interval_s: float = 0.0

    @property
    def errors(self) -> list[str]:
        """What the panel itself says went wrong."""
        errors = [self.error] if self.error else []
        errors += [str(target["error"]) for target in self.targets if target.get("error")]
        if self.http != 200 and not errors:
            errors.append(f"HTTP status {self.http}")
        return errors

    @property
    def without_data(self) -> list[str]:
        """The targets that have no value."""
        if not self.targets:
            return ["every target"]
        return [f"target {target['ref']}" for target in self.targets if not target.get("non_null")]


@dataclass(slots=True)
class PanelLog:
    """All loads of each panel, by board and panel id, and how many loads each viewer of a board says there were."""

    panels: dict[tuple[str, str], list[PanelLoad]]
    loads: dict[tuple[str, int], int]


def read_panels(reader: Reader) -> PanelLog:
    """Read the stream once.

    Raises:
        EvidenceError: a figure that cannot be.
    """
    panels: dict[tuple[str, str], list[PanelLoad]] = defaultdict(list)
    ends: dict[tuple[str, int], int] = {}
    for place, seen in reader.numbered(Stream.PANELS):
        if seen.kind == "panel":
            panels[str(seen.data["board"]), str(seen.data["panel"])].append(_load(seen, place))
        elif seen.kind == "end":
            ends[str(seen.data["board"]), int(seen.data["viewer"])] = int(seen.data["loads"])
    tabs = {(board, load.viewer) for (board, _), loads in panels.items() for load in loads}
    for board, viewer in sorted(tabs - set(ends)):
        reader.damage.append(
            f"panels.jsonl has no end for {board} of viewer {viewer}: the record of the boards is incomplete"
        )
    return PanelLog(panels=dict(panels), loads=ends)


def sources(loads: Sequence[PanelLoad]) -> frozenset[str]:
    """The data sources that a panel reads, from all its loads: a failed load names none."""
    return frozenset(str(target["source"]) for load in loads for target in load.targets)


def _load(seen: Observation, place: str) -> PanelLoad:
    took_s = finite(seen.data["ms"], f"{place}: ms", at_least=0.0) / 1000
    for target in seen.data.get("targets") or ():
        if target.get("newest_s") is not None:
            finite(target["newest_s"], f"{place}: newest_s", at_least=0.0)
    return PanelLoad(
        title=str(seen.data["title"]),
        viewer=int(seen.data["viewer"]),
        number=int(seen.data["load"]),
        began_s=seen.wall_s - took_s,
        ended_s=seen.wall_s,
        took_s=took_s,
        http=seen.data.get("http"),
        error=seen.data.get("error") or "",
        targets=tuple(seen.data.get("targets") or ()),
        place=place,
        **{name: finite(seen.data.get(name, 0.0), f"{place}: {name}", at_least=0.0) for name in _RANGE},
    )
