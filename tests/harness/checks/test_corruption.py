"""A history that was altered in one place passes only where the alteration means the same.

On disk the seal tells of any alteration. Here it is the recorder, or a database, that said something else.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.checks import EpochsGrow, ExactlyOnce
from harness.model import Check, Verdict
from harness.recorded import Observation, Stream
from tests.harness.checks.story import Story, record, verdict
from tests.harness.checks.trades import Trades

CHECKS: tuple[Check, ...] = (ExactlyOnce(min_ok=1, min_filled_share=0.0), EpochsGrow(min_effects=1))
KINDS = (
    *("invoke", "ok", "fail", "info", "summary"),
    *("accepted", "effect", "event", "outbox", "shipped", "epoch", "end"),
)
WORDS = ("s0", "s1", "s2", "order-s0", "event-order-s1", "trading-1", "trading-2", "filled", "rejected", "odd")


@dataclass(frozen=True, slots=True, kw_only=True)
class Alteration:
    """A line, and the lines that take its place; `field` and `value` where one of its values was changed."""

    stream: Stream
    at: int
    by: tuple[Observation, ...]
    field: str = ""
    value: object = None


def judged(story: Story) -> Verdict:
    """The worst that the checks of a history say."""
    return Verdict.worst(verdict(check, record(story)) for check in CHECKS)


@st.composite
def good_histories(draw: st.DrawFn) -> Story:
    """Signals of every outcome in up to three terms, each as it should be."""
    trades, terms = Trades(), draw(st.integers(1, 3))
    for number in range(draw(st.integers(1, 6))):
        one, epoch = f"s{number}", draw(st.integers(1, terms)) if number else 1
        outcome = draw(st.sampled_from(["ok", "info", "fail"])) if number else "ok"
        at_s = 100.0 * epoch + number
        trades.sent(one, outcome, at_s=at_s - 1)
        if outcome == "ok" or (outcome == "info" and draw(st.booleans())):
            status = draw(st.sampled_from(["filled", "rejected"]))
            trades.accepted(one).executed(one, epoch=epoch, by=f"trading-{epoch}", at_s=at_s, status=status)
    for epoch in range(2, terms + 1):
        trades.term(epoch=epoch, leader=f"trading-{epoch}", from_s=100.0 * epoch - 50)
    return trades.end()


@st.composite
def altered(draw: st.DrawFn) -> tuple[Story, Alteration]:
    """A good history with one line left out, said twice, of another kind, or with another value in it."""
    story = draw(good_histories())
    stream = draw(st.sampled_from([Stream.CLIENT, Stream.FINAL]))
    at = draw(st.integers(0, len(story.streams[stream]) - 1))
    line = story.streams[stream][at]
    others = [msgspec.structs.replace(line, kind=kind) for kind in KINDS if kind != line.kind]
    by = [(), (line, line), *((other,) for other in others)]
    changes = [Alteration(stream=stream, at=at, by=lines) for lines in by]
    for name, value in line.data.items():
        for other in _others(value):
            changed = msgspec.structs.replace(line, data={**line.data, name: other})
            changes.append(Alteration(stream=stream, at=at, by=(changed,), field=name, value=other))
        without = {key: kept for key, kept in line.data.items() if key != name}
        changes.append(Alteration(stream=stream, at=at, by=(msgspec.structs.replace(line, data=without),), field=name))
    return story, draw(st.sampled_from(changes))


def _others(value: Any) -> Iterator[object]:
    """What could stand there instead."""
    yield None
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, str):
        yield from (word for word in WORDS if word != value)
        yield 7
    elif isinstance(value, int | float):
        yield from (value + 1, value - 1, value + 1000, -1.0, float("nan"), "x")
    elif isinstance(value, Mapping):
        yield from ({**value, key: (kept or 0) + 1} for key, kept in value.items())
        yield from ({key: kept for key, kept in value.items() if key != left_out} for left_out in value)


def means_the_same(story: Story, alteration: Alteration) -> bool:
    """What these two checks do not notice, and why that is so."""
    line = story.streams[alteration.stream][alteration.at]
    rows = story.streams[Stream.FINAL]
    match line.kind, alteration.field:
        case ("summary" | "end", "") if alteration.by == (line, line):
            return True  # the same sum twice is the same sum
        case ("invoke", "due_s" | "to") | ("summary", "scheduled" | "dropped" | "lateness_ms"):
            return True  # other checks' business: when it was due, whom it was sent to, how late the generator was
        case ("ok" | "fail" | "info", "ms" | "status"):
            return True  # how long it took; which of the refusals it was (a 2xx that is no ok is noticed)
        case ("event", "event_id"):
            rejected = [row.data["id"] for row in rows if row.data.get("status") == "rejected"]
            return line.data["id"] in rejected  # nothing else names the event of an order that is not shipped
        case ("effect", "at_s"):
            return True  # within its term an execution may have been at any time
        case ("epoch", _) if alteration.field:
            acted = any(row.kind == "effect" and row.data["epoch"] == line.data["epoch"] for row in rows)
            return not acted or alteration.field == "from_s"  # nothing tells of a term in which nobody acted
    return False


@given(altered())
@settings(max_examples=400)
def test_one_alteration_never_passes_unless_it_means_the_same(case: tuple[Story, Alteration]) -> None:
    """A line that is missing, there twice, of another kind, or says something else is noticed."""
    story, alteration = case
    lines = list(story.streams[alteration.stream])
    lines[alteration.at : alteration.at + 1] = alteration.by
    changed = Story(streams={**story.streams, alteration.stream: lines})
    assert judged(story) is Verdict.PASS
    assert judged(changed) is not Verdict.PASS or means_the_same(story, alteration)


@given(good_histories(), st.randoms(use_true_random=False))
def test_the_databases_may_be_read_in_any_order(story: Story, random: Any) -> None:
    """Rows of a table come in no order: the verdict does not hang on it."""
    *rows, end = story.streams[Stream.FINAL]
    random.shuffle(rows)
    assert judged(Story(streams={**story.streams, Stream.FINAL: [*rows, end]})) is Verdict.PASS
