"""Prometheus: range and instant queries, step alignment and macros, as the built-in plugin has them."""

import asyncio
import re
from collections.abc import Mapping, Sequence
from typing import Any

import httpx

from .. import spans
from ..errors import QueryError
from ..frames import Answer, Field, Frame
from ..settings import Settings
from ..sources import DataSource
from .base import Health, Query, one_by_one

_DEFAULT_SCRAPE = "15s"
_MOST_POINTS = 11_000
_CONNECTIONS = 20  # concurrent requests to one data source


class Prometheus:
    """One Prometheus data source; its queries run one after another within a request."""

    def __init__(
        self, source: DataSource, settings: Settings, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self._scrape = str(source.json_data.get("timeInterval") or _DEFAULT_SCRAPE)
        self._timeout_s = source.number("timeout", settings.proxy_timeout_s)
        self._post = str(source.json_data.get("httpMethod") or "POST").upper() == "POST"
        auth = (source.basic_auth_user, source.secure.get("basicAuthPassword", "")) if source.basic_auth else None
        self._client = httpx.AsyncClient(
            base_url=source.url,
            auth=auth,
            transport=transport,
            trust_env=False,
            limits=httpx.Limits(max_connections=_CONNECTIONS, max_keepalive_connections=_CONNECTIONS),
            timeout=httpx.Timeout(None, connect=min(settings.dial_timeout_s, self._timeout_s)),
        )

    async def query(self, queries: Sequence[Query]) -> dict[str, Answer]:
        """Answers by refId."""
        return await one_by_one(self._run, queries)

    async def health(self) -> Health:
        """The plugin's own test: the instant query 1+1."""
        try:
            await self._call("query", {"query": "1+1", "time": "4"})
        except QueryError as error:
            return Health(ok=False, message=f"There was an error returned querying the Prometheus API. {error}")
        details = {"application": "Prometheus", "features": {"rulerApiEnabled": False}}
        return Health(ok=True, message="Successfully queried the Prometheus API.", details=details)

    async def close(self) -> None:
        """Close kept connections."""
        await self._client.aclose()

    async def _run(self, query: Query) -> Answer:
        wants_range = bool(query.model.get("range"))
        wants_instant = bool(query.model.get("instant"))
        step_ms = self.step_ms(query)
        expr = self.expand(query, step_ms)
        frames: list[Frame] = []
        if wants_range or not wants_instant:
            frames += await self._range(query, expr, step_ms)
        if wants_instant:
            frames += await self._instant(query, expr, step_ms)
        return Answer(frames=frames)

    def step_ms(self, query: Query) -> int:
        """The step: the largest of the rounded range per point, the lowest wanted, and range / 11000."""
        low_ms = _duration_ms(query.text("interval")) or query.interval_ms
        raw_ms = query.span.span_ms / max(1, query.max_data_points)
        wanted_ms = low_ms if raw_ms < low_ms else spans.round_ms(raw_ms)
        safe_ms = spans.round_ms(query.span.span_ms / _MOST_POINTS)
        return max(wanted_ms, safe_ms) * int(query.model.get("intervalFactor") or 1)

    def expand(self, query: Query, step_ms: int) -> str:
        """The expression with Grafana's time macros filled in."""
        scrape_ms = _duration_ms(query.text("interval")) or _duration_ms(self._scrape) or 15_000
        rate_ms = max(query.interval_ms + scrape_ms, 4 * scrape_ms)
        range_s = round(query.span.span_ms / 1_000)
        macros = {
            "__interval_ms": str(step_ms),
            "__interval": spans.text(step_ms),
            "__range_ms": str(query.span.span_ms),
            "__range_s": str(range_s),
            "__range": f"{range_s}s",
            "__rate_interval_ms": str(rate_ms),
            "__rate_interval": spans.go_text(rate_ms),
        }
        pattern = re.compile(r"\$(?:\{(\w+)\}|(" + "|".join(macros) + r")\b)")
        return pattern.sub(lambda hit: macros.get(hit[1] or hit[2], hit[0]), query.text("expr"))

    async def _range(self, query: Query, expr: str, step_ms: int) -> list[Frame]:
        offset_ms = int(query.model.get("utcOffsetSec") or 0) * 1_000
        start_ms = _floor(query.span.from_ms, step_ms, offset_ms)
        end_ms = _floor(query.span.to_ms, step_ms, offset_ms)
        wire = {
            "query": expr,
            "start": _seconds(start_ms),
            "end": _seconds(end_ms),
            "step": _seconds(step_ms),
        }
        data = await self._call("query_range", wire)
        told = f"Expr: {expr}\nStep: {spans.go_text(step_ms)}"
        return _frames(query, data, {"interval": step_ms}, told)

    async def _instant(self, query: Query, expr: str, step_ms: int) -> list[Frame]:
        data = await self._call("query", {"query": expr, "time": _seconds(query.span.to_ms)})
        return _frames(query, data, {}, f"Expr: {expr}\nStep: {spans.go_text(step_ms)}")

    async def _call(self, path: str, wire: Mapping[str, str]) -> Mapping[str, Any]:
        url = f"/api/v1/{path}"
        try:
            async with asyncio.timeout(self._timeout_s):
                answer = await (
                    self._client.post(url, data=dict(wire)) if self._post else self._client.get(url, params=dict(wire))
                )
        except (TimeoutError, httpx.TimeoutException) as error:
            told = f"context deadline exceeded (Client.Timeout exceeded after {self._timeout_s:g}s)"
            raise QueryError(f'Post "{url}": {told}', status=504, source="downstream") from error
        except httpx.HTTPError as error:
            raise QueryError(f'Post "{url}": {error}', status=502, source="downstream") from error
        return _data(answer)


def _data(answer: httpx.Response) -> Mapping[str, Any]:
    try:
        body = answer.json()
    except ValueError as error:
        told = f"unexpected answer of Prometheus: HTTP {answer.status_code}"
        raise QueryError(told, status=500, source="downstream") from error
    if body.get("status") != "success":
        told = f"{body.get('errorType', 'unknown')}: {body.get('error', answer.status_code)}"
        raise QueryError(told, status=answer.status_code, source="downstream")
    data: Mapping[str, Any] = body["data"]
    return data


def _frames(query: Query, data: Mapping[str, Any], config: Mapping[str, Any], told: str) -> list[Frame]:
    kind = data["resultType"]
    meta = {
        "type": "timeseries-multi" if kind == "matrix" else "numeric-multi",
        "custom": {"resultType": kind},
        "executedQueryString": told,
    }
    if kind in ("scalar", "string"):
        series: list[tuple[dict[str, str], Any]] = [({}, [data["result"]])]
    else:
        series = [(entry["metric"], entry.get("values") or [entry["value"]]) for entry in data["result"]]
    if not series:
        return [Frame(meta=meta)]
    return [_series(query, metric, points, config, meta) for metric, points in series]


def _series(
    query: Query,
    metric: Mapping[str, str],
    points: Sequence[Sequence[Any]],
    config: Mapping[str, Any],
    meta: Mapping[str, Any],
) -> Frame:
    labels = {key: value for key, value in metric.items() if key != "__name__"}
    times = [round(float(at) * 1_000) * 1_000_000 for at, _ in points]
    values = [_number(value) for _, value in points]
    legend = _legend(query, metric, labels)
    clock = Field(name="Time", kind="time", values=times, config=config)
    value = Field(
        name=metric.get("__name__", "Value"),
        kind="number",
        values=values,
        labels=labels,
        config={"displayNameFromDS": legend} if legend else {},
    )
    return Frame(fields=(clock, value), name=legend, meta=meta)


def _legend(query: Query, metric: Mapping[str, str], labels: Mapping[str, str]) -> str:
    wanted = query.text("legendFormat")
    if wanted == "__auto":
        return "" if metric else query.text("expr")
    if wanted:
        return re.sub(r"\{\{\s*(.+?)\s*\}\}", lambda hit: metric.get(hit[1], ""), wanted)
    inner = ", ".join(f'{key}="{value}"' for key, value in sorted(labels.items()))
    name = metric.get("__name__", "")
    return f"{name}{{{inner}}}" if inner else name or query.text("expr")


def _number(text: str) -> float:
    return float(text)  # Python reads NaN, +Inf and -Inf as Prometheus writes them


def _duration_ms(text: str) -> int:
    try:
        return spans.parse_ms(text.lstrip("<>"))
    except ValueError:
        return 0


def _floor(at_ms: int, step_ms: int, offset_ms: int) -> int:
    return (at_ms + offset_ms) // step_ms * step_ms - offset_ms


def _seconds(ms: int) -> str:
    return f"{ms / 1_000:.3f}".rstrip("0").rstrip(".")
