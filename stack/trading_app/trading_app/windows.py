"""Numbers over a sliding window of time."""

from collections import deque
from dataclasses import dataclass, field


@dataclass(slots=True, kw_only=True)
class Window:
    """Timestamped values of the last `length_s` seconds, at most `most` of them."""

    length_s: float
    most: int = 10_000
    _entries: deque[tuple[float, float]] = field(default_factory=deque)

    def add(self, value: float, now: float) -> None:
        """Remember a value."""
        self._entries.append((now, value))
        if len(self._entries) > self.most:
            self._entries.popleft()

    def values(self, now: float) -> list[float]:
        """The values still inside the window, oldest first."""
        while self._entries and self._entries[0][0] <= now - self.length_s:
            self._entries.popleft()
        return [value for _, value in self._entries]


def percentile(values: list[float], share: float) -> float:
    """Nearest-rank percentile (share in 0..1) of unsorted values; 0.0 without any."""
    if not values:
        return 0.0
    rank = max(1, -(-len(values) * share // 1))
    return sorted(values)[int(rank) - 1]
