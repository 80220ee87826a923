"""The alerting rules of a run as its Prometheus and Alertmanager loaded them, from their APIs' answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml

from harness.errors import UsageError
from harness.recorded import RuleTiming
from harness.timing import promql
from harness.timing.durations import to_seconds
from harness.timing.routing import Route, channels, routing_tree

Loaded = str | Mapping[str, Any]


def loaded_rules(rules: Mapping[str, Any], prometheus: Loaded, alertmanager: Loaded) -> tuple[RuleTiming, ...]:
    """Every alerting rule with the intervals and channels that bound its behaviour.

    An alert is routed by its rule's labels, `alertname` and the external labels. Labels that it takes from
    its series are not known before it fires, so a route that matches on one is read as not matching.

    Args:
        rules: the answer of Prometheus' /api/v1/rules.
        prometheus: the answer of /api/v1/status/config, or the YAML text in it.
        alertmanager: the answer of Alertmanager's /api/v2/status, or the YAML text in it.

    Raises:
        UsageError: something in them cannot be read, or a rule reads a job that is not scraped.
    """
    config = _configuration(prometheus, "Prometheus", "data", "yaml")
    routes = _configuration(alertmanager, "Alertmanager", "config", "original")
    tree, told = routing_tree(routes), channels(routes)
    external = config.get("global", {}).get("external_labels") or {}
    scrapes = _scrapes(config)
    groups = (rules.get("data") or rules).get("groups")
    if groups is None:
        raise UsageError("the answer about Prometheus' rules has no groups")
    return tuple(
        _timing(rule, group, scrapes, tree.match({**external, **_labels(rule)}), told)
        for group in groups
        for rule in group["rules"]
        if rule.get("type", "alerting") == "alerting"
    )


def _labels(rule: Mapping[str, Any]) -> dict[str, str]:
    return {**rule.get("labels", {}), "alertname": rule["name"]}


def _timing(
    rule: Mapping[str, Any],
    group: Mapping[str, Any],
    scrapes: Mapping[str, tuple[float, float]],
    routes: tuple[Route, ...],
    told: Mapping[str, tuple[str, ...]],
) -> RuleTiming:
    where = f"rule {rule['name']} of group {group['name']}"
    tree = promql.parse(rule["query"], where)
    read = [scrapes[job] for job in promql.jobs_read(tree, scrapes, where)]
    return RuleTiming(
        alert=rule["name"],
        expr=rule["query"],
        for_s=float(rule.get("duration", 0)),
        keep_firing_s=float(rule.get("keepFiringFor", 0)),
        interval_s=float(group["interval"]),
        scrape_s=max((interval_s for interval_s, _ in read), default=0.0),
        scrape_timeout_s=max((timeout_s for _, timeout_s in read), default=0.0),
        window_s=promql.window_s(tree),
        labels=dict(rule.get("labels", {})),
        annotations=dict(rule.get("annotations", {})),
        group_wait_s=max(route.group_wait_s for route in routes),
        group_interval_s=max(route.group_interval_s for route in routes),
        receivers=_channels(routes, told),
    )


def _channels(routes: tuple[Route, ...], told: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for route in routes:
        if route.receiver not in told:
            raise UsageError(f"a route names the receiver {route.receiver!r}, which does not exist")
        found.update(dict.fromkeys(told[route.receiver]))
    return tuple(found)


def _scrapes(config: Mapping[str, Any]) -> dict[str, tuple[float, float]]:
    """For each job its scrape interval and timeout, s."""
    common = config.get("global") or {}
    # Prometheus' own defaults; a loaded configuration has them written out.
    usual = {
        "scrape_interval": common.get("scrape_interval", "1m"),
        "scrape_timeout": common.get("scrape_timeout", "10s"),
    }
    return {
        job["job_name"]: (
            to_seconds(job.get("scrape_interval", usual["scrape_interval"])),
            to_seconds(job.get("scrape_timeout", usual["scrape_timeout"])),
        )
        for job in config.get("scrape_configs") or ()
    }


def _configuration(answer: Loaded, program: str, *path: str) -> Mapping[str, Any]:
    found: Any = answer
    for key in path:
        if isinstance(found, Mapping) and key in found:
            found = found[key]
    try:
        config = yaml.safe_load(found) if isinstance(found, str) else found
    except yaml.YAMLError as problem:
        raise UsageError(f"the configuration that {program} loaded is no YAML: {problem}") from problem
    if not isinstance(config, Mapping):
        raise UsageError(f"the configuration that {program} loaded is no mapping")
    return config
