"""A stack of one's own: what its module has to say, and one clear error for each thing that it does not."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from harness.containers.contract import plan_problems, unlooked
from harness.containers.plan import (
    CommandRead,
    FinalRead,
    HealthTarget,
    HttpReady,
    Link,
    PlanRequest,
    Service,
    StackPlan,
    SteadyQuery,
    Traffic,
)
from harness.errors import UsageError
from harness.model import ExpectedPanel
from harness.run.explain import planned_rules
from harness.run.stacks import OPTIONAL, StackModule, planned, said_by, stack_module
from harness.settings import REPOSITORY

APP = Service(name="app", image="app", ready=HttpReady(port=8000, path="/"), ports=(8000,))
SMALL = StackPlan(
    services=(APP,),
    settings={"health_every_s": 0.5},
    traffic=Traffic(services=("app",), port=8000, path="/", payload="m:f"),
    health=(HealthTarget(service="app", port=8000),),
)
PANEL = ExpectedPanel(board="b", panel=1, title="P", refs=("A",))
REQUEST = PlanRequest(time_scale=15.0)


def problems(plan: StackPlan, request: PlanRequest = REQUEST) -> str:
    """What is wrong with it, in one text."""
    return "; ".join(plan_problems(plan, request, images=("app",), subject="app"))


def test_the_projects_own_stack_keeps_to_the_contract() -> None:
    """The plan of the trading system is sound, lean or not, and leaves nothing out of sight."""
    assert unlooked(planned("stack.topology", REQUEST)) == ()
    planned("stack.topology", replace(REQUEST, lean=True))


def test_a_stack_of_one_container_is_enough() -> None:
    """No Prometheus and no Grafana is no error; a sentence each says what nobody looked at."""
    assert problems(SMALL) == ""
    told = " ".join(unlooked(SMALL))
    for word in ("no alerts", "no boards", "no reads at the end"):
        assert word in told
    assert planned_rules(SMALL) == ()


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda p: replace(p, services=()), "it has no services"),
        (lambda p: replace(p, services=(APP, APP)), "two services are called 'app'"),
        (lambda p: replace(p, services=(replace(APP, image="x"),)), "image 'x', which is no key of IMAGES"),
        (lambda p: replace(p, services=(replace(APP, needs=("db",)),)), "needs 'db', which is no service"),
        (lambda p: replace(p, services=(replace(APP, ports=()),)), "port 8000 of service 'app'"),
        (lambda p: replace(p, links=(Link(name="app:db", port=1, upstream="db:1"),)), "no service 'toxiproxy'"),
        (lambda p: replace(p, known_bad=("x",)), "known-bad variants asked for: none; switched on by its"),
        (lambda p: replace(p, traffic=replace(p.traffic, services=())), "its 'traffic' names no service"),
        (lambda p: replace(p, traffic=replace(p.traffic, payload="x")), "does not read as module:function"),
        (lambda p: replace(p, settings={}), "its 'settings' have no 'health_every_s'"),
        (lambda p: replace(p, alerts=("A",)), "its 'alerts' needs a service 'sink'"),
        (lambda p: replace(p, alerts=("A",)), "IMAGES has no 'prometheus'"),
        (lambda p: replace(p, alerts=("A",)), "its 'production' has no alertmanager.yml"),
        (lambda p: replace(p, alerts=("A",)), "its 'settings' have no 'rules_every_s'"),
        (lambda p: replace(p, steady=(SteadyQuery(what="", promql="up", value=1),)), "'steady' needs a service"),
        (lambda p: replace(p, panels=(PANEL,)), "its 'panels' needs a service 'grafana'"),
        (lambda p: replace(p, panels=(PANEL,)), "its 'logins' have none for 'grafana'"),
        (lambda p: replace(p, final_reads=(FinalRead(kind="k", service="db", sql=""),)), "asks 'db', which is no"),
        (lambda p: replace(p, final_reads=(FinalRead(kind="k", service="app", sql=""),)), "no entry in 'logins'"),
        (lambda p: replace(p, final_reads=(CommandRead(kind="k", service="x", command=()),)), "asks 'x', which"),
    ],
)
def test_what_is_missing_is_named(change: Callable[[StackPlan], StackPlan], sentence: str) -> None:
    """Each lack is one sentence that says what has to be there."""
    assert sentence in problems(change(SMALL))


def test_what_was_asked_for_and_would_not_be_done_is_told(tmp_path: Path) -> None:
    """A known-bad variant that nobody switches on would be green; a rule file that nobody loads as well."""
    assert "settings of the subject asked for: most=3; applied by its 'subject_settings': none" in problems(
        SMALL, replace(REQUEST, subject_settings=(("most", "3"),))
    )
    assert "asked for: bad; switched on by its 'known_bad': none" in problems(
        SMALL, replace(REQUEST, known_bad=("bad",))
    )
    assert "the rule file" in problems(SMALL, replace(REQUEST, rules=tmp_path / "rules.yml"))
    assert "it plans no boards" in problems(SMALL, replace(REQUEST, boards=tmp_path))


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], str]:
    """Writes a stack's module and gives its name."""

    def write(text: str) -> str:
        (tmp_path / "some_stack.py").write_text(text, encoding="utf-8")
        monkeypatch.syspath_prepend(str(tmp_path))
        sys.modules.pop("some_stack", None)
        return "some_stack"

    return write


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("SUBJECT = 'a'\nIMAGES = {}\n", "has no 'plan'"),
        ("def plan(r): ...\nIMAGES = {}\n", "has no 'SUBJECT'"),
        ("def plan(r): ...\nSUBJECT = 'a'\n", "has no 'IMAGES'"),
        ("plan = 1\nSUBJECT = 'a'\nIMAGES = {}\n", "'plan' is no function"),
        ("def plan(r): ...\nSUBJECT = 'a'\nIMAGES = {'a': 1}\n", "no mapping of ImageSpec"),
        ("def plan(r): ...\nSUBJECT = 'a'\nIMAGES = {}\n", "SUBJECT is 'a', which is no key of IMAGES"),
        ("1 / 0\n", "does not load: ZeroDivisionError"),
    ],
)
def test_a_module_that_lacks_something_is_told_what(written: Callable[[str], str], text: str, sentence: str) -> None:
    """One error that names the module and what it lacks."""
    with pytest.raises(UsageError, match="some_stack") as told:
        stack_module(written(text))
    assert sentence in str(told.value)


def test_a_plan_that_is_none_is_told(written: Callable[[str], str]) -> None:
    """A function that forgets to return its plan."""
    name = written("from stack.topology import IMAGES, SUBJECT\ndef plan(request): ...\n")
    with pytest.raises(UsageError, match=r"plan\(\) gave NoneType, not a StackPlan"):
        planned(name, REQUEST)


def test_every_name_that_a_module_may_have_is_documented(written: Callable[[str], str]) -> None:
    """The contract and what stands for saying nothing name the same; whoever says nothing gets that."""
    assert set(StackModule.__annotations__) | {"plan"} == {"plan", "IMAGES", "SUBJECT", *OPTIONAL}
    page = (REPOSITORY / "docs" / "bring-your-own.md").read_text(encoding="utf-8")
    assert all(f"`{name}" in page for name in ("plan", "IMAGES", "SUBJECT", *OPTIONAL))
    module = stack_module(written("from stack.topology import IMAGES, SUBJECT\ndef plan(request): ...\n"))
    assert {name: said_by(module, name) for name in OPTIONAL} == dict(OPTIONAL)
