"""The ASGI application around one instance."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from trading_app.api import Api
from trading_app.application import Application

KNOWN_BAD_HEADER = "X-Trading-Known-Bad"


class ConfessKnownBad:
    """Names the known-bad variants of this instance in a header of every answer."""

    def __init__(self, app: ASGIApp, names: str) -> None:
        self._app = app
        self._names = names

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything through."""

        async def confess(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)[KNOWN_BAD_HEADER] = self._names
            await send(message)

        await self._app(scope, receive, confess)


class IgnoreDisconnects:
    """A client that hung up while sending gets no answer, and that is no error of ours."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything through."""
        try:
            await self._app(scope, receive, send)
        except ClientDisconnect:
            return


def asgi(application: Application) -> Starlette:
    """The server of one instance; its lifespan starts and stops it."""

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        application.start()
        try:
            yield
        finally:
            await application.stop()

    middleware = [Middleware(IgnoreDisconnects)]
    if application.known_bad:
        middleware.append(Middleware(ConfessKnownBad, names=",".join(application.known_bad)))
    return Starlette(routes=Api(application).routes(), middleware=middleware, lifespan=lifespan)
