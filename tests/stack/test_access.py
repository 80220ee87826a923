"""What is tried at the running stack covers what the roles are for."""

from __future__ import annotations

import re

from harness.containers.attempts import SqlAttempt
from harness.containers.plan import Login
from harness.settings import REPOSITORY
from stack.access import READABLE, UNREADABLE, attempts

SCHEMA = REPOSITORY / "stack" / "postgres" / "initdb" / "20-schema.sql"
SECRETS = ("admin-secret", "viewer-secret", "monitor-secret")
ALL = attempts(
    Login(user="admin", password=SECRETS[0]),
    Login(user="viewer", password=SECRETS[1]),
    Login(user="grafana_monitor", password=SECRETS[2]),
)


def test_every_table_is_tried() -> None:
    """A table that is added is either one of the six (R-04), or has to be refused."""
    tables = set(re.findall(r"^CREATE TABLE (\w+)", SCHEMA.read_text(encoding="utf-8"), flags=re.MULTILINE))
    assert set(READABLE) | set(UNREADABLE) == tables
    assert len(READABLE) == 6


def test_every_readable_table_is_written_to_in_vain() -> None:
    """SELECT only, on each of them."""
    written = {one.sql for one in ALL if isinstance(one, SqlAttempt) and one.due.refused and "DELETE" in one.sql}
    assert {table for table in READABLE if any(table in sql for sql in written)} == set(READABLE)


def test_attempts_are_told_apart_and_name_no_password() -> None:
    """Names become subjects of findings."""
    names = [one.what for one in ALL]
    assert len(set(names)) == len(names)
    assert not any(secret in name for secret in SECRETS for name in names)
