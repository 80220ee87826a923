"""Everything that can be said of alert rules without running them: do they load, scale, reach somebody, are tested?"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from harness.alerts.problem import Problem
from harness.alerts.tool_checks import alertmanager_problems, load_problems, unit_test_problems
from harness.alerts.tools import Toolbox
from harness.errors import UsageError
from harness.timing import compress_rules
from harness.timing.routing import Route, channels, routing_tree
from harness.timing.rule_files import Group, groups_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What is checked.

    Args:
        rules: text of the rule files by path.
        alertmanager: path and text of Alertmanager's configuration.
        tests: text of the unit test files by path.
        exercised: alerts that a scenario sets off.
        k: the time scale that the rules have to bear.
        real_time: metrics that measure real work.
        events: counters whose events follow the compressed clock.
        roots: folders in which a relative runbook link may lead to a file.
    """

    rules: Mapping[str, str]
    alertmanager: tuple[str, str]
    tests: Mapping[str, str]
    exercised: frozenset[str]
    k: float
    real_time: tuple[str, ...] = ()
    events: tuple[str, ...] = ()
    roots: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What was found.

    Args:
        groups: those that can be read.
        problems: all of them, in the order of files, groups and rules.
    """

    groups: tuple[Group, ...]
    problems: tuple[Problem, ...]

    @property
    def alerts(self) -> int:
        """How many alerting rules there are."""
        return sum(len(group.alerts) for group in self.groups)


def check(subject: Subject, toolbox: Toolbox) -> Checked:
    """All problems of some rule files and the configuration that routes their alerts.

    Raises:
        InfrastructureError: promtool or amtool cannot be run.
    """
    groups, found = _read(subject.rules)
    loading = load_problems(subject.rules, toolbox)
    told = {(one.file, one.rule) for one in loading}
    found += [one for one in loading if one.group or not any(known.file == one.file for known in found)]
    broken = {one.file for one in found if not one.group}
    sound = [group for group in groups if group.file not in broken]
    found += [one for one in _unscalable(sound, subject) if (one.file, one.rule) not in told]
    found += _unlinked(sound, subject.roots)
    found += alertmanager_problems(*subject.alertmanager, toolbox)
    found += _unrouted(sound, subject.alertmanager)
    if not loading:
        found += unit_test_problems(subject.tests, subject.rules, toolbox)
    found += _idle(sound, subject)
    return Checked(groups=tuple(groups), problems=tuple(_in_order(found, groups)))


def _read(files: Mapping[str, str]) -> tuple[list[Group], list[Problem]]:
    groups: list[Group] = []
    problems: list[Problem] = []
    for file, text in files.items():
        try:
            groups += groups_of(text, file)
        except UsageError as problem:
            what = str(problem).removeprefix(f"{file}: ").removeprefix(f"{file}, ")
            problems.append(Problem(file=file, what=what, do="Mend the file; nothing in it was checked"))
    return groups, problems


def _unscalable(groups: Iterable[Group], subject: Subject) -> Iterator[Problem]:
    """Rules that cannot run faster, so that no compressed run can judge them."""
    for group, rule, name in _rules(groups):
        head = {} if group.interval_s is None else {"interval": _text_of_seconds(group.interval_s)}
        alone = yaml.safe_dump({"groups": [{"name": group.name, **head, "rules": [dict(rule)]}]}, sort_keys=False)
        try:
            compress_rules(alone, subject.k, file=group.file, real_time=subject.real_time, events=subject.events)
        except UsageError as problem:
            what = re.sub(r"^.*?(?:, rule [^:]*|, group [^:]*): ", "", str(problem), count=1)
            do = "Write it so that its unit shows, name its metric with --real-time if it measures real work, "
            do += "or judge the rule at production timing only"
            yield Problem(file=group.file, group=group.name, rule=name, what=what, do=do)


def _unlinked(groups: Iterable[Group], roots: Sequence[Path]) -> Iterator[Problem]:
    """Alerts whose reader is not led to a page."""
    for group, rule, name in _rules(groups, alerts_only=True):
        link = str((rule.get("annotations") or {}).get("runbook_url") or "")
        place = {"file": group.file, "group": group.name, "rule": name}
        if not link:
            yield Problem(**place, what="it has no runbook_url", do="Add one that leads to a page on what to do")
        elif "{{" not in link and "://" not in link and not _is_page(link.partition("#")[0], group.file, roots):
            yield Problem(**place, what=f"its runbook {link} does not exist", do="Write the page, or mend the link")


def _is_page(link: str, file: str, roots: Sequence[Path]) -> bool:
    return any((root / link).is_file() for root in (*roots, *Path(file).resolve().parents))


def _unrouted(groups: Iterable[Group], alertmanager: tuple[str, str]) -> Iterator[Problem]:
    """Alerts that nobody is told of."""
    file, text = alertmanager
    try:
        config = yaml.safe_load(text)
        tree, told = routing_tree(config), channels(config)
    except (UsageError, yaml.YAMLError, AttributeError, KeyError, TypeError):
        return  # amtool tells
    for group, rule, name in _rules(groups, alerts_only=True):
        labels = {str(key): str(value) for key, value in (rule.get("labels") or {}).items()}
        routes = tree.match({**labels, "alertname": name})
        yield from _dead_ends(routes, told, file, Problem(file=group.file, group=group.name, rule=name, what="", do=""))


def _dead_ends(
    routes: Sequence[Route], told: Mapping[str, tuple[str, ...]], file: str, place: Problem
) -> Iterator[Problem]:
    for receiver in dict.fromkeys(route.receiver for route in routes):
        if receiver not in told:
            what = f"it is routed to the receiver {receiver!r}, which {file} does not have"
            yield replace(place, what=what, do="Add the receiver, or name another in the route")
        elif not told[receiver]:
            what = f"it is routed to the receiver {receiver!r}, which tells nobody"
            yield replace(place, what=what, do=f"Give the receiver a channel in {file}")


def _idle(groups: Iterable[Group], subject: Subject) -> Iterator[Problem]:
    """Alerts that nothing exercises: whether they fire at all is not known."""
    tests = "\n".join(subject.tests.values())
    for group, _, name in _rules(groups, alerts_only=True):
        if name not in subject.exercised and not re.search(rf"(?<!\w){re.escape(name)}(?!\w)", tests):
            what = "no scenario and no unit test exercises it"
            do = "Add a scenario with a check Alert, or a unit test that makes it fire"
            yield Problem(file=group.file, group=group.name, rule=name, what=what, do=do)


def _rules(groups: Iterable[Group], *, alerts_only: bool = False) -> Iterator[tuple[Group, Mapping[str, Any], str]]:
    for group in groups:
        for rule in group.rules:
            if "alert" in rule or not alerts_only:
                yield group, rule, str(rule.get("alert") or rule.get("record"))


def _in_order(problems: Collection[Problem], groups: Sequence[Group]) -> list[Problem]:
    """As they stand in the files, each once."""
    places = {(group.file, group.name, name): number for number, (group, _, name) in enumerate(_rules(groups))}
    files = {group.file: number for number, group in enumerate(reversed(groups))}

    def place(one: Problem) -> tuple[int, str, int]:
        return -files.get(one.file, -len(files)), one.file, places.get((one.file, one.group, one.rule), -1)

    return sorted(dict.fromkeys(problems), key=place)


def _text_of_seconds(seconds: float) -> str:
    return f"{round(seconds * 1000)}ms"
