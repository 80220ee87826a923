"""Passwords: random for each run, never written to a file of the repository."""

from __future__ import annotations

import secrets
import string

_LETTERS = string.ascii_letters + string.digits


def password(length: int = 24) -> str:
    """A random password of letters and digits, safe in URLs, configuration files and SQL."""
    return "".join(secrets.choice(_LETTERS) for _ in range(length))
