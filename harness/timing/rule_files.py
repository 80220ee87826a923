"""Rule files as text: their groups, and the alerting rules as Prometheus would load them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import yaml

from harness.errors import UsageError
from harness.recorded import RuleTiming
from harness.timing.durations import to_seconds
from harness.timing.loaded import loaded_rules


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A group of a rule file: its name, its rules as they stand there, its own interval (s, None without one)."""

    file: str
    name: str
    rules: tuple[Mapping[str, Any], ...]
    interval_s: float | None

    @property
    def alerts(self) -> tuple[str, ...]:
        """The alerts that it has, in order."""
        return tuple(str(rule["alert"]) for rule in self.rules if "alert" in rule)


@lru_cache(maxsize=64)
def groups_of(text: str, file: str) -> tuple[Group, ...]:
    """The groups of a rule file; kept, as the scenarios of a run have the same one.

    Args:
        text: YAML.
        file: its name, for errors.

    Raises:
        UsageError: it is no rule file; names file, group and rule.
    """
    try:
        content = yaml.safe_load(text)
    except yaml.YAMLError as problem:
        raise UsageError(f"{file}: it is no YAML: {' '.join(str(problem).split())}") from problem
    if isinstance(content, Mapping) and content.get("kind") == "PrometheusRule":
        raise UsageError(f"{file}: it is a Kubernetes resource; make a rule file of what lies under its spec")
    groups = content.get("groups") if isinstance(content, Mapping) else None
    if not isinstance(groups, list):
        raise UsageError(f"{file}: it has no list of groups, so it is no rule file")
    return tuple(_group(group, number, file) for number, group in enumerate(groups, start=1))


def evaluation_s(prometheus: str) -> float:
    """How often a group without an interval of its own is evaluated, s.

    Raises:
        UsageError: the configuration cannot be read.
    """
    try:
        config = yaml.safe_load(prometheus)
    except yaml.YAMLError as problem:
        raise UsageError(f"the configuration of Prometheus is no YAML: {' '.join(str(problem).split())}") from problem
    common = (config.get("global") if isinstance(config, Mapping) else None) or {}
    return to_seconds(str(common.get("evaluation_interval", "1m")))


def planned_rules(files: Mapping[str, str], prometheus: str, alertmanager: str) -> tuple[RuleTiming, ...]:
    """The alerting rules of some files as Prometheus would load them.

    Args:
        files: text by name of the rule files.
        prometheus: text of its configuration.
        alertmanager: text of Alertmanager's.

    Raises:
        UsageError: a file cannot be read; names it.
    """
    usual_s = evaluation_s(prometheus)
    groups = [_as_loaded(group, usual_s) for file, text in files.items() for group in groups_of(text, file)]
    return loaded_rules({"data": {"groups": groups}}, prometheus, alertmanager)


def _group(group: Any, number: int, file: str) -> Group:
    if not isinstance(group, Mapping):
        raise UsageError(f"{file}: group {number} is no mapping")
    where = f"{file}, group {group.get('name', number)}"
    rules = group.get("rules") or []
    if not isinstance(rules, list):
        raise UsageError(f"{where}: its rules are no list")
    for rule in rules:
        name = rule.get("alert") or rule.get("record") if isinstance(rule, Mapping) else None
        if name is None:
            raise UsageError(f"{where}: a rule is neither an alert nor a record")
        if not isinstance(rule.get("expr"), str | int | float):
            raise UsageError(f"{where}, rule {name}: it has no expression")
        for texts in ("labels", "annotations"):
            if not isinstance(rule.get(texts) or {}, Mapping):
                raise UsageError(f"{where}, rule {name}: its {texts} are no mapping")
    return Group(
        file=file,
        name=str(group.get("name", number)),
        rules=tuple(rules),
        interval_s=_seconds(group.get("interval"), where, "interval") if group.get("interval") else None,
    )


def _as_loaded(group: Group, usual_s: float) -> dict[str, Any]:
    """A rule group in the form of Prometheus' API."""
    where = f"{group.file}, group {group.name}"
    rules = [
        {
            "type": "alerting",
            "name": str(rule["alert"]),
            "query": str(rule["expr"]),
            "duration": _seconds(rule.get("for"), f"{where}, rule {rule['alert']}", "for"),
            "keepFiringFor": _seconds(rule.get("keep_firing_for"), f"{where}, rule {rule['alert']}", "keep_firing_for"),
            "labels": _texts(rule.get("labels")),
            "annotations": _texts(rule.get("annotations")),
        }
        for rule in group.rules
        if "alert" in rule
    ]
    return {"name": group.name, "file": group.file, "interval": group.interval_s or usual_s, "rules": rules}


def _texts(values: Any) -> dict[str, str]:
    return {str(key): str(value) for key, value in (values or {}).items()}


def _seconds(value: Any, where: str, key: str) -> float:
    try:
        return to_seconds(str(value or "0s"))
    except UsageError as problem:
        raise UsageError(f"{where}: {key}: {problem}") from problem
