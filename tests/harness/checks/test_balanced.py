"""The check that what is held is what was moved."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.checks import Balanced
from harness.model import Verdict
from harness.recorded import Stream
from tests.harness.checks.story import END_S, Story, record, verdict, worst

CHECK = Balanced(holding="position", movement="event", by="asset", amounts=("quantity", "cost"), min_movements=2)

Row = tuple[str, float, float]


def books(held: Sequence[Row], moved: Sequence[Row], *, unread: int = 0) -> Story:
    """A last read: account, quantity and cost of what is held and of each movement; `unread` rows are not there."""
    story = Story()
    counts: Counter[str] = Counter(position=0, event=unread)
    for kind, rows in (("position", held), ("event", moved)):
        for asset, quantity, cost in rows:
            counts[kind] += 1
            story.line(Stream.FINAL, kind, END_S, {"asset": asset, "quantity": quantity, "cost": cost})
    story.line(Stream.FINAL, "end", END_S, {"counts": dict(counts)})
    return story


MOVED = [("BTC", 2.0, 200.0), ("BTC", -0.5, -50.0), ("ETH", 1.0, 10.0)]
HELD = [("BTC", 1.5, 150.0), ("ETH", 1.0, 10.0)]


def test_books_that_add_up_pass() -> None:
    """Each account is the sum of its movements."""
    found = worst(CHECK, record(books(HELD, MOVED)))
    assert (found.verdict, found.observed) == (Verdict.PASS, 2.0)


@pytest.mark.parametrize(
    ("held", "account"),
    [
        ([("BTC", 2.0, 150.0), HELD[1]], "BTC"),
        ([("BTC", 1.5, 150.02), HELD[1]], "BTC"),
        ([HELD[0]], "ETH"),
        ([*HELD, ("SOL", 3.0, 30.0)], "SOL"),
    ],
    ids=["one amount", "two hundredths", "never booked", "never moved"],
)
def test_an_account_that_is_off_fails(held: list[Row], account: str) -> None:
    """By more than the tolerance, without a row, or without a movement; it is named."""
    found = worst(CHECK, record(books(held, MOVED)))
    assert (found.verdict, found.subject) == (Verdict.FAIL, account)


def test_the_tolerance_is_kept() -> None:
    """Less than a hundredth is rounding, by default; a stricter check says so."""
    near = record(books([("BTC", 1.5, 150.009), HELD[1]], MOVED))
    assert verdict(CHECK, near) is Verdict.PASS
    assert verdict(replace(CHECK, tolerance=0.001), near) is Verdict.FAIL


@given(st.lists(st.tuples(st.sampled_from(["BTC", "ETH"]), st.integers(-999, 999), st.integers(-999, 999)), min_size=2))
def test_the_order_of_movements_does_not_matter(moved: list[tuple[str, int, int]]) -> None:
    """Whatever was moved, the sums balance; a lost or doubled movement of more than the tolerance does not."""
    held = [
        (asset, float(sum(row[1] for row in moved if row[0] == asset)), sum(row[2] for row in moved if row[0] == asset))
        for asset in {row[0] for row in moved}
    ]
    assert verdict(CHECK, record(books(held, list(reversed(moved))))) is Verdict.PASS
    expected = Verdict.FAIL if moved[0][1] or moved[0][2] else Verdict.PASS
    assert verdict(CHECK, record(books(held, [*moved, moved[0]]))) is expected


@pytest.mark.parametrize(
    "story",
    [
        Story(),
        books(HELD, MOVED).damaged(Stream.FINAL),
        books(HELD, MOVED[:2], unread=1),
        books([], []),
        books([*HELD, HELD[0]], MOVED[:1] * 2),
        books([("BTC", float("nan"), 1.0)], MOVED),
    ],
    ids=["no read", "cut", "a row that was not read", "too few", "held twice", "no number"],
)
def test_a_read_that_is_not_whole_is_unknown_or_worse(story: Story) -> None:
    """What was not read cannot be reckoned with: never a PASS, and no breach is claimed of half a read."""
    assert verdict(CHECK, record(story)) is not Verdict.PASS


def test_half_a_read_is_no_breach() -> None:
    """The movement that is missing may be the one that was not read."""
    assert verdict(CHECK, record(books(HELD, MOVED[:2], unread=1))) is Verdict.UNKNOWN
    assert verdict(replace(CHECK, amounts=()), record(books(HELD, MOVED))) is Verdict.UNKNOWN
