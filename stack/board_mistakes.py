"""Boards with a mistake, as known-bad variants beside those of the application: switches that begin with `board-`.

Each is a mutant of one panel (`harness/panels/mutants.py`). All mutants of all boards are tried in
`tests/stack/grafana/test_board_mutants.py`; these are the ones that a gate can test itself with.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from harness.errors import UsageError
from harness.panels.mutants import mutants

MARK = "board-"


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardMistake:
    """Which mutant: the kind of mistake, and the first query of which panel has it."""

    kind: str
    board: str
    panel: str


BOARD_MISTAKES: Mapping[str, BoardMistake] = {
    "board-renamed-metric": BoardMistake(kind="a renamed metric", board="performance", panel="Total P/L"),
    "board-average": BoardMistake(kind="all instances as one", board="high-availability", panel="Who Leads"),
}


def apart(switches: Iterable[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The switches of the application, and those of the boards."""
    every = tuple(switches)
    return (
        tuple(name for name in every if not name.startswith(MARK)),
        tuple(name for name in every if name.startswith(MARK)),
    )


def with_mistakes(boards: Mapping[str, str], switches: Iterable[str]) -> Mapping[str, str]:
    """The boards with these mistakes.

    Args:
        boards: text of each board by its file's name.
        switches: names of `BOARD_MISTAKES`.

    Raises:
        UsageError: there is no such mistake, or these boards have no place for it.
    """
    changed = dict(boards)
    for name in switches:
        if name not in BOARD_MISTAKES:
            raise UsageError(f"no known-bad board is called '{name}'; there are {', '.join(BOARD_MISTAKES)}")
        file, text = _mutant(changed, name, BOARD_MISTAKES[name])
        changed[file] = text
    return changed


def _mutant(boards: Mapping[str, str], name: str, mistake: BoardMistake) -> tuple[str, str]:
    for file, text in boards.items():
        board = json.loads(text)
        for mutant in mutants(board) if board.get("uid") == mistake.board else ():
            if mutant.kind == mistake.kind and mutant.told.startswith(f"{mistake.panel}: "):
                return file, json.dumps(mutant.board)
    raise UsageError(f"these boards have no panel '{mistake.panel}' on '{mistake.board}' for the mistake {name}")
