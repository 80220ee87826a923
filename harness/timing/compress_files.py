"""Configuration files at another time scale: rules, prometheus.yml, alertmanager.yml, Prometheus' flags.

Keys that are known to be durations are divided; any other value that reads as a duration is an error,
never a guess.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

import yaml

from harness.errors import UsageError
from harness.timing.compress_promql import compress_expression
from harness.timing.durations import from_seconds, looks_like_duration, to_seconds

# Below half a second a scrape of a busy container may not fit its interval (docs/decisions/alert-bounds.md).
SHORTEST_INTERVAL_S = 0.5

_INTERVALS = frozenset(("scrape_interval", "evaluation_interval", "interval"))
_RULE_DURATIONS = frozenset(("for", "keep_firing_for", "query_offset"))
_PROMETHEUS_DURATIONS = frozenset(
    (
        "scrape_interval",
        "scrape_timeout",
        "evaluation_interval",
        "rule_query_offset",
        "timeout",
        "refresh_interval",
    )
)
_ALERTMANAGER_DURATIONS = frozenset(("group_wait", "group_interval", "repeat_interval", "resolve_timeout", "timeout"))
# Below these keys stand names and texts, which may look like anything.
_TEXTS = frozenset(
    [
        "labels",
        "annotations",
        "external_labels",
        "relabel_configs",
        "metric_relabel_configs",
        "params",
        "details",
        "matchers",
        "match",
        "match_re",
        "source_matchers",
        "target_matchers",
        "source_match",
        "target_match",
    ]
)
_CLOCK_TIMES = frozenset(("time_intervals", "mute_time_intervals", "active_time_intervals"))

# Prometheus' own defaults, which a file that leaves them out runs with.
_FLAGS = {
    "query.lookback-delta": "5m",
    "rules.alert.resend-delay": "1m",
    "rules.alert.for-grace-period": "10m",
    "rules.alert.for-outage-tolerance": "1h",
}


def checked_scale(k: float) -> float:
    """The time scale, if it is one.

    Raises:
        UsageError: it is not a finite number above zero.
    """
    if not (math.isfinite(k) and k > 0):
        raise UsageError(f"a time scale of {k:g} cannot be used: give a number above 0, for example 15")
    return k


def compress_rules(
    text: str, k: float, *, file: str = "rules.yml", real_time: Iterable[str] = (), events: Iterable[str] = ()
) -> str:
    """A rule file with every duration divided by k, those inside the expressions too.

    Args:
        text: YAML of the rule file.
        k: the time scale.
        file: its name, for errors.
        real_time: names (`*` allowed) of metrics that measure real work, which does not shrink.
        events: names (`*` allowed) of counters of events that follow the compressed clock: their rates grow with it.

    Raises:
        UsageError: it does not load, or cannot be scaled with certainty; names file, group and rule.
    """
    checked_scale(k)
    content = _loaded(text, file)
    groups = content.get("groups")
    if not isinstance(groups, list):
        raise UsageError(f"{file}: it has no list of groups")
    return _dumped({**content, "groups": [_group(group, k, file, tuple(real_time), tuple(events)) for group in groups]})


def compress_prometheus(text: str, k: float, *, file: str = "prometheus.yml") -> str:
    """A Prometheus configuration with every duration divided by k; defaults are written out.

    Raises:
        UsageError: it does not load, has a duration that is not known, or an interval gets too short.
    """
    content = _loaded(text, file)
    common = content.get("global") or {}
    interval = common.get("scrape_interval", "1m")
    timeout = from_seconds(min(_seconds("10s", file), _seconds(interval, file)))
    usual = {"scrape_interval": interval, "scrape_timeout": timeout, "evaluation_interval": "1m"}
    whole = {**content, "global": {**usual, **common}}
    return _dumped(_divided(whole, checked_scale(k), file, _PROMETHEUS_DURATIONS))


def compress_alertmanager(text: str, k: float, *, file: str = "alertmanager.yml") -> str:
    """An Alertmanager configuration with every duration divided by k; defaults are written out.

    Raises:
        UsageError: it does not load, or has clock times or a duration that is not known.
    """
    content = _loaded(text, file)
    clocks = sorted(_CLOCK_TIMES & content.keys())
    if clocks:
        raise UsageError(f"{file}: {', '.join(clocks)} are times of day, which have no other time scale")
    usual = {"group_wait": "30s", "group_interval": "5m", "repeat_interval": "4h"}
    whole = {
        **content,
        "global": {"resolve_timeout": "5m", **(content.get("global") or {})},
        "route": {**usual, **(content.get("route") or {})},
    }
    return _dumped(_divided(whole, checked_scale(k), file, _ALERTMANAGER_DURATIONS))


def prometheus_flags(k: float) -> tuple[str, ...]:
    """Command line flags that bring Prometheus' built-in durations to the time scale."""
    checked_scale(k)
    return tuple(f"--{flag}={from_seconds(to_seconds(usual) / k)}" for flag, usual in _FLAGS.items())


def _group(group: Any, k: float, file: str, *metrics: tuple[str, ...]) -> Any:
    if not isinstance(group, Mapping) or not isinstance(group.get("rules"), list):
        raise UsageError(f"{file}: a group has no list of rules")
    name = group.get("name", "?")
    where = f"{file}, group {name}"
    head = _divided(
        {key: value for key, value in group.items() if key != "rules"}, k, where, _RULE_DURATIONS | _INTERVALS
    )
    return {**head, "rules": [_rule(rule, k, where, *metrics) for rule in group["rules"]]}


def _rule(rule: Any, k: float, where: str, real_time: tuple[str, ...], events: tuple[str, ...]) -> Any:
    if not isinstance(rule, Mapping) or not isinstance(rule.get("expr"), str | int | float):
        raise UsageError(f"{where}: a rule has no expression")
    where = f"{where}, rule {rule.get('alert') or rule.get('record') or '?'}"
    rest = _divided({key: value for key, value in rule.items() if key != "expr"}, k, where, _RULE_DURATIONS)
    scaled = compress_expression(str(rule["expr"]), k, where=where, real_time=real_time, events=events)
    return {key: scaled if key == "expr" else rest[key] for key in rule}


def _divided(node: Any, k: float, where: str, durations: frozenset[str]) -> Any:
    """The same tree with the values of the named keys divided by k."""

    def visit(key: str, value: Any) -> Any:
        if key in _TEXTS:
            return value
        if key in durations and not isinstance(value, Mapping | list):
            return _shorter(key, value, k, where)
        if isinstance(value, Mapping):
            return {name: visit(name, below) for name, below in value.items()}
        if isinstance(value, list):
            return [visit("", below) for below in value]
        if looks_like_duration(value):
            raise UsageError(f"{where}: {key or 'a list'} has {value}, and how it scales is not known")
        return value

    return visit("", node)


def _shorter(key: str, value: Any, k: float, where: str) -> str:
    seconds = _seconds(value, f"{where}, {key}")
    if key in _INTERVALS and seconds / k < SHORTEST_INTERVAL_S:
        raise UsageError(
            f"{where}: {key} {value} divided by {k:g} is {seconds / k:.3g} s, below {SHORTEST_INTERVAL_S} s; "
            f"use a time scale of at most {seconds / SHORTEST_INTERVAL_S:g}"
        )
    if seconds and round(seconds / k * 1000) == 0:
        raise UsageError(f"{where}: {key} {value} divided by {k:g} is less than a millisecond")
    return from_seconds(seconds / k)


def _seconds(value: Any, where: str) -> float:
    try:
        return to_seconds(str(value))
    except UsageError as problem:
        raise UsageError(f"{where}: {problem}") from problem


def _loaded(text: str, file: str) -> dict[str, Any]:
    try:
        content = yaml.safe_load(text)
    except yaml.YAMLError as problem:
        raise UsageError(f"{file}: it is no YAML: {' '.join(str(problem).split())}") from problem
    if not isinstance(content, dict):
        raise UsageError(f"{file}: it holds no configuration")
    return content


class _Plain(yaml.SafeDumper):
    """Writes each value where it stands, without anchors, and texts of several lines as such."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text(dumper: _Plain, value: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style="|" if "\n" in value else None)


_Plain.add_representer(str, _text)


def _dumped(content: Mapping[str, Any]) -> str:
    return yaml.dump(dict(content), Dumper=_Plain, sort_keys=False, allow_unicode=True, width=1000)
