"""The check of rushes beyond the capacity: 2 signals a second, and 20 in the last ten of every hundred seconds.

The fault is asked for at 100 s, confirmed at 100.5 s and healed at 300.5 s.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from harness.checks import Overload
from harness.model import Expected, LoadProfile, Record, Verdict
from harness.recorded import FaultWindow, Stream
from tests.harness.checks.story import BEGIN_S, REDIS_STOPPED, moved, record, verdict, worst
from tests.harness.checks.trades import Trades

RUSHES = "burst:10x/10s/100s"
CHECK = Overload()


def rushed(
    *,
    taken: int = 4,
    ok_after_s: float = 0.2,
    refused_after_s: float = 0.01,
    unclear: int = 0,
    unsent: int = 0,
    executed_after_s: float = 0.5,
    calm: str = "ok",
    shut_s: int = 0,
    slow_from_s: float = 0.0,
    slow_until_s: float = 0.0,
) -> Trades:
    """In each second of a rush 20 signals: so many taken, unclear, not sent, the rest refused; 2 in other seconds.

    For `shut_s` after a rush those are refused as well. What is due between the two last takes 0.3 s to be refused.
    """
    trades = Trades()
    for at_s in range(590):
        of_rush = [*["ok"] * taken, *["info"] * unclear, *["unsent"] * unsent]
        usual = "fail" if at_s >= 100 and at_s % 100 < shut_s else calm
        kinds = [*of_rush, *["fail"] * (20 - len(of_rush))] if at_s % 100 >= 90 else [usual] * 2
        for number, kind in enumerate(kinds):
            one, due_s = f"s{at_s}-{number}", at_s + number / 20
            after_s = {
                "ok": ok_after_s,
                "fail": 0.3 if slow_from_s <= due_s < slow_until_s else refused_after_s,
                "info": 5.0,
            }.get(kind, 0.001)
            trades.sent(one, kind, at_s=due_s, after_s=after_s)
            if kind == "ok":
                trades.executed(one, at_s=due_s + after_s + executed_after_s)
    return trades


def judged(
    trades: Trades,
    arrivals: str = RUSHES,
    *,
    start_s: float | None = BEGIN_S,
    without: Stream | None = None,
    faults: Sequence[FaultWindow] = (REDIS_STOPPED,),
) -> Record:
    """The run with the fault, and a plan that asks for these rushes; a stream may be damaged."""
    story = trades.end()
    if start_s is not None:
        story.streams[Stream.CLIENT][-1].data.update(start_s=start_s)  # type: ignore[attr-defined]
    owed = Expected(load=LoadProfile(signals_per_s=2.0, arrivals=arrivals), faults=len(faults))
    return record(story if without is None else story.damaged(without), expected=owed, faults=faults)


def test_quick_refusals_beside_what_is_taken_pass_in_each_span() -> None:
    """Before, with and after the fault: four of twenty are taken, the others learn it at once."""
    found = list(CHECK.judge(judged(rushed())))
    assert [(one.verdict, one.subject) for one in found] == [
        (Verdict.PASS, "before the fault"),
        (Verdict.PASS, "with the fault on"),
        (Verdict.PASS, "after the heal"),
    ]
    assert "200 signals were sent in 10.0 s of rush: 40 acknowledged (p99 200 ms), 160 refused" in found[0].message


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"ok_after_s": 2.51}, "acknowledgements took 2510 ms"),
        ({"refused_after_s": 0.26}, "refusals took 260 ms"),
        ({"unclear": 1}, "nobody knows what became"),
        ({"taken": 1}, "0.50 times as much"),
        ({"taken": 0}, "0.00 times as much"),
        ({"executed_after_s": 5.1}, "were executed within"),
        ({"calm": "fail"}, "the rush was not over"),
        ({"taken": 20, "ok_after_s": 4.0}, "acknowledgements took 4000 ms"),
    ],
)
def test_each_way_to_bear_a_rush_badly_fails(changes: dict[str, Any], says: str) -> None:
    """Late yeses, late noes, silence, a collapse, work that nobody gets done, a rush without an end, no door at all."""
    found = worst(CHECK, judged(rushed(**changes)))
    assert found.verdict is Verdict.FAIL
    assert says in found.message


def test_just_inside_the_bounds_passes() -> None:
    """Each bound itself is allowed."""
    at_bounds = rushed(taken=2, ok_after_s=2.499, refused_after_s=0.249, executed_after_s=4.99)
    assert verdict(CHECK, judged(at_bounds)) is Verdict.PASS


def test_a_rush_that_is_all_taken_in_time_is_unknown() -> None:
    """Nobody was refused, so it was no overload: nothing was learnt of how one would be borne."""
    assert "more has to be sent" in worst(CHECK, judged(rushed(taken=20))).message
    assert verdict(CHECK, judged(rushed(taken=20))) is Verdict.UNKNOWN


@pytest.mark.parametrize(
    ("full_at", "expected"), [(0, Verdict.FAIL), (3, Verdict.PASS), (18, Verdict.FAIL), (100, Verdict.FAIL)]
)
def test_a_full_queue_may_be_refused_after_the_rush(full_at: int, expected: Verdict) -> None:
    """Four a second wait for 4.9 s each: three still do 4 s after the rush, 18 only before."""
    check = Overload(full_at=full_at, min_calm_ok_share=0.97)
    assert verdict(check, judged(rushed(executed_after_s=4.9, shut_s=5))) is expected


def leaderless(*, epoch_after: int) -> Trades:
    """As `rushed`, two of twenty taken; in the second rush none from its second to its fifth second.

    What the first second took is executed with the next taken, perhaps in another term.
    """
    trades = Trades()
    for at_s in range(590):
        rush, gone = at_s % 100 >= 90, 191 <= at_s < 195
        kinds = ["fail" if gone or number >= 2 else "ok" for number in range(20)] if rush else ["ok"] * 2
        for number, kind in enumerate(kinds):
            due_s = at_s + number / 20
            trades.sent(f"s{at_s}-{number}", kind, at_s=due_s, after_s=0.01)
            if kind == "ok":
                waits_s, epoch = (4.8 if at_s == 190 else 0.5), (epoch_after if at_s >= 190 else 1)
                trades.executed(f"s{at_s}-{number}", at_s=due_s + waits_s, epoch=epoch)
    return trades


@pytest.mark.parametrize(
    ("full_at", "epoch_after", "expected"),
    [(2, 2, Verdict.PASS), (2, 1, Verdict.FAIL), (0, 2, Verdict.FAIL), (3, 2, Verdict.FAIL)],
    ids=["leaderless and full", "led", "nothing promised", "room for one"],
)
def test_a_full_queue_may_be_refused_while_nobody_leads(full_at: int, epoch_after: int, expected: Verdict) -> None:
    """Nobody can make room then; with a leader, or with room, less than between rushes is a collapse."""
    record = judged(leaderless(epoch_after=epoch_after))
    found = next(one for one in Overload(full_at=full_at).judge(record) if one.subject == "with the fault on")
    assert found.verdict is expected


@pytest.mark.parametrize(("until_s", "expected"), [(394.9, Verdict.UNKNOWN), (395.0, Verdict.FAIL)])
def test_less_than_half_a_rush_says_nothing(until_s: float, expected: Verdict) -> None:
    """The first seconds of a rush are taken or refused as it happens."""
    held = moved(REDIS_STOPPED, confirmed_s=301.0, healed_s=until_s, confirmed_healed_s=until_s + 0.5)
    found = {one.subject: one for one in CHECK.judge(judged(rushed(taken=1), faults=[held]))}
    assert found["with the fault on"].verdict is expected


@pytest.mark.parametrize(("late_s", "expected"), [(0.9, Verdict.PASS), (1.6, Verdict.FAIL)])
def test_the_first_second_after_a_heal_belongs_to_it(late_s: float, expected: Verdict) -> None:
    """An instance that comes back in the middle of a rush refuses late for so long."""
    back_s = 394.0
    trades = rushed(slow_from_s=back_s, slow_until_s=back_s + late_s)
    healed = moved(REDIS_STOPPED, healed_s=back_s - 0.5, confirmed_healed_s=back_s)
    assert verdict(CHECK, judged(trades, faults=[healed])) is expected


@pytest.mark.parametrize(
    ("asked_s", "changes", "expected"),
    [(350, {}, None), (410, {}, Verdict.PASS), (410, {"refused_after_s": 0.26}, Verdict.FAIL)],
    ids=["no rush", "a rush", "a bad one"],
)
def test_between_two_acts_no_rush_is_owed(asked_s: float, changes: dict[str, Any], expected: Verdict | None) -> None:
    """How long that time is is for the alerts to say: nothing is said without a rush, and one is judged."""
    again = replace(
        moved(REDIS_STOPPED, asked_s=asked_s, confirmed_s=asked_s + 0.5, healed_s=500.0, confirmed_healed_s=500.5),
        act=2,
    )
    found = {one.subject: one.verdict for one in CHECK.judge(judged(rushed(**changes), faults=[REDIS_STOPPED, again]))}
    assert found.get("before the fault of act 2") is expected


def test_what_could_not_be_sent_is_nobodys_refusal() -> None:
    """Of an instance that is gone nothing is asked, and nothing is owed for it."""
    assert verdict(CHECK, judged(rushed(taken=2, unsent=5))) is Verdict.PASS
    assert verdict(CHECK, judged(rushed(taken=2, unsent=18))) is Verdict.UNKNOWN


@pytest.mark.parametrize("arrivals", ["poisson", "ramp:1x-10x/60s", "burst:0.5x/10s/100s", "trace:x"])
def test_a_load_without_a_rush_is_unknown(arrivals: str) -> None:
    """There was nothing to bear."""
    assert verdict(CHECK, judged(rushed(), arrivals)) is Verdict.UNKNOWN


def test_a_span_without_a_rush_is_unknown() -> None:
    """With rushes every ten minutes none falls into the time with the fault on."""
    found = {one.subject: one.verdict for one in CHECK.judge(judged(rushed(), "burst:10x/10s/600s@90s"))}
    assert found["before the fault"] is Verdict.PASS
    assert found["with the fault on"] is not Verdict.PASS


def test_without_its_beginning_or_with_damage_nothing_passes() -> None:
    """When the rushes were has to be on record, and the record has to be whole."""
    assert verdict(CHECK, judged(rushed(), start_s=None)) is Verdict.UNKNOWN
    for stream in (Stream.CLIENT, Stream.FINAL):
        assert verdict(CHECK, judged(rushed(), without=stream)) is Verdict.UNKNOWN
