"""Boards with one mistake each: what a person breaks when changing a board, to see whether anything notices.

Pure: a board's JSON in, changed copies out. A mutant that no lint rule and no look at the running system tells from the
original is a mistake that people would live with.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]
_METRIC = re.compile(r"\b[a-z]+(?:_[a-z0-9]+){2,}\b(?!\()")
_LABELS = re.compile(r"\b(by|on) \(([\w, ]+)\)")
_LIMIT = re.compile(r" LIMIT \d+")
_SELECTOR = re.compile(r'(\w+)=~"\$\w+"')
_TIME_FILTER = re.compile(r"\$__timeFilter\(([\w.]+)\)")


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardMutant:
    """A board with one mistake.

    Args:
        kind: which mistake, one of `KINDS`.
        panel: id of the panel that has it; 0 where a variable has it.
        ref_id: the query that has it, if one has.
        told: the mistake in a sentence.
        board: the whole board with it.
    """

    kind: str
    panel: int
    ref_id: str
    told: str
    board: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Changed:
    """A query with a mistake, and the words for it."""

    target: Json
    told: str


def mutants(board: Mapping[str, Any]) -> Iterator[BoardMutant]:
    """Every mutant of a board, each kind at each place where it is possible."""
    for at, panel in enumerate(board.get("panels") or []):
        for number, target in enumerate(panel.get("targets") or []):
            for kind, change in _KINDS.items():
                for changed in change(copy.deepcopy(target)):
                    mutant = copy.deepcopy(dict(board))
                    mutant["panels"][at]["targets"][number] = changed.target
                    yield BoardMutant(
                        kind=kind,
                        panel=int(panel["id"]),
                        ref_id=str(target["refId"]),
                        told=f"{panel['title']}: {changed.told}",
                        board=mutant,
                    )
    yield from _sources_of_nothing(board)
    yield from _variables_of_nothing(board)


def _renamed_metric(target: Json) -> Iterator[_Changed]:
    """Somebody renamed a metric in the application and forgot the board."""
    for name in sorted(set(_METRIC.findall(str(target.get("expr") or "")))):
        renamed = re.sub(rf"\b{name}\b", f"{name}_v2", target["expr"])
        yield _Changed(target={**target, "expr": renamed}, told=f"reads {name}_v2, which nobody tells")


def _wrong_unit_of_time(target: Json) -> Iterator[_Changed]:
    """Seconds compared with milliseconds: in a filter, or of a clock."""
    sql, expr = str(target.get("rawSql") or ""), str(target.get("expr") or "")
    if _TIME_FILTER.search(sql) and "clickhouse" in str(target.get("datasource")):
        wrong = _TIME_FILTER.sub(r"\1 >= toDateTime(intDiv(toUInt32($__fromTime), 1000))", sql)
        yield _Changed(target={**target, "rawSql": wrong}, told="takes the range's milliseconds for seconds")
    elif _TIME_FILTER.search(sql):
        wrong = _TIME_FILTER.sub(r"extract(epoch FROM \1) * 1000 <= $__unixEpochTo()", sql)
        yield _Changed(target={**target, "rawSql": wrong}, told="compares milliseconds with the range's seconds")
    if "time() - " in expr:
        told = "takes a clock of seconds for one of milliseconds"
        yield _Changed(target={**target, "expr": expr.replace("time() - ", "time() * 1000 - ")}, told=told)


def _no_limit(target: Json) -> Iterator[_Changed]:
    """Every row ever written, at each refresh."""
    for hit in _LIMIT.finditer(sql := str(target.get("rawSql") or "")):
        without = sql[: hit.start()] + sql[hit.end() :]
        yield _Changed(target={**target, "rawSql": without}, told=f"lost{hit[0]} at {hit.start()}")


def _no_index(target: Json) -> Iterator[_Changed]:
    """Sorted by an expression, which no index can give."""
    for hit in re.finditer(r"ORDER BY ([\w.]+) DESC LIMIT", sql := str(target.get("rawSql") or "")):
        by = f"ORDER BY {hit[1]} + interval '0' DESC LIMIT"
        yield _Changed(
            target={**target, "rawSql": sql[: hit.start()] + by + sql[hit.end() :]},
            told=f"sorts by an expression of {hit[1]}",
        )


def _wrong_label(target: Json) -> Iterator[_Changed]:
    """Summed by a label that the series do not have: one curve where there were several."""
    for hit in _LABELS.finditer(expr := str(target.get("expr") or "")):
        wrong = f"{expr[: hit.start()]}{hit[1]} (pod){expr[hit.end() :]}"
        yield _Changed(target={**target, "expr": wrong}, told=f"groups {hit[1]} (pod), not {hit[1]} ({hit[2]})")


def _all_as_one(target: Json) -> Iterator[_Changed]:
    """One curve for all instances: the one that fails is hidden by those that do not."""
    if "{{instance}}" in str(target.get("legendFormat") or ""):
        yield _Changed(target={**target, "expr": f"avg({target['expr']})"}, told="shows the average of all instances")


def _filter_ignored(target: Json) -> Iterator[_Changed]:
    """The variable is there and this query does not heed it."""
    for hit in _SELECTOR.finditer(expr := str(target.get("expr") or "")):
        changed = f'{expr[: hit.start()]}{hit[1]}=~".*"{expr[hit.end() :]}'
        yield _Changed(target={**target, "expr": changed}, told=f"does not heed the choice of {hit[1]}")


def _sources_of_nothing(board: Mapping[str, Any]) -> Iterator[BoardMutant]:
    """A panel that was copied from another Grafana."""
    for at, panel in enumerate(board.get("panels") or []):
        mutant = copy.deepcopy(dict(board))
        changed = mutant["panels"][at]
        for reader in (changed, *(changed.get("targets") or [])):
            reader["datasource"] = {**(reader.get("datasource") or {}), "uid": "gone"}
        told = f"{panel['title']}: names a source nobody has"
        yield BoardMutant(kind=NO_SOURCE, panel=int(panel["id"]), ref_id="", told=told, board=mutant)


def _variables_of_nothing(board: Mapping[str, Any]) -> Iterator[BoardMutant]:
    """A variable whose value for All, or whose stored choice, matches nothing."""
    for index, variable in enumerate((board.get("templating") or {}).get("list") or []):
        mutant = copy.deepcopy(dict(board))
        changed = mutant["templating"]["list"][index]
        if variable.get("allValue"):
            changed["allValue"] = "no-such-thing"
        else:
            changed["current"] = {"selected": True, "text": ["gone"], "value": ["gone"]}
        told = f"the variable {variable['name']} matches nothing"
        yield BoardMutant(kind=NOTHING_CHOSEN, panel=0, ref_id="", told=told, board=mutant)


NO_SOURCE = "a source nobody has"
NOTHING_CHOSEN = "a variable that matches nothing"
_KINDS: Mapping[str, Callable[[Json], Iterator[_Changed]]] = {
    "a renamed metric": _renamed_metric,
    "a wrong unit of time": _wrong_unit_of_time,
    "no LIMIT": _no_limit,
    "no index": _no_index,
    "a wrong label": _wrong_label,
    "all instances as one": _all_as_one,
    "a filter that is ignored": _filter_ignored,
}
KINDS = (*_KINDS, NO_SOURCE, NOTHING_CHOSEN)
