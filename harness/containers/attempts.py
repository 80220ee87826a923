"""Attempts at a running stack: who tries what, and what has to be the answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

WORKED = "00000"  # SQLSTATE of success


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """What the answer has to be.

    Args:
        codes: HTTP statuses or SQLSTATEs, one of which it has.
        says: words that it holds; empty for any.
        refused: the attempt must not succeed; any success then is a breach.
    """

    codes: tuple[str, ...]
    says: str = ""
    refused: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpAttempt:
    """A request.

    Args:
        what: what is tried, as the report says it.
        service, port, method, path, body: the request; the body is sent as JSON.
        user, password: basic authentication; nobody where the user is empty.
        due: its answer.
    """

    what: str
    service: str
    port: int
    path: str
    due: Due
    method: str = "GET"
    body: Mapping[str, Any] | None = None
    user: str = ""
    password: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SqlAttempt:
    """A statement in PostgreSQL, undone where it works.

    Args:
        what: what is tried, as the report says it.
        service: PostgreSQL's name in the stack.
        user, password: the role.
        sql: the statement.
        due: its answer.
    """

    what: str
    service: str
    user: str
    password: str
    sql: str
    due: Due


Attempt = HttpAttempt | SqlAttempt
