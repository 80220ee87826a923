"""The commands that people and build servers call: their exit codes say what happened."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the entry points in which set-up has nothing to do and every tool is a make-believe one."""
    for name in ("Makefile", "gate"):
        shutil.copy(REPOSITORY / name, tmp_path / name)
    shutil.copytree(REPOSITORY / "setup", tmp_path / "setup")
    shutil.copytree(REPOSITORY / ".ci", tmp_path / ".ci")
    for tool in ("ruff", "mypy", "pytest", "harness"):
        pretend(tmp_path, tool, 'echo "$(basename "$0") $*" >> calls')
    (tmp_path / "setup/bootstrap.sh").write_text("#!/bin/sh\necho bootstrap >> calls\n")
    return tmp_path


def pretend(project: Path, tool: str, script: str) -> None:
    """A make-believe tool of the environment."""
    program = project / ".venv/bin" / tool
    program.parent.mkdir(parents=True, exist_ok=True)
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)


def call(project: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Run a command in the project's folder."""
    return subprocess.run(command, cwd=project, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("code", [0, 1, 3, 4, 130])
def test_the_gate_script_has_the_exit_code_of_the_gate(project: Path, code: int) -> None:
    """`./gate` does all set-up, hands its arguments on, and ends with the gate's own exit code."""
    pretend(project, "harness", f'echo "$*" >> calls; [ "$1" = setup ] || exit {code}')
    assert call(project, "./gate", "--seed", "7").returncode == code
    assert (project / "calls").read_text().splitlines() == ["bootstrap", "setup", "gate --seed 7"]


def test_make_gate_shows_the_exit_code(project: Path) -> None:
    """Make ends with 2 as it always does, and its last line shows the gate's own exit code."""
    pretend(project, "harness", '[ "$1" = setup ] || exit 3')
    done = call(project, "make", "gate")
    assert done.returncode == 2
    assert "Error 3" in done.stderr


def test_a_failed_set_up_ends_the_gate(project: Path) -> None:
    """When set-up fails no gate is run, and its exit code is passed on."""
    pretend(project, "harness", 'echo "$*" >> calls; exit 4')
    assert call(project, "./gate").returncode == 4
    assert "gate" not in (project / "calls").read_text()


def test_all_checks_run_and_pass(project: Path) -> None:
    """`.ci/run` calls `make test`: set-up first, then lint, types, fast tests, images, tests with containers."""
    done = call(project, ".ci/run")
    assert done.returncode == 0, done.stderr
    calls = (project / "calls").read_text().splitlines()
    assert calls[0] == "bootstrap"
    order = [next(n for n, line in enumerate(calls) if line.startswith(start)) for start in ("ruff", "mypy", "pytest")]
    assert order == sorted(order)
    first_with_containers = next(n for n, line in enumerate(calls) if "-m containers" in line)
    assert calls.index("harness setup --browser") < first_with_containers
    assert "all checks passed" in done.stdout


def test_a_failed_check_is_named_and_the_others_still_run(project: Path) -> None:
    """When one check fails the rest is run all the same, the failed one is named, and the exit code is not 0."""
    pretend(project, "mypy", "exit 1")
    done = call(project, "setup/test.sh")
    assert done.returncode == 1
    assert "failed: types (exit code 1)" in done.stderr
    assert "pytest" in (project / "calls").read_text()


def test_fast_needs_no_engine(project: Path) -> None:
    """`make fast` neither looks for an engine nor runs a test with containers."""
    assert call(project, "make", "fast").returncode == 0
    assert "harness" not in (project / "calls").read_text()
