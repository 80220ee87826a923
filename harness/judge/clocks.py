"""Whether the machine's clock ran evenly while the scenario was recorded."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec

from harness.errors import EvidenceError
from harness.evidence import blocks, lines, observation, shown, stream_path
from harness.recorded import Stream

STEP_S = 0.25  # a quarter of a compressed scrape interval; whole runs without a step spread by 0.6 ms at most


class _Times(msgspec.Struct, gc=False):
    """All that is read of a line here; there is no moment 0 on the monotonic clock."""

    t: float
    m: Annotated[float, msgspec.Meta(gt=0)]


_TIMES = msgspec.json.Decoder(_Times)


def clock_problems(folder: Path) -> tuple[str, ...]:
    """One sentence for a clock that was set during the run, and one for each stream whose times are damaged.

    Every recorder writes wall time and monotonic time together; on one machine their difference only moves
    when somebody sets the clock. Every line of every stream is looked at once.
    """
    problems: list[str] = []
    ends_s: list[float] = []
    for stream in Stream:
        path = stream_path(folder, stream)
        if not path.is_file():
            continue  # the seal tells
        try:
            ends_s += _extremes(path)
        except EvidenceError as damage:
            problems.append(str(damage))
    if ends_s and (step_s := max(ends_s) - min(ends_s)) > STEP_S:
        problems.append(
            f"The clock of the machine was set during the run, by {step_s:.2f} s: "
            "what was measured with it cannot be trusted."
        )
    return tuple(problems)


def _extremes(path: Path) -> tuple[float, float]:
    """The least and the greatest difference of the two clocks in a stream, s."""
    least_s, most_s = float("inf"), float("-inf")
    for first, block in blocks(path):
        offsets_s = _offsets(block)
        if offsets_s is None:
            offsets_s = [_offset_s(path, number, line) for number, line in lines(path, first, block)]
        least_s, most_s = min(least_s, *offsets_s), max(most_s, *offsets_s)
    return least_s, most_s


def _offsets(block: bytes) -> list[float] | None:
    """The differences of lines that look whole; None where they have to be read with care."""
    try:
        found = _TIMES.decode_lines(block)
    except (ValueError, RecursionError):
        return None
    if not block.endswith(b"}\n") or len(found) != block.count(b"\n"):
        return None
    return [both.t - both.m for both in found]


def _offset_s(path: Path, number: int, line: bytes) -> float:
    seen = observation(path, number, line)
    if seen.mono_s <= 0:
        raise EvidenceError(f"{shown(path)}:{number} has no monotonic time: the evidence is damaged")
    return seen.wall_s - seen.mono_s
