"""Alert states as Prometheus evaluated them: one row an alert, pending and firing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from markupsafe import Markup

from harness.recorded import History, Observation, Stream
from harness.report.timeline.axis import Axis
from harness.report.timeline.lane import (
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

_BAR_PX = {"pending": 6.0, "firing": ROW_BAR_PX}
_KEYS = (Key(cls="pending", words="pending"), Key(cls="firing", words="firing"))


@dataclass(slots=True)
class Alerts:
    """For each alert, its state at each evaluation at which it was not inactive; firing outranks pending."""

    states: dict[str, dict[float, str]] = field(default_factory=dict)
    gap: str = ""

    def take_series(self, seen: Observation) -> None:
        """Keep one line of the alerts stream."""
        if seen.kind == "series":
            for at_s in seen.data["times_s"]:
                self._note(str(seen.data["alert"]), figure(at_s), str(seen.data["state"]))

    def take_sample(self, seen: Observation) -> None:
        """Keep one line of the live rules stream."""
        if seen.kind == "sample":
            for alert in seen.data["alerts"]:
                self._note(str(alert["alert"]), figure(seen.wall_s), str(alert["state"]))

    def _note(self, alert: str, at_s: float, state: str) -> None:
        if state in ("pending", "firing"):
            states = self.states.setdefault(alert, {})
            states[at_s] = max(state, states.get(at_s, ""), key=("", "pending", "firing").index)


def read_alerts(history: History) -> Alerts:
    """Read the evaluated states; where they were not recorded, the live samples stand in for them."""
    alerts = Alerts()
    alerts.gap = collect(history, Stream.ALERTS, alerts.take_series)
    if alerts.gap and not alerts.states and not collect(history, Stream.RULES, alerts.take_sample):
        alerts.gap += "; drawn from live samples"
    return alerts


def fired(alerts: Alerts) -> tuple[str, ...]:
    """The alerts that fired at any time."""
    return tuple(alert for alert, states in alerts.states.items() if "firing" in states.values())


def alerts_lane(alerts: Alerts, axis: Axis) -> Lane:
    """One row for each alert that was pending or firing, in the order in which they began."""
    if not alerts.states:
        return Lane(name="alerts", title="Alerts", gap=alerts.gap, remark="no alert was pending or firing")
    rows = dict(sorted(_rows(alerts, axis).items(), key=lambda row: row[1][0].from_s))
    shown = list(rows.items())[:MOST_ROWS]
    more = f"{len(rows) - len(shown)} more alerts are not drawn" if len(rows) > len(shown) else ""
    return Lane(
        name="alerts",
        title="Alerts",
        height=len(shown) * ROW_PX,
        body=joined(_row(index, alert, found, axis) for index, (alert, found) in enumerate(shown)),
        keys=_KEYS,
        gap=alerts.gap,
        remark=more,
        stretches=tuple(_stretches(shown)),
    )


def _rows(alerts: Alerts, axis: Axis) -> dict[str, list[Span]]:
    usual_s = hold_s((at_s for states in alerts.states.values() for at_s in states), 0.5)
    return {
        alert: readable(
            spans(states.items(), hold_s(states, 0.5) if len(states) > 1 else usual_s), axis, tuple(_BAR_PX)
        )
        for alert, states in alerts.states.items()
    }


def _row(index: int, alert: str, found: list[Span], axis: Axis) -> Markup:
    bars = (
        span_bar(index, span, axis, cls=span.state, title=f"{alert} {span.state}", height=_BAR_PX[span.state])
        for span in found
    )
    return row_title(index, alert) + joined(bars)


def _stretches(rows: Iterable[tuple[str, list[Span]]]) -> Iterable[Stretch]:
    for alert, found in rows:
        for span in found:
            yield Stretch(words=f"{alert} {span.state}", from_s=span.from_s, to_s=span.to_s)
