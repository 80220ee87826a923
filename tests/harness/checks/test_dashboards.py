"""The check of the boards. The fault is confirmed at 100.5 s and healed at 300.5 s; refreshes come each 10 s."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from harness.checks import Breaks, Panels
from harness.model import Expected, ExpectedPanel, LoadProfile, Record, Verdict
from harness.recorded import FaultWindow, Stream
from tests.harness.checks.story import BEGIN_S, OPEN_TRADES, REDIS_STOPPED, Story, record, verdict, worst

CHECK = Panels(breaks=(Breaks(by=("redis",)),))
DURING = range(110, 300, 10)


def load(
    at_s: float, *, source: str = "prometheus", ms: float = 200.0, age_s: float = 5.0, **target: Any
) -> dict[str, Any]:
    """One good load of a panel that began at `at_s`, with some of its target's fields changed."""
    fields = {"ref": "A", "source": source, "error": "", "rows": 10, "non_null": 10, "newest_s": BEGIN_S + at_s - age_s}
    return {"at_s": at_s, "ms": ms, "http": 200, "error": "", "targets": [{**fields, **target}]}


def board(*loads: dict[str, Any], title: str = "Open Trades", end: bool = True) -> Story:
    """A board of one panel with these loads."""
    story = Story()
    for number, one in enumerate(sorted(loads, key=lambda one: float(one["at_s"])), start=1):
        fields = {"board": "trade-state", "panel": 1, "title": title, "load": number, "viewer": 1}
        fields |= {key: value for key, value in one.items() if key != "at_s"}
        story.line(Stream.PANELS, "panel", one["at_s"] + one["ms"] / 1000, fields)
    if end:
        story.line(Stream.PANELS, "end", 600, {"board": "trade-state", "viewer": 1, "loads": len(loads)})
    return story


def all_run(**changes: Any) -> list[dict[str, Any]]:
    """A load each ten seconds of the run."""
    return [load(at_s, **changes) for at_s in range(5, 595, 10)]


def redis_panel(*, broken: dict[str, Any], back_s: float = 305.0) -> Story:
    """A panel on Redis: sound before the fault, `broken` until it is back."""
    loads = [load(at_s, source="redis-datasource", newest_s=None) for at_s in range(5, 95, 10)]
    loads += [load(at_s, source="redis-datasource", **broken) for at_s in range(105, 600, 10) if at_s < back_s]
    loads += [load(at_s, source="redis-datasource", newest_s=None) for at_s in range(105, 600, 10) if at_s >= back_s]
    return board(*loads)


REFUSED: dict[str, Any] = {"error": "connection refused", "non_null": 0, "newest_s": None}
STALE_VALUES = {"error": "", "non_null": 1, "newest_s": None}
NO_DATA = {"error": "", "non_null": 0, "rows": 0, "newest_s": None}


def test_full_fresh_and_quick_passes() -> None:
    """A board as it should be, with its slowest load told."""
    found = worst(CHECK, record(board(*all_run())))
    assert (found.verdict, found.observed, found.upper) == (Verdict.PASS, 0.2, 3.0)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"error": "no such column"}, "shows the error 'no such column'"),
        ({"non_null": 0}, "no value for target A"),
        ({"age_s": 31.1}, "31.1 s old"),
        ({"ms": 3001.0}, "took 3.00 s"),
    ],
)
def test_one_wrong_load_fails_and_says_how(wrong: dict[str, Any], words: str) -> None:
    """An error, an empty panel, old data or a slow answer in one load of many is a FAIL."""
    loads = [*all_run(), load(302, **wrong)]
    found = worst(CHECK, record(board(*loads)))
    assert found.verdict is Verdict.FAIL
    assert words in found.message


@pytest.mark.parametrize("one", [{"ms": 3000.0}, {"age_s": 31.0}])
def test_the_bounds_themselves_are_inside(one: dict[str, Any]) -> None:
    """Exactly three seconds, and exactly two scrapes and the allowance old, are still right."""
    assert verdict(CHECK, record(board(*all_run(), load(302, **one)))) is Verdict.PASS


def test_a_failed_request_and_a_panel_without_targets_fail() -> None:
    """An HTTP error, or an answer that holds nothing for any target, is wrong."""
    refused = {**load(302), "http": 500}
    empty = {**load(302), "targets": []}
    assert [verdict(CHECK, record(board(*all_run(), one))) for one in (refused, empty)] == [Verdict.FAIL] * 2


def test_rows_have_their_own_freshness() -> None:
    """A table may be older than two scrapes, and not older than its own bound."""
    check = Panels(rows_fresh_within_s=60)
    fresh, old = all_run(source="postgres", age_s=60.0), all_run(source="postgres", age_s=62.0)
    assert [verdict(check, record(board(*loads))) for loads in (fresh, old)] == [Verdict.PASS, Verdict.FAIL]


def test_a_panel_that_may_be_empty_may_be() -> None:
    """Failed Trades is rightly empty on a good day."""
    story = board(*all_run(non_null=0), title="Failed Trades")
    assert verdict(Panels(may_be_empty=("Failed Trades",)), record(story)) is Verdict.PASS
    assert verdict(Panels(), record(story)) is Verdict.FAIL


def test_a_broken_panel_that_says_so_and_comes_back_passes() -> None:
    """An error while the source is down is right."""
    found = list(CHECK.judge(record(redis_panel(broken=REFUSED), faults=[REDIS_STOPPED])))
    assert [one.verdict for one in found] == [Verdict.PASS] * 3


def test_a_broken_panel_that_is_mute_fails_unless_it_is_listed() -> None:
    """Empty without an error looks like a quiet market."""
    mute = record(redis_panel(broken=NO_DATA), faults=[REDIS_STOPPED])
    assert "was mute in" in worst(CHECK, mute).message
    assert verdict(replace(CHECK, may_be_mute=("Open Trades",)), mute) is Verdict.PASS


def test_a_broken_panel_that_shows_values_fails() -> None:
    """Values of a source that is down are old values."""
    found = worst(CHECK, record(redis_panel(broken=STALE_VALUES), faults=[REDIS_STOPPED]))
    assert found.verdict is Verdict.FAIL
    assert "although its source was down" in found.message


@pytest.mark.parametrize(("ms", "expected"), [(5000.0, Verdict.PASS), (5001.0, Verdict.FAIL)])
def test_a_broken_panel_says_so_within_its_timeout(ms: float, expected: Verdict) -> None:
    """Five seconds are the source's own timeout."""
    story = redis_panel(broken={**REFUSED, "ms": ms})
    assert verdict(CHECK, record(story, faults=[REDIS_STOPPED])) is expected


@pytest.mark.parametrize(("back_s", "expected"), [(315.0, Verdict.PASS), (325.0, Verdict.FAIL), (700.0, Verdict.FAIL)])
def test_a_broken_panel_is_back_within_two_refreshes(back_s: float, expected: Verdict) -> None:
    """Twenty seconds after the confirmed heal at 300.5 s it has to be sound."""
    story = redis_panel(broken=REFUSED, back_s=back_s)
    assert verdict(CHECK, record(story, faults=[REDIS_STOPPED])) is expected


def test_a_broken_panel_that_relapses_fails() -> None:
    """Back in time and wrong again later is not back."""
    story = redis_panel(broken=REFUSED)
    seen = next(one for one in story.streams[Stream.PANELS] if one.wall_s > BEGIN_S + 400)
    seen.data.update({"http": 500, "targets": []})  # type: ignore[attr-defined]  # a dict
    assert verdict(CHECK, record(story, faults=[REDIS_STOPPED])) is Verdict.FAIL


def test_panels_on_other_sources_keep_the_goal_during_the_fault() -> None:
    """A broken Redis excuses nobody who does not read it."""
    sound = board(*all_run())
    slow = board(*all_run(), load(200, ms=4000.0))
    faults = [REDIS_STOPPED]
    assert verdict(CHECK, record(sound, faults=faults)) is Verdict.PASS
    assert verdict(CHECK, record(slow, faults=faults)) is Verdict.FAIL


def test_a_panel_whose_every_load_failed_in_the_fault_is_known_by_its_other_loads() -> None:
    """A load without an answer names no source; the panel's other loads do."""
    story = redis_panel(broken={"ms": 100.0})
    for seen in story.streams[Stream.PANELS]:
        if 100 <= seen.wall_s - BEGIN_S < 305:
            seen.data.update({"http": 502, "error": "bad gateway", "targets": []})  # type: ignore[attr-defined]  # a dict
    assert verdict(CHECK, record(story, faults=[REDIS_STOPPED])) is Verdict.PASS


@pytest.mark.parametrize(("from_s", "to_s"), [(0, 100), (100, 300), (300, 600)])
def test_too_few_loads_in_a_phase_are_unknown(from_s: float, to_s: float) -> None:
    """Before, during and after the fault people have to have looked."""
    loads = [one for one in all_run() if not from_s <= one["at_s"] < to_s]
    assert verdict(CHECK, record(board(*loads), faults=[REDIS_STOPPED])) is Verdict.UNKNOWN


def test_loads_before_the_baseline_are_not_judged() -> None:
    """A board that is looked at while the stack starts may be empty."""
    assert verdict(CHECK, record(board(*all_run(), load(-20, non_null=0)))) is Verdict.PASS


def test_missing_or_cut_evidence_is_unknown() -> None:
    """No file, no end, no panel: no PASS."""
    assert verdict(CHECK, record(Story())) is Verdict.UNKNOWN
    assert verdict(CHECK, record(board(*all_run(), end=False))) is Verdict.UNKNOWN
    assert verdict(CHECK, record(board())) is Verdict.UNKNOWN
    assert verdict(CHECK, record(board(*all_run()).damaged(Stream.PANELS))) is Verdict.UNKNOWN


def owing(story: Story, *panels: ExpectedPanel, faults: tuple[FaultWindow, ...] = ()) -> Record:
    """A run whose plan owes these panels."""
    return record(story, faults=faults, expected=Expected(panels=panels, faults=len(faults)))


def test_a_panel_of_the_plan_that_no_board_offered_fails() -> None:
    """Boards were loaded and the panel was on none of them: nobody can see it."""
    other = replace(OPEN_TRADES, panel=2, title="Recent Orders")
    found = worst(CHECK, owing(board(*all_run()), OPEN_TRADES, other))
    assert (found.verdict, found.subject) == (Verdict.FAIL, "Recent Orders")


def test_a_panel_that_asks_for_nothing_or_for_less_fails() -> None:
    """Without a query, or without one of its queries, a panel does not show what it promises."""
    nothing, less = replace(OPEN_TRADES, refs=()), replace(OPEN_TRADES, refs=("A", "B"))
    assert "asks for nothing" in worst(CHECK, owing(board(*all_run()), nothing)).message
    assert "did not ask query B" in worst(CHECK, owing(board(*all_run()), less)).message


def test_a_plan_that_owes_no_panel_is_unknown() -> None:
    """Without a plan nobody can tell whether all panels were there."""
    assert verdict(CHECK, owing(board(*all_run()))) is Verdict.UNKNOWN


@pytest.mark.parametrize(
    ("lost", "expected"), [((7,), Verdict.UNKNOWN), ((59,), Verdict.PASS), ((58, 59), Verdict.UNKNOWN)]
)
def test_loads_without_a_line_are_unknown(lost: tuple[int, ...], expected: Verdict) -> None:
    """Each load has to have left its line; only the last may be cut by the end of the run."""
    story = board(*all_run())
    lines = story.streams[Stream.PANELS]
    story.streams[Stream.PANELS] = [line for line in lines if line.data.get("load") not in lost]
    assert verdict(CHECK, record(story)) is expected


@pytest.mark.parametrize("number", [3, 99])
def test_a_load_that_is_there_twice_or_was_never_made_is_unknown(number: int) -> None:
    """Lines that do not belong to the loads that were made are damage."""
    story = board(*all_run(), load(302))
    story.streams[Stream.PANELS][10].data.update({"load": number})  # type: ignore[attr-defined]  # a dict
    assert verdict(CHECK, record(story)) is Verdict.UNKNOWN


@pytest.mark.parametrize(("hole_s", "expected"), [(30, Verdict.PASS), (40, Verdict.UNKNOWN)])
def test_people_have_to_have_looked_all_the_time(hole_s: int, expected: Verdict) -> None:
    """Three refreshes without a look are the most; the panel may have been wrong meanwhile."""
    loads = [one for one in all_run() if not 205 < one["at_s"] < 205 + hole_s]
    assert verdict(CHECK, record(board(*loads))) is expected


@pytest.mark.parametrize(
    "wrong", [{"ms": -5000.0}, {"ms": float("nan")}, {"newest_s": float("nan")}, {"newest_s": -1.0}]
)
def test_figures_that_cannot_be_are_unknown(wrong: dict[str, Any]) -> None:
    """A negative or missing duration is damage, not a quick panel."""
    story = board(*all_run())
    seen: Any = story.streams[Stream.PANELS][10].data
    (seen if "ms" in wrong else seen["targets"][0]).update(wrong)
    assert verdict(CHECK, record(story)) is Verdict.UNKNOWN


def test_loads_while_the_system_is_drained_are_not_judged() -> None:
    """From 590 s on there is no traffic: rows may grow old and panels empty."""
    drained = [load(595, non_null=0), load(599, age_s=60.0)]
    assert verdict(CHECK, record(board(*[one for one in all_run() if one["at_s"] < 590], *drained))) is Verdict.PASS
    assert verdict(CHECK, record(board(*all_run(), load(589, non_null=0)))) is Verdict.FAIL


@pytest.mark.parametrize(("refresh_s", "expected"), [(0.0, Verdict.UNKNOWN), (40.0, Verdict.PASS)])
def test_a_board_may_have_a_refresh_of_its_own(refresh_s: float, expected: Verdict) -> None:
    """A look each forty seconds is a hole for a board that is refreshed each ten, and none for its own refresh."""
    loads = [load(at_s) for at_s in range(5, 595, 40)]
    panel = replace(OPEN_TRADES, refresh_s=refresh_s)
    assert verdict(CHECK, owing(board(*loads), panel)) is expected


def test_each_board_tells_its_own_end() -> None:
    """The end of one board's record does not stand for another's."""
    story = board(*all_run())
    other = {"board": "other", "panel": 1, "title": "Other", "load": 1, "ms": 9.0, "http": 200, "error": ""}
    story.line(Stream.PANELS, "panel", 300, {**other, "viewer": 1, "targets": load(300)["targets"]})
    assert any("no end for other" in one.message for one in CHECK.judge(record(story)))


def second_viewer(story: Story, loads: int = 3, end: bool = True) -> Story:
    """The same board with a second person at it."""
    fields = {"board": "trade-state", "panel": 1, "title": "Open Trades", "viewer": 2}
    for number in range(1, loads + 1):
        one = {key: value for key, value in load(100.0 * number).items() if key != "at_s"}
        story.line(Stream.PANELS, "panel", 100.0 * number, {**fields, **one, "load": number})
    if end:
        story.line(Stream.PANELS, "end", 600, {"board": "trade-state", "viewer": 2, "loads": 3})
    return story


def two(story: Story) -> Record:
    """A run that was to have two viewers."""
    made = record(story)
    return replace(made, expected=replace(made.expected, load=LoadProfile(viewers=2)))


def test_each_viewer_counts_its_own_loads() -> None:
    """Loads of two people have the same numbers, and neither stands for the other's."""
    assert verdict(CHECK, two(second_viewer(board(*all_run())))) is Verdict.PASS


def test_a_viewer_that_was_not_there_or_lost_loads_is_unknown() -> None:
    """Ten people were asked for: nine at the boards, one without an end, or one with loads that left no line."""
    assert verdict(CHECK, two(board(*all_run()))) is Verdict.UNKNOWN
    assert verdict(CHECK, two(second_viewer(board(*all_run()), end=False))) is Verdict.UNKNOWN
    found = worst(CHECK, two(second_viewer(board(*all_run()), loads=1)))
    assert found.verdict is Verdict.UNKNOWN
    assert "viewer 2" in found.message
