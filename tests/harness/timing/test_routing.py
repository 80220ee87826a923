"""Alertmanager's routing, resolved as Alertmanager resolves it."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from harness.errors import UsageError
from harness.timing.routing import Matcher, channels, parse_matchers, routing_tree

TREE = """
receiver: mail
group_wait: 30s
group_interval: 5m
routes:
  - receiver: pager
    matchers: ['severity="critical"']
    group_wait: 10s
    continue: true
    routes:
      - matchers: ['team=~"db|cache"']
        receiver: pager-db
        group_interval: 1m
  - receiver: chat
    matchers: [severity=~"critical|warning", 'silent!="yes"']
  - receiver: never
    matchers: ['severity="warning"']
"""


def receivers(**labels: str) -> list[str]:
    """Who takes an alert with these labels."""
    return [route.receiver for route in routing_tree({"route": yaml.safe_load(TREE)}).match(labels)]


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        ({"severity": "critical"}, ["pager", "chat"]),
        ({"severity": "critical", "team": "db"}, ["pager-db", "chat"]),
        ({"severity": "critical", "team": "dbx"}, ["pager", "chat"]),
        ({"severity": "critical", "silent": "yes"}, ["pager"]),
        ({"severity": "warning"}, ["chat"]),
        ({"severity": "warning", "silent": "yes"}, ["never"]),
        ({"severity": "info"}, ["mail"]),
        ({}, ["mail"]),
    ],
)
def test_who_is_told(labels: dict[str, str], expected: list[str]) -> None:
    """First match wins unless it says `continue`; children before their parent; the root takes the rest."""
    assert receivers(**labels) == expected


def test_timings_are_inherited_from_the_parent() -> None:
    """A child has its parent's waits, unless it names its own."""
    route = routing_tree({"route": yaml.safe_load(TREE)}).match({"severity": "critical", "team": "db"})[0]
    assert (route.group_wait_s, route.group_interval_s, route.repeat_interval_s) == (10.0, 60.0, 14_400.0)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({"match": {"a": "b"}}, {"matchers": ['a="b"']}),
        ({"match_re": {"a": "b|c"}}, {"matchers": ['a=~"b|c"']}),
        ({"matchers": '{a="b",c!~"d"}'}, {"matchers": ['a="b"', 'c!~"d"']}),
    ],
)
def test_old_and_new_spellings_mean_the_same(old: dict[str, Any], new: dict[str, Any]) -> None:
    """match, match_re and matchers in braces are the same conditions."""
    trees = [routing_tree({"route": {"receiver": "x", "routes": [one]}}) for one in (old, new)]
    assert trees[0].children[0].matchers == trees[1].children[0].matchers


def test_matchers_are_read_with_their_quotes_and_commas() -> None:
    """Quoted values may hold commas, quotes and braces; bare ones need no quotes."""
    assert parse_matchers(r'a = "x,\"y\"}" , b!=c') == (
        Matcher(label="a", value='x,"y"}'),
        Matcher(label="b", value="c", negated=True),
    )


@pytest.mark.parametrize("text", ["severity", '="critical"', 'a=~"("'])
def test_what_is_no_matcher_is_named(text: str) -> None:
    """A matcher that cannot be read is bad input, and quoted in the error."""
    with pytest.raises(UsageError, match=r"matcher|regular expression"):
        parse_matchers(text)


def test_channels_are_what_a_receiver_has_configured() -> None:
    """An empty list of a kind tells nobody."""
    config = {"receivers": [{"name": "all", "slack_configs": [{}], "pagerduty_configs": [{}], "email_configs": []}]}
    assert channels(config) == {"all": ("slack", "pagerduty")}


def test_a_configuration_without_a_route_is_refused() -> None:
    """Nobody can be told without a route."""
    with pytest.raises(UsageError, match="no route"):
        routing_tree({"receivers": []})
