"""Which receivers an alert reaches: Alertmanager's routing tree, resolved as Alertmanager resolves it.

A route matches when all its matchers do. Its children are tried in order; the first that matches ends the
search unless it says `continue`; where no child matches, the route itself takes the alert. Timings and the
receiver are inherited from the parent. (Alertmanager, package dispatch, `Route.Match`.)
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from harness.errors import UsageError
from harness.timing.durations import to_seconds

_MATCHER = re.compile(
    r"""\s*(?:"(?P<quoted_name>(?:\\.|[^"\\])*)"|(?P<name>[a-zA-Z_:][\w:]*))\s*(?P<op>=~|!~|!=|=)\s*"""
    r"""(?:"(?P<quoted>(?:\\.|[^"\\])*)"|(?P<bare>[^",{}]*?))\s*(?:,|$)"""
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Matcher:
    """One condition on a label; a label that is not there counts as empty."""

    label: str
    value: str
    regex: bool = False
    negated: bool = False

    def matches(self, labels: Mapping[str, str]) -> bool:
        """True when the labels satisfy it."""
        found = labels.get(self.label, "")
        hit = re.fullmatch(self.value, found) is not None if self.regex else found == self.value
        return hit is not self.negated


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One node of the tree with what it inherited; timings in s."""

    receiver: str = ""
    group_by: tuple[str, ...] = ()
    # Alertmanager's own defaults (dispatch.DefaultRouteOpts).
    group_wait_s: float = 30.0
    group_interval_s: float = 300.0
    repeat_interval_s: float = 14_400.0
    matchers: tuple[Matcher, ...] = ()
    goes_on: bool = False
    children: tuple[Route, ...] = ()

    def match(self, labels: Mapping[str, str]) -> tuple[Route, ...]:
        """The routes that take an alert with these labels; none where this route does not match."""
        if not all(matcher.matches(labels) for matcher in self.matchers):
            return ()
        taken: list[Route] = []
        for child in self.children:
            matched = child.match(labels)
            taken.extend(matched)
            if matched and not child.goes_on:
                break
        return tuple(taken) or (self,)


def routing_tree(config: Mapping[str, Any]) -> Route:
    """The routing tree of an Alertmanager configuration.

    Raises:
        UsageError: there is no route, or one that cannot be read.
    """
    if not isinstance(config.get("route"), Mapping):
        raise UsageError("the Alertmanager configuration has no route")
    return _route(config["route"], Route())


def channels(config: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """For each receiver the kinds of channel it tells, for example ("pagerduty",) for pagerduty_configs."""
    return {
        receiver["name"]: tuple(
            key.removesuffix("_configs") for key, value in receiver.items() if key.endswith("_configs") and value
        )
        for receiver in config.get("receivers") or ()
    }


def parse_matchers(text: str) -> tuple[Matcher, ...]:
    """Matchers as written in a configuration: `severity="critical"`, `{a=~"b|c", d!="e"}`.

    Raises:
        UsageError: the text is no list of matchers.
    """
    inner = text.strip()
    if inner.startswith("{") and inner.endswith("}"):
        inner = inner[1:-1].strip()
    found, position = [], 0
    while position < len(inner):
        part = _MATCHER.match(inner, position)
        if part is None:
            raise UsageError(f"{text!r} is no Alertmanager matcher")
        found.append(_matcher(part))
        position = part.end()
    return tuple(found)


def _matcher(part: re.Match[str]) -> Matcher:
    label = part["name"] or _unquoted(part["quoted_name"])
    value = _unquoted(part["quoted"]) if part["quoted"] is not None else part["bare"]
    return _checked(Matcher(label=label, value=value, regex="~" in part["op"], negated="!" in part["op"]))


def _checked(matcher: Matcher) -> Matcher:
    if matcher.regex:
        try:
            re.compile(matcher.value)
        except re.error as problem:
            raise UsageError(
                f"the regular expression {matcher.value!r} of a route cannot be read: {problem}"
            ) from problem
    return matcher


def _unquoted(text: str) -> str:
    return re.sub(r"\\(.)", lambda escaped: {"n": "\n"}.get(escaped[1], escaped[1]), text)


def _route(node: Mapping[str, Any], parent: Route) -> Route:
    inherited = replace(
        parent,
        receiver=node.get("receiver") or parent.receiver,
        group_by=tuple(node["group_by"]) if node.get("group_by") else parent.group_by,
        group_wait_s=_seconds(node, "group_wait", parent.group_wait_s),
        group_interval_s=_seconds(node, "group_interval", parent.group_interval_s),
        repeat_interval_s=_seconds(node, "repeat_interval", parent.repeat_interval_s),
        matchers=(),
        goes_on=False,
        children=(),
    )
    return replace(
        inherited,
        matchers=_matchers_of(node),
        goes_on=bool(node.get("continue")),
        children=tuple(_route(child, inherited) for child in node.get("routes") or ()),
    )


def _matchers_of(node: Mapping[str, Any]) -> tuple[Matcher, ...]:
    texts = node.get("matchers") or ()
    found = [matcher for text in ([texts] if isinstance(texts, str) else texts) for matcher in parse_matchers(text)]
    found += [Matcher(label=label, value=str(value)) for label, value in (node.get("match") or {}).items()]
    found += [
        _checked(Matcher(label=label, value=str(value), regex=True))
        for label, value in (node.get("match_re") or {}).items()
    ]
    return tuple(found)


def _seconds(node: Mapping[str, Any], key: str, otherwise_s: float) -> float:
    return otherwise_s if node.get(key) is None else to_seconds(str(node[key]))
