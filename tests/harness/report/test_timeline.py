"""The timeline: things that happened together stand under each other."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from harness.errors import EvidenceError
from harness.model import Verdict
from harness.recorded import FaultWindow, Observation, Phase, Stream
from harness.report.timeline import Timeline, draw
from harness.report.timeline.axis import PLOT_LEFT, PLOT_RIGHT, axis_of
from harness.report.timeline.recorded import Span, hold_s, spans
from harness.results import ScenarioResult

START_S = 1_000_000.0
_SCENARIO = ScenarioResult(
    name="s",
    hypothesis="",
    covers=(),
    verdict=Verdict.PASS,
    phases=(Phase(name="baseline", started_s=START_S, duration_s=100.0),),
    faults=(),
    findings=(),
)


@dataclass(frozen=True, slots=True)
class _Memory:
    """Evidence given by hand."""

    streams: Mapping[Stream, Iterable[tuple[float, str, dict[str, Any]]]] = field(default_factory=dict)

    def read(self, stream: Stream) -> Iterator[Observation]:
        if stream not in self.streams:
            raise EvidenceError(f"/somewhere/{stream.value}.jsonl is missing: nothing was recorded")
        for offset_s, kind, data in self.streams[stream]:
            yield Observation(kind=kind, wall_s=START_S + offset_s, mono_s=0.0, data=data)


def _draw(stream: Stream, *lines: tuple[float, str, dict[str, Any]], **more: Any) -> Timeline:
    return draw(_SCENARIO, _Memory({stream: lines}), **more)


def _lane(timeline: Timeline, name: str) -> str:
    found = re.search(rf'data-lane="{name}".*?(?=<g [^>]*data-lane=|<line [^>]*class="cursor")', timeline.svg)
    assert found, f"no lane {name}"
    return found.group()


def _series(timeline: Timeline, name: str) -> Any:
    return next(values for found, _, values in timeline.under["series"] if found == name)


def _x(offset_s: float) -> str:
    return f"{PLOT_LEFT + (PLOT_RIGHT - PLOT_LEFT) * offset_s / 100:.1f}".removesuffix(".0")


def test_traffic_counts_in_the_second_in_which_it_was_due() -> None:
    """A request that waited is counted where the trader was waiting, not where the answer came."""
    timeline = _draw(
        Stream.CLIENT, (14.5, "ok", {"ms": 4000.0}), (10.2, "ok", {"ms": 10.0}), (10.9, "fail", {"ms": 1.0})
    )
    assert _series(timeline, "accepted")[10] == 2.0
    assert _series(timeline, "refused")[10] == 1.0
    assert sum(_series(timeline, "accepted")) == 2.0
    assert (_series(timeline, "p50")[10], _series(timeline, "max")[10]) == (10.0, 4000.0)


def test_requests_without_outcome_are_told() -> None:
    """A request of which nobody recorded the end is not silently left out."""
    timeline = _draw(Stream.CLIENT, (1, "invoke", {}), (1, "invoke", {}), (1, "ok", {"ms": 1.0}))
    assert "1 requests have no recorded outcome" in _lane(timeline, "traffic")


def test_long_runs_keep_their_rates() -> None:
    """Bins of several seconds still show rates per second."""
    scenario = replace(_SCENARIO, phases=(Phase(name="soak", started_s=START_S, duration_s=1000.0),))
    lines = [(second + 0.5, "ok", {"ms": 1.0}) for second in range(1000) for _ in range(2)]
    timeline = draw(scenario, _Memory({Stream.CLIENT: lines}), most_bins=100)
    assert len(_series(timeline, "accepted")) == 100
    assert set(_series(timeline, "accepted")) == {2.0}


def test_fault_stands_where_it_happened() -> None:
    """The bar in effect begins with the confirmed effect and ends with the healing, on the shared axis."""
    fault = FaultWindow(
        kind="stop",
        target="redis",
        asked_s=START_S + 20,
        confirmed_s=START_S + 25,
        healed_s=START_S + 75,
        confirmed_healed_s=START_S + 83,
    )
    svg = draw(replace(_SCENARIO, faults=(fault,)), _Memory()).svg
    width = f"{(PLOT_RIGHT - PLOT_LEFT) / 2:.1f}".removesuffix(".0")
    assert re.search(rf'<rect x="{_x(25)}" y="1" width="{width}" height="12" rx="2" class="fault"', svg)
    assert f'x1="{_x(25)}" x2="{_x(25)}"' in svg
    assert f'x1="{_x(83)}" x2="{_x(83)}"' in svg


@pytest.mark.parametrize(
    ("confirmed_s", "healed_s", "words"),
    [
        (None, None, {"no effect seen"}),
        (START_S + 25, None, {"asked for", "in effect"}),
        (None, START_S + 75, {"no effect seen", "not seen to heal"}),
        (START_S + 25, START_S + 75, {"asked for", "in effect", "not seen to heal"}),
    ],
)
def test_what_was_never_seen_is_drawn_as_such(
    confirmed_s: float | None, healed_s: float | None, words: set[str]
) -> None:
    """A fault without a confirmed effect, or never seen to heal, does not look like one that was."""
    fault = FaultWindow(kind="stop", target="redis", asked_s=START_S + 20, confirmed_s=confirmed_s, healed_s=healed_s)
    lane = _lane(draw(replace(_SCENARIO, faults=(fault,)), _Memory()), "faults")
    assert set(re.findall(r"<title>stop redis: (.*?)</title>", lane)) == words


def test_alert_goes_from_pending_to_firing() -> None:
    """An alert's row shows when it was pending and when it fired."""
    timeline = _draw(
        Stream.ALERTS,
        (99, "series", {"alert": "A", "state": "pending", "times_s": [START_S + t for t in (30, 31, 32)]}),
        (99, "series", {"alert": "A", "state": "firing", "times_s": [START_S + t for t in (33, 34, 35)]}),
        (99, "end", {"from_s": START_S, "to_s": START_S + 99}),
    )
    assert ["A pending", 30.0, 33.0] in timeline.under["stretches"]
    assert ["A firing", 33.0, 36.5] in timeline.under["stretches"]


def test_firing_outranks_pending_of_another_series() -> None:
    """When one of an alert's series fires while another is pending, the alert fires."""
    both = [
        (99, "series", {"alert": "A", "state": state, "times_s": [START_S + 40]}) for state in ("firing", "pending")
    ]
    words = [stretch[0] for stretch in _draw(Stream.ALERTS, *both).under["stretches"]]
    assert "A firing" in words
    assert "A pending" not in words


def test_alerts_fall_back_to_live_samples() -> None:
    """Where the evaluated states are gone, the live samples are drawn, and the lane says so."""
    sample = {"alerts": [{"alert": "A", "state": "firing"}]}
    timeline = _draw(Stream.RULES, (50, "sample", sample), (51, "sample", sample), (52, "sample", {"alerts": []}))
    assert "alerts.jsonl is missing; drawn from live samples" in _lane(timeline, "alerts")
    assert ["A firing", 50.0, 52.5] in timeline.under["stretches"]


def test_notices_read_twice_are_drawn_once() -> None:
    """The sink is read live and again at the end: a notification is still one mark."""
    notice = {"channel": "slack", "status": "firing", "alert": "A", "received_s": START_S + 40}
    lane = _lane(
        _draw(Stream.NOTIFICATIONS, (41, "notification", notice), (99, "notification", notice)), "notifications"
    )
    assert lane.count('class="notice firing"') == 1


def test_channel_that_was_never_told_has_a_row() -> None:
    """A channel that had to be told of an alert that fired, and was not, is seen at a glance."""
    fired = (99, "series", {"alert": "A", "state": "firing", "times_s": [START_S + 40]})
    notice = (41, "notification", {"channel": "slack", "status": "firing", "alert": "A", "received_s": START_S + 41})
    evidence = _Memory({Stream.ALERTS: [fired], Stream.NOTIFICATIONS: [notice]})
    told = draw(_SCENARIO, evidence, {"A": ("slack", "pagerduty"), "B": ("email",)})
    lane = _lane(told, "notifications")
    assert "pagerduty" in lane
    assert lane.count("nothing arrived") == 1
    assert "email" not in lane


@pytest.mark.parametrize(
    ("change", "state"),
    [
        ({}, "answered"),
        ({"ms": 3001.0}, "slow"),
        ({"targets": [{"error": "", "non_null": 0}]}, "empty"),
        ({"targets": []}, "empty"),
        ({"targets": [{"error": "refused", "non_null": 0}]}, "error"),
        ({"http": 500}, "error"),
        ({"error": "timed out", "http": 0}, "error"),
    ],
)
def test_panel_states(change: dict[str, Any], state: str) -> None:
    """A fast panel without a value is not one that answered, and an error is an error however it shows."""
    good = {"panel": 1, "title": "P", "ms": 20.0, "http": 200, "error": "", "targets": [{"error": "", "non_null": 1}]}
    timeline = _draw(Stream.PANELS, (50, "panel", {**good, **change}))
    body = _lane(timeline, "panels").split("translate(0 22)")[1]
    assert f'class="panel-{state}"' in body
    assert body.count("<rect") == 1
    assert ('class="cross"' in _lane(timeline, "panel-latency").split("translate(0 22)")[1]) == (state == "error")


def test_health_share_is_not_rounded_up() -> None:
    """One bad sample in a thousand is not a hundred per cent."""
    lines = [(second / 10, "sample", {"service": "redis", "ok": second != 500}) for second in range(1000)]
    assert "redis  99 %" in _lane(_draw(Stream.HEALTH, *lines), "health")


def test_flapping_is_drawn_in_bins_that_show_the_worst() -> None:
    """A service that flaps faster than the eye can tell is shown as ill, in a drawing that stays small."""
    lines = [(number / 20, "sample", {"service": "redis", "ok": number % 2 == 1}) for number in range(1000)]
    body = _lane(_draw(Stream.HEALTH, *lines), "health").split("translate(0 22)")[1]
    assert body.count('class="ill"') == 1
    assert body.count("<rect") <= 2  # the last sample speaks for a second that is well


def test_lost_evidence_is_not_taken_for_a_control() -> None:
    """A scenario of which neither phases nor faults are known does not say that nothing was broken."""
    lane = _lane(draw(replace(_SCENARIO, phases=()), _Memory()), "faults")
    assert "not recorded" in lane
    assert "nothing was broken" in _lane(draw(_SCENARIO, _Memory()), "faults")


def test_leader_changes_with_the_epoch() -> None:
    """Each leader's bar ends where the next epoch begins."""
    epochs = [
        (99, "epoch", {"epoch": number, "leader": leader, "from_s": START_S + at_s})
        for number, leader, at_s in ((2, "trading-2", 60), (1, "trading-1", -5))
    ]
    timeline = _draw(Stream.FINAL, *epochs)
    assert ["trading-1 leads, epoch 1", -5.0, 60.0] in timeline.under["stretches"]
    assert ["trading-2 leads, epoch 2", 60.0, 100.0] in timeline.under["stretches"]


def test_times_that_nobody_saw_do_not_stretch_the_axis() -> None:
    """A fault whose times were lost does not push the run into a corner of the page."""
    lost = FaultWindow(kind="stop", target="redis", asked_s=0.0)
    axis = axis_of(replace(_SCENARIO, faults=(lost,)), (), 400)
    assert (axis.start_s, axis.end_s) == (START_S, START_S + 100)
    seen_once = replace(_SCENARIO, phases=(), faults=(replace(lost, confirmed_s=START_S + 7),))
    assert axis_of(seen_once, (), 400).start_s == START_S + 7


def test_axis_without_phases_covers_the_evidence() -> None:
    """Where the phases are lost, what was recorded is still drawn over its own time."""
    timeline = draw(replace(_SCENARIO, phases=()), _Memory({Stream.CLIENT: [(5, "ok", {}), (25, "ok", {})]}))
    assert timeline.start_s == START_S + 5
    assert _series(timeline, "accepted")[0] == 1.0


def test_spans_hold_until_the_next_sample_and_no_longer() -> None:
    """A sample speaks for the time until the next one, and a silence is a gap."""
    found = spans([(0.0, "a"), (1.0, "a"), (2.0, "b"), (9.0, "b")], hold_s=1.5)
    assert found == [
        Span(from_s=0.0, to_s=2.0, state="a"),
        Span(from_s=2.0, to_s=3.5, state="b"),
        Span(from_s=9.0, to_s=10.5, state="b"),
    ]


def test_hold_follows_the_usual_distance() -> None:
    """One missing sample does not make the others speak for longer."""
    assert hold_s([0, 2, 4, 6, 60]) == 3.0
    assert hold_s([5]) == 1.0
