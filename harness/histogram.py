"""HDR histograms of durations: microseconds to an hour with three digits, kept whole."""

from __future__ import annotations

import itertools
import math
from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping

from hdrh.histogram import HdrHistogram  # type: ignore[import-untyped] # the library ships no types

from harness.errors import EvidenceError

_LONGEST_US = 3_600_000_000
# Three digits need 2048 steps of 1 us, then 1024 steps of each power of two: eleven binary digits are kept.
_DIGITS = 11


class Durations:
    """Counts durations; percentiles are right to 0.1 %.

    The buckets are the histogram's own, kept in a dictionary: the library needs microseconds for each value and
    milliseconds for each percentile, which would make requests late. It writes and reads the whole.
    """

    def __init__(self) -> None:
        self._counts: Counter[int] = Counter()
        self._max_s = 0.0

    def add(self, duration_s: float) -> None:
        """Count one duration; what is below 1 us or above an hour counts as that."""
        self._max_s = max(self._max_s, duration_s)
        self._counts[_bucket(min(max(int(duration_s * 1e6), 1), _LONGEST_US))] += 1

    def merge(self, encoded: str, max_s: float) -> None:
        """Take in another histogram: what `encoded` gave, and its exact maximum.

        Raises:
            EvidenceError: it cannot be read.
        """
        try:
            other = HdrHistogram.decode(encoded)
            # The library's own iterator takes a tenth of a second, whatever it finds.
            found = {_bucket(max(other.get_value_from_index(place), 1)): count
                     for place, count in enumerate(other.counts) if count}  # fmt: skip
        except Exception as damage:  # the library raises what its parts do: zlib, base64, its own
            raise EvidenceError(f"a histogram cannot be read: {damage!r}") from damage
        self._counts.update(found)
        self._max_s = max(self._max_s, max_s)

    @property
    def total(self) -> int:
        """How many were counted."""
        return self._counts.total()

    def percentiles_ms(self, *percentiles: float) -> Mapping[str, float]:
        """Percentiles in ms under names such as p50 and p999, and the exact max; empty without durations."""
        if not self._counts:
            return {}
        values = sorted(self._counts)
        upto = list(itertools.accumulate(self._counts[value] for value in values))
        longest_ms = round(self._max_s * 1e3, 3)
        named: dict[str, float] = {}
        for percentile in percentiles:
            rank = max(1, math.ceil(percentile / 100 * upto[-1] - 1e-9))
            value = values[bisect_left(upto, rank)]
            highest_ms = (value | ((1 << _spare(value)) - 1)) / 1e3
            named[f"p{percentile:g}".replace(".", "")] = min(highest_ms, longest_ms)
        return named | {"max": longest_ms}

    def encoded(self) -> str:
        """The whole histogram (us), in the compressed V2 form that HDR tools read, base64."""
        whole = HdrHistogram(1, _LONGEST_US, 3)
        for value, count in self._counts.items():
            whole.record_value(value, count)
        blob: bytes = whole.encode()
        return blob.decode("ascii")


def _spare(us: int) -> int:
    """Binary digits that are not kept."""
    return max(us.bit_length() - _DIGITS, 0)


def _bucket(us: int) -> int:
    """The lowest value of a bucket."""
    spare = us.bit_length() - _DIGITS
    return us >> spare << spare if spare > 0 else us
