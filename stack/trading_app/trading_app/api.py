"""The HTTP side: signals in, health and figures out."""

import json
import time
from typing import Any

from prometheus_client import generate_latest
from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from trading_app.admission import Reason, Refusal
from trading_app.application import Application
from trading_app.coordinator_metrics import dictionary
from trading_app.errors import OverloadedError, UnavailableError, UncertainError
from trading_app.health import health
from trading_app.inbox import Acceptance
from trading_app.signals import Signal

METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Api:
    """Answers for one application. Beyond its capacity clients are told at once to come again."""

    def __init__(self, application: Application) -> None:
        self._app = application

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
        admission = self._app.parts.admission
        if refusal := admission.refusal(self._app.parts.inbox.expected_wait_s):
            return self._refused(refusal)
        with admission.working():
            return await self._accept(request)

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
            return self._invalid(413, f"the body exceeds {self._app.settings.max_body_bytes} bytes")
        try:
            signal = Signal.model_validate(json.loads(body))
        except ValidationError as error:
            return self._invalid(422, "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()))
        except (ValueError, RecursionError) as error:
            return self._invalid(422, f"the body is not JSON: {error}")
        if not self._app.status.can_accept():
            state = self._app.status.recovery.state
            return self._later(Reason.RECOVERY, f"trading is not possible: recovery is {state}")
        try:
            acceptance = await self._app.parts.inbox.accept(signal)
        except OverloadedError as error:
            return self._later(Reason.LATE, f"the signal is not stored, send it again: {error}")
        except UncertainError as error:
            # Not a refusal: the commit may have happened. A client that gave up on it would be wrong to forget it.
            self._app.status.postgres.failed(error)
            reason = f"it is not known whether the signal is durable, send it again: {error}"
            return JSONResponse({"status": "unknown", "error": reason}, status_code=504)
        except UnavailableError as error:
            self._app.status.postgres.failed(error)
            return self._later(Reason.UNAVAILABLE, f"the signal is not stored, send it again: {error}")
        return self._acknowledged(signal, acceptance)

    def _acknowledged(self, signal: Signal, acceptance: Acceptance) -> Response:
        if acceptance is Acceptance.CONFLICT:
            sentence = f"signal {signal.signal_id} was accepted before with other contents"
            return self._refused(Refusal(reason=Reason.CONFLICT, status=409, sentence=sentence))
        told: dict[str, Any] = {"status": "accepted", "signal_id": signal.signal_id}
        if acceptance is Acceptance.DUPLICATE:
            return JSONResponse({**told, "duplicate": True})
        self._app.counters.received.inc()
        return JSONResponse({**told, "duplicate": False}, status_code=201)

    def _invalid(self, status: int, sentence: str) -> Response:
        return self._refused(Refusal(reason=Reason.INVALID, status=status, sentence=sentence))

    def _later(self, reason: Reason, sentence: str) -> Response:
        return self._refused(Refusal(reason=reason, status=503, sentence=sentence, retry_after_s=1))

    def _refused(self, refusal: Refusal) -> Response:
        self._app.counters.refused(refusal.reason)
        headers = {} if refusal.retry_after_s is None else {"Retry-After": str(refusal.retry_after_s)}
        told = {"status": "refused", "reason": refusal.reason, "error": refusal.sentence}
        return JSONResponse(told, status_code=refusal.status, headers=headers)


async def _body(request: Request, most_bytes: int) -> bytes | None:
    """The body, None if it is larger than `most_bytes`; never reads much more than that."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > most_bytes:
            return None
    return bytes(body)
