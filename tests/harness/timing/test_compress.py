"""Configuration files at another time scale."""

from __future__ import annotations

import math

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import UsageError
from harness.timing import (
    compress_alertmanager,
    compress_prometheus,
    compress_rules,
    compress_settings,
    from_seconds,
    prometheus_flags,
    to_seconds,
)

RULES = """
groups:
  - name: ha
    interval: 15s
    rules:
      - alert: Stale
        expr: time() - x_timestamp > 30
        for: 1m
        keep_firing_for: 30s
        labels: {severity: critical, window: 5m}
        annotations: {summary: "older than 30s"}
      - record: a:b
        expr: max_over_time(up[5m])
"""


def test_a_rule_file_shrinks_in_all_its_durations() -> None:
    """Interval, for, keep_firing_for, windows and ages; labels and texts stay as they are."""
    (group,) = yaml.safe_load(compress_rules(RULES, 15))["groups"]
    alert, recording = group["rules"]
    assert (group["interval"], alert["for"], alert["keep_firing_for"]) == ("1s", "4s", "2s")
    assert (alert["expr"], recording["expr"]) == ("time() - x_timestamp > 2", "max_over_time(up[20s])")
    assert alert["labels"] == {"severity": "critical", "window": "5m"}
    assert alert["annotations"] == {"summary": "older than 30s"}


def test_a_rule_that_cannot_be_scaled_is_named_with_file_group_and_rule() -> None:
    """Whoever wrote the rule finds it at once."""
    text = RULES.replace("time() - x_timestamp > 30", "rate(a_total[1h]) * 3600 > 10")
    with pytest.raises(UsageError, match=r"^my\.yml, group ha, rule Stale: cannot be run at another time scale"):
        compress_rules(text, 15, file="my.yml")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("interval: 15s", "interval: 5s", "interval 5s divided by 15"),
        ("for: 1m", "for: soon", "for: 'soon' is no duration"),
        ("for: 1m", "for: 1m\n        patience: 5m", "patience has 5m, and how it scales is not known"),
        ("expr: max_over_time(up[5m])", "summary: x", "a rule has no expression"),
        ("groups:", "group:", "no list of groups"),
        ("groups:", "groups: [", "no YAML"),
    ],
)
def test_a_rule_file_that_cannot_be_used_says_why(old: str, new: str, words: str) -> None:
    """One sentence with the file and the value."""
    with pytest.raises(UsageError, match=r"^rules\.yml") as error:
        compress_rules(RULES.replace(old, new), 15)
    assert words in str(error.value)


@pytest.mark.parametrize("k", [0.0, -1.0, math.nan, math.inf])
def test_a_time_scale_that_is_none_is_refused(k: float) -> None:
    """Zero, negative, not a number and infinite are bad input wherever they come in."""
    for use in (
        lambda: compress_rules(RULES, k),
        lambda: compress_prometheus("global: {}", k),
        lambda: compress_alertmanager("route: {}", k),
        lambda: compress_settings({"lease_ttl_s": 30}, k),
        lambda: prometheus_flags(k),
    ):
        with pytest.raises(UsageError, match="time scale"):
            use()


def test_prometheus_shrinks_with_its_defaults_written_out() -> None:
    """What the file leaves out would otherwise stay at production timing."""
    text = "scrape_configs: [{job_name: a, scrape_interval: 30s, params: {match: [5m]}}]"
    compressed = yaml.safe_load(compress_prometheus(text, 15))
    assert compressed["global"] == {"scrape_interval": "4s", "scrape_timeout": "667ms", "evaluation_interval": "4s"}
    assert compressed["scrape_configs"] == [{"job_name": "a", "scrape_interval": "2s", "params": {"match": ["5m"]}}]


def test_a_scrape_interval_below_the_floor_is_an_error_that_says_what_is_possible() -> None:
    """15 s can be divided by at most thirty."""
    with pytest.raises(UsageError, match="use a time scale of at most 30"):
        compress_prometheus("global: {scrape_interval: 15s, evaluation_interval: 15s}", 31)
    assert compress_prometheus("global: {scrape_interval: 15s, evaluation_interval: 15s}", 30)


def test_alertmanager_shrinks_on_every_level() -> None:
    """Routes, defaults and timeouts; receivers' texts stay."""
    text = "route: {receiver: a, group_wait: 10s, routes: [{group_interval: 1m, matchers: ['x=\"5m\"']}]}\n"
    compressed = yaml.safe_load(compress_alertmanager(text + "receivers: [{name: a}]", 10))
    assert compressed["route"]["group_wait"] == "1s"
    assert compressed["route"]["group_interval"] == "30s"
    assert compressed["route"]["routes"] == [{"group_interval": "6s", "matchers": ['x="5m"']}]
    assert compressed["global"]["resolve_timeout"] == "30s"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("time_intervals: [{name: night}]", "times of day"),
        ("receivers: [{name: a, pushover_configs: [{expire: 1h}]}]", "expire has 1h"),
        ("[]", "holds no configuration"),
    ],
)
def test_what_alertmanager_has_that_cannot_be_scaled_is_named(text: str, words: str) -> None:
    """Times of day and durations nobody knows are errors."""
    with pytest.raises(UsageError, match=words):
        compress_alertmanager(text, 15)


@given(st.integers(0, 10**9))
def test_durations_survive_the_way_to_text_and_back(ms: int) -> None:
    """Exact to the millisecond."""
    assert to_seconds(from_seconds(ms / 1000)) == ms / 1000


def test_days_weeks_and_years_are_read() -> None:
    """Years have 365 days, as in Prometheus."""
    assert (to_seconds("1y"), to_seconds("2w"), to_seconds("1d1h")) == (31_536_000, 1_209_600, 90_000)


def test_prometheus_own_durations_come_as_flags() -> None:
    """How long a series is looked back for, and how often an alert is sent again."""
    assert "--query.lookback-delta=20s" in prometheus_flags(15)
    assert "--rules.alert.resend-delay=4s" in prometheus_flags(15)


def test_application_timings_keep_their_floors() -> None:
    """A lease under its floor would elect leaders out of thin air; what was held there is told."""
    compressed = compress_settings(
        {"lease_ttl_s": 30.0, "heartbeat_s": 5.0, "retry_s": 1.0}, 30, floors={"lease_ttl_s": 2.0, "retry_s": 2.0}
    )
    assert compressed.values == {"lease_ttl_s": 2.0, "heartbeat_s": 5 / 30, "retry_s": 1.0}
    assert compressed.floored == ("lease_ttl_s", "retry_s")
    with pytest.raises(UsageError, match="lease"):
        compress_settings({}, 15, floors={"lease": 1.0})
