"""The alerting rules and the routing: complete, linked, compressible, and delivered to the right people."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from harness.settings import REPOSITORY
from harness.timing import compress_alertmanager, compress_prometheus, compress_rules
from harness.timing.routing import channels, routing_tree
from stack.services.prometheus import REAL_TIME

RULE_FILES = sorted((REPOSITORY / "stack/prometheus/rules").glob("*.yml"))
PROMETHEUS = REPOSITORY / "stack/prometheus/prometheus.yml"
ALERTMANAGER = REPOSITORY / "stack/alertmanager/alertmanager.yml"
ROUTES = yaml.safe_load(ALERTMANAGER.read_text(encoding="utf-8"))

APPLICATION = REPOSITORY / "stack/trading_app/trading_app"
ALL: list[dict[str, Any]] = [
    rule
    for file in RULE_FILES
    for group in yaml.safe_load(file.read_text(encoding="utf-8"))["groups"]
    for rule in group["rules"]
]
RULES = [pytest.param(rule, id=rule["alert"]) for rule in ALL]


def titled(page: str) -> set[str]:
    """The alerts that a runbook's title names: "# One, Two: what is wrong"."""
    names, _, _ = page.splitlines()[0].removeprefix("# ").partition(":")
    return set(names.split(", "))


@pytest.mark.parametrize("rule", RULES)
def test_every_alert_says_what_it_means_and_costs(rule: dict[str, Any]) -> None:
    """Severity, component and symptom; a summary, and a description with the financial impact: an amount, or none."""
    assert rule["labels"].keys() == {"severity", "component", "symptom"}
    assert rule["labels"]["severity"] in {"critical", "warning", "info"}
    assert rule["annotations"]["summary"]
    assert re.search(r"Financial impact: .*(INR 1 lakh|none)", rule["annotations"]["description"])


@pytest.mark.parametrize("rule", RULES)
def test_every_alert_links_a_runbook_that_helps(rule: dict[str, Any]) -> None:
    """The linked page is in the repository, names the alert, and has its four parts, none of them empty."""
    page = (REPOSITORY / rule["annotations"]["runbook_url"]).read_text(encoding="utf-8")
    assert rule["alert"] in titled(page)
    parts = re.findall(r"^## (.*)\n(?!\n|## )", page, re.MULTILINE)
    assert parts == ["Symptoms", "Impact", "Actions", "Resolution"]


def test_no_runbook_is_without_an_alert() -> None:
    """Every page is linked by a rule, and its title names exactly the alerts that link it."""
    linked: dict[str, set[str]] = {}
    for rule in ALL:
        linked.setdefault(rule["annotations"]["runbook_url"], set()).add(rule["alert"])
    pages = sorted((REPOSITORY / "docs/runbooks").glob("*.md"))
    titles = {str(page.relative_to(REPOSITORY)): titled(page.read_text(encoding="utf-8")) for page in pages}
    assert titles == linked


@pytest.mark.parametrize("page", sorted((REPOSITORY / "docs/runbooks").glob("*.md")), ids=lambda page: str(page.stem))
def test_what_a_runbook_names_exists(page: Path) -> None:
    """Metrics, events, tables and other pages that a runbook sends people to are there to be found."""
    text = page.read_text(encoding="utf-8")
    metrics = set(re.findall(r"\b(?:portfolio_manager|redis_tss|trading_outbox|clickhouse)_[a-z0-9_]+", text))
    source = "\n".join(path.read_text(encoding="utf-8") for path in APPLICATION.glob("*.py"))
    bare = {name.removeprefix("portfolio_manager_").removesuffix("_total") for name in metrics}
    assert {name for name in bare if name not in source} == set()
    events = set(re.findall(r"event `(\w+)`|events? `\w+` and `(\w+)`", text))
    assert {name for pair in events for name in pair if name and f'"{name}"' not in source} == set()
    schema = (REPOSITORY / "stack/postgres/initdb/20-schema.sql").read_text(encoding="utf-8")
    tables = set(re.findall(r"FROM ((?!pg_)[a-z_]+)", text))
    assert {table for table in tables if f"CREATE TABLE {table} " not in schema} == set()
    assert all((page.parent / other).is_file() for other in re.findall(r"[a-z-]+\.md", text))


@pytest.mark.parametrize(
    ("severity", "expected"),
    [("critical", ["pagerduty", "slack"]), ("warning", ["slack"]), ("info", ["email"]), ("", ["email"])],
)
def test_each_severity_reaches_its_people(severity: str, expected: list[str]) -> None:
    """Critical to PagerDuty and Slack, warnings to Slack, the rest by e-mail."""
    told = channels(ROUTES)
    routes = routing_tree(ROUTES).match({"severity": severity})
    assert [channel for route in routes for channel in told[route.receiver]] == expected


def test_everybody_who_is_told_is_told_the_end() -> None:
    """Every receiver of every kind sends the resolved notice."""
    configured = [
        one
        for receiver in ROUTES["receivers"]
        for key, configs in receiver.items()
        if key.endswith("_configs")
        for one in configs
    ]
    assert len(configured) == len(ROUTES["receivers"])
    assert all(one["send_resolved"] is True for one in configured)


def test_a_firing_critical_silences_the_warning_of_its_symptom() -> None:
    """By symptom and instance: two alerts of one symptom never share a name."""
    (rule,) = ROUTES["inhibit_rules"]
    assert rule["equal"] == ["symptom", "instance"]


def test_all_of_it_can_be_compressed() -> None:
    """At the usual time scale of fifteen SignalLoss waits 4 s for an age of 2 s, seen each second."""
    rules = yaml.safe_load(compress_rules(RULE_FILES[0].read_text(encoding="utf-8"), 15, real_time=REAL_TIME))
    groups = rules["groups"]
    (signal_loss,) = [rule for group in groups for rule in group["rules"] if rule["alert"] == "SignalLoss"]
    assert (signal_loss["for"], signal_loss["expr"].strip()[-3:]) == ("4s", "> 2")
    prometheus = yaml.safe_load(compress_prometheus(PROMETHEUS.read_text(encoding="utf-8"), 15))
    assert prometheus["global"]["scrape_interval"] == "1s"
    routes = yaml.safe_load(compress_alertmanager(ALERTMANAGER.read_text(encoding="utf-8"), 15))
    assert routes["route"]["group_wait"] == "667ms"
