"""HDR histograms of durations: microseconds to an hour with three digits, kept whole."""

from __future__ import annotations

from collections.abc import Mapping

from hdrh.histogram import HdrHistogram  # type: ignore[import-untyped] # the library ships no types

_LONGEST_US = 3_600_000_000


class Durations:
    """Counts durations; percentiles are right to 0.1 %."""

    def __init__(self) -> None:
        self._counts = HdrHistogram(1, _LONGEST_US, 3)
        self._max_s = 0.0

    def add(self, duration_s: float) -> None:
        """Count one duration; what is below 1 us or above an hour counts as that."""
        self._max_s = max(self._max_s, duration_s)
        self._counts.record_value(min(max(int(duration_s * 1e6), 1), _LONGEST_US))

    def percentiles_ms(self, *percentiles: float) -> Mapping[str, float]:
        """Percentiles in ms under names such as p50 and p999, and the exact max; empty without durations."""
        if not self._counts.get_total_count():
            return {}
        names = {f"p{percentile:g}".replace(".", ""): percentile for percentile in percentiles}
        values = {name: self._counts.get_value_at_percentile(value) / 1e3 for name, value in names.items()}
        return values | {"max": round(self._max_s * 1e3, 3)}

    def encoded(self) -> str:
        """The whole histogram (us), in the compressed V2 form that HDR tools read, base64."""
        blob: bytes = self._counts.encode()
        return blob.decode("ascii")
