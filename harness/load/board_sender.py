"""Dashboard viewers: each arrival is a person who opens a board and waits until its last panel is there."""

from __future__ import annotations

import json
import time
from base64 import b64encode
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any
from urllib.parse import quote, unquote, urlsplit

import gevent
from gevent.pool import Pool

from harness.errors import InfrastructureError
from harness.load.exchange import Answer, Endpoint
from harness.load.outcome import Kind, Outcome, of_replies
from harness.load.sender import Arrival, Ready
from harness.load.spec import BoardsWork
from harness.panels import PanelRequest, Span, default_span, panel_requests, read_answer

PARALLEL = 5  # a browser's limit over HTTP/1.1: Grafana's FetchQueueWorker runs 5 data queries at once
_OPEN_WITHIN_S = 15.0


class BoardSender:
    """Views of the boards of one Grafana, in turn.

    The boards and data sources are read once, when traffic begins.

    Args:
        work: where Grafana is, and which boards are looked at.

    Raises:
        InfrastructureError: Grafana does not answer, or has no such board.
    """

    def __init__(self, work: BoardsWork) -> None:
        parts = urlsplit(work.url)
        login = f"{unquote(parts.username or '')}:{unquote(parts.password or '')}".encode()
        headers = {"Authorization": f"Basic {b64encode(login).decode()}"} if parts.username else {}
        self._base, self._headers = f"http://{parts.hostname}:{parts.port or 80}", headers
        self._time_scale = work.time_scale
        self._panels = Endpoint(self._base, "/api/ds/query", headers={**headers, "Content-Type": "application/json"})
        self._sources: Sequence[Mapping[str, Any]] = self._get("/api/datasources")
        boards = work.boards or tuple(one["uid"] for one in self._get("/api/search?type=dash-db"))
        if not boards:
            raise InfrastructureError(f"Grafana at {self._base} has no board to look at")
        self._boards = [self._get(f"/api/dashboards/uid/{quote(uid, safe='')}")["dashboard"] for uid in boards]

    def ready(self, arrival: Arrival, request_id: str) -> Ready:
        """The view of one board."""
        del request_id
        board = self._boards[arrival.index % len(self._boards)]
        return Ready(str(board["uid"]), partial(self._view, board))

    def close(self) -> None:
        """Close idle connections."""
        self._panels.close()

    def _view(self, board: Mapping[str, Any], timeout_s: float) -> Outcome:
        until_s = time.monotonic() + timeout_s
        browser = Pool(PARALLEL)
        asked = panel_requests(board, self._sources, self._span(board))
        shown = [browser.spawn(self._show, request, until_s) for request in asked]
        try:
            gevent.joinall(shown, raise_error=True)
        finally:
            browser.kill(block=False)
        outcomes = [panel.value for panel in shown if panel.value is not None]
        given_up = [one for one in outcomes if one.kind is Kind.INFO and not one.completed]
        broken = [one for one in outcomes if one.kind is not Kind.OK]
        return (given_up or broken or [of_replies("")])[0]

    def _show(self, request: PanelRequest, until_s: float) -> Outcome:
        left_s = max(until_s - time.monotonic(), 0.001)
        answer = self._panels.ask(json.dumps(request.body).encode(), left_s)
        if isinstance(answer, Outcome):
            return answer
        try:
            told = read_answer(request, answer.status, json.loads(answer.body))
        except ValueError:
            return of_replies(f"panel {request.title!r}: HTTP {answer.status} without JSON")
        errors = [one.error for one in told if one.error]
        return of_replies(f"panel {request.title!r}: {errors[0]}" if errors else "")

    def _span(self, board: Mapping[str, Any]) -> Span:
        now_ms = int(time.time() * 1000)
        shown = default_span(board, now_ms)
        return Span(from_ms=now_ms - int(shown.length_ms / self._time_scale), to_ms=now_ms)

    def _get(self, path: str) -> Any:
        endpoint = Endpoint(self._base, path, method="GET", headers=self._headers)
        answer = endpoint.ask(b"", _OPEN_WITHIN_S)
        endpoint.close()
        if not isinstance(answer, Answer) or answer.status != 200:
            why = answer.error if isinstance(answer, Outcome) else f"HTTP {answer.status}"
            raise InfrastructureError(f"Grafana at {self._base} does not answer {path}: {why}")
        try:
            return json.loads(answer.body)
        except ValueError as wrong:
            raise InfrastructureError(f"Grafana at {self._base} answers {path} without JSON") from wrong
