"""Every rule file that differs from a given one in one place, as a slip of the hand could leave it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from harness.alerts import mutation_text as text
from harness.alerts.mutation_promql import Change, changes
from harness.errors import UsageError
from harness.timing.durations import from_seconds, to_seconds

USUAL_INTERVAL = "1m"  # Prometheus' own evaluation_interval where nothing says otherwise
OTHER_SEVERITY = {"critical": "warning"}


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleFile:
    """A rule file that was read.

    Args:
        name: of the file, for people.
        groups: its groups, as the YAML has them.
    """

    name: str
    groups: tuple[Mapping[str, Any], ...]

    def alerts(self) -> tuple[str, ...]:
        """Names of the alerts, in the order of the file."""
        return tuple(str(rule["alert"]) for group in self.groups for rule in group["rules"] if "alert" in rule)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """A rule file with one change.

    Args:
        id: unique within the file, and the same each time.
        file: the rule file's name.
        group: the group with the change.
        rule: the rule with the change.
        kind: what was changed, in a word: number, window, for, severity ...
        before: the place as it was.
        after: the place as it is now.
        at: (group number, rule number) in the file.
        changed: the rule as it is now; None where it was removed.
        place: the part of the expression around the change, as it was; empty where the change is outside of it.
        path: the way to that part in the expression's tree.
    """

    id: str
    file: str
    group: str
    rule: str
    kind: str
    before: str
    after: str
    at: tuple[int, int]
    changed: Mapping[str, Any] | None
    place: str = ""
    path: text.Path = ()

    @property
    def what(self) -> str:
        """The change in one line."""
        return f"{self.kind}: {self.before} -> {self.after}"


def read_rules(content: str, name: str) -> RuleFile:
    """The groups of a rule file.

    Args:
        content: YAML.
        name: of the file, for errors.

    Raises:
        UsageError: it is no rule file; names what is missing.
    """
    try:
        loaded = yaml.safe_load(content)
    except yaml.YAMLError as problem:
        raise UsageError(f"{name}: it is no YAML: {' '.join(str(problem).split())}") from problem
    groups = loaded.get("groups") if isinstance(loaded, dict) else None
    if not isinstance(groups, list) or not groups:
        raise UsageError(f"{name}: it has no list of groups")
    for group in groups:
        if not isinstance(group, dict) or not isinstance(group.get("rules"), list):
            raise UsageError(f"{name}: a group has no list of rules")
        for rule in group["rules"]:
            if not isinstance(rule, dict) or "expr" not in rule or not ("alert" in rule or "record" in rule):
                raise UsageError(f"{name}, group {group.get('name', '?')}: a rule has no name or no expression")
    return RuleFile(name=name, groups=tuple(groups))


def rewritten(file: RuleFile) -> RuleFile:
    """The same rules, every expression in the form in which the mutants are written.

    Raises:
        UsageError: an expression does not parse or cannot be written again; names file, group and rule.
    """
    groups = [
        {
            **group,
            "rules": [
                {**rule, "expr": text.rewritten(str(rule["expr"]), _where(file, group, rule))}
                for rule in group["rules"]
            ],
        }
        for group in file.groups
    ]
    return RuleFile(name=file.name, groups=tuple(groups))


def rules_text(file: RuleFile, mutant: Mutant | None = None, *, only: str | None = None) -> str:
    """The rule file as YAML (in JSON's notation, which is YAML too).

    Args:
        file: the rule file.
        mutant: the change to make.
        only: leave out every other alert; recording rules stay, as it may read them.
    """
    groups = []
    for group_number, group in enumerate(file.groups):
        rules: list[Mapping[str, Any]] = []
        for rule_number, rule in enumerate(group["rules"]):
            if only is not None and rule.get("alert", only) != only:
                continue
            if mutant is None or mutant.at != (group_number, rule_number):
                rules.append(rule)
            elif mutant.changed is not None:
                rules.append(mutant.changed)
        if rules:
            groups.append({**group, "rules": rules})
    return json.dumps({"groups": groups}, default=str)


def mutants_of(file: RuleFile) -> tuple[Mutant, ...]:
    """All mutants of all rules, in the order of the file.

    Raises:
        UsageError: an expression does not parse or cannot be written again; names file, group and rule.
    """
    found: list[Mutant] = []
    numbers: Counter[tuple[str, str]] = Counter()
    for group_number, group in enumerate(file.groups):
        for rule_number, rule in enumerate(group["rules"]):
            found.extend(_of_rule(file, group, rule, (group_number, rule_number), numbers))
    return tuple(found)


def _of_rule(
    file: RuleFile,
    group: Mapping[str, Any],
    rule: Mapping[str, Any],
    at: tuple[int, int],
    numbers: Counter[tuple[str, str]],
) -> Iterator[Mutant]:
    where = _where(file, group, rule)
    name = rule_name(rule)

    def mutant(
        kind: str, before: str, after: str, changed: Mapping[str, Any] | None, change: Change | None = None
    ) -> Mutant:
        numbers[name, kind] += 1
        return Mutant(
            id=f"{name}/{kind}-{numbers[name, kind]}",
            file=file.name,
            group=str(group.get("name", "?")),
            rule=name,
            kind=kind,
            before=before,
            after=after,
            at=at,
            changed=changed,
            place=change.place if change else "",
            path=change.at if change else (),
        )

    whole = {**rule, "expr": text.rewritten(str(rule["expr"]), where)}
    for change in changes(str(rule["expr"]), where):
        yield mutant(change.kind, change.before, change.after, {**whole, "expr": change.expr}, change)
    if "alert" in rule:
        for before, after in _other_waits(rule, to_seconds(str(group.get("interval", USUAL_INTERVAL)))):
            yield mutant("for", before, after, {**whole, "for": after})
        for before, after, labels in _other_labels(rule.get("labels") or {}):
            yield mutant("label", before, after, {**whole, "labels": labels})
    yield mutant("rule", name, "(removed)", None)


def _other_waits(rule: Mapping[str, Any], interval_s: float) -> Iterator[tuple[str, str]]:
    """`for` one evaluation longer, one shorter, and none at all."""
    wait_s = to_seconds(str(rule.get("for", "0s")))
    others_s = (wait_s + interval_s, max(wait_s - interval_s, 0.0), 0.0)
    for other_s in dict.fromkeys(others_s):
        if other_s != wait_s:
            yield from_seconds(wait_s), from_seconds(other_s)


def _other_labels(labels: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Another severity, and each label dropped."""
    if "severity" in labels:
        before = str(labels["severity"])
        after = OTHER_SEVERITY.get(before, "critical")
        yield f"severity={before}", f"severity={after}", {**labels, "severity": after}
    for name, value in labels.items():
        yield f"{name}={value}", "(dropped)", {key: kept for key, kept in labels.items() if key != name}


def rule_name(rule: Mapping[str, Any]) -> str:
    """What a rule is called."""
    return str(rule.get("alert") or rule.get("record"))


def _where(file: RuleFile, group: Mapping[str, Any], rule: Mapping[str, Any]) -> str:
    return f"{file.name}, group {group.get('name', '?')}, rule {rule_name(rule)}"
