"""`pytest -m chaos -n K`: K stacks side by side, one run folder, one report; on scenarios that start nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

import execnet
import pytest

from harness.evidence import read_json
from harness.judge import judge_run
from harness.model import Verdict
from harness.run.joint import room
from harness.settings import REPOSITORY

pytestmark = pytest.mark.timeout(600)

# What a run would need of the engine is replaced; what is tested is everything around it.
CONFTEST = """
import os, time
from pathlib import Path
import pytest
from harness.bench.judging import write_history
from harness.containers.plan import StackPlan
from harness.evidence import read_json, write_json
from harness.machine.images import Image, Source
from harness.run import campaign, order
from harness.seals import seal

TOLD = Path(__file__).with_name("told")
pytest_plugins = []

class Engine:
    host = ""
    def ping(self): pass
    def info(self): return {}

def run_scenario(lab, scenario, folder, number):
    with TOLD.open("a") as told:
        told.write(f"begin {scenario.name} {number} {os.getpid()}\\n")
    if scenario.name == "crash":
        os._exit(9)
    write_history(folder, lines=700)
    write_json(folder / "plan.json", {**read_json(folder / "plan.json"), "name": scenario.name, "run_id": lab.run_id})
    if scenario.name == "two":
        lab.journal.undo(lab.journal.about_to("break two", lambda: None))
    seal(folder, "complete")
    with TOLD.open("a") as told:
        told.write(f"end {scenario.name} {number} {os.getpid()}\\n")

image = Image(service="app", reference="app:1", digest="sha256:1", version="1", source=Source.BUILT)
order.ready_engine = order.client = lambda *_: Engine()
order.images_of = lambda *_: {"app": image}
campaign.sweep = lambda *_: ()
campaign.planned = lambda *_: StackPlan(services=())
campaign.run_scenario = run_scenario
"""
STACK = """
from pathlib import Path
from harness.machine.images import ImageSpec, Root
IMAGES = {"app": ImageSpec(service="app", context=Path("."), base=Root(official="app"))}
SUBJECT = "app"
def plan(request): ...
"""
TESTS = """
import pytest
from harness.model import LoadProfile, Scenario, Verdict
from harness.plugin import explain, judged_alone

NAMES = {names!r}
SCENARIOS = [
    Scenario(name=name, hypothesis="", covers=(), load=LoadProfile(viewers=name.startswith("seen")), checks=())
    for name in NAMES
]

@pytest.mark.chaos
@pytest.mark.parametrize("scenario", SCENARIOS, ids=NAMES)
def test_scenario(scenario, campaign):
    result = judged_alone(campaign, scenario)
    assert result.verdict is Verdict.PASS, explain(result)
"""


def run(folder: Path, names: list[str], *arguments: str) -> subprocess.CompletedProcess[str]:
    """`pytest -m chaos` in a project of its own."""
    (folder / "conftest.py").write_text(CONFTEST, encoding="utf-8")
    (folder / "fake_stack.py").write_text(STACK, encoding="utf-8")
    (folder / "test_fakes.py").write_text(TESTS.format(names=names), encoding="utf-8")
    (folder / "pytest.ini").write_text("[pytest]\naddopts = --strict-markers\n", encoding="utf-8")
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "harness.plugin", "-m", "chaos", "-q", *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
        env=os.environ
        | {
            "PYTHONPATH": f"{REPOSITORY}{os.pathsep}{folder}",
            "CHAOS_STACK": "fake_stack",
            "CHAOS_REPORTS": str(folder / "reports"),
            "DOCKER_HOST": "unix:///nowhere.sock",
        },
    )


def the_run(folder: Path) -> Path:
    """The one run folder that was made."""
    (found,) = [path for path in (folder / "reports").iterdir() if not path.is_symlink()]
    return found


def told(folder: Path) -> list[list[str]]:
    """What the scenarios wrote down: begin or end, name, number of the stack, process."""
    return [line.split() for line in (folder / "told").read_text(encoding="utf-8").splitlines()]


def test_two_workers_make_one_report(tmp_path: Path) -> None:
    """All scenarios stand in one run folder with one verdict, whoever ran them; no stack's number is given twice.

    Nothing begins while a scenario with viewers runs, also in another process.
    """
    ended = run(tmp_path, ["one", "two", "seen", "seen-too"], "-n", "2")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    folder = the_run(tmp_path)
    gate = read_json(folder / "gate.json")
    assert gate["verdict"] == "pass"
    assert sorted(scenario["name"] for scenario in gate["scenarios"]) == ["one", "seen", "seen-too", "two"]
    assert f"pass: {folder / 'report.html'}" in ended.stdout
    assert judge_run(folder).verdict is Verdict.PASS
    begun = [line for line in told(tmp_path) if line[0] == "begin"]
    assert len({process for *_, process in begun}) == 2
    assert len({number for _, _, number, _ in begun}) == 4
    steps = told(tmp_path)
    for number, (step, name, *_) in enumerate(steps):
        if step == "begin" and name.startswith("seen"):
            assert steps[number + 1][:2] == ["end", name]
    assert not list(folder.glob("*.lock"))


def test_a_worker_that_dies_leaves_its_scenario_unknown(tmp_path: Path) -> None:
    """The report names it, its verdict is UNKNOWN, the others keep theirs, and the session is red."""
    ended = run(tmp_path, ["one", "crash", "three"], "-n", "2")
    assert ended.returncode == 1, ended.stdout + ended.stderr
    judged = judge_run(the_run(tmp_path))
    assert {one.name: one.verdict.word for one in judged.scenarios} == {
        "one": "pass",
        "crash": "unknown",
        "three": "pass",
    }
    assert read_json(the_run(tmp_path) / "gate.json")["verdict"] == "unknown"


def test_more_than_the_machine_carries_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One sentence says what a stack needs; nothing is started."""

    def started(*_: object, **__: object) -> NoReturn:
        raise AssertionError("a worker was started")

    monkeypatch.setenv("CHAOS_REPORTS", str(tmp_path / "reports"))
    monkeypatch.setattr(execnet.Group, "makegateway", started)
    (tmp_path / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    # In this process: it ends before there is any other.
    asked = ["-p", "harness.plugin", "-m", "chaos", "-n", "999", "--rootdir", str(tmp_path), "-c", "pytest.ini"]
    monkeypatch.chdir(tmp_path)
    code = pytest.main([*asked, "-p", "no:cacheprovider", "-p", "no:faulthandler"])
    assert code == pytest.ExitCode.USAGE_ERROR
    said = capsys.readouterr()
    assert "-n 999: 999 stacks side by side are too many" in said.out + said.err
    assert "a stack needs" in said.out + said.err
    assert not (tmp_path / "reports").exists()


def test_without_workers_it_is_as_before(tmp_path: Path) -> None:
    """One process, one report, in the order of the tests."""
    ended = run(tmp_path, ["one", "seen", "two"])
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert [name for step, name, *_ in told(tmp_path) if step == "begin"] == ["one", "seen", "two"]
    assert read_json(the_run(tmp_path) / "gate.json")["verdict"] == "pass"


def test_whoever_waits_is_not_overtaken(tmp_path: Path) -> None:
    """The room takes several, or one alone."""
    with room(tmp_path, alone=False), room(tmp_path, alone=False):
        assert (tmp_path / "room.lock").exists()
    with room(tmp_path, alone=True):
        assert (tmp_path / "turn.lock").exists()
