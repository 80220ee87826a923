"""What of a panel's JSON is read, and values as its unit shows them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.report.pictures.look import look_of
from harness.report.pictures.units import with_unit

STEPS = [{"color": "green", "value": None}, {"color": "dark-red", "value": 2}, {"color": "#ff00ff", "value": 1}]


@pytest.mark.parametrize(
    ("value", "unit", "shown"),
    [
        (3.0, "", "3"),
        (0.123456, "none", "0.1235"),
        (12_500, "short", "12.5 K"),
        (0.051, "percentunit", "5.1%"),
        (51, "percent", "51%"),
        (0.0123, "s", "12.3 ms"),
        (-0.0132, "s", "-13.2 ms"),
        (0, "s", "0 s"),
        (90, "s", "1.5 min"),
        (7_200, "s", "2 h"),
        (2_500, "ms", "2.5 s"),
        (999.9, "ms", "999.9 ms"),
        (512, "bytes", "512 B"),
        (268_435_456, "bytes", "256 MiB"),
        (5.25, "cps", "5.25 c/s"),
        (-1_234_567, "currencyUSD", "-$1.235 Mil"),
        (2.5, "suffix: bps", "2.5 bps"),
        (2.5, "prefix:~", "~2.5"),
        (4, "furlongs", "4 furlongs"),
    ],
)
def test_units(value: float, unit: str, shown: str) -> None:
    """In the manner of Grafana; a unit that is not known stands behind the number as it is called."""
    assert with_unit(value, unit) == shown


def test_thresholds_are_in_order_and_their_colours_known() -> None:
    """Shades of a colour are that colour; a colour without a name is "other"; the base holds below all."""
    look = look_of({"look": {"fieldConfig": {"defaults": {"thresholds": {"mode": "absolute", "steps": STEPS}}}}})
    assert [look.colour(value) for value in (-5, 1, 1.5, 2, 99)] == ["green", "other", "other", "red", "red"]
    assert not look.lines


def test_percentages_of_a_range_are_no_thresholds() -> None:
    """They would need the range; without it no colour is better than a wrong one."""
    look = look_of({"look": {"fieldConfig": {"defaults": {"thresholds": {"mode": "percentage", "steps": STEPS}}}}})
    assert look.colour(99) == ""


def test_words_for_numbers() -> None:
    """A mapping of single values; whole numbers and floats are the same."""
    mapped = [{"type": "value", "options": {"0": {"text": "down", "color": "red"}}}, {"type": "range", "options": {}}]
    look = look_of({"look": {"fieldConfig": {"defaults": {"mappings": mapped}}}})
    assert look.words.said(0.0) == ("down", "red")
    assert look.words.said(0) == ("down", "red")
    assert look.words.said(1) is None


JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
NAMES = (
    "look",
    "fieldConfig",
    "defaults",
    "options",
    "transformations",
    "overrides",
    "thresholds",
    "steps",
    "mappings",
)


@given(odd=JSON, names=st.lists(st.sampled_from(NAMES), max_size=4))
def test_no_json_of_a_panel_stops_the_page(odd: Any, names: list[str]) -> None:
    """Whatever stands where, at whatever depth: boards are other people's."""
    for name in names:
        odd = {name: odd, "type": "organize"}
    look_of({"look": odd, "type": odd, "title": odd})
    look_of({"look": {"fieldConfig": odd, "options": odd, "transformations": odd}})
