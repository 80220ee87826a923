"""HTTP to the stack's own services, all of which listen on addresses of this machine."""

from __future__ import annotations

import threading
from typing import Any

import requests

_of_thread = threading.local()


def new_session() -> requests.Session:
    """A session that heeds no proxy and no netrc of the environment.

    Both are for the world outside, and to look them up costs a probe more than its request does.
    """
    made = requests.Session()
    made.trust_env = False
    return made


def request(method: str, url: str, *, timeout: float, **options: Any) -> requests.Response:
    """One request on a connection that this thread keeps open.

    Args:
        method: of HTTP.
        url: of a service.
        timeout: s without an answer until it is given up.
        options: as `requests.request` takes them.

    Raises:
        requests.RequestException: there was no whole answer.
    """
    session: requests.Session | None = getattr(_of_thread, "session", None)
    if session is None:
        session = _of_thread.session = new_session()
    session.cookies.clear()  # nobody is logged in by what somebody else asked
    return session.request(method, url, timeout=timeout, **options)


def get(url: str, *, timeout: float, **options: Any) -> requests.Response:
    """`request` with GET."""
    return request("GET", url, timeout=timeout, **options)
