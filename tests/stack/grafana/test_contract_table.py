"""The table of clauses: every test that it names is there, and every contract test is named in it."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

HERE = Path(__file__).parent
TABLE = HERE.parents[2] / "docs" / "decisions" / "grafana-standin-clauses.md"
_NAMED = re.compile(r"`(test_\w+\.py)::(test_\w+)`")


def rows() -> list[tuple[str, str]]:
    """Clause and what holds it, of every row."""
    found = [line.strip("|\n ").split(" | ") for line in TABLE.read_text(encoding="utf-8").splitlines() if "|" in line]
    cells = [tuple(row) for row in found if not row[0].startswith(("clause", "---"))]
    assert all(len(row) == 2 for row in cells), [row for row in cells if len(row) != 2]
    return [(row[0], row[1]) for row in cells]


def names_in(path: Path) -> set[str]:
    """Names of the tests of a module."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")}


def test_the_table_has_its_clauses() -> None:
    """It is read, not skipped."""
    assert len(rows()) > 80


@pytest.mark.parametrize(("clause", "held"), rows(), ids=lambda text: str(text)[:60])
def test_a_clause_has_a_test_or_a_reason(clause: str, held: str) -> None:
    """Tests that exist, or why it is not here in some words."""
    named = _NAMED.findall(held)
    for module, name in named:
        assert name in names_in(HERE / module), f"{clause}: {module}::{name} is gone"
    assert named or re.match(r"not here: .{20,}", held), clause


def test_every_contract_test_is_in_the_table() -> None:
    """So that none is of a clause that nobody can name."""
    named = {name for _, held in rows() for _, name in _NAMED.findall(held)}
    written = {name for module in ("answers", "api") for name in names_in(HERE / f"test_contract_{module}.py")}
    assert written - named == set()
