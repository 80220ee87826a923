"""The HTTP API: routes, authentication, errors. Pages for people are in `pages.py`."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from . import STANDIN_HEADER, VERSION, admin, pages, provisioning
from .access import Doorman, User, demand
from .dashboards import Shelf, providers
from .desk import DataDesk
from .errors import ApiError, refused, unauthorized
from .plugins import PLUGINS
from .reading import House, Reading
from .settings import Settings

_SESSION = "grafana_session"


def build(settings: Settings, env: Mapping[str, str], log: provisioning.Log, makers: Any = PLUGINS) -> ASGIApp:
    """The application. Data sources are read now, dashboards in the background after the start.

    Args:
        settings: of this server.
        env: for variables in provisioning files.
        log: takes one line a message.
        makers: canonical plugin id to plugin; tests put their own here.

    Raises:
        StartError: provisioning that would stop Grafana at start.
    """
    root = settings.provisioning
    house = House(
        settings=settings,
        desk=DataDesk(provisioning.data_sources(root / "datasources", env, log), settings, makers),
        shelf=Shelf(providers(root / "dashboards", env, log), log),
        doorman=Doorman(settings),
        env=env,
        log=log,
    )
    app = Starlette(
        routes=_routes(house),
        lifespan=lambda _: _running(house),
        exception_handlers={ApiError: _api_error},  # type: ignore[dict-item] # starlette types handlers by Exception
    )
    return _Marked(app)


@contextlib.asynccontextmanager
async def _running(house: House) -> AsyncIterator[None]:
    watch = asyncio.create_task(_watch(house.shelf))
    try:
        yield
    finally:
        watch.cancel()
        await house.desk.close()


async def _watch(shelf: Shelf) -> None:
    every_s = min((provider.every_s for provider in shelf.providers), default=10.0)
    while True:
        await asyncio.to_thread(shelf.refresh)
        await asyncio.sleep(every_s)


class _Marked:
    """Sets the header that says what answered."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [
                    *message["headers"],
                    (STANDIN_HEADER.lower().encode(), VERSION.encode()),
                ]
            await send(message)

        await self._app(scope, receive, marked)


async def _api_error(_request: Request, error: ApiError) -> Response:
    return JSONResponse(error.body, status_code=error.status)


Handler = Callable[[Request, User], Awaitable[Response]]


def _routes(house: House) -> list[Route]:
    def api(path: str, method: str, permission: str, handler: Handler) -> Route:
        async def endpoint(request: Request) -> Response:
            user = _who(house, request)
            demand(user, permission)
            return await handler(request, user)

        return Route(path, endpoint, methods=[method])

    def page(path: str, handler: Handler) -> Route:
        async def endpoint(request: Request) -> Response:
            try:
                user = _who(house, request)
            except ApiError:
                return RedirectResponse("/login", status_code=302)
            return await handler(request, user)

        return Route(path, endpoint, methods=["GET"])

    reading = Reading(house)
    office = admin.Office(house.doorman)
    return [
        Route("/healthz", _alive),
        Route("/api/health", _health),
        api("/api/search", "GET", "dashboards:read", reading.search),
        api("/api/dashboards/uid/{uid}", "GET", "dashboards:read", reading.dashboard),
        api("/api/datasources", "GET", "datasources:read", reading.sources),
        api("/api/datasources/uid/{uid}", "GET", "datasources:read", reading.source),
        api("/api/datasources/uid/{uid}/health", "GET", "datasources:query", reading.source_health),
        api("/api/ds/query", "POST", "datasources:query", reading.query),
        api("/api/admin/provisioning/{what}/reload", "POST", "provisioning:reload", reading.reload),
        *[api(path, method, permission, handler) for path, method, permission, handler in office.routes()],
        *[api(path, method, permission, _not_here) for path, method, permission in admin.GUARDED],
        Route("/login", _login_page, methods=["GET"]),
        Route("/login", _log_in(house), methods=["POST"]),
        page("/", lambda *_: _page(pages.index(house.shelf.boards))),
        page("/d/{uid}", reading.board_page),
        page("/d/{uid}/{slug}", reading.board_page),
        Route("/{rest:path}", _anything_else(house), methods=["GET", "POST", "PUT", "PATCH", "DELETE"]),
    ]


async def _page(response: Response) -> Response:
    return response


async def _alive(_request: Request) -> Response:
    return PlainTextResponse("Ok")


async def _health(_request: Request) -> Response:
    return JSONResponse({"commit": "standin", "database": "ok", "version": VERSION})


async def _not_here(request: Request, _user: User) -> Response:
    raise refused(f"{request.method} {request.url.path}")


def _anything_else(house: House) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        if not request.url.path.startswith("/api/"):
            return RedirectResponse("/login", status_code=302)
        _who(house, request)
        raise refused(f"{request.method} {request.url.path}")

    return endpoint


def _who(house: House, request: Request) -> User:
    header = request.headers.get("authorization", "")
    session = request.cookies.get(_SESSION, "")
    if not (header or session):
        raise unauthorized()
    return house.doorman.who(header, session)


async def _login_page(_request: Request) -> Response:
    return pages.login_form()


def _log_in(house: House) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        body = await admin.json_body(request)
        session = house.doorman.log_in(admin.text_of(body, "user"), admin.text_of(body, "password"))
        answer = JSONResponse({"message": "Logged in", "redirectUrl": "/"})
        answer.set_cookie(_SESSION, session, httponly=True, samesite="lax")
        return answer

    return endpoint
