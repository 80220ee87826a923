"""Roles in a fault's fields are replaced by who plays them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

import pytest

from harness.containers.plan import FinalRead, Role, Service, StackPlan
from harness.containers.running import RunningStack
from harness.errors import InfrastructureError, UsageError
from harness.faults import aim
from harness.faults.container import Kill
from harness.faults.flapping import Flapping
from harness.faults.network import CutLink
from harness.faults.restarted import StartedUnder
from harness.faults.triggered import Sees, When


class _Stack:
    """A stack that has roles and nothing else."""

    plan = StackPlan(
        services=tuple(Service(name=f"trading-{number}", image="x", ready=cast("Any", None)) for number in (1, 2)),
        roles={"leader": Role(service="postgres", sql="SELECT leader")},
    )


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """What the database answers, one list of names a time; the last one for ever."""
    told: list[list[str]] = []

    class _Databases:
        def __init__(self, stack: object) -> None:
            del stack

        def rows(self, read: FinalRead) -> Iterator[Mapping[str, Any]]:
            assert read.sql == "SELECT leader"
            names = told.pop(0) if len(told) > 1 else told[0]
            yield from ({"leader": name} for name in names)

    monkeypatch.setattr(aim, "Databases", _Databases)
    return told


def aimed(fault: Any, *, within_s: float = aim.KNOWN_WITHIN_S) -> Any:
    """The fault aimed at the stack above."""
    return aim.aimed(fault, cast("RunningStack", _Stack()), within_s=within_s)


def test_a_role_becomes_whoever_plays_it_now(answers: list[list[str]]) -> None:
    """Also inside a fault that holds another; everything else stays."""
    answers.append(["trading-2"])
    fault = CutLink(target="{leader}:redis")
    assert aimed(fault) == CutLink(target="trading-2:redis")
    under = StartedUnder(target="{leader}", fault=fault)
    assert aimed(under) == StartedUnder(target="trading-2", fault=CutLink(target="trading-2:redis"))
    plain = CutLink(target="trading-1:redis")
    assert aimed(plain) is plain


def test_a_leader_that_is_being_elected_is_waited_for(answers: list[list[str]]) -> None:
    """No row, or somebody who is no service of the stack, is asked for again."""
    answers += [[], ["ghost"], ["trading-1"]]
    assert aimed(CutLink(target="{leader}:redis")).target == "trading-1:redis"


def test_a_role_that_nobody_knows_is_bad_usage(answers: list[list[str]]) -> None:
    """The error names the roles that there are."""
    answers.append(["trading-1"])
    with pytest.raises(UsageError, match=r"'boss'; there are leader"):
        aimed(CutLink(target="{boss}:redis"))


def test_a_role_that_nobody_plays_ends_the_wait(answers: list[list[str]]) -> None:
    """The wait is bounded and says whom the database named."""
    answers.append([])
    with pytest.raises(InfrastructureError, match="nobody"):
        aimed(CutLink(target="{leader}:redis"), within_s=0.1)


def test_a_role_is_one_player_in_the_whole_fault(answers: list[list[str]]) -> None:
    """The lead may change while a fault is aimed; what is restarted is still what is cut off."""
    answers += [["trading-1"], ["trading-2"]]
    fault = StartedUnder(target="{leader}", fault=CutLink(target="{leader}:redis"))
    assert aimed(fault) == StartedUnder(target="trading-1", fault=CutLink(target="trading-1:redis"))


def test_a_role_is_one_player_in_event_condition_and_fault(answers: list[list[str]]) -> None:
    """Who is waited for is who is struck, and whose link is broken meanwhile; also inside the query."""
    answers += [["trading-1"], ["trading-2"]]

    def crash(leader: str) -> When:
        seen = Sees(what=f"work of {leader}", sql=f"SELECT true WHERE '{leader}' <> ''", since=f"SELECT '{leader}'")
        return When(seen=seen, under=CutLink(target=f"{leader}:clickhouse"), fault=Kill(target=leader))

    assert aimed(crash("{leader}")) == crash("trading-1")
    flapping = Flapping(fault=CutLink(target="{leader}:redis"))
    assert aimed(flapping).target == "trading-2:redis"


def test_a_role_where_none_is_looked_for_is_bad_usage(answers: list[list[str]]) -> None:
    """A fault that would be struck at "{leader}" itself breaks nothing, and is not struck."""
    answers.append(["trading-1"])
    with pytest.raises(UsageError, match="names the role 'leader'"):
        aimed(_Listed(targets=("{leader}",)))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Listed:
    """A fault with its targets in a list."""

    targets: tuple[str, ...]
