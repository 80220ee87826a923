"""`harness alerts mutate`: how good are the tests of the alert rules?"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from harness import settings as harness_settings
from harness.alerts.kills import kills
from harness.alerts.mutants import RuleFile, read_rules, rule_name
from harness.alerts.mutate import TARGET_SCORE, Fate, Mutation, Outcome, Replay
from harness.alerts.mutate import mutate as try_all
from harness.alerts.mutation_equivalent import read_claims
from harness.alerts.mutation_tests import case_files
from harness.alerts.tools import Toolbox
from harness.cli.console import Progress, progress_lines
from harness.cli.options import StackModule
from harness.cli.toolbox import toolbox
from harness.errors import UsageError
from harness.run.alert_files import of_stack, text_of


def mutate(
    rules: Annotated[list[Path] | None, typer.Option(help="Rule files; the stack's own without it.")] = None,
    tests: Annotated[
        Path | None, typer.Option(help="Folder with promtool's unit tests of them; the stack's own without it.")
    ] = None,
    run: Annotated[
        list[Path] | None, typer.Option("--run", metavar="RUN_DIR", help="Recorded runs that survivors are tried on.")
    ] = None,
    json_out: Annotated[
        Path | None, typer.Option("--json", metavar="OUT", help="Also write every mutant's end to this file.")
    ] = None,
    stack: StackModule = None,
) -> int:
    """Change the alert rules, one place at a time, and see whether the tests notice.

    A mutant is killed when a unit test fails, or when a recorded run would have broken a promise. Exit code 0: at
    least 95 % of the mutants that change a meaning are killed; 1: fewer, or a mutant is wrongly said to mean the
    same; 2: bad input.
    """
    name = stack or harness_settings.load().stack
    if rules and tests is None:
        raise UsageError("--rules needs --tests, the folder with promtool's unit tests of these rules")
    paths = tuple(rules or of_stack(name, "RULE_FILES"))
    folder = tests or of_stack(name, "RULE_TESTS")
    files = [read_rules(text_of(path), str(path)) for path in paths]
    progress = progress_lines()
    claims, cases = read_claims(folder), case_files(folder)
    _refuse_unknown_rules(files, [rule for claim in claims for rule in claim.rules], folder)
    tools = toolbox(stack, progress)
    replay = _through([path.resolve() for path in run], tools, progress) if run else None
    found = [try_all(file, cases, tools, claims=claims, replay=replay, progress=progress) for file in files]
    mutation = Mutation(outcomes=tuple(outcome for one in found for outcome in one.outcomes))
    for line in _told(mutation):
        typer.echo(line)
    if json_out is not None:
        _write(json_out, _as_data(mutation))
    return mutation.exit_code


def _through(runs: Sequence[Path], tools: Toolbox, progress: Progress) -> Replay:
    """Which promise each rule file breaks in the first of the runs that shows one; the first file is the original."""

    def broken(texts: Sequence[str]) -> list[str | None]:
        told: dict[int, str] = {}
        for run in runs:
            left = [0, *(number for number in range(1, len(texts)) if number not in told)]
            original, *found = kills([texts[number] for number in left], run, tools)
            if original is None:
                told.update({number: text for number, text in zip(left[1:], found, strict=True) if text})
            else:
                progress(f"{run.name} is passed over: the rules break a promise of it as they are: {original}")
        return [told.get(number) for number in range(len(texts))]

    return broken


def _refuse_unknown_rules(files: Sequence[RuleFile], claimed: Sequence[str], folder: Path) -> None:
    known = {rule_name(rule) for file in files for group in file.groups for rule in group["rules"]}
    for rule in claimed:
        if rule not in known:
            raise UsageError(f"{folder}/equivalent.yml speaks of {rule}, which is no rule; take it out")


def _told(mutation: Mutation) -> list[str]:
    lines = [
        *_listed("survived", mutation.of(Fate.SURVIVED)),
        *_listed("killed by a recorded run", mutation.of(Fate.KILLED_BY_RUN)),
        *_listed("is no rule that loads, not counted", mutation.of(Fate.NO_RULE)),
        *_listed("means the same, not counted", mutation.of(Fate.EQUIVALENT)),
    ]
    lines.extend(
        f"{outcome.mutant.id}: {outcome.mutant.what}: said to mean the same ({outcome.disproved}), "
        f"but a test tells them apart: {outcome.why}"
        for outcome in mutation.disproved
    )
    enough = "enough" if mutation.score >= TARGET_SCORE else f"less than {TARGET_SCORE:.0%}"
    lines.append(
        f"{len(mutation.outcomes)} mutants, {mutation.meaningful} change a meaning, {mutation.killed} of them killed: "
        f"score {mutation.score:.3f}, {enough}"
    )
    return lines


def _listed(heading: str, outcomes: Sequence[Outcome]) -> list[str]:
    return [f"{heading}: {one.mutant.id} ({one.mutant.group}): {one.mutant.what}: {one.why}" for one in outcomes]


def _as_data(mutation: Mutation) -> dict[str, Any]:
    mutants = [
        {
            "id": outcome.mutant.id,
            "file": outcome.mutant.file,
            "group": outcome.mutant.group,
            "rule": outcome.mutant.rule,
            "kind": outcome.mutant.kind,
            "before": outcome.mutant.before,
            "after": outcome.mutant.after,
            "place": outcome.mutant.place,
            "fate": outcome.fate.name.lower(),
            "why": outcome.why,
            "disproved": outcome.disproved,
        }
        for outcome in mutation.outcomes
    ]
    figures = {"score": mutation.score, "killed": mutation.killed, "meaningful": mutation.meaningful}
    return {**figures, "mutants": mutants}


def _write(path: Path, value: Any) -> None:
    try:
        path.write_text(json.dumps(value, indent=1) + "\n", encoding="utf-8")
    except OSError as problem:
        raise UsageError(f"{path} cannot be written: {problem.strerror}") from problem
