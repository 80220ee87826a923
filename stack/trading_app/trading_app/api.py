"""The HTTP side: signals in, health and figures out."""

import json
import time
from typing import Any

from prometheus_client import generate_latest
from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from trading_app.application import Application
from trading_app.coordinator_metrics import dictionary
from trading_app.errors import UnavailableError, UncertainError
from trading_app.health import health
from trading_app.inbox import Acceptance
from trading_app.signals import Signal

METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Api:
    """Answers for one application. Work in progress is bounded: beyond it, clients are told to come again."""

    def __init__(self, application: Application) -> None:
        self._app = application
        self._in_flight = 0

    def routes(self) -> list[Route]:
        """All paths."""
        return [
            Route("/signals", self.signals, methods=["POST"]),
            Route("/health", self.health),
            Route("/metrics", self.metrics),
            Route("/coordinator/metrics", self.coordinator_metrics),
        ]

    async def signals(self, request: Request) -> Response:
        """Accept a signal: acknowledged only when it is durable."""
        if self._in_flight >= self._app.settings.max_in_flight:
            return _refused(429, "too many signals in progress, send it again")
        self._in_flight += 1
        try:
            return await self._accept(request)
        finally:
            self._in_flight -= 1

    async def health(self, _: Request) -> Response:
        """200 if this instance can accept signals durably, else 503; component states either way."""
        told = health(self._app)
        return JSONResponse(told, status_code=200 if self._app.status.healthy() else 503)

    async def metrics(self, _: Request) -> Response:
        """Prometheus text."""
        return Response(generate_latest(self._app.counters.registry), media_type=METRICS_TYPE)

    async def coordinator_metrics(self, _: Request) -> Response:
        """The coordinator's dictionary."""
        election = self._app.election
        coordinator = election.coordinator
        told = dictionary(
            election.stats,
            coordinator.view,
            instance_id=self._app.settings.instance_id,
            is_leader=coordinator.authority() is not None,
            now=time.monotonic(),
        )
        return JSONResponse(told)

    async def _accept(self, request: Request) -> Response:
        body = await _body(request, self._app.settings.max_body_bytes)
        if body is None:
            return _refused(413, f"the body exceeds {self._app.settings.max_body_bytes} bytes")
        try:
            signal = Signal.model_validate(json.loads(body))
        except ValidationError as error:
            return _refused(422, "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()))
        except (ValueError, RecursionError) as error:
            return _refused(422, f"the body is not JSON: {error}")
        if not self._app.status.can_accept():
            return _refused(503, f"trading is not possible: recovery is {self._app.status.recovery.state}")
        try:
            acceptance = await self._app.parts.inbox.accept(signal)
        except UncertainError as error:
            # Not a refusal: the commit may have happened. A client that gave up on it would be wrong to forget it.
            self._app.status.postgres.failed(error)
            reason = f"it is not known whether the signal is durable, send it again: {error}"
            return JSONResponse({"status": "unknown", "error": reason}, status_code=504)
        except UnavailableError as error:
            self._app.status.postgres.failed(error)
            return _refused(503, f"the signal is not stored, send it again: {error}")
        return self._acknowledged(signal, acceptance)

    def _acknowledged(self, signal: Signal, acceptance: Acceptance) -> Response:
        if acceptance is Acceptance.CONFLICT:
            return _refused(409, f"signal {signal.signal_id} was accepted before with other contents")
        told: dict[str, Any] = {"status": "accepted", "signal_id": signal.signal_id}
        if acceptance is Acceptance.DUPLICATE:
            return JSONResponse({**told, "duplicate": True})
        self._app.counters.received.inc()
        return JSONResponse({**told, "duplicate": False}, status_code=201)


async def _body(request: Request, most_bytes: int) -> bytes | None:
    """The body, None if it is larger than `most_bytes`; never reads much more than that."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > most_bytes:
            return None
    return bytes(body)


def _refused(status: int, reason: str) -> JSONResponse:
    headers = {"Retry-After": "1"} if status in (429, 503) else None
    return JSONResponse({"status": "refused", "error": reason}, status_code=status, headers=headers)
