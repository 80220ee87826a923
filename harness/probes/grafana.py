"""A viewer with a tab for each board: loads it as a browser would, records what panels show and how long it took."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import requests

from harness import loopback
from harness.containers.running import RunningStack
from harness.errors import InfrastructureError
from harness.evidence import Recorder
from harness.panels import LastValue, PanelRequest, Span, TargetAnswer, default_span, panel_requests, read_answer
from harness.probes.frames import Album, Answer
from harness.recorded import Stream

PARALLEL = 5  # a browser's limit over HTTP/1.1: Grafana's FetchQueueWorker runs 5 data queries at once
# Longer than the slowest panel takes to say that Prometheus hangs: seven queries, one after the other, of 5 s each.
# PostgreSQL has no timeout of its own.
GIVE_UP_S = 40.0
PORT = 3000


@dataclass(slots=True)
class GrafanaProbe:
    """A tab: loads its board once a sample; the board itself is read once, when the viewer opens it.

    Args:
        board: the board's uid.
        base_url: address of Grafana.
        login: user and password.
        time_scale: the board's time range is divided by it, as everything is that it shows.
        every_s: refresh interval, real s.
        viewer: whose tab it is, from 1.
        album: keeps whole answers of the first viewer for pictures; None for the others.
    """

    board: str
    base_url: str
    login: tuple[str, str]
    time_scale: float
    every_s: float
    viewer: int = 1
    album: Album | None = None
    _content: Mapping[str, Any] | None = None
    _sources: Sequence[Mapping[str, Any]] = ()
    _loads: int = 0
    _session: requests.Session = field(default_factory=loopback.new_session)

    @classmethod
    def tabs(
        cls, stack: RunningStack, *, time_scale: float, viewers: int = 1, album: Album | None = None
    ) -> list[GrafanaProbe]:
        """Viewers of a stack's Grafana: the first has every board of the plan open, each other one a board, in turn.

        Every tab is loaded at its board's own refresh.
        """
        login, usual_s = stack.plan.logins["grafana"], stack.plan.settings["panel_refresh_s"]
        boards = list({one.board: one.refresh_s or usual_s for one in stack.plan.panels}.items())
        others = [(number, *boards[number % len(boards)]) for number in range(2, viewers + 1)]
        return [
            cls(
                board=board,
                base_url=stack.url("grafana", PORT),
                login=(login.user, login.password),
                time_scale=time_scale,
                every_s=every_s,
                viewer=viewer,
                album=album if viewer == 1 else None,
            )
            for viewer, board, every_s in [*((1, *one) for one in boards), *others]
        ]

    @property
    def name(self) -> str:
        """For the table of costs."""
        return f"grafana {self.board}" if self.viewer == 1 else f"grafana {self.board} by viewer {self.viewer}"

    def sample(self, recorder: Recorder) -> None:
        """Load the board once.

        Raises:
            InfrastructureError: Grafana does not have it, or does not answer, when it is opened.
        """
        if self._content is None:
            self._sources = self._get("/api/datasources")
            self._content = self._get(f"/api/dashboards/uid/{self.board}")["dashboard"]
            if self.album:
                self.album.opened(self._content)
        self._loads += 1
        self._load(self._content, recorder)

    def record_end(self, recorder: Recorder) -> None:
        """Close the board's part of the stream with the number of its loads."""
        recorder.write(Stream.PANELS, "end", board=self.board, viewer=self.viewer, loads=self._loads)

    def _load(self, board: Mapping[str, Any], recorder: Recorder) -> None:
        asked = panel_requests(board, self._sources, self._span(board))
        begun = time.monotonic()
        with ThreadPoolExecutor(max_workers=PARALLEL) as browser:
            shown = [browser.submit(self._show, board, request, begun, recorder) for request in asked]
        for panel in shown:
            panel.result()  # what went wrong in the probe itself must not look like a panel that nobody asked for

    def _span(self, board: Mapping[str, Any]) -> Span:
        now_ms = int(time.time() * 1000)
        shown = default_span(board, now_ms)
        return Span(from_ms=now_ms - int(shown.length_ms / self.time_scale), to_ms=now_ms)

    def _show(self, board: Mapping[str, Any], request: PanelRequest, begun: float, recorder: Recorder) -> None:
        asked_s = time.time()
        queued_ms = round((time.monotonic() - begun) * 1000, 2)
        status, body, error = self._ask(request)
        answers = () if error else read_answer(request, status or 0, body)
        # From the begin of the load: what a person waits, with the browser's queue.
        ms = round((time.monotonic() - begun) * 1000, 2)
        recorder.write(
            Stream.PANELS,
            "panel",
            board=board["uid"],
            panel=request.panel_id,
            title=request.title,
            load=self._loads,
            viewer=self.viewer,
            ms=ms,
            queued_ms=queued_ms,
            http=status,
            error=error,
            interval_s=request.interval_ms / 1000,
            # The range that was asked for: what a panel must show follows from it.
            from_s=int(request.body["from"]) / 1000,
            to_s=int(request.body["to"]) / 1000,
            targets=[_target(request, answer) for answer in answers],
        )
        if self.album:
            self.album.keep(
                Answer(board=self.board, request=request, asked_s=asked_s, ms=ms, http=status, error=error, body=body)
            )

    def _ask(self, request: PanelRequest) -> tuple[int | None, Any, str]:
        try:
            answer = self._session.post(
                self.base_url + "/api/ds/query", json=request.body, auth=self.login, timeout=GIVE_UP_S
            )
        except (requests.RequestException, InfrastructureError) as problem:
            return None, None, f"{type(problem).__name__}: {problem}"
        try:
            return answer.status_code, answer.json(), ""
        except ValueError:
            return answer.status_code, None, f"HTTP {answer.status_code} without JSON"

    def _get(self, path: str) -> Any:
        try:
            answer = self._session.get(self.base_url + path, auth=self.login, timeout=GIVE_UP_S)
            answer.raise_for_status()
            return answer.json()
        except (requests.RequestException, ValueError) as problem:
            raise InfrastructureError(f"Grafana does not answer {path}: {problem}") from problem


def _target(request: PanelRequest, answer: TargetAnswer) -> dict[str, Any]:
    return {
        "ref": answer.ref_id,
        "source": request.source_type,
        "error": answer.error,
        "rows": answer.rows,
        "non_null": answer.non_null,
        "newest_s": None if answer.newest_ms is None else answer.newest_ms / 1000,
        "values": [_value(last) for last in answer.last],
        "words": [{"name": column.name, "first": column.first, "rows": column.rows} for column in answer.words],
    }


def _value(last: LastValue) -> dict[str, Any]:
    at_s = None if last.at_ms is None else last.at_ms / 1000
    return {"name": last.name, "value": last.value, "labels": dict(last.labels), "at_s": at_s, "total": last.total}
