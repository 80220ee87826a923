"""Known-bad variants as a stack lists them: which mistake, which scenario has to see it, and through which check."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    """A mistake of the subject that a gate has to turn red on.

    Args:
        name: what the report calls it; no "/" in it.
        switches: the known-bad variants that are on together.
        scenario: the name of the scenario that is meant to catch it.
        caught_by: names of checks, one of which has to find a FAIL; red through another one is not caught.
        runs: at most so many runs of the scenario, as some mistakes need luck to show.
    """

    name: str
    switches: tuple[str, ...]
    scenario: str
    caught_by: tuple[str, ...]
    runs: int = 3
