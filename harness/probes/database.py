"""The last word of the databases: rows read after the drain, one line each, closed by their counts."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, TypeVar

import psycopg
import requests
from psycopg.rows import dict_row

from harness import loopback
from harness.containers.plan import CommandRead, DataSet, Drained, FinalRead, Loaded
from harness.containers.running import RunningStack
from harness.errors import InfrastructureError
from harness.evidence import Recorder
from harness.poll import Seen, until
from harness.recorded import Stream

CONNECT_S = 5
READ_S = 60.0
LOAD_S = 300.0
Read = TypeVar("Read", bound=FinalRead | CommandRead)


@dataclass(frozen=True, slots=True, kw_only=True)
class Databases:
    """Reads the databases of a stack as their owner.

    Args:
        stack: the running one.
        loaded: sets of rows that were loaded into them, and are no work of the application.
    """

    stack: RunningStack
    loaded: tuple[DataSet, ...] = ()

    def rows(self, read: FinalRead | CommandRead) -> Iterator[Mapping[str, Any]]:
        """The rows of one query.

        Raises:
            InfrastructureError: the database does not answer or refuses the query; names both.
        """
        try:
            if isinstance(read, CommandRead):
                yield from self._command(read)
                return
            reader = self._clickhouse if read.service == "clickhouse" else self._postgres
            yield from reader(read)
        except (psycopg.Error, requests.RequestException, ValueError) as problem:
            raise InfrastructureError(f"reading '{read.kind}' from {read.service} failed: {problem}") from problem

    def record_all(self, recorder: Recorder) -> None:
        """Record every final read of the plan, then their counts. Rows that were loaded are counted and left out.

        Raises:
            InfrastructureError: a database does not answer, or holds not as many loaded rows as were loaded: what was
                left out is not known then.
        """
        counts: Counter[str] = Counter()
        left_out: dict[str, int] = {}
        for read in self.stack.plan.final_reads:
            counts[read.kind] += 0
            for row in self.rows(apart(read, self.loaded)):
                recorder.write(Stream.FINAL, read.kind, **row)
                counts[read.kind] += 1
            for data in self.loaded:
                if (loaded := data.loaded.get(read.kind)) is not None:
                    left_out[read.kind] = left_out.get(read.kind, 0) + self._as_many(read.kind, read.service, loaded)
        recorder.write(Stream.FINAL, "end", counts=dict(counts), **({"left_out": left_out} if left_out else {}))

    def wait_drained(self) -> None:
        """Wait until everything accepted has been worked off.

        Raises:
            TimedOutError: it was not in time; says how much is left.
        """
        for drained in self.stack.plan.drained:
            until(drained.what, partial(self._is_zero, drained), within_s=drained.within_s, every_s=0.1)

    def execute(self, service: str, statements: Iterable[str]) -> None:
        """Carry out statements one after the other, in PostgreSQL in one session; each may take up to `LOAD_S`.

        Raises:
            InfrastructureError: the database does not answer or refuses one; names it.
        """
        with ExitStack() as until_done:
            session = None
            for statement in statements:
                try:
                    if service == "clickhouse":
                        self._ask_clickhouse(statement, LOAD_S)
                        continue
                    session = session or until_done.enter_context(self._session(service, LOAD_S))
                    session.execute(statement.encode())
                except (psycopg.Error, requests.RequestException) as problem:
                    told = " ".join(statement.split())[:80]
                    raise InfrastructureError(f"{service} does not carry out '{told}': {problem}") from problem

    def answer(self, service: str, sql: str) -> Iterator[Any]:
        """The first column of a query's rows.

        Raises:
            InfrastructureError: as `rows`.
        """
        for row in self.rows(FinalRead(kind=sql, service=service, sql=sql)):
            yield next(iter(row.values()))

    def _as_many(self, kind: str, service: str, loaded: Loaded) -> int:
        found = next(self.answer(service, loaded.counted))
        if found != loaded.rows:
            raise InfrastructureError(
                f"{loaded.rows} rows of '{kind}' were loaded, and in the end there are {found}: "
                "what was left out is not only these"
            )
        return int(found)

    def _is_zero(self, drained: Drained) -> bool:
        read = FinalRead(kind=drained.what, service=drained.service, sql=drained.sql)
        left = next(iter(next(self.rows(read)).values()))
        if left != 0:
            raise Seen(f"{left} left")
        return True

    def _command(self, read: CommandRead) -> Iterator[Mapping[str, Any]]:
        engine, container = self.stack.client.api, self.stack.container(read.service)
        started = engine.exec_create(container.id, list(read.command))["Id"]
        said, complained = (part or b"" for part in engine.exec_start(started, demux=True))
        if code := engine.exec_inspect(started)["ExitCode"]:
            why = complained[-300:].decode(errors="replace").strip()
            raise InfrastructureError(f"reading '{read.kind}' in {read.service} ended with exit code {code}: {why}")
        for number, line in enumerate(said.decode().splitlines(), start=1):
            row = json.loads(line)
            if not isinstance(row, dict):
                raise InfrastructureError(f"reading '{read.kind}' in {read.service}: line {number} is no JSON object")
            yield row

    def _postgres(self, read: FinalRead) -> Iterator[Mapping[str, Any]]:
        with self._session(read.service, READ_S) as session:
            yield from session.execute(read.sql.encode())

    def _session(self, service: str, within_s: float) -> psycopg.Connection[Mapping[str, Any]]:
        host, port = self.stack.endpoint(service, 5432)
        login = self.stack.plan.logins[service]
        return psycopg.connect(
            host=host,
            port=port,
            user=login.user,
            password=login.password,
            dbname=self.stack.plan.databases[service],
            connect_timeout=CONNECT_S,
            options=f"-c statement_timeout={within_s * 1000:.0f}",
            row_factory=dict_row,
            autocommit=True,
        )

    def _clickhouse(self, read: FinalRead) -> Iterator[Mapping[str, Any]]:
        for line in self._ask_clickhouse(f"{read.sql} FORMAT JSONEachRow", READ_S).splitlines():
            yield json.loads(line)

    def _ask_clickhouse(self, sql: str, within_s: float) -> str:
        login = self.stack.plan.logins["clickhouse"]
        answer = loopback.request(
            "POST",
            self.stack.url("clickhouse", 8123),
            params={
                "user": login.user,
                "password": login.password,
                "database": self.stack.plan.databases["clickhouse"],
                "output_format_json_quote_64bit_integers": "0",
            },
            data=sql.encode(),
            timeout=within_s,
        )
        if not answer.ok:
            raise InfrastructureError(f"ClickHouse refused '{sql[:80]}': {answer.text.strip()[:300]}")
        return answer.text


def apart(read: Read, loaded: Iterable[DataSet]) -> Read:
    """A final read without the rows that were loaded, which a command finds none of: they lie in databases."""
    if isinstance(read, CommandRead):
        return read
    for data in loaded:
        if (rows := data.loaded.get(read.kind)) is not None:
            others = f"SELECT * FROM ({read.sql}) AS every_row WHERE id NOT LIKE '{data.prefix}%'"  # noqa: S608 - the plan's own words
            read = replace(read, sql=read.sql + rows.without if rows.without else others)
    return read
