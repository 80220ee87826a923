"""What the first viewer's panels held at a few moments of a run, whole, so that a reviewer sees it later."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from harness.evidence import Recorder
from harness.panels import PanelRequest
from harness.panels.thinned import thinned
from harness.recorded import Stream

MOMENTS = ("baseline", "hold", "recover")  # at whose end a picture is taken; of further acts also "hold 2" and so on
MOST_BYTES = 2_000_000  # of a scenario's stream
_LONGEST_LOOK = 64_000
_LOOK = ("fieldConfig", "options", "transformations")

Key = tuple[str, int, str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One panel's newest answer; `asked_s` is wall clock, the rest as in the stream of panels."""

    board: str
    request: PanelRequest
    asked_s: float
    ms: float
    http: int | None
    error: str
    body: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class _Moment:
    name: str
    from_s: float
    to_s: float


class Album:
    """Keeps each panel's newest answer, and writes it down when a moment of the run ends.

    The writing is done by a thread of its own: nobody waits for it between a fault and its healing.

    Args:
        recorder: takes the lines.
        moments: how many are to come; each has its share of the room, so that the last one finds some as well.
        clock: the wall clock, s since the epoch.
    """

    def __init__(self, recorder: Recorder, *, moments: int, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._recorder = recorder
        self._lock = threading.Lock()
        self._newest: dict[Key, Answer] = {}
        self._is_table: dict[tuple[str, int], bool] = {}
        self._left_bytes, self._moments_left = MOST_BYTES, max(1, moments)
        self._room_bytes = 0  # for the moment that is being written; only the writer's thread knows it
        self._last: _Moment | None = None
        self._closed = False
        self._writer = ThreadPoolExecutor(max_workers=1, thread_name_prefix="album")
        self._written: list[Future[None]] = []

    def opened(self, board: Mapping[str, Any]) -> None:
        """Write down how a board's panels look: type, unit, thresholds, words for numbers.

        Args:
            board: the `dashboard` object as Grafana gave it.
        """
        for panel in board.get("panels") or []:
            if panel.get("type") == "row":
                continue
            look = {name: panel[name] for name in _LOOK if panel.get(name)}
            if len(json.dumps(look)) > _LONGEST_LOOK:
                look = {}
            place = panel.get("gridPos") or {}
            self._is_table[str(board.get("uid")), int(panel.get("id") or 0)] = panel.get("type") == "table"
            self._write(
                "look",
                board=board.get("uid"),
                board_title=board.get("title"),
                panel=int(panel.get("id") or 0),
                title=panel.get("title"),
                type=panel.get("type"),
                at=[place.get("y", 0), place.get("x", 0)],
                look=look,
            )

    def keep(self, answer: Answer) -> None:
        """Take a panel's answer; one that was asked for in a moment that is over by now is written at once."""
        request = answer.request
        key = (answer.board, request.panel_id, request.title, request.source_uid)
        with self._lock:
            last = self._last
            if last is None or not last.from_s <= answer.asked_s <= last.to_s:
                self._newest[key] = answer
                return
            self._soon(self._late, answer, last)

    def cut(self, phase: str, from_s: float) -> None:
        """A phase ended: if it is one of the moments, write what each panel held, as far as it was asked for in it.

        Args:
            phase: its name.
            from_s: when it began, wall clock s.
        """
        if phase.split(" ", maxsplit=1)[0] not in MOMENTS:
            return
        with self._lock:
            moment = self._last = _Moment(name=phase, from_s=from_s, to_s=self._clock())
            taken = [one for one in self._newest.values() if from_s <= one.asked_s <= moment.to_s]
            self._soon(self._all, taken, moment)

    def close(self) -> None:
        """Wait for what is being written, and end the stream.

        Raises:
            OSError: something could not be written.
        """
        with self._lock:
            self._closed = True
        self._writer.shutdown(wait=True)
        for one in self._written:
            one.result()
        self._recorder.write(Stream.FRAMES, "end", viewer=1)

    def _soon(self, write: Callable[..., None], *what: object) -> None:
        if not self._closed:
            self._written.append(self._writer.submit(write, *what))

    def _all(self, answers: list[Answer], moment: _Moment) -> None:
        """The smallest first, so that one large panel costs no other its picture."""
        self._room_bytes = self._left_bytes // self._moments_left
        self._moments_left = max(1, self._moments_left - 1)
        for line in sorted((self._line(answer, moment) for answer in answers), key=_size):
            self._fitting(line)

    def _late(self, answer: Answer, moment: _Moment) -> None:
        self._fitting(self._line(answer, moment))

    def _fitting(self, line: dict[str, Any]) -> None:
        if _size(line) > self._room_bytes:
            line = {**line, "frames": [], "left_out": "there was no room left for it"}
        self._room_bytes -= self._write("panel", **line)

    def _line(self, answer: Answer, moment: _Moment) -> dict[str, Any]:
        request = answer.request
        from_ms, to_ms = int(request.body["from"]), int(request.body["to"])
        line: dict[str, Any] = {
            "board": answer.board,
            "panel": request.panel_id,
            "title": request.title,
            "source": request.source_type,
            "moment": moment.name,
            "asked_s": round(answer.asked_s, 3),
            "ms": answer.ms,
            "http": answer.http,
            "error": answer.error,
            "from_s": from_ms / 1000,
            "to_s": to_ms / 1000,
        }
        try:
            is_table = self._is_table.get((answer.board, request.panel_id), False)
            kept = thinned(answer.body, from_ms=from_ms, is_table=is_table)
        except (AttributeError, KeyError, IndexError, TypeError, ValueError) as damage:
            return {**line, "error": answer.error or f"a damaged frame: {damage!r}", "frames": [], "errors": {}}
        if not isinstance(answer.body, Mapping) or "results" not in answer.body:
            said = answer.body.get("message") if isinstance(answer.body, Mapping) else None
            line["error"] = answer.error or f"HTTP {answer.http}: {said or 'no message'}"
        return {
            **line,
            "errors": dict(kept.errors),
            "series": kept.series,
            "thinned": kept.thinned,
            "frames": list(kept.frames),
        }

    def _write(self, kind: str, **data: Any) -> int:
        """Write a line; returns about how long it is."""
        size = _size(data)
        with self._lock:
            self._left_bytes = max(0, self._left_bytes - size)
        self._recorder.write(Stream.FRAMES, kind, **data)
        return size


def _size(line: Mapping[str, Any]) -> int:
    """How long a line is about to be, bytes, with its times and its kind."""
    return len(json.dumps(line, default=str)) + 64
