"""The plan of the stack: complete, safe by default, and refused when a file does not load."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from harness.containers.plan import PlanRequest, StackPlan
from harness.errors import UsageError
from harness.run.explain import planned_rules
from stack import topology
from stack.services.grafana import checked


def planned(time_scale: float = 15.0) -> StackPlan:
    """The plan at a time scale."""
    return topology.plan(PlanRequest(time_scale=time_scale))


def test_every_image_and_need_is_there() -> None:
    """Every service has an image in the catalogue, and needs only services of the plan."""
    plan = planned()
    names = {service.name for service in plan.services}
    for service in plan.services:
        assert service.image in topology.IMAGES
        assert set(service.needs) <= names


def test_each_instance_has_links_of_its_own() -> None:
    """One instance can be cut off from one service: nine links, no port twice, none around a proxy."""
    plan = planned()
    assert len({link.port for link in plan.links}) == len(plan.links) == 9
    for service in plan.services:
        if service.image == topology.SUBJECT:
            hosts = {value for key, value in service.environment.items() if key.endswith("_HOST")}
            assert hosts == {"toxiproxy"}


def test_a_scenario_may_change_settings_of_the_application() -> None:
    """Every instance gets them, and one that there is not is an error, as the application would not notice."""
    asked = (("max_backlog", "240"),)
    plan = topology.plan(PlanRequest(time_scale=15.0, subject_settings=asked))
    told = [one.environment.get("TRADING_MAX_BACKLOG") for one in plan.services if one.image == topology.SUBJECT]
    assert (told, plan.subject_settings) == (["240"] * 3, asked)
    with pytest.raises(UsageError, match="no setting 'backlog' for scenarios"):
        topology.plan(PlanRequest(time_scale=15.0, subject_settings=(("backlog", "1"),)))


def test_boards_of_another_folder_take_the_place_of_the_own(tmp_path: Path) -> None:
    """Grafana shows them and none of the project's, and viewers owe their panels."""
    panel = {"id": 7, "type": "stat", "title": "P", "targets": [{"refId": "A", "expr": "up"}]}
    board = {"uid": "other", "title": "Other", "refresh": "1m", "panels": [panel]}
    (tmp_path / "other.json").write_text(json.dumps(board), encoding="utf-8")
    plan = topology.plan(PlanRequest(time_scale=15.0, boards=tmp_path))
    shown = {path for path in plan.service("grafana").files if "/dashboards/" in path and path.endswith(".json")}
    assert shown == {"/var/lib/grafana/dashboards/other.json"}
    assert [(one.board, one.panel, one.title, one.refs) for one in plan.panels] == [("other", 7, "P", ("A",))]


def test_passwords_are_new_for_each_plan_and_in_no_file_twice() -> None:
    """Two plans share no password, and all are long."""
    first, second = ({login.password for login in planned().logins.values()} for _ in range(2))
    assert not first & second
    assert all(len(password) >= 20 for password in first)


@pytest.mark.parametrize("time_scale", [1, 2, 10, 15])
def test_order_of_timings_is_kept_at_every_scale(time_scale: float) -> None:
    """However time is compressed, a failover fits well inside the alert on having no leader."""
    plan = planned(time_scale)
    no_leader = next(rule for rule in planned_rules(plan) if rule.alert == "NoLeader")
    assert plan.settings["lease_renew_s"] < plan.settings["lease_ttl_s"] / 2
    assert plan.settings["lease_ttl_s"] + plan.settings["lease_renew_s"] < no_leader.for_s


def test_only_what_is_meant_to_be_reached_is_published() -> None:
    """No service publishes a fixed port unless it was asked for."""
    assert all(not service.fixed_ports for service in planned().services)
    asked = topology.plan(PlanRequest(time_scale=15.0, grafana_port=4700))
    assert asked.service("grafana").fixed_ports == {3000: 4700}


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("board.json", "{", "does not load"),
        ("board.json", json.dumps({"dashboard": {"title": "wrapped"}}), "has no title"),
        ("board.json", "[]", "holds no mapping"),
        ("sources.yml", "a: [", "does not load"),
    ],
)
def test_a_file_that_does_not_load_is_named(tmp_path: Path, name: str, text: str, told: str) -> None:
    """A broken board or provisioning file is refused before anything is started."""
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match=rf"{re.escape(name)}.*{told}"):
        checked(path)


def test_a_lean_stack_has_what_trades_and_nothing_that_watches() -> None:
    """The same instances, databases and links; nobody is told of anything."""
    whole, lean = planned(), topology.plan(PlanRequest(time_scale=15.0, lean=True))
    assert {one.name for one in whole.services} - {one.name for one in lean.services} == topology.WATCHERS
    assert (lean.has_alerts, lean.boards, lean.steady, lean.production) == (False, 0, (), {})
    assert (lean.links, lean.final_reads, lean.settings) == (whole.links, whole.final_reads, whole.settings)
    needed = {name for service in lean.services for name in service.needs}
    assert needed <= {service.name for service in lean.services}
