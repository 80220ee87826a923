"""What is looked at before anything is started: alert rules, boards, and whether the rules' tests are any good.

What was found is evidence, `offline.json` in the run's folder, sealed with it. Whether that is good
enough is judged later.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.alerts.check import check
from harness.alerts.mutants import read_rules
from harness.alerts.mutate import Fate, Mutation, mutate
from harness.alerts.mutation_equivalent import read_claims
from harness.alerts.mutation_tests import case_files
from harness.alerts.tools import Toolbox
from harness.errors import UsageError
from harness.judge.offline import UNIT_TEST_FILES
from harness.objectives import Offline
from harness.panels.files import lint_files
from harness.progress import Progress
from harness.run.alert_files import of_stack, subject_of, text_of
from harness.run.stacks import said_by, stack_module

_NEEDS = {
    Offline.RULES: ("RULE_FILES", "ALERTMANAGER_FILE"),
    Offline.BOARDS: ("BOARDS", "DATA_SOURCES"),
    Offline.MUTANTS: ("RULE_FILES", "RULE_TESTS"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What there is to look at.

    Args:
        stack: the module that says where its files are.
        time_scale: k.
        scenarios: the folder of the scenarios, all of which exercise alerts.
        rules: another rule file; its unit tests are not known.
        boards: another folder with boards.
    """

    stack: str
    time_scale: float
    scenarios: Path | None = None
    rules: Path | None = None
    boards: Path | None = None


def look(wanted: Sequence[Offline], of: Looked, toolbox: Toolbox, progress: Progress) -> Mapping[str, Any]:
    """What `offline.json` holds: of each check what it looked at, its problems, and how long it took.

    Raises:
        UsageError: the stack does not say where its files are, or one cannot be read.
        InfrastructureError: promtool or amtool cannot be run.
    """
    how = {Offline.RULES: _rules, Offline.BOARDS: _boards, Offline.MUTANTS: _mutants}
    found: dict[str, Any] = {}
    left_out: dict[str, str] = {}
    for each in wanted:
        if reason := _unable(each, of):
            left_out[each.value] = reason
            continue
        begun_s = time.monotonic()
        seen = how[each](of, toolbox)
        found[each.value] = {**seen, "took_s": round(time.monotonic() - begun_s, 3)}
        told = f"{len(seen['problems'])} problems" if seen["problems"] else "no problem"
        progress(f"offline check of {each.value}: {told}, {found[each.value]['took_s']:.1f} s")
    return {"checks": found, "left_out": left_out}


def is_sound(found: Mapping[str, Any]) -> bool:
    """Whether nothing that was found stands against starting the scenarios."""
    return not any(each["problems"] for each in found["checks"].values())


def _unable(each: Offline, of: Looked) -> str:
    """Why there is nothing to look at; empty where there is."""
    if each is Offline.MUTANTS and of.rules is not None:
        return f"{of.rules} has no unit tests here that its mutants could be tried on"
    module = stack_module(of.stack)
    missing = [name for name in _NEEDS[each] if not said_by(module, name)]
    return f"the stack module '{of.stack}' names no {' and no '.join(missing)}" if missing else ""


def _rules(of: Looked, toolbox: Toolbox) -> dict[str, Any]:
    module = stack_module(of.stack)
    # Named one by one they need no unit tests, which another team's rules may lack; how many there were is told.
    own = () if said_by(module, "RULE_TESTS") else tuple(said_by(module, "RULE_FILES"))
    subject = subject_of(
        rules=(of.rules,) if of.rules else own,
        alertmanager=None,
        tests=None,
        real_time=(),
        time_scale=of.time_scale,
        scenarios=of.scenarios,
        stack=of.stack,
    )
    checked = check(subject, toolbox)
    amount = {"files": len(subject.rules), "alerts": checked.alerts, UNIT_TEST_FILES: len(subject.tests)}
    return {"amount": amount, "problems": [str(problem) for problem in checked.problems]}


def _boards(of: Looked, toolbox: Toolbox) -> dict[str, Any]:
    del toolbox
    linted = lint_files(of.boards or of_stack(of.stack, "BOARDS"), of_stack(of.stack, "DATA_SOURCES"))
    return {"amount": {"boards": linted.boards, "panels": linted.panels}, "problems": list(linted.problems)}


def _mutants(of: Looked, toolbox: Toolbox) -> dict[str, Any]:
    folder = of_stack(of.stack, "RULE_TESTS")
    files = [read_rules(text_of(path), path.name) for path in of_stack(of.stack, "RULE_FILES")]
    try:
        claims, cases = read_claims(folder), case_files(folder)
        found = [mutate(file, cases, toolbox, claims=claims) for file in files]
    except UsageError as unfit:  # the tests fail as they are, or a claim fits no mutant
        return {"amount": {"mutants": 0}, "problems": [str(unfit)]}
    all_of = Mutation(outcomes=tuple(outcome for one in found for outcome in one.outcomes))
    return {
        "amount": {"mutants": len(all_of.outcomes), "that change a meaning": all_of.meaningful},
        "score": all_of.score,
        "survived": [f"{one.mutant.id}: {one.mutant.what}" for one in all_of.of(Fate.SURVIVED)],
        "problems": [
            f"{one.mutant.id}: said to mean the same, but a test tells it apart: {one.why}" for one in all_of.disproved
        ],
    }
