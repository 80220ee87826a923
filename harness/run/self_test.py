"""The gate tested: each mistake that the stack lists, run through the scenario that is meant to see it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from harness.errors import UsageError
from harness.evidence import MISTAKES_FOLDER
from harness.judge import judge_mistake
from harness.mistakes import Mistake
from harness.model import Scenario, Verdict
from harness.results import MistakeResult
from harness.run.stacks import StackModule, said_by


def mistakes_of(module: StackModule, scenarios: Sequence[Scenario]) -> tuple[Mistake, ...]:
    """The mistakes that one of these scenarios is meant to see.

    Args:
        module: the stack's; what it lists as MISTAKES.
        scenarios: those that are run.

    Raises:
        UsageError: the stack lists none.
    """
    listed = said_by(module, "MISTAKES")
    if not listed:
        raise UsageError(
            f"the stack {getattr(module, '__name__', '')} lists no MISTAKES, so there is nothing to test the gate with"
        )
    names = {scenario.name for scenario in scenarios}
    return tuple(mistake for mistake in listed if mistake.scenario in names)


def mistakes_without(module: StackModule, scenarios: Sequence[Scenario]) -> tuple[Mistake, ...]:
    """The mistakes that the stack lists and none of these scenarios is meant to see."""
    names = {scenario.name for scenario in scenarios}
    return tuple(mistake for mistake in said_by(module, "MISTAKES") or () if mistake.scenario not in names)


def run_mistake(mistake: Mistake, folder: Path, run_id: str, run_once: Callable[[Path], object]) -> MistakeResult:
    """Run a mistake's scenario until it is caught, or has been run as often as it may.

    Args:
        mistake: what is switched on.
        folder: reports/<run id>.
        run_id: of the campaign.
        run_once: runs its scenario with the mistake, and leaves the evidence in the folder that it is given.

    Raises:
        HarnessError: what ends the campaign.
    """
    for number in range(1, mistake.runs + 1):
        run_once(folder / MISTAKES_FOLDER / mistake.name / str(number))
        result = judge_mistake(folder, mistake, run_id)
        if result.verdict is Verdict.PASS:
            break
    return result
