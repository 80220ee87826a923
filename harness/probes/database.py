"""The last word of the databases: rows read after the drain, one line each, closed by their counts."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import psycopg
import requests
from psycopg.rows import dict_row

from harness.containers.plan import CommandRead, Drained, FinalRead
from harness.containers.running import RunningStack
from harness.errors import InfrastructureError
from harness.evidence import Recorder
from harness.model import Stream
from harness.poll import Seen, until

CONNECT_S = 5
READ_S = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Databases:
    """Reads the databases of a stack as their owner."""

    stack: RunningStack

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
        """Record every final read of the plan, then their counts."""
        counts: Counter[str] = Counter()
        for read in self.stack.plan.final_reads:
            counts[read.kind] += 0
            for row in self.rows(read):
                recorder.write(Stream.FINAL, read.kind, **row)
                counts[read.kind] += 1
        recorder.write(Stream.FINAL, "end", counts=dict(counts))

    def wait_drained(self) -> None:
        """Wait until everything accepted has been worked off.

        Raises:
            TimedOutError: it was not in time; says how much is left.
        """
        for drained in self.stack.plan.drained:
            until(drained.what, partial(self._is_zero, drained), within_s=drained.within_s, every_s=0.1)

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
        host, port = self.stack.endpoint(read.service, 5432)
        login = self.stack.plan.logins[read.service]
        with psycopg.connect(
            host=host,
            port=port,
            user=login.user,
            password=login.password,
            dbname=self.stack.plan.databases[read.service],
            connect_timeout=CONNECT_S,
            options=f"-c statement_timeout={READ_S * 1000}",
            row_factory=dict_row,
        ) as connection:
            yield from connection.execute(read.sql.encode())

    def _clickhouse(self, read: FinalRead) -> Iterator[Mapping[str, Any]]:
        login = self.stack.plan.logins[read.service]
        answer = requests.post(
            self.stack.url(read.service, 8123),
            params={
                "user": login.user,
                "password": login.password,
                "database": self.stack.plan.databases[read.service],
                "output_format_json_quote_64bit_integers": "0",
            },
            data=f"{read.sql} FORMAT JSONEachRow".encode(),
            timeout=READ_S,
        )
        if not answer.ok:
            raise InfrastructureError(f"ClickHouse refused '{read.kind}': {answer.text.strip()[:300]}")
        for line in answer.text.splitlines():
            yield json.loads(line)
