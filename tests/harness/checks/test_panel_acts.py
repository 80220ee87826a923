"""Panels in a run of several acts: struck at 100, 250 and 400 s, each healed 80 s later; refreshes come each 10 s."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from harness.checks import Breaks, Panels
from harness.model import Finding, Verdict
from harness.recorded import FaultWindow, Stream
from tests.harness.checks.story import REDIS_STOPPED, Story, moved, record, verdict, worst
from tests.harness.checks.test_dashboards import NO_DATA, REFUSED, all_run, board, load

STARTS_S = (100.0, 250.0, 400.0)
HELD_S = 80.0


def act(number: int, target: str) -> FaultWindow:
    """The fault of an act: it takes half a second to work and to heal."""
    at_s = STARTS_S[number - 1]
    times = {"asked_s": at_s, "confirmed_s": at_s + 0.5, "healed_s": at_s + HELD_S}
    fault = moved(REDIS_STOPPED, **times, confirmed_healed_s=at_s + HELD_S + 0.5)
    return replace(fault, act=number, target=target)


ACTS = (act(1, "redis"), act(2, "trading-1"), act(3, "redis"))
CHECK = Panels(breaks=(Breaks(act=1, by=("redis",)), Breaks(act=3, by=("redis",))))


def broken(*numbers: int, how: dict[str, Any] = REFUSED, source: str = "redis-datasource") -> Story:
    """A panel that shows this while these acts are on, and is sound otherwise."""

    def one(at_s: float) -> dict[str, Any]:
        on = any(STARTS_S[each - 1] <= at_s < STARTS_S[each - 1] + HELD_S + 1 for each in numbers)
        return load(at_s, source=source, **(how if on else {}))

    return board(*(one(float(at_s)) for at_s in range(5, 595, 10)))


def judged(story: Story, check: Panels = CHECK) -> Verdict:
    """What comes of it."""
    return verdict(check, record(story, faults=ACTS))


def named(found: list[Finding], words: str) -> Finding:
    """The one finding that says this."""
    (one,) = [each for each in found if words in each.message]
    return one


def test_each_act_has_its_own_two_findings() -> None:
    """It said so twice and came back twice; all the rest of the time it was sound."""
    found = list(CHECK.judge(record(broken(1, 3), faults=ACTS)))
    assert [one.verdict for one in found] == [Verdict.PASS] * 5
    assert named(found, "said that its source was down in act 3").verdict is Verdict.PASS
    assert named(found, "after the heal of act 1").verdict is Verdict.PASS


def test_a_panel_that_goes_on_showing_values_in_one_of_the_acts_fails() -> None:
    """What it said in the first act says nothing of the third."""
    found = worst(CHECK, record(broken(1), faults=ACTS))
    assert found.verdict is Verdict.FAIL
    assert "showed values in 8 of 8 loads although its source was down in act 3" in found.message


def test_an_act_that_breaks_nothing_of_a_panel_excuses_nothing() -> None:
    """An error in the second act is wrong, and so is one on a panel of another source in the first."""
    assert judged(broken(1, 2, 3)) is Verdict.FAIL
    assert judged(broken(source="prometheus")) is Verdict.PASS
    assert judged(broken(1, source="prometheus")) is Verdict.FAIL


def test_between_two_acts_it_has_to_be_sound() -> None:
    """One wrong load after the first heal is one."""
    story = broken(1, 3)
    (seen,) = [one for one in story.streams[Stream.PANELS] if one.data.get("load") == 23]  # at 225 s
    seen.data.update({"http": 500, "targets": []})  # type: ignore[attr-defined]  # a dict
    assert judged(story) is Verdict.FAIL


def test_a_panel_that_is_not_back_before_the_next_act_fails() -> None:
    """It had from 180 s to 250 s, and was sound again only after the last heal."""
    found = list(CHECK.judge(record(broken_until(245.0), faults=ACTS)))
    assert named(found, "came back never").verdict is Verdict.FAIL


def broken_until(at_s: float) -> Story:
    """Broken in the first act and on until then."""
    return board(
        *(
            load(each, source="redis-datasource", **REFUSED)
            if 100 <= each <= at_s or 400 <= each < 481
            else load(each, source="redis-datasource")
            for each in range(5, 595, 10)
        )
    )


@pytest.mark.parametrize("number", [1, 2, 3])
def test_too_few_loads_in_any_act_are_unknown(number: int) -> None:
    """Each act has to have been looked at, whether it breaks the panel or not."""
    begin_s = STARTS_S[number - 1]
    story = broken(1, 3)
    lines = story.streams[Stream.PANELS]
    kept = [one for one in lines if not begin_s + 12 < one.mono_s < begin_s + HELD_S or one.kind == "end"]
    story.streams[Stream.PANELS] = kept
    found = list(replace(CHECK, unseen_refreshes=20.0).judge(record(story, faults=ACTS)))
    words = "during the fault of act 2" if number == 2 else f"loaded 1 times while its source was down in act {number}"
    assert named(found, words).verdict is Verdict.UNKNOWN


def test_an_act_that_the_run_has_not_or_that_was_not_seen_to_heal_is_unknown() -> None:
    """Nobody can say what a panel had to show then."""
    assert judged(broken(1, 3), Panels(breaks=(Breaks(act=4, by=("redis",)),))) is Verdict.UNKNOWN
    unhealed = (*ACTS[:1], replace(ACTS[1], confirmed_healed_s=None), ACTS[2])
    assert verdict(CHECK, record(broken(1, 3), faults=unhealed)) is Verdict.UNKNOWN


@pytest.mark.parametrize(("number", "expected"), [(2, Verdict.PASS), (3, Verdict.FAIL)])
def test_a_panel_may_be_empty_in_the_act_that_empties_it_and_in_no_other(number: int, expected: Verdict) -> None:
    """While nobody leads nobody is named; without Redis somebody leads."""
    check = Panels(breaks=(Breaks(act=2, empty=("Open Trades",)),))
    assert judged(broken(number, how=NO_DATA, source="prometheus"), check) is expected
    assert judged(broken(number, how=REFUSED, source="prometheus"), check) is Verdict.FAIL


@pytest.mark.parametrize(("old", "expected"), [(("clickhouse",), Verdict.PASS), (("postgres",), Verdict.FAIL)])
def test_a_source_that_gets_nothing_new_may_be_old(old: tuple[str, ...], expected: Verdict) -> None:
    """Without PostgreSQL nothing is executed, and so nothing gets to ClickHouse; in other acts it does."""
    stale = {"age_s": 60.0}
    check = Panels(breaks=(Breaks(act=2, old=old),))
    assert judged(broken(2, how=stale, source="clickhouse"), check) is expected
    assert judged(broken(1, how=stale, source="clickhouse"), check) is Verdict.FAIL


HANGS = Panels(breaks=(Breaks(act=2, by=("prometheus",), hangs=True),))


@pytest.mark.parametrize(
    ("queries", "own_ms", "expected"),
    [(1, 5400.0, Verdict.PASS), (1, 5600.0, Verdict.FAIL), (3, 16400.0, Verdict.PASS), (3, 16600.0, Verdict.FAIL)],
)
def test_a_source_that_hangs_is_waited_for_once_a_query(queries: int, own_ms: float, expected: Verdict) -> None:
    """Five seconds each, one after the other; the queue before them is not the panel's."""
    story = broken(2, how={**REFUSED, "error": "context deadline exceeded"}, source="prometheus")
    for seen in story.streams[Stream.PANELS]:
        if "targets" in seen.data:
            more = [{**seen.data["targets"][0], "ref": ref} for ref in "ABC"[:queries]]
            seen.data.update({"targets": more})  # type: ignore[attr-defined]  # a dict
    assert judged(shifted(story, own_ms + 9000.0, 9000.0), HANGS) is expected


def shifted(story: Story, took_ms: float, queued_ms: float) -> Story:
    """Loads that take longer end later; each began when it was due."""
    lines = story.streams[Stream.PANELS]
    for at, seen in enumerate(lines):
        began_s = seen.mono_s - seen.data.get("ms", 0.0) / 1000
        if seen.kind == "panel" and 250 <= began_s < 330:
            data = {**seen.data, "ms": took_ms, "queued_ms": queued_ms}
            later_s = began_s + took_ms / 1000 - seen.mono_s
            lines[at] = type(seen)(
                kind=seen.kind, wall_s=seen.wall_s + later_s, mono_s=seen.mono_s + later_s, data=data
            )
    return story


@pytest.mark.parametrize(
    ("took_ms", "queued_ms", "check", "expected"),
    [
        (20_000.0, 19_000.0, HANGS, Verdict.PASS),
        (20_000.0, 16_000.0, HANGS, Verdict.FAIL),
        (20_000.0, 19_000.0, Panels(), Verdict.FAIL),
    ],
)
def test_whoever_waits_behind_a_source_that_hangs_is_judged_by_its_own_time(
    took_ms: float, queued_ms: float, check: Panels, expected: Verdict
) -> None:
    """A browser asks five panels at a time: the sixth is not slow because five others wait."""
    assert judged(shifted(broken(source="postgres"), took_ms, queued_ms), check) is expected


def test_a_panel_that_nobody_waited_for_to_the_end_has_not_said_anything() -> None:
    """The viewer gave up after forty seconds: no answer is not an error within its time."""
    story = shifted(broken(2, source="prometheus"), 40_000.0, 0.0)
    for seen in story.streams[Stream.PANELS]:
        if seen.data.get("ms") == 40_000.0:
            seen.data.update({"http": None, "error": "ReadTimeout", "targets": []})  # type: ignore[attr-defined]
    assert judged(story, HANGS) is Verdict.FAIL


def test_a_wait_in_the_queue_that_is_longer_than_the_load_is_damage() -> None:
    """It would make a slow panel quick."""
    story = broken()
    story.streams[Stream.PANELS][3].data.update({"queued_ms": 201.0})  # type: ignore[attr-defined]  # a dict
    assert verdict(CHECK, record(story, faults=ACTS)) is Verdict.UNKNOWN


@pytest.mark.parametrize(("other_ms", "expected"), [(55_000.0, Verdict.PASS), (500.0, Verdict.UNKNOWN)])
def test_who_waits_for_the_rest_of_a_board_looks_at_it(other_ms: float, expected: Verdict) -> None:
    """A load of a board ends with its slowest panel; only then the next is due."""
    story = board(*(one for one in all_run() if not 205 < one["at_s"] < 255))
    slow = {**load(205, ms=other_ms), "board": "trade-state", "panel": 2, "title": "Slow", "viewer": 1, "load": 21}
    story.line(Stream.PANELS, "panel", 205 + other_ms / 1000, {k: v for k, v in slow.items() if k != "at_s"})
    found = [one for one in Panels(within_s=60).judge(record(story)) if one.subject == "Open Trades"]
    assert Verdict.worst(one.verdict for one in found) is expected
