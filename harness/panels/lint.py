"""What is wrong with a board's file, by the rules of Grafana 10.4 and by those that keep a board readable.

Grafana itself takes almost anything: a source that nobody has, a unit that nobody knows or two panels in one place show
only when somebody looks. Each rule here is one sentence; a board without a sentence is sound.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import product
from typing import Any

SCHEMA = 39  # what 10.4 exports; older ones are migrated in the browser only
COLUMNS = 24
PANEL_TYPES = frozenset({"row", "text", "stat", "gauge", "bargauge", "table", "timeseries", "state-timeline"})
_UID = re.compile(r"[A-Za-z0-9_-]{1,40}")
# A place that is filled in: a variable, not one of Grafana's own ($__range) nor a group of label_replace ($1).
_PLACE = re.compile(r"\$\{?(?!__)([A-Za-z_]\w*)")
_ASKED = ("expr", "rawSql", "query", "keyName", "field")
_SQL = ("grafana-postgresql-datasource", "grafana-clickhouse-datasource")
_TAKES_ALL = re.compile(r'\w+=~"\.[*+]"')  # what is left of a variable that somebody took out
_BY_HAND = re.compile(r"\$__(from|to)Time\b|\$__unixEpoch(From|To)\b")
_BOUNDED = re.compile(
    r"\bLIMIT \d+\)?( AS \w+)?( JOIN .*)?( ORDER BY [\w ,.]+)?$|\bGROUP BY\b|^SELECT (avg|sum|count|max|min)\("
)


def problems(board: Mapping[str, Any], sources: Mapping[str, str], units: Collection[str]) -> list[str]:
    """One sentence a problem, none for a sound board.

    Args:
        board: the content of its file.
        sources: the type of each provisioned data source, by uid.
        units: the ids of the units that Grafana knows; `suffix:...` and `prefix:...` are known always.
    """
    panels = board.get("panels") or []
    found = [*_frame(board), *_places(panels), *_variables(board)]
    for panel in panels:
        found += [f"{panel.get('title') or panel.get('id')}: {wrong}" for wrong in _panel(panel, sources, units)]
    return found


def twice(boards: Sequence[Mapping[str, Any]]) -> list[str]:
    """The uids and titles that several boards have: Grafana would keep one of them without a word."""
    return [
        f"the {key} {value!r} belongs to {count} boards"
        for key in ("uid", "title")
        for value, count in Counter(board.get(key) for board in boards).items()
        if count > 1
    ]


def _frame(board: Mapping[str, Any]) -> Iterator[str]:
    if "dashboard" in board:
        yield "it is wrapped in `dashboard`: file provisioning skips it"
    if not str(board.get("title") or "").strip():
        yield "it has no title"
    if not _UID.fullmatch(str(board.get("uid") or "")):
        yield f"the uid {board.get('uid')!r} is none"
    if board.get("id") is not None:
        yield "it has an id, which belongs to the server"
    if board.get("schemaVersion") != SCHEMA:
        yield f"its schema is {board.get('schemaVersion')}, not {SCHEMA}"
    if board.get("__inputs"):
        yield "it asks for inputs, which file provisioning does not fill in"
    if not board.get("refresh"):
        yield "it is never refreshed"


def _places(panels: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for number, count in Counter(panel.get("id") for panel in panels).items():
        if count > 1 or not number:
            yield f"{count} panels have the id {number}"
    taken: dict[tuple[int, int], str] = {}
    for panel in panels:
        at, title = panel.get("gridPos") or {}, str(panel.get("title"))
        left, top, wide, high = (int(at.get(side) or 0) for side in ("x", "y", "w", "h"))
        if not wide or not high or left < 0 or top < 0 or left + wide > COLUMNS:
            yield f"{title} is not within the {COLUMNS} columns"
        cells = product(range(left, left + wide), range(top, top + high))
        if other := next((taken[cell] for cell in cells if cell in taken), ""):
            yield f"{title} lies on {other}"
        taken |= dict.fromkeys(product(range(left, left + wide), range(top, top + high)), title)


def _variables(board: Mapping[str, Any]) -> Iterator[str]:
    defined = [str(variable.get("name")) for variable in (board.get("templating") or {}).get("list") or []]
    targets = [target for panel in board.get("panels") or [] for target in panel.get("targets") or []]
    used = {name for target in targets for key in _ASKED for name in _PLACE.findall(str(target.get(key) or ""))}
    for name, count in Counter(defined).items():
        if count > 1:
            yield f"the variable {name} is defined {count} times"
        if name not in used:
            yield f"the variable {name} changes nothing"
    for name in sorted(used - set(defined)):
        yield f"${name} is no variable of it"


def _panel(panel: Mapping[str, Any], sources: Mapping[str, str], units: Collection[str]) -> Iterator[str]:
    if panel.get("type") not in PANEL_TYPES:
        yield f"the panel type {panel.get('type')!r} is not one of Grafana's"
    if not str(panel.get("title") or "").strip():
        yield "it has no title"
    if panel.get("type") in ("row", "text"):
        return
    if not str(panel.get("description") or "").strip():
        yield "it has no description"
    for unit in _units(panel):
        if unit not in units and not unit.startswith(("suffix:", "prefix:")):
            yield f"the unit {unit!r} is not known"
    if not panel.get("maxDataPoints") or not panel.get("interval"):
        yield "its points and interval depend on the width of the window"
    yield from _targets(panel, sources)


def _units(panel: Mapping[str, Any]) -> Iterator[str]:
    config = panel.get("fieldConfig") or {}
    if unit := (config.get("defaults") or {}).get("unit"):
        yield str(unit)
    for override in config.get("overrides") or []:
        yield from (str(one.get("value")) for one in override.get("properties") or [] if one.get("id") == "unit")


def _targets(panel: Mapping[str, Any], sources: Mapping[str, str]) -> Iterator[str]:
    reference, targets = panel.get("datasource") or {}, panel.get("targets") or []
    if not isinstance(reference, Mapping) or sources.get(str(reference.get("uid"))) != reference.get("type"):
        yield f"no data source is {reference}"
        return
    if not targets:
        yield "it asks nothing"
    for ref_id, count in Counter(target.get("refId") for target in targets).items():
        if not ref_id or count > 1:
            yield f"{count} queries have the refId {ref_id!r}"
    for target in targets:
        if target.get("datasource") != reference:
            yield f"query {target.get('refId')} reads {target.get('datasource')}, the panel {reference}"
        elif wrong := _query(target, str(reference["type"])):
            yield f"query {target.get('refId')} {wrong}"


def _query(target: Mapping[str, Any], source: str) -> str:
    """What is wrong with one query, in words; empty where nothing is."""
    if source == "prometheus":
        if not target.get("expr"):
            return "has no expression"
        if everything := _TAKES_ALL.search(str(target["expr"])):
            return f"has the matcher {everything[0]}, which takes everything: a choice is not heeded"
        once = bool(target.get("range")) is not bool(target.get("instant"))
        return "" if once else "is not either a range or an instant query"
    if source not in _SQL:
        return "" if target.get("command") or target.get("query") else "has no command"
    sql, table = str(target.get("rawSql") or ""), target.get("format") in ("table", 1)
    if not sql:
        return "has no SQL"
    if by_hand := _BY_HAND.search(sql):
        return f"takes the range's ends by hand ({by_hand[0]}), where seconds pass for milliseconds: use $__timeFilter"
    if target.get("format") not in (("time_series", "table") if source == _SQL[0] else (0, 1)):
        return f"has the format {target.get('format')!r}, which the plugin refuses"
    if not table and not re.search(r"\btime\b|\$__timeGroupAlias", sql):
        return "is a time series without a column `time`"
    return "" if not table or _BOUNDED.search(sql) else "may answer with any number of rows"
