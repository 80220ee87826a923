"""What goes wrong, in the words and with the status that Grafana uses."""

from collections.abc import Mapping
from typing import Any


class StartError(Exception):
    """The server must not start: one sentence naming file, value or variable."""


class ApiError(Exception):
    """An answer of the HTTP API that is not a success.

    Args:
        status: HTTP status.
        body: JSON body, as Grafana writes it.
    """

    def __init__(self, status: int, body: Mapping[str, Any]) -> None:
        super().__init__(str(body.get("message", "")))
        self.status = status
        self.body = dict(body)


class QueryError(Exception):
    """One query of a request failed; the others keep their answers.

    Args:
        message: what the panel shows.
        status: status inside the result (information only): 400, 500, 502, 504.
        source: `plugin`, `downstream` or empty.
    """

    def __init__(self, message: str, *, status: int = 500, source: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.source = source


class PluginError(Exception):
    """A data source plugin failed as a whole, for example because its first connection could not be made."""


def coded(status: int, message_id: str, message: str, **extra: Any) -> ApiError:
    """An error in Grafana's coded form: message, messageId, statusCode, traceID."""
    body = {"message": message, "messageId": message_id, "statusCode": status, "traceID": "", **extra}
    return ApiError(status, body)


def plain(status: int, message: str) -> ApiError:
    """An error that is only a message."""
    return ApiError(status, {"message": message, "traceID": ""})


def unauthorized() -> ApiError:
    """No credentials were sent."""
    return coded(401, "auth.unauthorized", "Unauthorized", extra=None)


def wrong_password() -> ApiError:
    """The name or the password is wrong, or the name is locked for too many attempts."""
    return coded(401, "password-auth.failed", "Invalid username or password", extra=None)


def refused(what: str) -> ApiError:
    """The stand-in cannot do this and does not pretend to."""
    return coded(501, "standin.notImplemented", f"this is a stand-in, not Grafana, and it does not implement {what}")
