"""Set-up of the Python environment in a copy of the project: from nothing, again, and twice at once."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
import venv
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The set-up scripts with a small project, and a lock that names only what set-up itself needs."""
    shutil.copytree(REPOSITORY / "setup", tmp_path / "setup")
    (tmp_path / "pkg").mkdir()
    (tmp_path / "pkg" / "__init__.py").write_text("WORD = 'here'\n")
    (tmp_path / "pyproject.toml").write_text(
        '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n'
        '[project]\nname = "small"\nversion = "1"\n[tool.setuptools]\npackages = ["pkg"]\n'
    )
    (tmp_path / "requirements.lock").write_text(locked("setuptools") + locked("uv"))
    return tmp_path


def locked(package: str) -> str:
    """A package's entry in the project's lock, hashes included."""
    lock = (REPOSITORY / "requirements.lock").read_text()
    found = re.search(rf"^{package}==.*\n(?:[ ].*\n)+", lock, flags=re.MULTILINE)
    assert found, package
    return found.group()


def bootstrap(project: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run set-up; PATH and the like as they are unless given."""
    command = ["/bin/sh", str(project / "setup/bootstrap.sh")]
    environment = {**os.environ, **variables}
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=240, check=False)


def test_two_at_once_from_nothing_then_nothing_to_do(project: Path) -> None:
    """Two set-ups started at once both end well and one did the work; a third says nothing, in under a second."""
    command = ["/bin/sh", str(project / "setup/bootstrap.sh")]
    pair = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    outputs = [process.communicate(timeout=240)[0] for process in pair]
    assert [process.returncode for process in pair] == [0, 0]
    assert sorted("virtual environment" in output for output in outputs) == [False, True]

    python = project / ".venv/bin/python"
    told = subprocess.run(
        [python, "-c", "import pkg; print(pkg.WORD)"], capture_output=True, text=True, check=True, cwd="/"
    )
    assert told.stdout == "here\n"

    took_s = []
    for _ in range(3):  # the quickest counts: a busy machine delays some of them
        started_s = time.monotonic()
        again = bootstrap(project)
        took_s.append(time.monotonic() - started_s)
        assert (again.returncode, again.stdout) == (0, "")
    assert min(took_s) < 1

    (project / "requirements.lock").write_text(locked("setuptools") + locked("uv") + "# another word\n")
    changed = bootstrap(project)
    assert changed.returncode == 0
    assert "requirements.lock" in changed.stdout


def test_a_wrong_hash_is_refused(project: Path) -> None:
    """A package that is not the one locked is not installed, and the step that failed is named."""
    # It stands at its first package, with an environment that it has begun: another test makes one from nothing.
    venv.create(project / ".venv", system_site_packages=True)
    (project / ".venv/.made-in").write_text(f"{project}\n")
    lock = locked("uv")
    (project / "requirements.lock").write_text(re.sub(r"sha256:[0-9a-f]{64}", "sha256:" + "0" * 64, lock))
    done = bootstrap(project)
    assert done.returncode == 4
    assert "installer failed" in done.stderr
    assert not (project / ".venv/.up-to-date").exists()


def test_an_old_python_is_refused_in_one_sentence(project: Path) -> None:
    """Without Python 3.11 or newer, set-up says so and what to install, with exit code 4."""
    tools = project / "tools"
    tools.mkdir()
    for tool in ("sh", "dirname", "cat", "cksum", "ls", "flock", "date", "id"):
        found = shutil.which(tool)
        assert found
        (tools / tool).symlink_to(found)
    (tools / "python3").write_text("#!/bin/sh\nexit 1\n")
    (tools / "python3").chmod(0o755)
    done = bootstrap(project, PATH=str(tools), PYTHON="")
    assert done.returncode == 4
    assert done.stderr.splitlines() == [
        "set-up: no Python 3.11 or newer: install one (on Debian and Ubuntu: apt-get install python3 python3-venv), "
        "or name it in PYTHON"
    ]


def test_the_lock_names_no_package_index() -> None:
    """The lock can be used with any package index: it names none, and every package has its hashes."""
    lock = (REPOSITORY / "requirements.lock").read_text()
    assert "://" not in lock
    entries = re.findall(r"^[a-zA-Z0-9].*?==.*\\$", lock, flags=re.MULTILINE)
    assert len(entries) == len(re.findall(r"^[a-zA-Z0-9]", lock, flags=re.MULTILINE))


def test_help_lists_every_target() -> None:
    """`make help` lists each target that the Makefile has."""
    makefile = (REPOSITORY / "Makefile").read_text()
    declared = re.search(r"^\.PHONY: (.*)$", makefile, flags=re.MULTILINE)
    assert declared
    listed = subprocess.run(["make", "help"], cwd=REPOSITORY, capture_output=True, text=True, check=True).stdout
    assert [target for target in declared.group(1).split() if f"make {target} " not in listed] == []
