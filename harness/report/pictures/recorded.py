"""Reading the stream of frames: which panels there are, how they look, and what each held at which moment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from harness.recorded import History, Observation, Stream
from harness.report.pictures.look import Look, look_of
from harness.report.timeline.recorded import collect, figure


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One field of a frame; of one of kind "time" the values are s since the epoch."""

    name: str
    kind: str
    labels: Mapping[str, str]
    values: Sequence[Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """One frame of an answer, as far as it was kept; `rows` is how many there were."""

    ref: str
    rows: int
    columns: tuple[Column, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """What one panel held when it was asked for the last time in a moment.

    Args:
        asked_s: when, wall clock s.
        from_s, to_s: the range of time that was asked for.
        ms: how long the answer took, with the browser's queue.
        problem: what the panel showed instead of data; empty where nothing was wrong.
        left_out: why nothing can be drawn though there was an answer.
        frames: the data.
        series: how many series there were in all.
        thinned: whether points, series or rows were left out when it was recorded.
    """

    asked_s: float
    from_s: float
    to_s: float
    ms: float
    problem: str
    left_out: str
    frames: tuple[Frame, ...]
    series: int
    thinned: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """A panel of a board and its shots by moment."""

    title: str
    look: Look
    at: tuple[int, int]
    shots: Mapping[str, Shot]


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """A board with its panels, in reading order."""

    uid: str
    title: str
    panels: tuple[Panel, ...]


@dataclass(slots=True)
class Album:
    """All that was recorded. `gap` says what could not be read, `nobody` why nobody looked."""

    looks: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    shots: dict[tuple[str, str, str], dict[str, dict[str, Shot]]] = field(default_factory=dict)
    moments: list[str] = field(default_factory=list)
    gap: str = ""
    nobody: str = ""

    def take(self, seen: Observation) -> None:
        """Keep one line of the stream; of several shots of a panel in one moment the latest asked for."""
        if seen.kind == "nobody":
            self.nobody = str(seen.data.get("why") or "nobody looked")
        if seen.kind == "look":
            self.looks[str(seen.data["board"]), str(seen.data["panel"])] = dict(seen.data)
        if seen.kind != "panel":
            return
        data = seen.data
        key = (str(data["board"]), str(data["panel"]), str(data["title"]))
        moment, shot, source = str(data["moment"]), _shot(data), str(data.get("source") or "")
        if moment not in self.moments:
            self.moments.append(moment)
        sources = self.shots.setdefault(key, {}).setdefault(moment, {})
        if source not in sources or sources[source].asked_s <= shot.asked_s:
            sources[source] = shot

    def boards(self) -> list[Board]:
        """The boards in the order in which they were opened; panels nobody has a picture of are among them."""
        found: dict[str, list[Panel]] = {}
        for (board, panel), raw in self.looks.items():
            titles = [title for uid, number, title in self.shots if (uid, number) == (board, panel)]
            for title in titles or [str(raw.get("title") or f"panel {panel}")]:
                found.setdefault(board, []).append(self._panel(board, panel, title, raw))
        without_look = [key for key in self.shots if key[:2] not in self.looks]
        for board, panel, title in without_look:
            found.setdefault(board, []).append(self._panel(board, panel, title, {}))
        names = {board: str(raw.get("board_title") or board) for (board, _), raw in self.looks.items()}
        return [
            Board(uid=board, title=names.get(board, board), panels=tuple(sorted(panels, key=lambda one: one.at)))
            for board, panels in found.items()
        ]

    def _panel(self, board: str, panel: str, title: str, raw: Mapping[str, Any]) -> Panel:
        at = [int(figure(one)) for one in (raw.get("at") or [])[:2]]
        shots = {moment: _merged(list(by.values())) for moment, by in self.shots.get((board, panel, title), {}).items()}
        return Panel(title=title, look=look_of(raw), at=(at[0], at[1]) if len(at) == 2 else (0, 0), shots=shots)


def read_album(history: History) -> Album:
    """Read what was recorded for pictures."""
    album = Album()
    album.gap = collect(history, Stream.FRAMES, album.take)
    return album


def _merged(shots: list[Shot]) -> Shot:
    """One shot of a panel that asks several data sources, each with a request of its own."""
    if len(shots) == 1:
        return shots[0]
    return Shot(
        asked_s=max(one.asked_s for one in shots),
        from_s=min(one.from_s for one in shots),
        to_s=max(one.to_s for one in shots),
        ms=max(one.ms for one in shots),
        problem="; ".join(one.problem for one in shots if one.problem),
        left_out="; ".join(one.left_out for one in shots if one.left_out),
        frames=tuple(frame for one in shots for frame in one.frames),
        series=sum(one.series for one in shots),
        thinned=any(one.thinned for one in shots),
    )


def _shot(data: Mapping[str, Any]) -> Shot:
    from_s = figure(data["from_s"])
    problems = [str(data.get("error") or ""), *(str(each) for each in (data.get("errors") or {}).values())]
    return Shot(
        asked_s=figure(data["asked_s"]),
        from_s=from_s,
        to_s=max(figure(data["to_s"]), from_s + 0.001),
        ms=figure(data["ms"]),
        problem="; ".join(dict.fromkeys(each for each in problems if each)),
        left_out=str(data.get("left_out") or ""),
        frames=tuple(_frame(each, from_s) for each in data.get("frames") or []),
        series=int(data.get("series") or 0),
        thinned=bool(data.get("thinned")),
    )


def _frame(raw: Mapping[str, Any], from_s: float) -> Frame:
    return Frame(ref=str(raw["ref"]), rows=int(raw["rows"]), columns=tuple(_columns(raw["fields"], from_s)))


def _columns(fields: Sequence[Mapping[str, Any]], from_s: float) -> Iterator[Column]:
    lengths = {len(one["values"]) for one in fields}
    if len(lengths) > 1:
        raise ValueError(f"columns of different lengths: {sorted(lengths)}")
    for one in fields:
        kind, values = str(one["type"]), list(one["values"])
        if kind == "time":
            values = [None if value is None else from_s + figure(value) for value in values]
        yield Column(name=str(one["name"]), kind=kind, labels=dict(one.get("labels") or {}), values=values)
