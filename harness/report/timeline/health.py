"""Services as the health probe saw them: one strip a service, well or not."""

from __future__ import annotations

from dataclasses import dataclass, field

from markupsafe import Markup

from harness.recorded import History, Observation, Stream
from harness.report.timeline.axis import Axis
from harness.report.timeline.lane import (
    CALM_BAR_PX,
    MOST_ROWS,
    ROW_BAR_PX,
    ROW_PX,
    Key,
    Lane,
    Stretch,
    readable,
    row_title,
    span_bar,
)
from harness.report.timeline.recorded import Span, collect, figure, hold_s, spans
from harness.report.timeline.svg import joined

_BAR_PX = {"well": CALM_BAR_PX, "ill": ROW_BAR_PX}
_WORDS = {"well": "answered well", "ill": "did not"}


@dataclass(slots=True)
class Health:
    """Whether each service answered well, sample by sample (s since the epoch)."""

    states: dict[str, list[tuple[float, str]]] = field(default_factory=dict)
    gap: str = ""

    def take(self, seen: Observation) -> None:
        """Keep one line of the health stream."""
        if seen.kind == "sample":
            state = "well" if seen.data["ok"] is True else "ill"
            self.states.setdefault(str(seen.data["service"]), []).append((figure(seen.wall_s), state))


def read_health(history: History) -> Health:
    """Read what the health probe recorded."""
    health = Health()
    health.gap = collect(history, Stream.HEALTH, health.take)
    return health


def health_lane(health: Health, axis: Axis) -> Lane:
    """One strip a service, with the share of good answers behind its name."""
    if not health.states:
        return Lane(name="health", title="Health", gap=health.gap, remark="no service was asked")
    rows = {
        service: readable(spans(points, hold_s((at_s for at_s, _ in points), 1.0)), axis, tuple(_BAR_PX))
        for service, points in sorted(health.states.items())[:MOST_ROWS]
    }
    left_out = len(health.states) - len(rows)
    return Lane(
        name="health",
        title="Health",
        height=len(rows) * ROW_PX,
        body=joined(
            _row(index, f"{service}  {_share(health.states[service])}", found, axis)
            for index, (service, found) in enumerate(rows.items())
        ),
        keys=tuple(Key(cls=state, words=words) for state, words in _WORDS.items()),
        gap=health.gap,
        remark=f"{left_out} more services are not drawn" if left_out else "",
        stretches=tuple(
            Stretch(words=f"{service} not well", from_s=span.from_s, to_s=span.to_s)
            for service, found in rows.items()
            for span in found
            if span.state == "ill"
        ),
    )


def _share(points: list[tuple[float, str]]) -> str:
    """Whole per cent, rounded down: 100 % means every sample."""
    return f"{100 * sum(state == 'well' for _, state in points) // len(points)} %"


def _row(row: int, label: str, found: list[Span], axis: Axis) -> Markup:
    bars = (
        span_bar(row, span, axis, cls=span.state, title=f"{label}: {_WORDS[span.state]}", height=_BAR_PX[span.state])
        for span in found
    )
    return row_title(row, label) + joined(bars)
