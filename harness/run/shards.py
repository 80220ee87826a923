"""A gate on several machines: which of the scenarios each of them runs, the same wherever it is reckoned."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from harness.errors import UsageError

_WRITTEN = re.compile(r"([1-9][0-9]{0,3})/([1-9][0-9]{0,3})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shard:
    """One of `of` parts of a gate; numbers begin at 1."""

    number: int
    of: int

    @classmethod
    def parse(cls, text: str) -> Shard:
        """A shard as people write it: "2/4".

        Raises:
            UsageError: it does not read so, or there are less parts than its number.
        """
        found = _WRITTEN.fullmatch(text)
        if found is None or int(found[1]) > int(found[2]):
            raise UsageError(f"a shard reads as 2/4, the second of four, not '{text}'")
        return cls(number=int(found[1]), of=int(found[2]))

    def __str__(self) -> str:
        """As people write it."""
        return f"{self.number}/{self.of}"

    def part_of(self, expected_s: Mapping[str, float]) -> tuple[str, ...]:
        """The names that are this shard's.

        Args:
            expected_s: how long each is expected to take, by name.

        Raises:
            UsageError: there are more shards than names, so that one would judge nothing.
        """
        if self.of > len(expected_s):
            raise UsageError(f"{self.of} shards are too many for {len(expected_s)} scenarios: one would judge nothing")
        return shares(expected_s, self.of)[self.number - 1]


def shares(expected_s: Mapping[str, float], parts: int) -> tuple[tuple[str, ...], ...]:
    """Names in parts that take about as long as each other: the longest first, each to whoever has least so far.

    No part takes longer than the mean and the longest name together (Graham 1969, list scheduling). The order in
    which the names are given has no say.

    Args:
        expected_s: how long each is expected to take, by name.
        parts: how many.
    """
    share: list[list[str]] = [[] for _ in range(parts)]
    taken_s = [0.0] * parts
    for name in sorted(expected_s, key=lambda one: (-expected_s[one], one)):
        least = min(range(parts), key=lambda part: (taken_s[part], len(share[part]), part))
        share[least].append(name)
        taken_s[least] += expected_s[name]
    return tuple(tuple(sorted(names)) for names in share)
