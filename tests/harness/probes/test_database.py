"""The last word of the databases, apart from rows that were loaded into them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, cast

import pytest

from harness.containers.plan import CommandRead, DataSet, FinalRead, Loaded, StackPlan
from harness.containers.running import RunningStack
from harness.errors import InfrastructureError
from harness.evidence import FolderHistory, Recorder
from harness.probes.database import Databases, apart
from harness.recorded import Stream

READS = (
    FinalRead(kind="effect", service="postgres", sql="SELECT signal AS id, epoch FROM orders ORDER BY epoch"),
    FinalRead(kind="epoch", service="postgres", sql="SELECT DISTINCT epoch FROM orders ORDER BY epoch"),
)
COUNTED = "SELECT count(*) AS found FROM orders WHERE signal LIKE 'old-%'"
OLD = DataSet(fills=(), prefix="old-", loaded={"effect": Loaded(rows=2, counted=COUNTED)})


class Stack:
    """What is read of a stack here."""

    plan = StackPlan(services=(), final_reads=READS)


class Stores(Databases):
    """Databases whose rows lie in SQLite."""

    held: sqlite3.Connection

    def rows(self, read: FinalRead | CommandRead) -> Iterator[Mapping[str, Any]]:
        """As the real ones do it."""
        assert isinstance(read, FinalRead)
        found = self.held.execute(read.sql)
        names = [column[0] for column in found.description]
        yield from (dict(zip(names, row, strict=True)) for row in found)


@pytest.fixture
def stores() -> Stores:
    """Two loaded rows between two of a run."""
    made = Stores(stack=cast("RunningStack", Stack()), loaded=(OLD,))
    held = sqlite3.connect(":memory:")
    held.execute("CREATE TABLE orders (signal text, epoch int)")
    held.executemany("INSERT INTO orders VALUES (?, ?)", [("old-1", 1), ("run-2", 9), ("old-2", 1), ("run-1", 4)])
    object.__setattr__(made, "held", held)
    return made


def test_loaded_rows_are_counted_and_left_out(stores: Stores, tmp_path: Path) -> None:
    """The rows of the run stay, in their order; a kind in which nothing was loaded is read as it is."""
    recorder = Recorder(tmp_path)
    stores.record_all(recorder)
    recorder.close()
    seen = [(one.kind, dict(one.data)) for one in FolderHistory(folder=tmp_path).read(Stream.FINAL)]
    assert seen == [
        ("effect", {"id": "run-1", "epoch": 4}),
        ("effect", {"id": "run-2", "epoch": 9}),
        *(("epoch", {"epoch": epoch}) for epoch in (1, 4, 9)),
        ("end", {"counts": {"effect": 2, "epoch": 3}, "left_out": {"effect": 2}}),
    ]


@pytest.mark.parametrize(
    "change",
    ["DELETE FROM orders WHERE signal = 'old-2'", "INSERT INTO orders VALUES ('old-3', 7)"],
)
def test_a_loaded_row_more_or_less_is_no_clean_end(stores: Stores, tmp_path: Path, change: str) -> None:
    """A row of the run that hides among those that are left out, or a lost one, must not pass for history."""
    stores.held.execute(change)
    recorder = Recorder(tmp_path)
    with pytest.raises(InfrastructureError, match=r"2 rows of 'effect' were loaded, and in the end there are [13]"):
        stores.record_all(recorder)
    recorder.close()


def test_without_loaded_rows_a_read_is_as_it_was() -> None:
    """Nothing is wrapped that need not be."""
    assert apart(READS[0], ()) == READS[0]
    assert apart(READS[1], (OLD,)) == READS[1]


def test_a_set_may_say_itself_how_it_is_left_out() -> None:
    """Where looking at every id would take too long."""
    newer = Loaded(rows=2, counted=COUNTED, without=" WHERE epoch > 1")
    read = FinalRead(kind="effect", service="clickhouse", sql="SELECT signal AS id FROM orders")
    data = DataSet(fills=(), prefix="old-", loaded={"effect": newer})
    assert apart(read, (data,)).sql == "SELECT signal AS id FROM orders WHERE epoch > 1"
