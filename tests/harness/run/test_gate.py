"""What a gate does on its way: offline checks first, the history in and out, and nothing started against a finding."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from harness.alerts.tools import Toolbox
from harness.compare import append
from harness.errors import UsageError
from harness.evidence import read_json, write_json
from harness.machine.images import Image, Source
from harness.model import Scenario, Verdict
from harness.objectives import DEFAULT, Offline
from harness.results import StackEntry
from harness.run import campaign as campaigns
from harness.run.campaign import Campaign
from harness.run.gate import Gate, machine_class
from harness.run.offline import Looked, is_sound, look
from harness.run.order import Options, order_of
from harness.run.wanted import Order
from harness.settings import REPOSITORY
from tests.harness.compare.pasts import MACHINE, past

NO_TOOL = cast("Toolbox", None)  # boards need none
SCENARIO = Scenario(name="bench", hypothesis="", covers=(), load=cast("Any", None), checks=())


class Engine:
    """Says what machine it is on."""

    def info(self) -> dict[str, Any]:
        """As the engine's API does."""
        return {"NCPU": 2, "MemTotal": 25 << 30, "ServerVersion": "24.0.7", "OSType": "linux"}


def test_runs_on_one_kind_of_machine_are_of_one_class() -> None:
    """A little more or less memory is the same; another engine, lane or stand-in is not."""
    stand_in = StackEntry(service="grafana", image="", digest="", version="", source="stand-in")
    seen = machine_class(cast("Any", Engine()), (stand_in,), 15.0, 2)
    assert seen == {
        "cpus": "2",
        "memory": "about 32 GiB",
        "engine": "linux 24",
        "stand-ins": "grafana",
        "time scale": "15",
        "lanes": "2",
        "part": "whole",
    }


def test_a_board_that_grafana_would_swallow_stops_the_gate(tmp_path: Path) -> None:
    """The lint's sentence is kept as evidence, with the file's name; a file that is no JSON is one as well."""
    board = {"title": "", "uid": "a", "schemaVersion": 39, "refresh": "1m", "panels": []}
    (tmp_path / "a.json").write_text(json.dumps(board), encoding="utf-8")
    (tmp_path / "b.json").write_text("{", encoding="utf-8")
    found = look([Offline.BOARDS], Looked(stack="stack.topology", time_scale=15, boards=tmp_path), NO_TOOL, print)
    assert not is_sound(found)
    problems = "\n".join(found["checks"]["boards"]["problems"])
    assert "a.json: it has no title" in problems
    assert "b.json: it cannot be read" in problems


def test_our_own_boards_stop_nothing() -> None:
    """Five boards, every panel."""
    found = look([Offline.BOARDS], Looked(stack="stack.topology", time_scale=15), NO_TOOL, print)
    assert is_sound(found)
    assert found["checks"]["boards"]["amount"]["boards"] == 5


def test_mutants_of_rules_without_tests_are_left_out_with_a_reason(tmp_path: Path) -> None:
    """Said in the evidence, so that the report can list it."""
    of = Looked(stack="stack.topology", time_scale=15, rules=tmp_path / "mine.yml")
    found = look([Offline.MUTANTS], of, NO_TOOL, print)
    assert "mine.yml has no unit tests here" in found["left_out"]["mutants"]


@pytest.fixture
def campaign(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Campaign:
    """A gate of one scenario, on an engine that must not be asked for anything."""
    monkeypatch.setattr(campaigns, "sweep", lambda client: [])
    monkeypatch.setattr(campaigns, "stack_entries", lambda plan, images: ())
    monkeypatch.setattr(campaigns, "machine_class", lambda *of: MACHINE)
    monkeypatch.setattr(campaigns, "run_in_lanes", lambda jobs, lanes: pytest.fail("a scenario was started"))
    append(tmp_path / "history.jsonl", past(1))
    order = Order(
        scenarios=(SCENARIO,), rows=(), profile="quick", time_scale=15.0, seed=1, reports=tmp_path,
        stack="stack.topology", gate=Gate.of(DEFAULT),
    )  # fmt: skip
    made = Campaign(order)
    image = Image(service="trading", reference="app:1", digest="sha256:2", version="1", source=Source.PRESENT)
    made.prepare(cast("Any", Engine()), {"trading_app": image})
    return made


def test_objectives_and_earlier_runs_are_in_the_folder_before_anything_starts(campaign: Campaign) -> None:
    """So the verdict can be found again from the folder alone."""
    assert (campaign.folder / "gate.toml").read_text(encoding="utf-8") == DEFAULT.read_text(encoding="utf-8")
    assert [run["run_id"] for run in read_json(campaign.folder / "baseline.json")["runs"]] == ["run-1"]


def test_a_finding_offline_starts_nothing_and_is_remembered(
    campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    """FAIL, each scenario listed as not looked at, and a line in the history that no later run is compared with."""

    def looked(self: Gate, folder: Path, *rest: object) -> bool:
        found = {"amount": {"boards": 1}, "problems": ["a.json: it has no title"]}
        write_json(folder / "offline.json", {"checks": {"boards": found}, "left_out": {}})
        return False

    monkeypatch.setattr(Gate, "look", looked)
    judged = campaign.run()
    assert judged.verdict is Verdict.FAIL
    assert any("the scenario bench" in one for one in judged.not_looked_at)
    last = json.loads((campaign.folder.parent / "history.jsonl").read_text(encoding="utf-8").splitlines()[-1])
    assert (last["run_id"], last["verdict"], last["machine"]) == (campaign.run_id, "fail", MACHINE)


def test_a_limit_of_a_scenario_that_is_not_there_is_refused(tmp_path: Path) -> None:
    """It would never be held against anything: a slip of the pen, or a scenario that was renamed."""
    text = DEFAULT.read_text(encoding="utf-8")
    assert 'scenarios = ["redis-outage"]' in text
    path = tmp_path / "gate.toml"
    path.write_text(text.replace('scenarios = ["redis-outage"]', 'scenarios = ["redis-outrage"]'), encoding="utf-8")
    with pytest.raises(UsageError, match=r"gate\.toml cannot be used: .*names the scenario redis-outrage, which"):
        Gate.of(path)


def test_known_bad_variants_that_are_not_tried_are_named(tmp_path: Path) -> None:
    """As their scenarios are left out; one whose scenario is not there at all ends a gate before it begins."""
    options = Options(names=("redis-outage",), self_test=True, reports=tmp_path)
    (note,) = order_of(options).notes
    assert "not tried" in note
    assert "wall-clock (leader-frozen)" in note
    assert "redis-outage" not in note
    folder = tmp_path / "scenarios"
    folder.mkdir()
    (folder / "requirements.toml").write_text("", encoding="utf-8")
    shutil.copy(REPOSITORY / "scenarios" / "steady_state.py", folder)
    gate = replace(Gate.of(DEFAULT), scenarios=folder)
    with pytest.raises(UsageError, match=r"seen by the scenario [a-z-]+, which is not in"):
        order_of(Options(profile="full", self_test=True, reports=tmp_path, scenarios_folder=folder, gate=gate))
