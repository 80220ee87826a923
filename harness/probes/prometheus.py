"""Prometheus: what it loaded, its alerts live, and afterwards each evaluation at which an alert stood."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import requests

from harness import loopback
from harness.errors import InfrastructureError
from harness.evidence import Recorder
from harness.recorded import RuleTiming, Stream
from harness.timing.promql import compared, metrics_read

CALL_S = 5.0
NO_STACK_IS_OLDER_S = 3600.0  # each scenario starts its own


@dataclass(frozen=True, slots=True, kw_only=True)
class Prometheus:
    """A client of the HTTP API (v1)."""

    base_url: str

    def rules(self) -> Mapping[str, Any]:
        """The loaded rule groups with their alerts (`GET /api/v1/rules`)."""
        return dict(self._get("/api/v1/rules"))

    def config(self) -> str:
        """The loaded configuration as YAML (`GET /api/v1/status/config`)."""
        return str(self._get("/api/v1/status/config")["yaml"])

    def query(self, promql: str, at_s: float | None = None) -> list[Any]:
        """The result of an instant query, at a wall time or now."""
        when = {} if at_s is None else {"time": f"{at_s:.3f}"}
        return list(self._get("/api/v1/query", query=promql, **when)["result"])

    def query_range(self, promql: str, from_s: float, to_s: float, step_s: float) -> list[Any]:
        """The series of a query between two wall times, a value each `step_s`."""
        times = {"start": f"{from_s:.3f}", "end": f"{to_s:.3f}", "step": f"{step_s:.3f}"}
        return list(self._get("/api/v1/query_range", query=promql, **times)["result"])

    def series(self, selector: str, from_s: float, to_s: float) -> list[Mapping[str, str]]:
        """The labels of each series that had a sample between two wall times (`GET /api/v1/series`)."""
        parameters = {"match[]": selector, "start": f"{from_s:.3f}", "end": f"{to_s:.3f}"}
        return list(self._get("/api/v1/series", **parameters))

    def _get(self, path: str, **parameters: str) -> Any:
        try:
            answer = loopback.get(self.base_url + path, params=parameters, timeout=CALL_S)
            body = answer.json()
        except (requests.RequestException, ValueError) as problem:
            raise InfrastructureError(f"Prometheus does not answer {path}: {problem}") from problem
        if body.get("status") != "success":
            raise InfrastructureError(f"Prometheus refused {path}: {body.get('error', answer.text[:200])}")
        return body["data"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RulesProbe:
    """Samples the state of every alerting rule."""

    prometheus: Prometheus
    every_s: float
    name: str = field(default="rules")

    def sample(self, recorder: Recorder) -> None:
        """Record all alerts as they stand, and when each group was last evaluated."""
        begun = time.monotonic()
        try:
            groups = self.prometheus.rules()["groups"]
        except InfrastructureError as problem:
            recorder.write(Stream.RULES, "unreachable", error=str(problem), ms=_ms_since(begun))
            return
        recorder.write(
            Stream.RULES,
            "sample",
            ms=_ms_since(begun),
            alerts=[alert for group in groups for rule in group["rules"] for alert in _alerts(rule)],
            evaluated_s={group["name"]: _seconds(group["lastEvaluation"]) for group in groups},
            unhealthy=[rule["name"] for group in groups for rule in group["rules"] if rule["health"] == "err"],
        )


def record_alert_series(prometheus: Prometheus, recorder: Recorder, from_s: float, to_s: float) -> None:
    """Record each evaluation between two wall times at which an alert was pending or firing.

    Prometheus writes the series ALERTS at the evaluation's own time, so these times are exact.
    """
    window_ms = int((to_s - from_s) * 1000) + 1
    for series in prometheus.query(f"ALERTS[{window_ms}ms]", at_s=to_s):
        labels = dict(series["metric"])
        del labels["__name__"]
        recorder.write(
            Stream.ALERTS,
            "series",
            alert=labels.pop("alertname"),
            state=labels.pop("alertstate"),
            labels=labels,
            times_s=[float(at) for at, _ in series["values"]],
        )
    recorder.write(Stream.ALERTS, "end", from_s=from_s, to_s=to_s)


def record_metric_series(
    prometheus: Prometheus, recorder: Recorder, rules: Iterable[RuleTiming], from_s: float, to_s: float
) -> None:
    """Record every sample between two wall times of the metrics that the rules read, and of `up`.

    All samples of one scrape carry the same time, so that what a scrape did not bring shows beside its `up`.
    """
    names = {"up", *(name for rule in rules for name in metrics_read(rule.expr))}
    _record_samples(prometheus, recorder, "series", names, to_s - from_s, to_s)
    recorder.write(Stream.SERIES, "end", from_s=from_s, to_s=to_s)


def record_shown_metrics(prometheus: Prometheus, recorder: Recorder, names: Iterable[str], to_s: float) -> None:
    """Record every sample of metrics that panels show, from the first that there is: boards look back that far.

    A replay of the rules has no need of them, so they are lines of another kind in the same stream.
    """
    if wanted := set(names):
        _record_samples(prometheus, recorder, "shown", wanted, NO_STACK_IS_OLDER_S, to_s)


def record_told(prometheus: Prometheus, recorder: Recorder, from_s: float, to_s: float) -> None:
    """Record each metric that had a sample between two wall times, with the labels that any of its series has."""
    labels: dict[str, set[str]] = defaultdict(set)
    for series in prometheus.series('{__name__!=""}', from_s, to_s):
        labels[series["__name__"]] |= series.keys()
    for metric, names in sorted(labels.items()):
        recorder.write(Stream.SERIES, "told", metric=metric, labels=sorted(names))


def _record_samples(
    prometheus: Prometheus, recorder: Recorder, kind: str, names: set[str], length_s: float, to_s: float
) -> None:
    window_ms = int(length_s * 1000) + 1
    for series in prometheus.query(f'{{__name__=~"{"|".join(sorted(names))}"}}[{window_ms}ms]', at_s=to_s):
        samples = [[float(at), value] for at, value in series["values"]]
        recorder.write(Stream.SERIES, kind, labels=series["metric"], samples=samples)


def record_rule_values(
    prometheus: Prometheus, recorder: Recorder, rules: Iterable[RuleTiming], from_s: float, to_s: float
) -> None:
    """Record what each rule compared with its threshold, at the pace of its evaluations: how near a silence was."""
    for rule in rules:
        if (seen := compared(rule.expr)) is None:
            continue
        for series in prometheus.query_range(seen.expr, from_s, to_s, rule.interval_s):
            labels = {name: value for name, value in series["metric"].items() if name != "__name__"}
            recorder.write(
                Stream.VALUES,
                "value",
                alert=rule.alert,
                operator=seen.operator,
                threshold=seen.threshold,
                labels=labels,
                samples=[[float(at), value] for at, value in series["values"]],
            )
    recorder.write(Stream.VALUES, "end", from_s=from_s, to_s=to_s)


def alert_states(rules: Mapping[str, Any]) -> dict[str, set[str]]:
    """The states ("pending", "firing") in which each alert of an answer of `rules()` has instances."""
    states: dict[str, set[str]] = defaultdict(set)
    for group in rules["groups"]:
        for rule in group["rules"]:
            for alert in _alerts(rule):
                states[alert["alert"]].add(alert["state"])
    return dict(states)


def active_since(rules: Mapping[str, Any], alert: str) -> list[float]:
    """Since when, wall clock s, each instance of an alert in an answer of `rules()` has been pending or firing."""
    found = [one for group in rules["groups"] for rule in group["rules"] for one in _alerts(rule)]
    return [float(one["active_s"]) for one in found if one["alert"] == alert]


def _alerts(rule: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "alert": rule["name"],
            "state": alert["state"],
            "labels": {key: value for key, value in alert["labels"].items() if key != "alertname"},
            "active_s": _seconds(alert["activeAt"]),
            "value": alert["value"],
        }
        for alert in rule.get("alerts", ())
    ]


def _seconds(rfc3339: str) -> float:
    """Go writes up to nine digits of a second; Python reads six."""
    whole, _, rest = rfc3339.rstrip("Z").partition(".")
    fraction = "".join(character for character in rest if character.isdigit())[:6]
    return datetime.fromisoformat(f"{whole}+00:00").timestamp() + float(f"0.{fraction or 0}")


def _ms_since(begun: float) -> float:
    return round((time.monotonic() - begun) * 1000, 2)
