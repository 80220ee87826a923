"""What frames the lanes: phases, fault windows, the time marks, and the fault's shade over everything."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from markupsafe import Markup

from harness.recorded import FaultWindow, Phase
from harness.report.text import length
from harness.report.timeline.axis import Axis
from harness.report.timeline.lane import ROW_BAR_PX, ROW_PX, Key, Lane, Stretch, row_title, span_bar
from harness.report.timeline.recorded import Span
from harness.report.timeline.svg import bar, element, joined, text
from harness.results import ScenarioResult

_PHASE_PX = 22.0
_CHAR_PX = 6.2
_MOST_FAULTS = 40


def phases_lane(phases: Sequence[Phase], axis: Axis) -> Lane:
    """The phases in a row, each with its name where that fits."""
    if not phases:
        return Lane(name="phases", title="Phases", gap="not recorded")
    return Lane(
        name="phases",
        title="Phases",
        height=_PHASE_PX,
        beside_title=True,
        body=joined(_phase(phase, index, axis) for index, phase in enumerate(phases)),
        stretches=tuple(Stretch(words=phase.name, from_s=phase.started_s, to_s=phase.ended_s) for phase in phases),
    )


def faults_lane(scenario: ScenarioResult, axis: Axis) -> Lane:
    """One row a fault: asked for, in effect, healing; what was never seen to heal has no end."""
    faults = scenario.faults
    if not faults and not scenario.phases:
        return Lane(name="faults", title="Faults", gap="not recorded")
    if not faults:
        return Lane(name="faults", title="Faults", remark="none: nothing was broken on purpose")
    more = f"{len(faults) - _MOST_FAULTS} more faults are not drawn" if len(faults) > _MOST_FAULTS else ""
    return Lane(
        name="faults",
        title="Faults",
        height=min(len(faults), _MOST_FAULTS) * ROW_PX,
        body=joined(_fault(index, fault, axis) for index, fault in enumerate(faults[:_MOST_FAULTS])),
        keys=(
            Key(cls="asked", words="asked for, or healing"),
            Key(cls="fault", words="in effect"),
            Key(cls="never", words="never seen to"),
        ),
        remark=more,
        stretches=tuple(
            Stretch(words=f"{fault.kind} {fault.target}", from_s=fault.asked_s, to_s=_ended_s(fault, axis))
            for fault in faults[:_MOST_FAULTS]
        ),
    )


def shade(faults: Sequence[FaultWindow], axis: Axis, height: float) -> Markup:
    """The time in which something was broken, behind all lanes."""
    return joined(_shade(fault, axis, height) for fault in faults[:_MOST_FAULTS])


def time_marks(axis: Axis, height: float) -> Markup:
    """Lines of the time axis, with their words at the top and again at the bottom."""
    return joined(
        element("line", x1=x, x2=x, y1=16, y2=height, cls="grid time")
        + text(x, 11, words, "scale", anchor="middle")
        + text(x, height + 13, words, "scale", anchor="middle")
        for x, words in axis.ticks()
    )


def _phase(phase: Phase, index: int, axis: Axis) -> Markup:
    left, right = axis.x(phase.started_s), axis.x(phase.ended_s)
    words = f"{phase.name}, {length(phase.duration_s)}"
    cls = f"phase phase-{'odd' if index % 2 else 'even'}"
    drawn = bar(left, right - 1, 1, _PHASE_PX - 4, cls=cls, title=words)
    if right - left < _CHAR_PX * len(phase.name) + 6:
        return drawn
    return drawn + text((left + right) / 2, 14, phase.name, "phase-name", anchor="middle")


def _fault(row: int, fault: FaultWindow, axis: Axis) -> Markup:
    name = f"{fault.kind} {fault.target}"
    bars = (
        span_bar(row, span, axis, cls=span.state, title=f"{name}: {words}", height=ROW_BAR_PX)
        for span, words in _stages(fault, axis)
    )
    return row_title(row, name) + joined(bars)


def _stages(fault: FaultWindow, axis: Axis) -> Iterator[tuple[Span, str]]:
    """Asked for, in effect, healing; a stage whose end nobody saw is drawn as never seen."""
    end_s = _ended_s(fault, axis)
    effect_s = fault.confirmed_s or fault.healed_s or end_s
    state = "asked" if fault.confirmed_s else "never"
    yield Span(from_s=fault.asked_s, to_s=effect_s, state=state), "asked for" if fault.confirmed_s else "no effect seen"
    if fault.confirmed_s:
        yield Span(from_s=effect_s, to_s=fault.healed_s or end_s, state="fault"), "in effect"
    if fault.healed_s:
        healed = fault.confirmed_healed_s is not None
        state, words = ("asked", "healing") if healed else ("never", "not seen to heal")
        yield Span(from_s=fault.healed_s, to_s=end_s, state=state), words


def _shade(fault: FaultWindow, axis: Axis, height: float) -> Markup:
    left, right = axis.x(fault.confirmed_s or fault.asked_s), axis.x(_ended_s(fault, axis))
    area = element("rect", x=left, y=16, width=max(right - left, 1.0), height=height - 16, cls="shade")
    edges = (element("line", x1=x, x2=x, y1=16, y2=height, cls="shade-edge") for x in (left, right))
    return area + joined(edges)


def _ended_s(fault: FaultWindow, axis: Axis) -> float:
    return fault.confirmed_healed_s or axis.end_s
