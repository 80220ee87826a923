"""Statements of the owner on a real PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator

import docker
import pytest

from harness.containers.identity import new_run_id
from harness.containers.plan import Login, StackPlan
from harness.containers.running import RunningStack
from harness.containers.sweep import leftovers
from harness.errors import InfrastructureError
from harness.evidence import Recorder
from harness.faults import data
from harness.faults.data import Sql
from harness.faults.inject import injected
from harness.journal import Journal
from harness.machine.engine import ready_engine
from harness.machine.images import ImageStore
from harness.poll import Seen
from stack.images import CATALOGUE
from stack.services.postgres import DATABASE, postgres

pytestmark = pytest.mark.containers

OWNER = Login(user="owner", password="secret")
NOTE = Sql(
    target="postgres",
    strike_sql="CREATE TABLE noted AS SELECT 1 AS n",
    proof="SELECT to_regclass('noted') IS NOT NULL, 'the table is there'",
    mend_sql="DROP TABLE IF EXISTS noted",
    healed_sql="SELECT to_regclass('noted') IS NULL",
)


@pytest.fixture(scope="module")
def database(engine: docker.DockerClient) -> Iterator[RunningStack]:
    """A PostgreSQL with the trading schema; nothing of it is left afterwards."""
    service = postgres(OWNER, app_password="a", monitor_password="m")
    images = ImageStore(ready_engine().host).ensure_all([CATALOGUE["postgres"]])
    plan = StackPlan(services=(service,), logins={"postgres": OWNER}, databases={"postgres": DATABASE})
    run_id = new_run_id()
    references = {key: image.reference for key, image in images.items()}
    with RunningStack(plan=plan, images=references, run_id=run_id, client=engine) as running:
        yield running
    assert leftovers(engine, run_id=run_id) == ()


def test_statements_strike_and_mend(database: RunningStack, journal: Journal, recorder: Recorder) -> None:
    """The data are changed inside the block and as before after it; mending twice does no harm."""
    with injected(NOTE, 0, stack=database, journal=journal, recorder=recorder):
        assert NOTE.effect(database) == "the table is there"
        with pytest.raises(Seen, match="postgres answers False"):
            NOTE.healed(database)
    with pytest.raises(Seen, match="the table is there"):  # its words, though it is not: the first value decides
        NOTE.effect(database)
    NOTE.mend(database)


def test_what_is_no_proof_is_not_taken_for_one(database: RunningStack) -> None:
    """Null, a number and no row at all are not true."""
    for query in ("SELECT NULL", "SELECT 1", "SELECT true WHERE false"):
        with pytest.raises(Seen):
            data.proven(database, query)


def test_statements_are_done_all_or_none(database: RunningStack) -> None:
    """A statement that PostgreSQL refuses undoes those before it, and its sentence is told."""
    with pytest.raises(InfrastructureError, match=r"postgres refused .* division by zero"):
        data.change(database, ["CREATE TABLE noted (n int)", "SELECT 1 / 0"])
    assert data.ask(database, "SELECT to_regclass('noted')") == (None,)


def test_values_are_values(database: RunningStack) -> None:
    """What is given by name is never read as SQL."""
    row = data.ask(database, "SELECT %(name)s, 10 %% 4", {"name": "'; DROP TABLE leadership; --"})
    assert row == ("'; DROP TABLE leadership; --", 2)


def test_a_database_that_is_away_may_be_asked_again(database: RunningStack) -> None:
    """Out of reach is `Seen`, so that waits go on until it is back."""
    database.container("postgres").stop(timeout=5)
    try:
        with pytest.raises(Seen):
            data.ask(database, "SELECT 1")
    finally:
        database.container("postgres").start()
