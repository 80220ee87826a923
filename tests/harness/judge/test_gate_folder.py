"""A gate's folder, judged as a whole: verdict, pages, and what damage to its own files does."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import msgspec
import pytest

from harness import report
from harness.bench.judging import write_history
from harness.cli.app import run as command
from harness.compare import Baseline
from harness.evidence import read_json, write_json
from harness.judge import judge_run
from harness.model import Verdict
from harness.report.markdown import LONGEST
from harness.seals import seal_run
from tests.harness.judge.test_parts import OFFLINE, TEXT

_, _, PROFILES_ON = TEXT.partition("schema = 1")
OBJECTIVES = (
    f"schema = 1\nlimits = []\n{PROFILES_ON.partition('[[limits]]')[0]}[comparison]{TEXT.partition('[comparison]')[2]}"
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder of a good gate of one scenario, without earlier runs."""
    run = tmp_path / "20260101-000000-abcdef"
    write_history(run / "scenarios" / "bench", lines=700)
    (run / "gate.toml").write_text(OBJECTIVES, encoding="utf-8")
    write_json(run / "offline.json", OFFLINE)
    write_json(run / "baseline.json", msgspec.to_builtins(Baseline()))
    order = {
        "schema_version": 1, "run_id": run.name, "profile": "full", "seed": 1, "time_scale": 15.0,
        "started_at": "2026-01-01T00:00:00.000+00:00", "subject": {"image": "app", "git_sha": "0"}, "stack": [],
        "scenarios": ["bench"], "requirements": [{"id": "R-43", "row": "Nothing twice"}], "gate": True,
    }  # fmt: skip
    write_json(run / "run.json", order)
    seal_run(run)
    return run


def test_a_good_gate_passes_and_says_what_it_did_not_look_at(folder: Path) -> None:
    """Without earlier runs there is no comparison; that is listed, and is no failure."""
    judged = judge_run(folder)
    assert judged.verdict is Verdict.PASS
    assert [part.name for part in judged.parts] == ["offline checks"]
    assert any("whether anything has become slower" in one for one in judged.not_looked_at)


def test_a_bad_board_fails_the_gate_on_every_page(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Exit code 1 when it is judged again; the pages lead with it; JUnit has a suite and a failure of it."""
    checks = {**OFFLINE["checks"], "boards": {"amount": {"boards": 1}, "problems": ["a.json: it has no title"]}}
    write_json(folder / "offline.json", {**OFFLINE, "checks": checks})
    seal_run(folder)
    assert command(["judge", str(folder), "--write"]) == 1
    assert "offline checks: fail" in capfd.readouterr().out
    page, comment = ((folder / name).read_text(encoding="utf-8") for name in ("report.html", "report.md"))
    assert "offline checks: a.json: it has no title." in page[: page.index('id="overview"')]
    assert "offline checks: a.json: it has no title." in comment[:400]
    assert len(comment) < LONGEST
    root = ElementTree.parse(folder / "junit.xml").getroot()  # noqa: S314 - our own text
    suite = next(one for one in root if one.get("name") == "offline checks")
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("3", "1", "0")
    assert report.load(folder / "gate.json") == judge_run(folder)


@pytest.mark.parametrize("name", ["gate.toml", "offline.json", "baseline.json"])
@pytest.mark.parametrize("gone", [False, True], ids=["changed", "gone"])
def test_what_the_gate_sealed_must_be_as_it_was(folder: Path, name: str, *, gone: bool) -> None:
    """A softer limit put in afterwards, or a finding taken out, makes nothing pass."""
    path = folder / name
    if gone:
        path.unlink()
    else:
        path.write_text(path.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    assert judge_run(folder).verdict is Verdict.UNKNOWN


def test_a_gate_cannot_be_made_an_ordinary_run_afterwards(folder: Path) -> None:
    """Its order is sealed as well."""
    write_json(folder / "run.json", {**read_json(folder / "run.json"), "gate": False})
    assert judge_run(folder).verdict is Verdict.UNKNOWN


def test_a_gate_that_was_stopped_offline_fails(folder: Path) -> None:
    """No scenario was started; that alone would be unknown, and the offline check says more."""
    checks = {**OFFLINE["checks"], "rules": {"amount": {"files": 1}, "problems": ["it does not load"]}}
    write_json(folder / "offline.json", {**OFFLINE, "checks": checks})
    (folder / "scenarios").rename(folder / "elsewhere")
    write_json(folder / "run.json", {**read_json(folder / "run.json"), "scenarios": [], "not_run": ["bench"]})
    seal_run(folder)
    judged = judge_run(folder)
    assert judged.verdict is Verdict.FAIL
    assert any("the scenario bench" in one for one in judged.not_looked_at)
