"""Tries what must be refused, and what must not be: every attempt with its answer becomes evidence."""

from __future__ import annotations

import time
from collections.abc import Sequence

import psycopg
import requests

from harness import loopback
from harness.containers.attempts import WORKED, Attempt, HttpAttempt, SqlAttempt
from harness.containers.running import RunningStack
from harness.errors import InfrastructureError
from harness.evidence import Recorder
from harness.recorded import Stream

CALL_S = 10.0
LONGEST_TEXT = 300


def try_all(stack: RunningStack, attempts: Sequence[Attempt], recorder: Recorder) -> None:
    """Make every attempt once, in their order, as a later one may need what an earlier one made.

    Passwords are not recorded. An attempt without an answer has no code.
    """
    recorder.write(Stream.ACCESS, "planned", attempts=[attempt.what for attempt in attempts])
    for attempt in attempts:
        begun = time.monotonic()
        code, said = _asked(stack, attempt) if isinstance(attempt, HttpAttempt) else _told(stack, attempt)
        recorder.write(
            Stream.ACCESS,
            "attempt",
            what=attempt.what,
            service=attempt.service,
            user=attempt.user,
            codes=list(attempt.due.codes),
            says=attempt.due.says,
            refused=attempt.due.refused,
            code=code,
            said=said[:LONGEST_TEXT],
            ms=round((time.monotonic() - begun) * 1000, 2),
        )


def _asked(stack: RunningStack, attempt: HttpAttempt) -> tuple[str, str]:
    try:
        answer = loopback.request(
            attempt.method,
            stack.url(attempt.service, attempt.port) + attempt.path,
            json=attempt.body,
            auth=(attempt.user, attempt.password) if attempt.user else None,
            timeout=CALL_S,
            allow_redirects=False,
        )
    except (requests.RequestException, InfrastructureError) as problem:
        return "", f"{type(problem).__name__}: {problem}"
    return str(answer.status_code), answer.text


def _told(stack: RunningStack, attempt: SqlAttempt) -> tuple[str, str]:
    host, port = stack.endpoint(attempt.service, 5432)
    try:
        with psycopg.connect(
            host=host,
            port=port,
            user=attempt.user,
            password=attempt.password,
            dbname=stack.plan.databases[attempt.service],
            connect_timeout=int(CALL_S),
            options=f"-c statement_timeout={int(CALL_S * 1000)}",
        ) as connection:
            done = connection.execute(attempt.sql.encode())
            said = f"{done.rowcount} rows"
            connection.rollback()
    except psycopg.Error as refusal:
        return _sqlstate(refusal), str(refusal)
    return WORKED, said


def _sqlstate(refusal: psycopg.Error) -> str:
    """Its SQLSTATE; a refused login has it in its text only, as no session came to be."""
    if refusal.sqlstate:
        return refusal.sqlstate
    return "28P01" if "password authentication failed" in str(refusal) else ""
