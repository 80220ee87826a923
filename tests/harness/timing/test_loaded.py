"""From the answers of Prometheus and Alertmanager to the timing of each rule."""

from __future__ import annotations

from typing import Any

import pytest

from harness.errors import UsageError
from harness.timing import loaded_rules

CONFIG = """
global: {scrape_interval: 1m, scrape_timeout: 10s, evaluation_interval: 1m, external_labels: {site: paper}}
scrape_configs:
  - {job_name: app, scrape_interval: 1s, scrape_timeout: 667ms}
  - {job_name: slow, scrape_interval: 30s}
"""
ROUTES = """
route:
  receiver: mail
  group_wait: 667ms
  group_interval: 2s
  routes:
    - {receiver: pager, matchers: ['severity="critical"'], continue: true}
    - {receiver: chat, matchers: ['severity="critical"', 'site="paper"'], group_wait: 1s}
receivers:
  - {name: mail, email_configs: [{to: a}]}
  - {name: pager, pagerduty_configs: [{url: u}]}
  - {name: chat, slack_configs: [{api_url: u}]}
"""


def answer(**changes: Any) -> dict[str, Any]:
    """Prometheus' answer about one rule, some fields changed."""
    rule = {
        "type": "alerting",
        "name": "Down",
        "query": 'max_over_time(up{job="app"}[5m] offset 1m) == 0',
        "duration": 4,
        "keepFiringFor": 2,
        "labels": {"severity": "critical"},
        "annotations": {"summary": "gone"},
    }
    recording = {"type": "recording", "name": "a:b", "query": "up"}
    group = {"name": "g", "interval": 1, "rules": [recording, {**rule, **changes}]}
    return {"status": "success", "data": {"groups": [group]}}


def test_a_loaded_rule_has_its_intervals_windows_and_channels() -> None:
    """Everything that bounds an alert's life comes from what was loaded; recording rules are left out."""
    (rule,) = loaded_rules(answer(), CONFIG, ROUTES)
    assert (rule.alert, rule.for_s, rule.keep_firing_s, rule.interval_s) == ("Down", 4.0, 2.0, 1.0)
    assert (rule.scrape_s, rule.scrape_timeout_s, rule.window_s) == (1.0, 0.667, 360.0)
    assert (rule.receivers, rule.group_wait_s, rule.group_interval_s) == (("pagerduty", "slack"), 1.0, 2.0)


def test_the_answers_may_come_as_they_are() -> None:
    """The whole bodies of the APIs are read as well as the texts in them."""
    prometheus = {"status": "success", "data": {"yaml": CONFIG}}
    alertmanager = {"config": {"original": ROUTES}, "versionInfo": {}}
    assert loaded_rules(answer()["data"], prometheus, alertmanager) == loaded_rules(answer(), CONFIG, ROUTES)


@pytest.mark.parametrize(
    ("query", "scrape_s", "timeout_s"),
    [
        ("up == 0", 30.0, 10.0),
        ('up{job=~"app|other"} == 0', 1.0, 0.667),
        ('up{job!="app"} == 0', 30.0, 10.0),
        ('up{job="app"} unless up{job="slow"}', 30.0, 10.0),
        ("vector(1) > 0", 30.0, 10.0),
    ],
)
def test_the_slowest_job_that_a_rule_reads_counts(query: str, scrape_s: float, timeout_s: float) -> None:
    """A rule that does not say which job it reads may read any."""
    (rule,) = loaded_rules(answer(query=query), CONFIG, ROUTES)
    assert (rule.scrape_s, rule.scrape_timeout_s) == (scrape_s, timeout_s)


@pytest.mark.parametrize(
    ("query", "window_s"),
    [
        ("up == 0", 0.0),
        ("max_over_time(rate(up[1m])[10m:30s]) > 0", 660.0),
        ("increase(up[5m]) > increase(up[1h])", 3600.0),
    ],
)
def test_windows_add_up_along_a_branch(query: str, window_s: float) -> None:
    """A subquery over a window looks back over both."""
    assert loaded_rules(answer(query=query), CONFIG, ROUTES)[0].window_s == window_s


def test_the_rest_goes_to_mail() -> None:
    """An alert without a severity takes the root route."""
    (rule,) = loaded_rules(answer(labels={}), CONFIG, ROUTES)
    assert (rule.receivers, rule.group_wait_s) == (("email",), 0.667)


@pytest.mark.parametrize(
    ("rules", "config", "routes", "words"),
    [
        (answer(query="up{job="), CONFIG, ROUTES, "rule Down of group g: the expression does not parse"),
        (answer(query='up{job="gone"} == 0'), CONFIG, ROUTES, "a job that Prometheus does not scrape"),
        (answer(), "a: [", ROUTES, "Prometheus loaded is no YAML"),
        (answer(), CONFIG, "text", "Alertmanager loaded is no mapping"),
        (answer(), CONFIG, ROUTES.replace("name: chat", "name: chatter"), "receiver 'chat', which does not exist"),
        ({"data": {}}, CONFIG, ROUTES, "no groups"),
    ],
)
def test_what_cannot_be_read_is_said(rules: Any, config: str, routes: str, words: str) -> None:
    """One sentence that names the rule or the program."""
    with pytest.raises(UsageError, match=words):
        loaded_rules(rules, config, routes)
