"""Every mistake that people make in a board is seen by a check that a gate uses, and the good boards pass the same."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from grafana_foundation_sdk.models import units

from harness.model import Verdict
from harness.panels.lint import problems
from harness.panels.mutants import KINDS, BoardMutant, mutants
from stack.grafana.boards.__main__ import FOLDER
from stack.grafana.standin.provisioning import data_sources
from tests.stack.grafana.mutated_boards import CHECKS, Recording, Shown, provision, recorded, rounds
from tests.stack.grafana.test_boards import ENV, PROVISIONING

# Freshness is judged.
pytestmark = [pytest.mark.containers, pytest.mark.alone]

LARGE = ("no LIMIT", "no index")  # show only on tables with a million rows: test_boards_large.py
FAIL = Verdict.FAIL


@dataclass(frozen=True, slots=True)
class Caught:
    """By which checks a mutant was seen, and what the first of them said; by nobody if `by` is empty."""

    mutant: BoardMutant
    by: str
    said: str


def boards() -> list[dict[str, Any]]:
    """All boards."""
    return [json.loads(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.json"))]


def linted() -> Iterator[tuple[BoardMutant, str]]:
    """Every mutant with the first thing that the rules for a board have against it; the good boards have none."""
    types = {source.uid: source.type for source in data_sources(PROVISIONING / "datasources", ENV, pytest.fail)}
    known = {value for name, value in vars(units).items() if name[0].isupper() and isinstance(value, str)} | {"none"}
    for board in boards():
        assert problems(board, types, known) == []
        for mutant in mutants(board):
            yield mutant, next(iter(problems(mutant.board, types, known)), "")


def judged(run: Recording, groups: Iterable[tuple[Shown, ...]]) -> Iterator[Caught]:
    """What the checks of the control say of each mutant in the place of its panel."""
    good = [str(board["uid"]) for board in boards()]
    for group in groups:
        found = run.findings(group, good)
        for one in group:
            titles = {panel["title"] for panel in one.panels}
            against = [(check, said) for title, verdict, check, said in found if title in titles and verdict is FAIL]
            by = ", ".join(dict.fromkeys(check for check, _ in against))
            yield Caught(one.mutant, by, against[0][1] if against else "")


def table(caught: list[Caught]) -> str:
    """How many mutants of each kind which checks saw."""
    columns = list(dict.fromkeys(one.by or "nobody" for one in caught))
    lines = [f"| mistake | mutants | {' | '.join(columns)} |", f"|---|---:|{'---:|' * len(columns)}"]
    for kind in KINDS:
        counts = Counter(one.by or "nobody" for one in caught if one.mutant.kind == kind)
        lines.append(f"| {kind} | {counts.total()} | {' | '.join(str(counts[name]) for name in columns)} |")
    return "\n".join(lines)


def test_every_mistake_in_a_board_is_seen(tmp_path: Path) -> None:
    """By the rules for a board's file, or in a run, by the control's own checks of the boards."""
    every = list(linted())
    live = [mutant for mutant, said in every if not said and mutant.kind not in LARGE]
    folder = tmp_path / "boards"
    folder.mkdir()
    groups = rounds(live)
    provision(folder, boards(), groups)
    run = Recording.of(recorded(folder, tmp_path))
    assert run.whole_run() == []

    good = run.findings((), [str(board["uid"]) for board in boards()])
    caught = [Caught(mutant, "rules", said) for mutant, said in every if said]
    caught += [Caught(mutant, "large tables", "") for mutant, said in every if not said and mutant.kind in LARGE]
    caught += judged(run, groups)
    told = [" | ".join((one.mutant.kind, one.mutant.told, one.by or "NOBODY", one.said)) for one in caught]
    sys.stdout.write("\n".join((table(caught), *told, "")))

    assert {check for _, _, check, _ in good} == {type(check).__name__ for check in CHECKS}
    assert [said for _, verdict, _, said in good if verdict is not Verdict.PASS] == []
    assert [one.mutant.told for one in caught if not one.by] == []
