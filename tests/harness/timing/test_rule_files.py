"""Rule files as text: what is read from them, what is refused, and what only files of others have."""

from __future__ import annotations

import pytest

from harness.errors import UsageError
from harness.timing.compress_promql import compress_expression
from harness.timing.rule_files import evaluation_s, groups_of, planned_rules

PROMETHEUS = "global: {evaluation_interval: 30s, scrape_interval: 10s}\nscrape_configs: [{job_name: app}]\n"
ALERTMANAGER = "route: {receiver: a, group_wait: 5s}\nreceivers: [{name: a, email_configs: [{to: a@b.invalid}]}]\n"
RULE = "groups: [{name: g, rules: [{alert: A, expr: up == 0, for: 1m}, {record: r, expr: up}]}]"


def test_a_file_becomes_the_rules_that_prometheus_would_load() -> None:
    """A group without an interval takes the usual one, a rule without labels has none, a record is no alert."""
    (rule,) = planned_rules({"a.yml": RULE}, PROMETHEUS, ALERTMANAGER)
    assert (rule.alert, rule.interval_s, rule.for_s, rule.scrape_s) == ("A", 30.0, 60.0, 10.0)
    assert (rule.receivers, rule.group_wait_s) == (("email",), 5.0)


def test_a_group_s_own_interval_wins() -> None:
    """As Prometheus has it."""
    (rule,) = planned_rules({"a.yml": RULE.replace("name: g", "name: g, interval: 5s")}, PROMETHEUS, ALERTMANAGER)
    assert rule.interval_s == 5.0


def test_the_usual_interval_is_a_minute_where_nobody_says_otherwise() -> None:
    """Prometheus' own default."""
    assert evaluation_s("scrape_configs: []") == 60.0


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a: [", "f.yml: it is no YAML"),
        ("[]", "f.yml: it has no list of groups"),
        ("groups: 1", "f.yml: it has no list of groups"),
        ("groups: [1]", "f.yml: group 1 is no mapping"),
        ("groups: [{name: g, rules: 1}]", "f.yml, group g: its rules are no list"),
        ("groups: [{name: g, rules: [{expr: up}]}]", "f.yml, group g: a rule is neither"),
        ("groups: [{name: g, rules: [1]}]", "f.yml, group g: a rule is neither"),
        ("groups: [{name: g, rules: [{alert: A}]}]", "f.yml, group g, rule A: it has no expression"),
        ("groups: [{name: g, rules: [{alert: A, expr: up, labels: 1}]}]", "f.yml, group g, rule A: its labels"),
        ("groups: [{name: g, interval: soon, rules: []}]", "f.yml, group g: interval: 'soon' is no duration"),
        ("kind: PrometheusRule\nspec: {groups: []}", "f.yml: it is a Kubernetes resource"),
    ],
)
def test_what_is_no_rule_file_is_told_with_its_place(text: str, told: str) -> None:
    """File, group and rule, as far as they are known."""
    with pytest.raises(UsageError) as refused:
        groups_of(text, "f.yml")
    assert str(refused.value).startswith(told)


def test_a_wait_that_is_no_duration_is_told() -> None:
    """With its rule."""
    with pytest.raises(UsageError, match=r"f\.yml, group g, rule A: for: 'soon'"):
        planned_rules({"f.yml": RULE.replace("1m", "soon")}, PROMETHEUS, ALERTMANAGER)


def test_a_quantile_of_real_work_does_not_shrink() -> None:
    """It is in the unit of its buckets, however fast they fill."""
    text = "histogram_quantile(0.9, sum by (le) (rate(read_seconds_bucket[5m]))) > 0.5"
    scaled = compress_expression(text, 10, where="test", real_time=("read_*",))
    assert scaled == text.replace("5m", "30s")
    with pytest.raises(UsageError, match="another time scale"):
        compress_expression(text, 10, where="test")


def test_a_moment_is_known_by_any_of_its_usual_names() -> None:
    """Exporters write `timestamp_in_seconds` too."""
    text = "time() - highest_timestamp_in_seconds > 60"
    assert compress_expression(text, 10, where="test") == text.replace("60", "6")
