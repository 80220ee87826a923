"""Who is asking, and what they may do: users, service account tokens and roles, all in memory."""

import base64
import binascii
import hmac
import random
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from .errors import ApiError, coded, plain, unauthorized, wrong_password
from .settings import ROLES, Settings

_ATTEMPTS, _WINDOW_S = 5, 300.0  # Grafana's guard: 5 wrong passwords for a name within 5 minutes
_READ = {"datasources:read", "datasources:query", "dashboards:read"}
_EDIT = _READ | {"dashboards:create", "dashboards:write", "dashboards:delete", "folders:create"}
_ADMIN = _EDIT | {
    "org.users:read", "org.users:write", "org.users:add", "org.users:remove", "datasources:create",
    "datasources:write", "datasources:delete", "serviceaccounts:create", "serviceaccounts:write",
}  # fmt: skip
_OF_ROLE = {"Viewer": _READ, "Editor": _EDIT, "Admin": _ADMIN}


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A person or a service account."""

    id: int
    login: str
    role: str
    name: str = ""
    email: str = ""
    password: str = ""
    server_admin: bool = False
    service_account: bool = False


class Doorman:
    """Users and their credentials. Passwords are kept in memory only, for the life of the process."""

    def __init__(self, settings: Settings, clock: Callable[[], float] = time.monotonic) -> None:
        self._settings = settings
        self._clock = clock
        admin = User(
            id=1,
            login=settings.admin_user,
            email="admin@localhost",
            role="Admin",
            password=settings.admin_password,
            server_admin=True,
        )
        self._users: dict[int, User] = {1: admin}
        self._tokens: dict[str, int] = {}
        self._sessions: dict[str, int] = {}
        self._wrong: dict[str, list[float]] = {}
        self._next_id = 2

    @property
    def people(self) -> list[User]:
        """Users that are no service accounts."""
        return [user for user in self._users.values() if not user.service_account]

    def who(self, authorization: str, session: str = "") -> User:
        """The user behind an Authorization header, or behind a login's session. Raises ApiError 401."""
        if not authorization and session:
            user = self._users.get(self._sessions.get(session, 0))
            if user is None:
                raise unauthorized()
            return user
        scheme, _, value = authorization.partition(" ")
        if scheme.lower() == "basic":
            return self._basic(value)
        if scheme.lower() == "bearer":
            user = self._users.get(self._tokens.get(value.strip(), 0))
            if user is None:
                raise coded(401, "api-key.invalid", "Invalid API key", extra=None)
            return user
        raise unauthorized()

    def log_in(self, login: str, password: str) -> str:
        """A new session for a person at a browser; it lives as long as the process. Raises ApiError 401."""
        session = secrets.token_hex(16)
        self._sessions[session] = self._person_with(login, password).id
        return session

    def _basic(self, value: str) -> User:
        try:
            login, _, password = base64.b64decode(value, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError) as error:
            raise wrong_password() from error
        return self._person_with(login, password)

    def _person_with(self, login: str, password: str) -> User:
        wrong = [at for at in self._wrong.get(login, []) if at > self._clock() - _WINDOW_S]
        if self._settings.brute_force_guard and len(wrong) >= _ATTEMPTS:
            raise wrong_password()
        user = next((user for user in self.people if login in (user.login, user.email) and login), None)
        if user is None or not hmac.compare_digest(user.password.encode(), password.encode()):
            self._wrong[login] = [*wrong, self._clock()]
            raise wrong_password()
        self._wrong.pop(login, None)
        return user

    def create_user(self, *, login: str, email: str, name: str, password: str) -> User:
        """A new user with the role that new users get. Raises ApiError 400 or 412."""
        if len(password) < 4:
            raise plain(400, "Password is missing or too short")
        if not (login or email):
            raise plain(400, "Validation error, need specify either username or email")
        taken = {text for user in self.people for text in (user.login, user.email) if text}
        if taken & {login or email, email or login}:
            raise plain(412, f"User with email '{email}' or username '{login}' already exists")
        role = self._settings.new_user_role
        return self._add(User(id=0, login=login or email, email=email, name=name, password=password, role=role))

    def create_service_account(self, name: str, role: str) -> User:
        """An account that only tokens open."""
        _known_role(role)
        return self._add(User(id=0, login=f"sa-{name}", name=name, role=role, service_account=True))

    def create_token(self, account_id: int) -> str:
        """A new token of a service account; shown once."""
        if account_id not in self._users or not self._users[account_id].service_account:
            raise plain(404, "service account not found")
        key = f"glsa_{secrets.token_hex(16)}_{secrets.token_hex(4)}"
        self._tokens[key] = account_id
        return key

    def set_role(self, user_id: int, role: str) -> None:
        """Change a user's role. Raises ApiError 400 or 404."""
        _known_role(role)
        user = self._person(user_id)
        admins = [other for other in self.people if other.role == "Admin" and other.id != user_id]
        if role != "Admin" and not admins:
            raise plain(400, "Cannot change role so that there is no organization admin left")
        self._users[user_id] = replace(user, role=role)

    def delete_user(self, user_id: int) -> None:
        """Remove a user."""
        self._person(user_id)
        del self._users[user_id]

    def _person(self, user_id: int) -> User:
        user = self._users.get(user_id)
        if user is None or user.service_account:
            raise plain(404, "user not found")
        return user

    def _add(self, user: User) -> User:
        made = replace(user, id=self._next_id)
        self._users[made.id] = made
        self._next_id += 1
        return made


def demand(user: User, permission: str) -> None:
    """Raise Grafana's 403 unless the user may do this."""
    server_level = permission.startswith(("users:", "provisioning:"))
    allowed = user.server_admin if server_level else permission in _OF_ROLE[user.role]
    if not allowed:
        raise denied(permission)


def denied(permission: str) -> ApiError:
    """Grafana's answer to a missing permission."""
    told = f"You'll need additional permissions to perform this action. Permissions needed: {permission}"
    error_id = f"ACE{random.randrange(10**10):010d}"  # noqa: S311 - a reference number, no secret
    return ApiError(403, {"title": "Access denied", "message": told, "accessErrorId": error_id})


def _known_role(role: str) -> None:
    if role not in ROLES:
        raise plain(400, "Invalid role specified")
