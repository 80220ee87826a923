"""The check as a whole: agreement passes, one value that is wrong fails, and what cannot be compared is unknown."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from harness.checks import Truth
from harness.checks.truth import CLIENT, Happenings, Promise, Rate, Scraped, SumSoFar, Way
from harness.model import Verdict
from harness.recorded import FaultWindow, Stream
from harness.restore import from_data, to_data
from tests.harness.checks.story import BEGIN_S, verdict, worst
from tests.harness.checks.truth.shop import BOARD, DONE_AFTER_S, LOADS, PANEL, Shop, done_at, scraped_at

DONE = Happenings(rows="event", seen_by=("committed_s",))
WRITTEN = Way(settings=("written_each_s",))


def so_far(**changes: Any) -> SumSoFar:
    """How many are done, as written down each five seconds."""
    return SumSoFar(**{"board": BOARD, "panel": PANEL, "of": DONE, "way": WRITTEN, **changes})


def check(*promises: Promise) -> Truth:
    """The check with a narrow allowance."""
    return Truth(promises=promises or (so_far(),), allowance_s=0.1)


def number_done(at_s: float) -> list[dict[str, Any]]:
    """What a panel shows that is right at once."""
    return [{"value": sum(done_at(number) <= at_s for number in range(600))}]


def test_what_is_right_passes_and_says_what_was_right() -> None:
    """The message tells how many values agreed and how sharply the right ones are known."""
    found = worst(check(), Shop().shows(number_done))
    assert found.verdict is Verdict.PASS
    assert "right in 58 loads, 58 values; right was 0 to 575, half of the bounds 5 apart" in found.message


def test_one_wrong_value_of_many_fails_and_is_named() -> None:
    """Load, query, what was shown, what was right, and the lines of evidence."""
    found = worst(check(), Shop().shows(lambda at_s: [{"value": 999}] if at_s == 105 else number_done(at_s)))
    assert found.verdict is Verdict.FAIL
    assert "load 11, query A, showed 999, right was 100 to 105 (no fault); 1 of 58 values were wrong" in found.message
    assert found.evidence == "panels.jsonl:11, final.jsonl (event)"


@pytest.mark.parametrize(("older_s", "right"), [(5.1, Verdict.PASS), (6.2, Verdict.FAIL)])
def test_a_state_may_be_as_old_as_the_way_takes_and_no_older(older_s: float, right: Verdict) -> None:
    """The bound of the slack: five seconds between two writes and the allowance, and what was just being committed."""
    assert verdict(check(), Shop().shows(lambda at_s: number_done(max(0.0, at_s - older_s)))) is right


def test_a_value_that_runs_ahead_fails() -> None:
    """What had not happened by the end of the load cannot be shown."""
    assert verdict(check(), Shop().shows(lambda at_s: number_done(at_s + 1.2))) is Verdict.FAIL


def test_another_metric_fails() -> None:
    """The mutant that nothing else notices: a panel of things done shows what came in with each scrape."""
    every_other = Shop().shows(lambda at_s: [{"value": number_done(at_s)[0]["value"] // 2}])
    assert verdict(check(), every_other) is Verdict.FAIL


def test_several_series_where_one_is_due_fail() -> None:
    """A lost aggregation."""
    found = worst(check(), Shop().shows(lambda at_s: number_done(at_s) * 2))
    assert (found.verdict, found.observed) == (Verdict.FAIL, "2 series")


def test_no_load_that_can_be_compared_is_unknown() -> None:
    """Errors and empty answers are for another check to judge; here they prove nothing."""
    for target in ({"error": "connection refused"}, {"non_null": 0}, {"ref": "B"}):
        found = worst(check(), Shop().shows(number_done, **target))
        assert found.verdict is Verdict.UNKNOWN
        assert "query A could be compared in 0 loads only" in found.message


@pytest.mark.parametrize("stream", [Stream.FINAL, Stream.PANELS])
def test_evidence_that_is_missing_or_cut_passes_nothing(stream: Stream) -> None:
    """A right answer that cannot be known is none."""
    shop = Shop()
    good = shop.shows(number_done)
    for story in (shop.story.without(stream), shop.story.damaged(stream)):
        assert verdict(check(), replace(good, history=story)) is Verdict.UNKNOWN


def test_rows_without_the_field_that_is_needed_are_unknown() -> None:
    """A run from before the field was read."""
    old = so_far(of=replace(DONE, seen_by=("flushed_s",)))
    found = worst(check(old), Shop().shows(number_done))
    assert (found.verdict, "has no flushed_s" in found.message) == (Verdict.UNKNOWN, True)


def broken(kind: str, target: str, from_s: float, until_s: float, act: int = 1) -> FaultWindow:
    """A fault from and until then, seen a second later each time; s after the beginning."""
    return FaultWindow(
        kind=kind,
        target=target,
        asked_s=BEGIN_S + from_s,
        confirmed_s=BEGIN_S + from_s + 1,
        healed_s=BEGIN_S + until_s,
        confirmed_healed_s=BEGIN_S + until_s + 1,
        act=act,
    )


def test_a_fault_excuses_only_what_it_breaks_and_only_until_it_is_healed() -> None:
    """While Redis is away, and a while after, what is in it may be old; whoever does not read it has no excuse."""
    fault = broken("stop", "redis", 100, 200)
    shop = Shop()
    shop.shows(lambda at_s: number_done(100 if 100 < at_s < 231 else at_s))
    run = shop.record([fault])
    excused = so_far(unless=("redis",))
    assert verdict(check(excused), run) is Verdict.PASS
    assert verdict(check(), run) is Verdict.FAIL
    assert verdict(replace(check(excused), settle_s=10.0), run) is Verdict.FAIL


def test_a_fault_over_the_whole_run_leaves_nothing_to_compare() -> None:
    """Everything excused is nothing seen."""
    shop = Shop()
    shop.shows(number_done, loads=[load for load in LOADS if load < 200])
    fault = broken("stop", "redis", 1, 300)
    found = worst(check(so_far(unless=("redis",))), shop.record([fault]))
    assert found.verdict is Verdict.UNKNOWN
    assert "20 loads fell into a fault" in found.message


def test_each_promise_has_to_be_compared_by_itself() -> None:
    """Another one on the same query does not stand in for one of which nothing could be said."""
    shop = Shop()
    shop.shows(number_done, loads=[load for load in LOADS if load < 200])
    run = shop.record([broken("stop", "redis", 1, 300)])
    assert verdict(check(so_far()), run) is Verdict.PASS
    found = worst(check(so_far(), so_far(unless=("redis",))), run)
    assert found.verdict is Verdict.UNKNOWN
    assert "query A could be compared in 0 loads only" in found.message


def test_what_comes_before_an_act_can_be_compared_alone() -> None:
    """From the act that ends an instance on nothing is compared; before it everything is."""
    fault = broken("kill", "trading-1", 300, 400, act=2)
    shop = Shop()
    shop.shows(lambda at_s: [{"value": 999}] if at_s > 300 else number_done(at_s))
    run = shop.record([replace(fault, asked_s=BEGIN_S + 50, act=1), fault])
    assert verdict(replace(check(), before_act=2), run) is Verdict.PASS
    assert verdict(check(), run) is Verdict.FAIL
    early = Shop()
    early.shows(lambda at_s: [{"value": 999}] if at_s == 105 else number_done(at_s))
    assert verdict(replace(check(), before_act=2), early.record([fault])) is Verdict.FAIL


@pytest.mark.parametrize("before_act", [1, 3])
def test_nothing_before_the_act_or_no_such_act_is_unknown(before_act: int) -> None:
    """An act that strikes at once leaves nothing to compare, and one that there is not would compare everything."""
    fault = FaultWindow(kind="kill", target="trading-1", asked_s=BEGIN_S + 1, confirmed_healed_s=BEGIN_S + 9)
    shop = Shop()
    shop.shows(number_done)
    assert verdict(replace(check(), before_act=before_act), shop.record([fault])) is Verdict.UNKNOWN


def _always(values: list[dict[str, Any]], at_s: float) -> list[dict[str, Any]]:
    """A panel that never changes."""
    del at_s
    return values


def test_a_rate_is_held_to_what_happened_between_known_scrapes() -> None:
    """Four scrapes back; one per second is right, and neither the sum with another's nor a third of it."""
    came = Rate(board=BOARD, panel=PANEL, of=Happenings(rows=CLIENT, seen_by=("by_s",)))
    for per_s, right in ((1.0, Verdict.PASS), (2.0, Verdict.FAIL), (0.33, Verdict.FAIL)):
        values = [{"value": per_s}]
        assert verdict(check(came), Shop().shows(partial(_always, values), loads=LOADS[6:])) is right


def test_as_scraped_means_the_newest_sample_of_each_instance() -> None:
    """The instance's own value passes; the average of all, or one value too old, does not."""
    weight = Scraped(board=BOARD, panel=PANEL, metric="weight", by=("instance",))

    def each(at_s: float) -> list[dict[str, Any]]:
        return [
            {"value": scraped_at(at_s) + number, "labels": {"instance": f"trading-{number + 1}"}} for number in (0, 1)
        ]

    assert verdict(check(weight), Shop().shows(each)) is Verdict.PASS
    averaged = Shop().shows(lambda at_s: [{"value": scraped_at(at_s) + 0.5}])
    found = worst(check(weight), averaged)
    assert (found.verdict, found.observed) == (Verdict.FAIL, "nothing")
    assert verdict(check(weight), Shop().shows(lambda at_s: each(at_s - 15.0), loads=LOADS[6:])) is Verdict.FAIL
    assert verdict(check(weight), Shop().shows(lambda at_s: each(at_s)[:1])) is Verdict.FAIL


def test_the_check_is_stored_with_the_run_with_all_that_it_promises() -> None:
    """Promises are values of classes: they come back as they were."""
    stored = to_data(check(so_far(), Scraped(board=BOARD, panel=PANEL, metric="weight")))
    assert from_data(stored, "plan.json") == check(so_far(), Scraped(board=BOARD, panel=PANEL, metric="weight"))
    assert check(Scraped(board=BOARD, panel=PANEL, metric="weight")).metrics == (
        "scrape_duration_seconds",
        "up",
        "weight",
    )


def test_the_shop_is_what_it_says() -> None:
    """One a second, the first done half a second after the beginning."""
    assert number_done(0.5) == [{"value": 0}]
    assert number_done(0.5 + DONE_AFTER_S) == [{"value": 1}]
