"""The HTTP side: PagerDuty and Slack posts come in, what arrived goes out."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from .alerts import Alert
from .channels import PAGERDUTY, SLACK, alerts_of_pagerduty, alerts_of_slack, dedup_key
from .faults import Faults
from .inbox import Inbox


class Api:
    """The routes over one inbox and its faults."""

    def __init__(self, inbox: Inbox, faults: Faults) -> None:
        self._inbox = inbox
        self._faults = faults

    def app(self) -> Starlette:
        """The ASGI application."""
        return Starlette(
            routes=[
                Route("/pagerduty", self.pagerduty, methods=["POST"]),
                Route("/slack", self.slack, methods=["POST"]),
                Route("/notifications", self.notifications),
                Route("/control", self.control, methods=["GET", "POST"]),
                Route("/health", self.health),
            ]
        )

    async def pagerduty(self, request: Request) -> Response:
        """Events API v2: 202 with the event's dedup key."""
        raw = await request.body()
        answer = {"status": "success", "message": "Event processed", "dedup_key": dedup_key(raw)}
        accepted = JSONResponse(answer, status_code=202)
        return await self._take(PAGERDUTY, raw, alerts_of_pagerduty, accepted)

    async def slack(self, request: Request) -> Response:
        """Incoming webhook: `ok`."""
        return await self._take(SLACK, await request.body(), alerts_of_slack, PlainTextResponse("ok"))

    async def _take(
        self, channel: str, raw: bytes, read: Callable[[bytes], tuple[Alert, ...]], accepted: Response
    ) -> Response:
        fault = self._faults.of(channel)
        if fault.delay_s:
            await asyncio.sleep(fault.delay_s)
        if fault.status:
            self._inbox.refuse(channel, raw, fault.status)
            return PlainTextResponse("refused as told", status_code=fault.status)
        self._inbox.receive(channel, raw, read)
        return accepted

    async def notifications(self, request: Request) -> Response:
        """Entries after a number: `{"boot", "notifications": [...], "next": M}`."""
        asked = request.query_params.get("after", "0")
        if not asked.isdecimal():
            return PlainTextResponse(f"after is {asked!r}; expected a whole number", status_code=400)
        entries = self._inbox.after(int(asked))
        answer = {"boot": self._inbox.boot, "notifications": entries, "next": len(self._inbox)}
        return JSONResponse(answer)

    async def control(self, request: Request) -> Response:
        """Show the channels' faults; a post sets one."""
        if request.method == "POST":
            try:
                self._faults.set(json.loads(await request.body()))
            except ValueError as problem:
                return PlainTextResponse(str(problem), status_code=400)
        return JSONResponse(self._faults.shown())

    async def health(self, _request: Request) -> Response:
        """That the sink runs, and how much it holds."""
        return JSONResponse({"status": "ok", "boot": self._inbox.boot, "entries": len(self._inbox)})
