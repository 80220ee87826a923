"""The workflow files: what they run is here, what they may do is little, and what they use is pinned."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.main import get_command

from harness.cli.app import app

REPOSITORY = Path(__file__).resolve().parents[2]
WORKFLOWS = sorted((REPOSITORY / ".github" / "workflows").glob("*.yml"))
PINNED = re.compile(r"uses: actions/[a-z-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$")
ANYWHERE = {"cat", "gh"}  # on every runner


def workflow(path: Path) -> dict[str, Any]:
    """A workflow file; YAML 1.1 reads its key `on` as true."""
    content: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return content


def steps(path: Path) -> Iterator[dict[str, Any]]:
    """Every step of every job."""
    for job in workflow(path)["jobs"].values():
        yield from job["steps"]


def by_name(name: str) -> Path:
    """One of them."""
    return next(path for path in WORKFLOWS if path.name == name)


def test_there_are_three() -> None:
    """Pull requests, nights, and the tests."""
    assert [path.name for path in WORKFLOWS] == ["gate.yml", "nightly.yml", "test.yml"]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_actions_are_pinned_and_permissions_are_few(path: Path) -> None:
    """Each action by its commit; reading only, but for the job that writes a comment and runs nothing of the change."""
    uses = [
        line.strip().removeprefix("- ") for line in path.read_text(encoding="utf-8").splitlines() if "uses:" in line
    ]
    assert uses
    assert [line for line in uses if not PINNED.match(line)] == []
    assert workflow(path)["permissions"] == {"contents": "read"}
    for name, job in workflow(path)["jobs"].items():
        assert job["timeout-minutes"] <= 120
        if "permissions" in job:
            assert (name, job["permissions"]) == ("comment", {"pull-requests": "write"})
            assert not any("checkout" in step.get("uses", "") for step in job["steps"])
    for step in steps(path):
        if "checkout" in step.get("uses", ""):
            assert step["with"]["persist-credentials"] is False


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_what_is_run_is_there(path: Path) -> None:
    """Each command is a target of the Makefile, a program of this repository with options that it takes, or usual."""
    targets = re.findall(r"^([a-z]+):", (REPOSITORY / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    ran = [step["run"] for step in steps(path) if "run" in step]
    assert ran
    for line in ran:
        assert "${{ github" not in line, "what a stranger wrote must not become part of a command"
        words = shlex.split(line)
        if words[0] == "make":
            assert words[1] in targets
            given = shlex.split(next((word for word in words if word.startswith("ARGS=")), "ARGS=")[5:])
            if given:
                knows(words[1], given)
        elif words[0] == "./gate":
            assert (REPOSITORY / "gate").stat().st_mode & 0o111
            knows("gate", words[1:])
        else:
            assert words[0] in ANYWHERE


@pytest.mark.parametrize("name", ["gate.yml", "nightly.yml"])
def test_a_gate_finds_what_earlier_ones_measured(name: str) -> None:
    """Each runner is fresh: without the history nothing would ever be compared."""
    own = list(steps(by_name(name)))
    begun = next(number for number, step in enumerate(own) if step.get("run", "").startswith("./gate"))
    (kept,) = (step for step in own[:begun] if "actions/cache@" in step.get("uses", ""))
    assert kept["with"]["path"] == "reports/history.jsonl"
    assert kept["with"]["key"].startswith(kept["with"]["restore-keys"])


def knows(name: str, given: list[str]) -> None:
    """The command of the harness takes these options."""
    command = get_command(app).commands[name]  # type: ignore[attr-defined]
    options = {option for parameter in command.params for option in parameter.opts}
    assert {word for word in given if word.startswith("--")} <= options


def test_the_verdict_waits_for_every_shard_and_seed() -> None:
    """The shards are all of N, the merge asks for every seed of the matrix, and it runs whatever became of them."""
    jobs = workflow(by_name("nightly.yml"))["jobs"]
    matrix = jobs["shard"]["strategy"]["matrix"]
    (gate,) = [step["run"] for step in jobs["shard"]["steps"] if "./gate" in step.get("run", "")]
    (merge,) = [step["run"] for step in jobs["verdict"]["steps"] if "make merge" in step.get("run", "")]
    assert matrix["shard"] == list(range(1, len(matrix["shard"]) + 1))
    assert f"--shard ${{{{ matrix.shard }}}}/{len(matrix['shard'])}" in gate
    assert re.findall(r"--seed (\d+)", merge) == [str(seed) for seed in matrix["seed"]]
    assert jobs["verdict"]["needs"] == "shard"
    assert jobs["verdict"]["if"] == "always()"
    assert jobs["shard"]["strategy"]["fail-fast"] is False


def test_the_same_for_gitlab_runs_what_is_there() -> None:
    """The pipeline in the docs parses, and its commands and their options are ours."""
    text = (REPOSITORY / "docs" / "ci.md").read_text(encoding="utf-8")
    pipeline = yaml.safe_load(text.partition("```yaml\n")[2].partition("```")[0])
    scripts = [line for job in pipeline.values() if "script" in job for line in job["script"]]
    assert len(scripts) == 4
    for line in scripts:
        words = shlex.split(line)
        arguments = shlex.split(next((word[5:] for word in words if word.startswith("ARGS=")), ""))
        if words[0] == "./gate":
            knows("gate", words[1:])
        elif words[1] == "merge":
            knows("merge", arguments)
        else:
            assert words == ["make", "test"]


def test_no_step_hides_a_red_gate() -> None:
    """Nothing goes on after an error as if it were none."""
    for path in WORKFLOWS:
        assert "continue-on-error" not in path.read_text(encoding="utf-8")
        assert not any("||" in step.get("run", "") or ";" in step.get("run", "") for step in steps(path))
