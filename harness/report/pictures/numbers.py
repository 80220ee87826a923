"""Panels of single numbers: each series as its number in words, with the colour of its threshold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from harness.report.pictures.look import Look
from harness.report.pictures.recorded import Frame
from harness.report.pictures.series import Series, series_of, texts_of
from harness.report.pictures.units import with_unit

MOST_NUMBERS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """One number: what stands there large, the name of its series if there are several, and its colour."""

    words: str
    name: str = ""
    colour: str = ""


def numbers(look: Look, frames: Sequence[Frame]) -> tuple[Number, ...]:
    """What the panel shows; nothing where no series has a value."""
    filled = [one for one in series_of(frames) if one.odd or one.reduced(look.calc) is not None]
    found = [_number(look, one, with_name=len(filled) > 1) for one in filled]
    return tuple(found or [Number(words=words) for words in texts_of(frames)])[:MOST_NUMBERS]


def _number(look: Look, series: Series, *, with_name: bool) -> Number:
    value = series.reduced(look.calc)
    name = series.name if with_name else ""
    if value is None:
        return Number(words=series.odd, name=name)
    if look.by_name:
        return Number(words=series.name, colour=look.colour(value))
    if said := look.words.said(value):
        return Number(words=said[0], name=name, colour=said[1] or look.colour(value))
    return Number(words=with_unit(value, look.unit), name=name, colour=look.colour(value))
