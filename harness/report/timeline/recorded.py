"""Reading streams for drawing: what can be read is drawn, and what cannot is said."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from harness.errors import EvidenceError
from harness.recorded import History, Observation, Stream


def collect(history: History, stream: Stream, take: Callable[[Observation], None]) -> str:
    """Hand each observation to `take`, and say in words what could not be read.

    Args:
        history: the evidence.
        stream: which file of it.
        take: keeps what it needs; raises on a line that it does not understand, which is then counted.

    Returns:
        What is missing, or nothing when the stream is whole.
    """
    seen = odd = 0
    try:
        for seen, observation in enumerate(history.read(stream), start=1):  # noqa: B007 - told below
            try:
                take(observation)
            except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError):
                odd += 1
    except (EvidenceError, OSError, RecursionError) as gap:
        reason = _reason(str(gap), stream)
        return f"damaged: {reason} (read up to line {seen})" if seen else f"not recorded: {reason}"
    return f"{odd} of {seen} lines of {stream.value}.jsonl could not be understood" if odd else ""


def figure(value: Any) -> float:
    """A recorded number, fit for drawing.

    Raises:
        ValueError, TypeError: it is no number, or not a finite one.
    """
    number = float(value)
    if not math.isfinite(number):
        raise ValueError(f"{value!r} is no finite number")
    return number


def _reason(message: str, stream: Stream) -> str:
    """The message from the file's name on: the folder is known, and the line is short."""
    start = message.find(f"{stream.value}.jsonl")
    return message[start:].split(": ", maxsplit=1)[0] if start >= 0 else message


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A state that held from one moment to another, s since the epoch."""

    from_s: float
    to_s: float
    state: str


def spans(points: Iterable[tuple[float, str]], hold_s: float) -> list[Span]:
    """Join samples into spans: a sample holds until the next one, but for at most `hold_s`.

    Args:
        points: moments (s since the epoch) and states, in any order.
        hold_s: how long a sample speaks for.
    """
    found: list[Span] = []
    for at_s, state in sorted(points):
        last = found[-1] if found else None
        if last and at_s <= last.to_s:
            found[-1] = Span(from_s=last.from_s, to_s=at_s, state=last.state)
            if last.state == state:
                found[-1] = Span(from_s=last.from_s, to_s=at_s + hold_s, state=state)
                continue
        found.append(Span(from_s=at_s, to_s=at_s + hold_s, state=state))
    return found


def hold_s(times_s: Iterable[float], least_s: float = 1.0) -> float:
    """How long a sample speaks for: one and a half of the usual distance between samples.

    Args:
        times_s: moments of the samples.
        least_s: lower bound, also used where there is only one sample.
    """
    ordered = sorted(set(times_s))
    gaps = sorted(later - earlier for earlier, later in pairwise(ordered))
    return max(least_s, 1.5 * gaps[len(gaps) // 2]) if gaps else least_s
