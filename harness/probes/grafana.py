"""A viewer: loads every board as a browser would, and records what each panel shows and how long it took."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import requests

from harness.containers.running import RunningStack
from harness.errors import InfrastructureError
from harness.evidence import Recorder
from harness.model import Stream
from harness.panels import PanelRequest, Span, TargetAnswer, default_span, panel_requests, read_answer

PARALLEL = 5  # a browser's limit over HTTP/1.1: Grafana's FetchQueueWorker runs 5 data queries at once
GIVE_UP_S = 15.0  # three times the data sources' own timeout; PostgreSQL has none
PORT = 3000


@dataclass(slots=True)
class GrafanaProbe:
    """Loads all boards once a sample; the boards themselves are read once, when the viewer opens them.

    Args:
        base_url: address of Grafana now.
        login: user and password.
        time_scale: the boards' time range is divided by it, as everything is that they show.
        every_s: refresh interval, real s.
    """

    base_url: Callable[[], str]
    login: tuple[str, str]
    time_scale: float
    every_s: float
    name: str = "grafana"
    _boards: Sequence[Mapping[str, Any]] = ()
    _sources: Sequence[Mapping[str, Any]] = ()
    _loads: int = 0
    _session: requests.Session = field(default_factory=requests.Session)

    @classmethod
    def of_stack(cls, stack: RunningStack, *, every_s: float, time_scale: float) -> GrafanaProbe:
        """A viewer of a stack's Grafana."""
        login = stack.plan.logins["grafana"]
        return cls(
            base_url=lambda: stack.url("grafana", PORT),
            login=(login.user, login.password),
            time_scale=time_scale,
            every_s=every_s,
        )

    def open_boards(self) -> None:
        """Read the boards and the data sources that they name.

        Raises:
            InfrastructureError: Grafana does not answer, or shows no board.
        """
        found = self._get("/api/search?type=dash-db")
        self._boards = [self._get(f"/api/dashboards/uid/{one['uid']}")["dashboard"] for one in found]
        self._sources = self._get("/api/datasources")
        if not self._boards:
            raise InfrastructureError("Grafana shows no board")

    def sample(self, recorder: Recorder) -> None:
        """Load every board once."""
        if not self._boards:
            self.open_boards()
        self._loads += 1
        for board in self._boards:
            self._load(board, recorder)

    def record_end(self, recorder: Recorder) -> None:
        """Close the stream with the number of loads."""
        recorder.write(Stream.PANELS, "end", loads=self._loads)

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
        status, body, error = self._ask(request)
        answers = () if error else read_answer(request, status or 0, body)
        recorder.write(
            Stream.PANELS,
            "panel",
            board=board["uid"],
            panel=request.panel_id,
            title=request.title,
            load=self._loads,
            # From the begin of the load: what a person waits, with the browser's queue.
            ms=round((time.monotonic() - begun) * 1000, 2),
            http=status,
            error=error,
            interval_s=request.interval_ms / 1000,
            targets=[_target(request, answer) for answer in answers],
        )

    def _ask(self, request: PanelRequest) -> tuple[int | None, Any, str]:
        try:
            answer = self._session.post(
                self.base_url() + "/api/ds/query", json=request.body, auth=self.login, timeout=GIVE_UP_S
            )
        except (requests.RequestException, InfrastructureError) as problem:
            return None, None, f"{type(problem).__name__}: {problem}"
        try:
            return answer.status_code, answer.json(), ""
        except ValueError:
            return answer.status_code, None, f"HTTP {answer.status_code} without JSON"

    def _get(self, path: str) -> Any:
        try:
            answer = self._session.get(self.base_url() + path, auth=self.login, timeout=GIVE_UP_S)
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
        "values": [{"name": last.name, "value": last.value, "labels": dict(last.labels)} for last in answer.last],
    }
