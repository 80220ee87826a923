"""What people at the boards saw: each load of each panel, and what was wrong with it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.checks.reading import Reader, finite
from harness.errors import EvidenceError
from harness.recorded import Observation, Stream

_RANGE = ("from_s", "to_s", "interval_s")


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelLoad:
    """One load of one panel; wall clock s. The range that it asked for is 0 to 0 where that was not recorded.

    `queued_s` of `took_s` it waited in the browser's queue, before it was asked for.
    """

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
    queued_s: float = 0.0

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

    def busy_until_s(self) -> dict[tuple[str, int, int], float]:
        """When each load of a board was over, by board, viewer and number: when its last panel was there."""
        over_s: dict[tuple[str, int, int], float] = {}
        for (board, _), loads in self.panels.items():
            for load in loads:
                key = board, load.viewer, load.number
                over_s[key] = max(load.ended_s, over_s.get(key, load.ended_s))
        return over_s


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
    queued_s = finite(seen.data.get("queued_ms", 0.0), f"{place}: queued_ms", at_least=0.0) / 1000
    if queued_s > took_s:
        raise EvidenceError(f"{place}: queued_ms is more than ms")
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
        queued_s=queued_s,
        **{name: finite(seen.data.get(name, 0.0), f"{place}: {name}", at_least=0.0) for name in _RANGE},
    )
