"""One panel at one moment: series, numbers and tables as drawn, and what cannot be drawn said."""

from __future__ import annotations

import math
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.recorded import FaultWindow
from harness.report.pictures.look import look_of
from harness.report.pictures.picture import Picture, picture
from harness.report.pictures.recorded import Column, Frame, Panel, Shot
from harness.report.timeline.svg import element

FROM_S = 1_773_453_600.0
THRESHOLDS = {
    "thresholds": {"steps": [{"color": "green", "value": None}, {"color": "red", "value": 5}]},
    "custom": {"thresholdsStyle": {"mode": "line"}},
}


def series(*values: float | None, **labels: str) -> Frame:
    """A frame with a point a second."""
    clock = Column(name="Time", kind="time", labels={}, values=[FROM_S + number for number in range(len(values))])
    value = Column(name="Value", kind="number", labels=labels, values=values)
    return Frame(ref="A", rows=len(values), columns=(clock, value))


def shot(*frames: Frame, problem: str = "", left_out: str = "") -> Shot:
    """A shot of a minute, asked for at its end."""
    return Shot(
        asked_s=FROM_S + 60,
        from_s=FROM_S,
        to_s=FROM_S + 60,
        ms=12,
        problem=problem,
        left_out=left_out,
        frames=frames,
        series=len(frames),
        thinned=False,
    )


def drawn(kind: str, taken: Shot | None, *faults: FaultWindow, **look: Any) -> Picture:
    """The picture of a panel of this type at the hold."""
    panel = Panel(
        title="P",
        look=look_of({"type": kind, "look": {"fieldConfig": {"defaults": look}}}),
        at=(0, 0),
        shots={} if taken is None else {"hold": taken},
    )
    return picture(panel, "hold", "During the fault", faults)


def fault(from_s: float, to_s: float | None) -> FaultWindow:
    """Redis stopped from one second of the shot to another."""
    healed_s = None if to_s is None else FROM_S + to_s
    return FaultWindow(
        kind="stop", target="redis", asked_s=FROM_S + from_s - 1, confirmed_s=FROM_S + from_s, healed_s=healed_s
    )


def paths(found: Picture) -> list[str]:
    """The lines of the series."""
    return re.findall(r'<path d="([^"]*)" class="curve', found.drawing)


def test_series_are_lines_broken_where_there_is_no_value() -> None:
    """A hole in the data is a hole in the line, never a line to zero."""
    found = drawn("timeseries", shot(series(1, 2, None, 4, instance="a"), series(3, 3, 3, 3, instance="b")))
    assert [path.count("M") for path in paths(found)] == [2, 1]
    assert [(one.name, one.newest) for one in found.legend] == [("a", "4"), ("b", "3")]
    assert len({one.cls for one in found.legend}) == 2


def test_what_is_drawn_is_told_in_words_too() -> None:
    """A title, and a description with the range, the newest values and the faults."""
    found = drawn("timeseries", shot(series(1, 2, instance="a")), fault(1, None), unit="s")
    assert "<title>P, During the fault</title>" in found.drawing
    assert "02:00:00.0 to 02:01:00.0 UTC; newest values: a 2 s. 1 fault window shaded." in found.drawing


@pytest.mark.parametrize(
    ("from_s", "to_s", "left", "width"),
    [(15, 45, 135.0, 146.0), (-30, 15, 62.0, 73.0), (30, None, 208.0, 146.0), (-30, 90, 62.0, 292.0)],
)
def test_the_fault_is_shaded_where_it_was(from_s: float, to_s: float | None, left: float, width: float) -> None:
    """From when it was seen in effect to when it was healed; without an end, to the end."""
    found = drawn("timeseries", shot(series(1, 2)), fault(from_s, to_s))
    (box,) = re.findall(r'<rect x="([\d.]+)" y="[\d.]+" width="([\d.]+)"[^>]* class="broken"', found.drawing)
    assert tuple(map(float, box)) == (left, width)


def test_a_fault_elsewhere_is_not_shaded() -> None:
    """One that was over before the shot's range."""
    found = drawn("timeseries", shot(series(1, 2)), fault(-30, -10))
    assert "broken" not in found.drawing
    assert found.notes[1] == "nothing broken"


def test_thresholds_are_lines_where_the_board_has_them_so() -> None:
    """In the legend always; in the drawing where the values come near."""
    near = drawn("timeseries", shot(series(1, 9)), **THRESHOLDS)
    far = drawn("timeseries", shot(series(1, 2)), **THRESHOLDS)
    assert near.limits == far.limits == (("red", "from 5"),)
    assert "limit red" in near.drawing
    assert "limit red" not in far.drawing
    assert "limit" not in drawn("timeseries", shot(series(1, 9)), thresholds=THRESHOLDS["thresholds"]).drawing


@given(
    values=st.lists(
        st.none() | st.floats(allow_nan=False, allow_infinity=False, min_value=-1e300, max_value=1e300),
        min_size=1,
        max_size=30,
    )
)
def test_every_line_stays_inside_its_picture(values: list[float | None]) -> None:
    """Whatever the values, all of one size or of many."""
    found = drawn("timeseries", shot(series(*values)))
    if not any(value is not None for value in values):
        assert found.nothing == "no data"
        return
    assert found.drawing, found.nothing
    places = re.findall(r"[ML]([\d.-]+) ([\d.-]+)", paths(found)[0])
    assert all(62 <= float(x) <= 354 and 7.9 <= float(y) <= 146.1 for x, y in places)


def test_the_newest_number_large_with_unit_and_colour() -> None:
    """As the panel reduces it: the last that is not null."""
    found = drawn("stat", shot(series(1, 7.5, None)), unit="s", **THRESHOLDS)
    assert [(one.words, one.name, one.colour) for one in found.numbers] == [("7.5 s", "", "red")]


def test_several_numbers_have_names_and_words() -> None:
    """One number a series; a mapped value is its word, in the word's colour."""
    mapped = [{"type": "value", "options": {"0": {"text": "down", "color": "red"}}}]
    found = drawn("stat", shot(series(0, job="redis"), series(1, job="sink")), mappings=mapped)
    told = [(one.name, one.words, one.colour) for one in found.numbers]
    assert told == [("redis", "down", "red"), ("sink", "1", "")]


def test_a_number_that_is_none_is_told_as_the_word_that_came() -> None:
    """NaN is not "no data"."""
    frame = Frame(ref="A", rows=1, columns=(Column(name="v", kind="number", labels={}, values=["NaN"]),))
    assert [one.words for one in drawn("stat", shot(frame)).numbers] == ["NaN"]


def test_a_text_is_shown_where_no_number_came() -> None:
    """Of Redis, for example."""
    frame = Frame(ref="A", rows=1, columns=(Column(name="Value", kind="string", labels={}, values=["trading-2"]),))
    assert [one.words for one in drawn("stat", shot(frame)).numbers] == ["trading-2"]


def test_a_table_says_how_many_rows_there_were() -> None:
    """The first ten of 37; times as of the day, numbers apart from words."""
    columns = (
        Column(name="time", kind="time", labels={}, values=[FROM_S] * 10),
        Column(name="asset", kind="string", labels={}, values=["A"] * 10),
        Column(name="n", kind="number", labels={}, values=[1.5] * 10),
    )
    found = drawn("table", shot(Frame(ref="A", rows=37, columns=columns)))
    assert found.table is not None
    assert found.table.head == ("time", "asset", "n")
    assert [(cell.words, cell.is_number) for cell in found.table.rows[0]] == [
        ("02:00:00.0", False), ("A", False), ("1.5", True),
    ]  # fmt: skip
    assert "the first 10 of 37 rows" in found.notes


def test_queries_of_a_table_are_joined_by_their_labels() -> None:
    """A row for each instance, a column for each query; one that has no answer for it is empty."""

    def fact(ref: str, value: float, **labels: str) -> Frame:
        return Frame(ref=ref, rows=1, columns=(Column(name="v", kind="number", labels=labels, values=[value]),))

    frames = (fact("A", 1, job="x"), fact("A", 0, job="y"), fact("B", 5, job="y", pod="p"))
    found = drawn("table", shot(*frames))
    assert found.table is not None
    assert found.table.head == ("job", "pod", "Value #A", "Value #B")
    assert [[cell.words for cell in row] for row in found.table.rows] == [["x", "", "1", ""], ["y", "p", "0", "5"]]


@pytest.mark.parametrize("kind", ["timeseries", "stat", "gauge", "table"])
def test_no_data_is_said(kind: str) -> None:
    """And so is an error, which is no "no data"."""
    assert drawn(kind, shot()).nothing == "no data"
    assert drawn(kind, shot(Frame(ref="A", rows=0, columns=()))).nothing == "no data"
    failed = drawn(kind, shot(problem="connection refused"))
    assert (failed.nothing, failed.problem) == ("", "connection refused")


def test_a_missing_picture_is_said() -> None:
    """Not loaded, no room, a kind that is not drawn, values that cannot be."""
    assert "not loaded in that part" in drawn("stat", None).nothing
    assert "no room" in drawn("stat", shot(left_out="there was no room left for it")).nothing
    assert "type heatmap" in drawn("heatmap", shot(series(1))).nothing
    assert "cannot be drawn" in drawn("timeseries", shot(series(1, 1e308, -1e308))).nothing


def test_names_from_the_run_are_escaped() -> None:
    """A label is anybody's text."""
    found = drawn("timeseries", shot(series(1, 2, job="<script>")))
    assert "<script>" not in found.drawing
    assert element("text", "<script>") in element("g", element("text", "<script>"))


def test_a_number_is_finite() -> None:
    """A drawing has no NaN in it."""
    assert "nan" not in drawn("timeseries", shot(series(1, math.inf, 2))).drawing.lower()
