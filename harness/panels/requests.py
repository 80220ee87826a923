"""The query requests of a board, panel by panel, as Grafana's browser side builds them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.errors import UsageError
from harness.panels.intervals import Span, interval_text, parse_duration_ms, round_interval_ms
from harness.panels.sources import DASHBOARD, EXPRESSION, INTERNAL, MIXED, Source, Sources
from harness.panels.targets import query_bodies
from harness.panels.variables import Value, board_values, fill

_BOARD_WIDTH_PX = 1_900
_RELATIVE = re.compile(r"now(?:-(\w+))?")


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelRequest:
    """One POST to /api/ds/query.

    Args:
        panel_id: the panel's id on its board.
        title: its title, variables filled in.
        source_uid: the data source that it reads.
        source_type: canonical plugin id of that source.
        ref_ids: the queries whose answers are due.
        interval_ms: step of its time series; the newest point may be so much older than the range's end.
        body: the JSON to send.
    """

    panel_id: int
    title: str
    source_uid: str
    source_type: str
    ref_ids: tuple[str, ...]
    interval_ms: int
    body: Mapping[str, Any]


def default_span(dashboard: Mapping[str, Any], now_ms: int) -> Span:
    """The range that a board opens with.

    Args:
        dashboard: its JSON; `time` must be relative, such as now-15m to now.
        now_ms: the present, ms since the epoch.

    Raises:
        UsageError: the board's range is missing or not relative.
    """
    time = dashboard.get("time") or {}
    ends = [_RELATIVE.fullmatch(str(time.get(end))) for end in ("from", "to")]
    if None in ends:
        raise UsageError(f"Board {dashboard.get('uid')} opens with {time}: only ranges as now-15m to now are read.")
    start_ms, end_ms = (now_ms - (parse_duration_ms(end[1]) if end and end[1] else 0) for end in ends)
    return Span(from_ms=start_ms, to_ms=end_ms)


def panel_requests(
    dashboard: Mapping[str, Any],
    datasources: Sequence[Mapping[str, Any]],
    span: Span,
    variables: Mapping[str, str | Sequence[str]] | None = None,
) -> tuple[PanelRequest, ...]:
    """What a browser that shows the whole board sends.

    Args:
        dashboard: the `dashboard` object of GET /api/dashboards/uid/:uid, or a provisioned file.
        datasources: the answer of GET /api/datasources.
        span: the board's time range.
        variables: chosen values; variables not named have their stored value.

    Returns:
        One request a panel, one a data source for mixed panels; none for panels that ask nothing.

    Raises:
        UsageError: the board uses what is not read here: a repeated row, a library panel, an empty variable.
    """
    values = board_values(dashboard, variables or {})
    sources = Sources.from_api(datasources)
    made: list[PanelRequest] = []
    for panel, scope in _visible(dashboard.get("panels") or [], values):
        made += _of_panel(_Panel(json=panel, values=scope, span=_panel_span(panel, span, scope)), sources)
    return tuple(made)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Panel:
    json: Mapping[str, Any]
    values: Mapping[str, Value]
    span: Span

    def fill(self, text: str, source_type: str = "") -> str:
        """A text of the panel with variables filled in."""
        return fill(text, self.values, source_type)


Shown = tuple[Mapping[str, Any], dict[str, Value]]


def _visible(panels: Sequence[Mapping[str, Any]], values: dict[str, Value]) -> Iterator[Shown]:
    for panel in panels:
        if panel.get("libraryPanel"):
            raise UsageError(f"Panel {panel.get('title')!r} is a library panel, which is not read.")
        if panel.get("type") == "row":
            if panel.get("repeat"):
                raise UsageError(f"Row {panel.get('title')!r} repeats, which is not read.")
            continue
        yield from _repeated(panel, values)


def _repeated(panel: Mapping[str, Any], values: dict[str, Value]) -> Iterator[Shown]:
    over = values.get(str(panel.get("repeat") or ""))
    if over is None:
        yield panel, values
        return
    for value in (over,) if isinstance(over, str) else over:
        yield panel, {**values, str(panel["repeat"]): value}


def _panel_span(panel: Mapping[str, Any], span: Span, values: Mapping[str, Value]) -> Span:
    own = fill(str(panel.get("timeFrom") or ""), values, "")
    if own and span.relative:
        span = Span(from_ms=span.to_ms - parse_duration_ms(own), to_ms=span.to_ms)
    shift = fill(str(panel.get("timeShift") or ""), values, "")
    return span.moved_back(parse_duration_ms(shift)) if shift else span


def _of_panel(panel: _Panel, sources: Sources) -> Iterator[PanelRequest]:
    reference = panel.json.get("datasource")
    own = sources.named(reference, panel.fill)
    if own.uid == DASHBOARD or own.uid in INTERNAL:
        return
    groups: dict[str, tuple[Source, list[Mapping[str, Any]]]] = {}
    for target in _asked(panel.json.get("targets") or []):
        source = sources.named(target.get("datasource"), panel.fill) if own.uid == MIXED else own
        if _is_expression(target):
            source = own
        groups.setdefault(source.uid, (source, []))[1].append(target)
    for source, targets in groups.values():
        yield from _request(panel, source, targets)


def _asked(targets: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Targets that are sent: not hidden ones, unless a server-side expression may read them."""
    keep_hidden = any(_is_expression(target) for target in targets)
    return [target for target in targets if keep_hidden or not target.get("hide")]


def _is_expression(target: Mapping[str, Any]) -> bool:
    reference = target.get("datasource")
    return isinstance(reference, Mapping) and EXPRESSION in (reference.get("uid"), reference.get("type"))


def _request(panel: _Panel, source: Source, targets: Sequence[Mapping[str, Any]]) -> Iterator[PanelRequest]:
    points = _points(panel.json)
    interval_ms = max(round_interval_ms(panel.span.length_ms / points), _lowest_ms(panel, source))
    scope = {
        **panel.values,
        "__from": str(panel.span.from_ms),
        "__to": str(panel.span.to_ms),
    }
    if source.type != "prometheus":
        scope |= {"__interval": interval_text(interval_ms), "__interval_ms": str(interval_ms)}
    panel_id = int(panel.json.get("id") or 0)
    queries = [query for target in targets for query in query_bodies(target, source, scope, panel_id)]
    for query in queries:
        query |= {"intervalMs": interval_ms, "maxDataPoints": points}
    if queries:
        yield PanelRequest(
            panel_id=panel_id,
            title=panel.fill(str(panel.json.get("title") or "")),
            source_uid=source.uid,
            source_type=source.type,
            ref_ids=tuple(str(query["refId"]) for query in queries),
            interval_ms=interval_ms,
            body={"from": str(panel.span.from_ms), "to": str(panel.span.to_ms), "queries": queries},
        )


def _points(panel: Mapping[str, Any]) -> int:
    stored = int(panel.get("maxDataPoints") or 0)
    return stored or _BOARD_WIDTH_PX * int((panel.get("gridPos") or {}).get("w") or 24) // 24


def _lowest_ms(panel: _Panel, source: Source) -> int:
    own = panel.fill(str(panel.json.get("interval") or "")).lstrip("<>")
    return parse_duration_ms(own) if own else source.lowest_ms
