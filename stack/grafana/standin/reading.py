"""The read-only calls of the API: search, boards, data sources, and queries on them."""

import asyncio
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from . import pages, provisioning, queries, views
from .access import Doorman, User
from .dashboards import Shelf
from .desk import DataDesk
from .errors import ApiError, PluginError, coded, plain, refused
from .settings import Settings

_MOST_RESULTS, _USUAL_RESULTS = 5_000, 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """Everything that the routes need."""

    settings: Settings
    desk: DataDesk
    shelf: Shelf
    doorman: Doorman
    env: Mapping[str, str]
    log: provisioning.Log


class Reading:
    """The read-only calls that a probe or a browser makes."""

    def __init__(self, house: House) -> None:
        self._house = house

    async def search(self, request: Request, _user: User) -> Response:
        """Boards by title, text and tag."""
        wanted = request.query_params
        if wanted.get("type", "dash-db") != "dash-db":
            raise refused(f"searching for type {wanted['type']}")
        limit = _whole(wanted.get("limit", "")) or _USUAL_RESULTS
        if limit > _MOST_RESULTS:
            raise plain(422, "limit is above maximum allowed (5000), use page parameter to access hits beyond limit")
        text, tags = wanted.get("query", "").lower(), set(wanted.getlist("tag"))
        hits = [
            views.hit(board)
            for board in self._house.shelf.boards
            if text in board.title.lower() and tags <= set(board.body.get("tags") or [])
        ]
        return JSONResponse(hits[:limit])

    async def dashboard(self, request: Request, user: User) -> Response:
        """One board, its JSON as stored."""
        board = self._house.shelf.by_uid(request.path_params["uid"])
        if board is None:
            raise ApiError(404, {"message": "Dashboard not found", "traceID": "", "status": "not-found"})
        return JSONResponse(views.board(board, user))

    async def sources(self, _request: Request, _user: User) -> Response:
        """All data sources, by name."""
        return JSONResponse([views.source_in_list(source) for source in self._house.desk.sources])

    async def source(self, request: Request, _user: User) -> Response:
        """One data source; of its secrets only that they are set."""
        source = self._house.desk.find(request.path_params["uid"])
        if source is None:
            raise plain(404, "Data source not found")
        return JSONResponse(views.source_alone(source))

    async def source_health(self, request: Request, _user: User) -> Response:
        """What the health button of a data source shows."""
        source = self._house.desk.find(request.path_params["uid"])
        if source is None:
            raise ApiError(500, {"message": "Unable to load datasource metadata", "traceID": ""})
        try:
            found = await while_asked(request, self._house.desk.health(source))
        except PluginError as error:
            raise coded(500, "plugin.healthCheck", f"Plugin health check failed: {error}") from error
        except ApiError as error:
            raise plain(404, "Unable to find datasource plugin") from error
        if found.crashed:
            raise coded(500, "plugin.healthCheck", "Plugin health check failed")
        status = "OK" if found.ok else "ERROR"
        body = {"status": status, "message": found.message} | ({"details": found.details} if found.details else {})
        return JSONResponse(body, status_code=200 if found.ok else 400)

    async def query(self, request: Request, _user: User) -> Response:
        """Run queries; the work stops when the caller goes away."""
        batches = queries.read(await _json(request), self._house.desk)
        status, body = await while_asked(request, queries.run(batches, self._house.desk))
        return JSONResponse(body, status_code=status)

    async def reload(self, request: Request, _user: User) -> Response:
        """Read a provisioning folder again."""
        house, what = self._house, request.path_params["what"]
        if what == "datasources":
            folder = house.settings.provisioning / "datasources"
            await house.desk.replace(provisioning.data_sources(folder, house.env, house.log))
        elif what == "dashboards":
            await asyncio.to_thread(house.shelf.refresh)
        else:
            raise refused(f"reloading {what}")
        return JSONResponse({"message": f"{what.capitalize()} config reloaded"})

    async def board_page(self, request: Request, _user: User) -> Response:
        """A board drawn for a person."""
        board = self._house.shelf.by_uid(request.path_params["uid"])
        return pages.board(board, self._house.desk.sources) if board else pages.no_board()


def _whole(text: str) -> int:
    """A whole number of an address; 0 for anything else, as Grafana reads it."""
    return int(text) if text.isascii() and text.isdigit() else 0


async def _json(request: Request) -> Any:
    if not request.headers.get("content-type", "").startswith("application/json"):
        raise plain(400, "bad request data")
    try:
        return await request.json()
    except ValueError as error:
        raise plain(400, "bad request data") from error


_T = TypeVar("_T")


async def while_asked(request: Request, work: Awaitable[_T]) -> _T:
    """Do the work unless the caller goes away first; then it is cancelled, as Grafana cancels its context."""
    task = asyncio.ensure_future(work)
    gone = asyncio.ensure_future(_gone(request))
    try:
        await asyncio.wait({task, gone}, return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            raise plain(499, "the caller went away")
        return task.result()
    finally:
        gone.cancel()
        task.cancel()


async def _gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
