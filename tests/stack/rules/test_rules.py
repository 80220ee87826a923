"""The alerting rules and the routing: complete, linked, compressible, and delivered to the right people."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from harness.settings import REPOSITORY
from harness.timing import compress_alertmanager, compress_prometheus, compress_rules
from harness.timing.routing import channels, routing_tree

RULE_FILES = sorted((REPOSITORY / "stack/prometheus/rules").glob("*.yml"))
PROMETHEUS = REPOSITORY / "stack/prometheus/prometheus.yml"
ALERTMANAGER = REPOSITORY / "stack/alertmanager/alertmanager.yml"
ROUTES = yaml.safe_load(ALERTMANAGER.read_text(encoding="utf-8"))

RULES = [
    pytest.param(rule, id=rule["alert"])
    for file in RULE_FILES
    for group in yaml.safe_load(file.read_text(encoding="utf-8"))["groups"]
    for rule in group["rules"]
]


@pytest.mark.parametrize("rule", RULES)
def test_every_alert_says_what_it_means_and_costs(rule: dict[str, Any]) -> None:
    """Severity, component and symptom; a summary, and a description with the financial impact."""
    assert rule["labels"].keys() >= {"severity", "component", "symptom"}
    assert rule["annotations"]["summary"]
    assert re.search(r"Financial impact: .*INR 1 lakh", rule["annotations"]["description"])


@pytest.mark.parametrize("rule", RULES)
def test_every_alert_links_a_runbook_that_helps(rule: dict[str, Any]) -> None:
    """The linked page is in the repository, names the alert, and has its four parts."""
    page = (REPOSITORY / rule["annotations"]["runbook_url"]).read_text(encoding="utf-8")
    assert rule["alert"] in page.splitlines()[0]
    assert re.findall(r"^## (.*)$", page, re.MULTILINE) == ["Symptoms", "Impact", "Actions", "Resolution"]


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
    rules = yaml.safe_load(compress_rules(RULE_FILES[0].read_text(encoding="utf-8"), 15))["groups"][0]["rules"]
    (signal_loss,) = [rule for rule in rules if rule["alert"] == "SignalLoss"]
    assert (signal_loss["for"], signal_loss["expr"].strip()[-3:]) == ("4s", "> 2")
    prometheus = yaml.safe_load(compress_prometheus(PROMETHEUS.read_text(encoding="utf-8"), 15))
    assert prometheus["global"]["scrape_interval"] == "1s"
    routes = yaml.safe_load(compress_alertmanager(ALERTMANAGER.read_text(encoding="utf-8"), 15))
    assert routes["route"]["group_wait"] == "667ms"
