"""Rows that a scenario wants to be there before it begins."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from harness.containers.plan import DataSet, Fill, StackPlan
from harness.errors import InfrastructureError, UsageError
from harness.model import LoadProfile, Scenario
from harness.probes.database import Databases
from harness.run.loading import data_of, load


@dataclass
class FakeStores:
    """Carries out statements: each is remembered with its store; a table is there at the third time of asking."""

    refused: str = ""
    done: list[tuple[str, str]] = field(default_factory=list)
    asked: int = 0
    turn: threading.Lock = field(default_factory=threading.Lock)

    def execute(self, service: str, statements: Iterable[str]) -> None:
        """Remember them."""
        for statement in statements:
            if statement == self.refused:
                raise InfrastructureError(f"{service} does not carry out '{statement}'")
            with self.turn:
                self.done.append((service, statement))

    def answer(self, _service: str, _sql: str) -> Iterator[Any]:
        """0, 0, 1."""
        self.asked += 1
        yield int(self.asked > 2)


SET = DataSet(
    fills=(
        Fill(what="a", service="postgres", statements=("a1", "a2")),
        Fill(what="b", service="clickhouse", statements=("b1",), after="EXISTS TABLE b"),
        Fill(what="c", service="postgres", statements=("c1",)),
    ),
    prefix="old-",
    loaded={},
)


def scenario(*data: str) -> Scenario:
    """One that asks for data."""
    return Scenario(name="full-tables", hypothesis="", covers=(), load=LoadProfile(), checks=(), data=data)


def test_every_fill_is_carried_out_in_its_own_order_and_waits_for_what_it_needs() -> None:
    """And each is timed."""
    stores, told = FakeStores(), list[str]()
    took_s = load(cast("Databases", stores), [SET], told.append)
    assert sorted(stores.done) == [("clickhouse", "b1"), ("postgres", "a1"), ("postgres", "a2"), ("postgres", "c1")]
    assert stores.done.index(("postgres", "a1")) < stores.done.index(("postgres", "a2"))
    assert stores.asked == 3
    assert set(took_s) == {"a", "b", "c"}
    assert len(told) == 3


def test_a_store_that_refuses_ends_the_loading() -> None:
    """A scenario on half of its data would prove nothing."""
    with pytest.raises(InfrastructureError, match="postgres does not carry out 'a2'"):
        load(cast("Databases", FakeStores(refused="a2")), [SET], lambda line: None)


def test_a_set_that_the_stack_does_not_have_is_named() -> None:
    """Before anything is started."""
    plan = StackPlan(services=(), data={"history": SET})
    assert data_of(scenario("history"), plan) == (SET,)
    assert data_of(scenario(), plan) == ()
    with pytest.raises(UsageError, match="full-tables: the stack has no data set 'histroy'; there are history"):
        data_of(scenario("histroy"), plan)
