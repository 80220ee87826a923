"""The folder tree is the architecture: imports go one way."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

# Lowest first. A module may import from its own row and from the rows above it in this list.
LAYERS = (
    ("errors", "measures", "recorded"),
    ("model", "progress", "mistakes", "shapes"),
    ("results",),
    ("poll", "settings", "interrupt", "panels", "histogram", "loopback", "processes"),
    ("evidence", "seals", "journal", "timing", "restore"),
    ("objectives",),
    ("checks", "compare"),
    ("judge", "report"),
    ("containers",),
    ("machine",),
    ("alerts", "faults", "load", "probes"),
    ("run",),
    ("explore",),
    ("bench", "plugin"),
    ("cli",),
)
RANK = {name: rank for rank, layer in enumerate(LAYERS) for name in layer}
# Seen only by the type checker, or by `from harness import x`, which names the package alone.
PACKAGE = {"harness", "harness.__version__"}


def imports(path: Path) -> Iterator[str]:
    """Dotted names that a module imports when it runs."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    typing_only = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if id(node) in typing_only:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def modules(folder: str) -> list[Path]:
    """The Python files below a folder, its tests left out."""
    return [path for path in sorted((ROOT / folder).rglob("*.py")) if "tests" not in path.parts]


def test_every_module_of_the_engine_has_a_place() -> None:
    """A new module is put into a layer on purpose."""
    names = {path.relative_to(ROOT / "harness").parts[0].removesuffix(".py") for path in modules("harness")}
    assert names - {"__init__", "__main__"} == set(RANK)


@pytest.mark.parametrize("path", modules("harness"), ids=lambda path: str(path.relative_to(ROOT)))
def test_the_engine_imports_downwards(path: Path) -> None:
    """No module of the engine imports from a higher layer, nor from the stack or the scenarios."""
    own = path.relative_to(ROOT / "harness").parts[0].removesuffix(".py")
    for name in imports(path):
        first, _, rest = name.partition(".")
        assert first not in {"stack", "scenarios", "tests", "trading_app"}, f"{path} imports {name}"
        if first == "harness" and name not in PACKAGE and own in RANK:
            target = rest.split(".", maxsplit=1)[0]
            assert RANK[target] <= RANK[own], f"{path} imports {name}, which is of a higher layer"


@pytest.mark.parametrize("path", modules("stack"), ids=lambda path: str(path.relative_to(ROOT)))
def test_the_stack_does_not_know_the_scenarios(path: Path) -> None:
    """The stack imports no scenario; what runs inside a container imports nothing of the harness."""
    inside = {"trading_app", "notification_sink", "standin"} & set(path.relative_to(ROOT).parts)
    for name in imports(path):
        first = name.partition(".")[0]
        assert first != "scenarios", f"{path} imports {name}"
        assert not (inside and first == "harness"), f"{path} imports {name}"


def test_judging_needs_no_engine_and_no_load_generator() -> None:
    """A run can be judged and reported where there is neither Docker nor Locust."""
    script = (
        "import sys, harness.judge, harness.report, harness.checks, harness.timing\n"
        "found = {'docker', 'testcontainers', 'locust', 'gevent', 'psycopg', 'redis'} & set(sys.modules)\n"
        "print(found)\nsys.exit(len(found))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stdout + done.stderr


def test_no_file_is_a_town() -> None:
    """One idea a file: no module is longer than 400 lines."""
    long = {
        str(path.relative_to(ROOT)): count
        for folder in ("harness", "stack", "scenarios")
        for path in modules(folder)
        if (count := len(path.read_text(encoding="utf-8").splitlines())) > 400
    }
    assert long == {}
