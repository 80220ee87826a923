"""A rule file cut into what can be evaluated alone: one part for each group, its text unchanged."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import yaml

from harness.errors import UsageError
from harness.timing.promql import metrics_read
from harness.timing.rule_files import Group, evaluation_s, groups_of

EVERYTHING = frozenset(("*",))


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Rules that are evaluated together, for the alerts of one group.

    Args:
        group: the group's name.
        interval_s: how often it is evaluated.
        alerts: whose timelines are taken from it.
        texts: rule files for promtool.
        reads: metrics that have to be loaded; EVERYTHING where a rule does not name what it reads.
        records: metrics that the rules make themselves.
    """

    group: str
    interval_s: float
    alerts: frozenset[str]
    texts: tuple[str, ...]
    reads: frozenset[str]
    records: frozenset[str] = frozenset()


def parts_of(files: Mapping[str, str], prometheus: str) -> tuple[Part, ...]:
    """The parts of some rule files.

    Groups are evaluated each at its own time. Where one reads what another records, the whole files are evaluated
    at the group's time; otherwise its own lines are enough.

    Args:
        files: text by name.
        prometheus: text of Prometheus' configuration, for the usual interval.

    Raises:
        UsageError: a file cannot be read; names it.
    """
    return _parts(tuple(files.items()), prometheus)


@lru_cache(maxsize=512)
def _parts(items: tuple[tuple[str, str], ...], prometheus: str) -> tuple[Part, ...]:
    """Kept, as one rule file is asked of many recordings."""
    files = dict(items)
    usual_s = evaluation_s(prometheus)
    groups = {file: groups_of(text, file) for file, text in files.items()}
    every = [group for found in groups.values() for group in found]
    records = frozenset(str(rule["record"]) for group in every for rule in group.rules if "record" in rule)
    whole = bool(records) or any("ALERTS" in _reads([group]) for group in every)
    taken: set[str] = set()
    parts = []
    for file, text in files.items():
        slices = [None] * len(groups[file]) if whole else _slices(text, len(groups[file]))
        for group, own in zip(groups[file], slices, strict=True):
            parts.append(
                Part(
                    group=group.name,
                    interval_s=group.interval_s or usual_s,
                    alerts=frozenset(group.alerts) - taken,
                    texts=(own,) if own is not None else tuple(files.values()),
                    reads=_reads([group] if own is not None else every) - records - {"ALERTS", "ALERTS_FOR_STATE"},
                    records=records,
                )
            )
            taken |= set(group.alerts) if own is None else set()
    return tuple(part for part in parts if part.alerts)


def metrics_of(files: Mapping[str, str]) -> frozenset[str]:
    """The metrics that the rules of some files read and do not record themselves."""
    groups = [group for file, text in files.items() for group in groups_of(text, file)]
    records = {str(rule["record"]) for group in groups for rule in group.rules if "record" in rule}
    return _reads(groups) - records - {"ALERTS", "ALERTS_FOR_STATE"}


def _reads(groups: Iterable[Group]) -> frozenset[str]:
    read: set[str] = set()
    for group in groups:
        for rule in group.rules:
            try:
                read |= metrics_read(str(rule["expr"]))
            except UsageError:  # it does not name what it reads, or does not parse, which promtool tells better
                return EVERYTHING
    return frozenset(read)


def _slices(text: str, count: int) -> Sequence[str | None]:
    """The text of each group as a rule file of its own; None where it cannot be cut out and mean the same."""
    root: Any = yaml.compose(text, Loader=yaml.SafeLoader)
    nodes = [value for key, value in root.value if key.value == "groups"]
    if len(nodes) != 1 or len(nodes[0].value) != count:
        return [None] * count
    meant = yaml.load(text, Loader=yaml.BaseLoader)["groups"]  # noqa: S506 - BaseLoader makes nothing but texts
    return [_cut(text, node, group) for node, group in zip(nodes[0].value, meant, strict=True)]


def _cut(text: str, node: yaml.Node, meant: object) -> str | None:
    indent = node.start_mark.column
    if indent < 2:
        return None
    own = f"groups:\n{' ' * (indent - 2)}- {text[node.start_mark.index : node.end_mark.index]}\n"
    try:
        read = yaml.load(own, Loader=yaml.BaseLoader)  # noqa: S506 - as above
    except yaml.YAMLError:
        return None
    return own if read == {"groups": [meant]} else None
