"""The doctor's findings as values."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from harness.errors import ExitCode


class Level(StrEnum):
    """How much a line matters."""

    HERE = "here"
    SETUP = "set-up does it"
    NOTE = "note"
    MISSING = "missing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One thing that was looked at.

    Args:
        topic: what was looked at, in a word or two.
        level: MISSING when no gate can run without it.
        found: what is here, or what is not.
        advice: what to do; empty where there is nothing to do.
    """

    topic: str
    level: Level
    found: str
    advice: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Everything that was looked at."""

    lines: tuple[Line, ...]

    @property
    def can_run(self) -> bool:
        """True when a gate can run here, after set-up."""
        return all(line.level is not Level.MISSING for line in self.lines)

    @property
    def exit_code(self) -> ExitCode:
        """PASS when a gate can run, INFRASTRUCTURE when not."""
        return ExitCode.PASS if self.can_run else ExitCode.INFRASTRUCTURE

    @property
    def sentence(self) -> str:
        """The whole in one sentence."""
        missing = [line.topic for line in self.lines if line.level is Level.MISSING]
        if missing:
            return f"A gate cannot run here yet: {', '.join(missing)}."
        if any(line.level is Level.SETUP for line in self.lines):
            return "A gate can run here; `make gate` or `make setup` does what is open."
        return "A gate can run here; everything is in place."
