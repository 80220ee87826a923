"""Users, roles and service accounts over HTTP, and the calls that are guarded but not implemented."""

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from .access import Doorman, User
from .errors import plain

# Grafana gives a new user a visit of ten years ago; the stand-in keeps no visits, so it says that of everybody.
_NOT_KEPT = "2014-01-01T00:00:00Z"

Handler = Callable[[Request, User], Awaitable[Response]]

GUARDED: tuple[tuple[str, str, str], ...] = (
    ("/api/dashboards/db", "POST", "dashboards:create"),
    ("/api/dashboards/uid/{uid}", "DELETE", "dashboards:delete"),
    ("/api/folders", "POST", "folders:create"),
    ("/api/datasources", "POST", "datasources:create"),
    ("/api/datasources/uid/{uid}", "PUT", "datasources:write"),
    ("/api/datasources/uid/{uid}", "DELETE", "datasources:delete"),
    ("/api/admin/settings", "GET", "users:read"),
    ("/api/users", "GET", "users:read"),
)
"""Path, method, permission: who may not is told 403 as by Grafana, who may is told that a stand-in cannot."""


class Office:
    """The calls about people and their tokens."""

    def __init__(self, doorman: Doorman) -> None:
        self._doorman = doorman

    def routes(self) -> list[tuple[str, str, str, Handler]]:
        """Path, method, permission, handler."""
        return [
            ("/api/user", "GET", "datasources:read", self.me),
            ("/api/org/users", "GET", "org.users:read", self.members),
            ("/api/org/users/{id:int}", "PATCH", "org.users:write", self.set_role),
            ("/api/admin/users", "POST", "users:create", self.create),
            ("/api/admin/users/{id:int}", "DELETE", "users:delete", self.delete),
            ("/api/serviceaccounts", "POST", "serviceaccounts:create", self.create_account),
            ("/api/serviceaccounts/{id:int}/tokens", "POST", "serviceaccounts:write", self.create_token),
        ]

    async def me(self, _request: Request, user: User) -> Response:
        """Who is asking."""
        shown = {"id": user.id, "login": user.login, "email": user.email, "name": user.name, "orgId": 1}
        return JSONResponse(shown | {"isGrafanaAdmin": user.server_admin})

    async def members(self, _request: Request, _user: User) -> Response:
        """Everybody in the organisation."""
        return JSONResponse([_member(user) for user in self._doorman.people])

    async def set_role(self, request: Request, _user: User) -> Response:
        """Change a role."""
        self._doorman.set_role(request.path_params["id"], text_of(await json_body(request), "role"))
        return JSONResponse({"message": "Organization user updated"})

    async def create(self, request: Request, _user: User) -> Response:
        """A new user."""
        body = await json_body(request)
        user = self._doorman.create_user(
            login=text_of(body, "login"),
            email=text_of(body, "email"),
            name=text_of(body, "name"),
            password=text_of(body, "password"),
        )
        return JSONResponse({"id": user.id, "message": "User created"})

    async def delete(self, request: Request, _user: User) -> Response:
        """Remove a user."""
        self._doorman.delete_user(request.path_params["id"])
        return JSONResponse({"message": "User deleted"})

    async def create_account(self, request: Request, _user: User) -> Response:
        """A new service account."""
        body = await json_body(request)
        account = self._doorman.create_service_account(text_of(body, "name"), text_of(body, "role") or "Viewer")
        shown = {
            "id": account.id,
            "name": account.name,
            "login": account.login,
            "role": account.role,
            "orgId": 1,
        }
        return JSONResponse(shown | {"isDisabled": False, "tokens": 0}, status_code=201)

    async def create_token(self, request: Request, _user: User) -> Response:
        """A new token of a service account; shown once."""
        account, name = request.path_params["id"], text_of(await json_body(request), "name")
        return JSONResponse({"id": account, "name": name, "key": self._doorman.create_token(account)})


async def json_body(request: Request) -> dict[str, Any]:
    """The JSON object that was sent. Raises ApiError 400."""
    try:
        body = await request.json()
    except ValueError as error:
        raise plain(400, "bad request data") from error
    if not isinstance(body, dict):
        raise plain(400, "bad request data")
    return body


def text_of(body: dict[str, Any], key: str) -> str:
    """A text of a body, empty if absent."""
    value = body.get(key)
    return value if isinstance(value, str) else ""


def _member(user: User) -> dict[str, Any]:
    return {
        "orgId": 1,
        "userId": user.id,
        "email": user.email,
        "name": user.name,
        "avatarUrl": "",
        "login": user.login,
        "role": user.role,
        "lastSeenAt": _NOT_KEPT,
        "lastSeenAtAge": "10 years",
        "isDisabled": False,
        "authLabels": [],
        "isExternallySynced": False,
    }
