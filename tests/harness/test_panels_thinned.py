"""What is kept of an answer for a picture: little of much, the last always, and all of little."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from harness.panels.thinned import MOST_POINTS, MOST_ROWS, MOST_SERIES, thinned

FROM_MS = 1_710_000_000_000


def field(name: str, values: list[Any], kind: str = "number", **more: Any) -> tuple[dict[str, Any], list[Any]]:
    """A column as Grafana describes it, and its values."""
    return {"name": name, "type": kind, **more}, values


def answer(*frames: list[tuple[dict[str, Any], list[Any]]], entities: list[Any] | None = None) -> dict[str, Any]:
    """An answer to one query, A."""
    told = [
        {
            "schema": {"refId": "A", "fields": [each[0] for each in frame]},
            "data": {"values": [each[1] for each in frame]} | ({"entities": entities} if entities else {}),
        }
        for frame in frames
    ]
    return {"results": {"A": {"status": 200, "frames": told}}}


def times(count: int) -> list[int]:
    """A time a second."""
    return [FROM_MS + 1000 * number for number in range(count)]


def test_little_is_kept_whole() -> None:
    """Times are told after the start of the range; the legend's name is the name; nothing is called thinned."""
    clock = field("Time", times(3), "time")
    value = field("up", [1, None, 0.5], labels={"job": "x"}, config={"displayNameFromDS": "X"})
    kept = thinned(answer([clock, value]), from_ms=FROM_MS, is_table=False)
    (frame,) = kept.frames
    assert frame["rows"] == 3
    assert frame["fields"][0]["values"] == [0.0, 1.0, 2.0]
    assert frame["fields"][1] == {"name": "X", "type": "number", "labels": {"job": "x"}, "values": [1, None, 0.5]}
    assert not kept.thinned


@given(rows=st.integers(MOST_POINTS + 1, 5_000), last=st.integers(0, 5_000))
@example(rows=MOST_POINTS + 1, last=MOST_POINTS // 2)
@example(rows=MOST_POINTS + 2, last=MOST_POINTS)
def test_many_points_become_few_with_both_ends_and_the_last_value(rows: int, last: int) -> None:
    """However long, at most the limit and one; first and last time stay, and so does the newest value."""
    last = min(last, rows - 1)
    values = [float(row) if row <= last else None for row in range(rows)]
    clock = field("Time", times(rows), "time")
    kept = thinned(answer([clock, field("v", values)]), from_ms=FROM_MS, is_table=False)
    clocks, numbers = (each["values"] for each in kept.frames[0]["fields"])
    assert MOST_POINTS <= len(clocks) <= MOST_POINTS + 1
    assert (clocks[0], clocks[-1]) == (0.0, rows - 1.0)
    assert [number for number in numbers if number is not None][-1] == last
    assert clocks == sorted(set(clocks))
    assert max(b - a for a, b in pairwise(clocks)) <= rows / (MOST_POINTS - 1) + 1
    assert kept.thinned is (len(clocks) < rows)  # one more than the limit may be kept whole
    assert kept.frames[0]["rows"] == rows


def test_a_table_keeps_its_first_rows() -> None:
    """And says how many there were."""
    kept = thinned(answer([field("asset", list("abcdefghijklm"), "string")]), from_ms=FROM_MS, is_table=True)
    (frame,) = kept.frames
    assert frame["fields"][0]["values"] == list("abcdefghij")
    assert len(frame["fields"][0]["values"]) == MOST_ROWS
    assert frame["rows"] == 13
    assert kept.thinned


def test_series_beyond_the_limit_are_counted_and_left_out() -> None:
    """A panel with a hundred series keeps twenty of them."""
    frames = [[field("Time", times(2), "time"), field(f"s{number}", [1, 2])] for number in range(100)]
    kept = thinned(answer(*frames), from_ms=FROM_MS, is_table=False)
    assert (len(kept.frames), kept.series, kept.thinned) == (MOST_SERIES, 100, True)


def test_nan_and_infinities_are_words_and_null_stays_null() -> None:
    """As `entities` tells them apart; the line stays JSON that any reader can read."""
    entities = [None, {"NaN": [0], "Inf": [1], "NegInf": [2]}]
    body = answer([field("Time", times(4), "time"), field("v", [None] * 4)], entities=entities)
    kept = thinned(body, from_ms=FROM_MS, is_table=False)
    assert kept.frames[0]["fields"][1]["values"] == ["NaN", "+Inf", "-Inf", None]
    json.dumps(kept.frames, allow_nan=False)


def test_an_error_is_kept_beside_the_frames_of_the_others() -> None:
    """One query failed, the other one answered."""
    body = answer([field("v", [1])])
    body["results"]["B"] = {"error": "connection refused", "status": 502, "frames": []}
    kept = thinned(body, from_ms=FROM_MS, is_table=False)
    assert kept.errors == {"B": "connection refused"}
    assert len(kept.frames) == 1


@pytest.mark.parametrize("body", [None, "no JSON", {"message": "An error occurred within the plugin"}, {"results": {}}])
def test_no_results_are_no_frames(body: object) -> None:
    """A plugin that failed as a whole, and no answer at all."""
    assert thinned(body, from_ms=FROM_MS, is_table=False).frames == ()


def test_a_damaged_frame_raises() -> None:
    """Columns that do not fit their description are not guessed at."""
    body = answer([field("a", [1]), field("b", [2])])
    body["results"]["A"]["frames"][0]["data"]["values"].pop()
    with pytest.raises(ValueError, match="argument"):
        thinned(body, from_ms=FROM_MS, is_table=False)
