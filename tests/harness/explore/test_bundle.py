"""Repro bundles: written and read back the same; a damaged one is one clear error."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.cli.app import run as command
from harness.errors import UsageError
from harness.explore.again import of_bundle
from harness.explore.bundle import BUNDLE_FILE, HISTORY, Bundle, is_bundle, read_bundle, write_bundle
from harness.explore.schedule import draw
from harness.explore.vocabulary import vocabulary_of
from harness.restore import described, restored
from harness.run.order import Options

VOCABULARY = vocabulary_of("stack.topology")


def bundle(seed: int = 1) -> Bundle:
    """A bundle of a drawn schedule."""
    return Bundle(
        name="draw-001-shrunk",
        schedule=draw(VOCABULARY, seed, 1),
        stack="stack.topology",
        time_scale=15.0,
        known_bad=("fence-off",),
        images={"redis": "sha256:1"},
        found={"seed": seed, "failed": ["ExactlyOnce: 1 signal was executed more than once: a."]},
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A bundle on disk."""
    history = tmp_path / "draw-001"
    history.mkdir()
    (history / "plan.json").write_text("{}", encoding="utf-8")
    write_bundle(tmp_path / "bundle", bundle(), bundle(), history)
    return tmp_path / "bundle"


@given(seed=st.integers(0, 1000))
def test_every_fault_of_the_vocabulary_can_be_stored(seed: int) -> None:
    """What was drawn comes back from JSON as the same values."""
    for one in draw(VOCABULARY, seed, 1).faults:
        assert restored(json.loads(json.dumps(described(one.fault))), "x.json") == one.fault


def test_a_bundle_comes_back_whole(folder: Path) -> None:
    """By its folder as by its file; with the history of the failing run."""
    assert read_bundle(folder) == read_bundle(folder / BUNDLE_FILE) == bundle()
    assert (folder / HISTORY / "plan.json").is_file()


def test_a_bundle_becomes_an_order(folder: Path) -> None:
    """With its seed, scale and wrong variants, unless the user chose others."""
    options = of_bundle(Options(names=(str(folder),)))
    assert [one.name for one in options.scenarios] == ["draw-001-shrunk"]
    assert (options.known_bad, options.time_scale, options.lean) == (("fence-off",), 15.0, True)
    assert options.seed == bundle().schedule.traffic_seed
    assert any("executed more than once" in note for note in options.notes)
    assert of_bundle(Options(names=(str(folder),), known_bad=("wall-clock",))).known_bad == ("wall-clock",)


def test_what_is_meant_as_a_bundle(folder: Path) -> None:
    """A path, never the name of a scenario."""
    assert is_bundle(str(folder))
    assert is_bundle("nowhere/bundle")
    assert not is_bundle("redis-outage")


def change(data: dict[str, Any], value: object, *path: str | int) -> None:
    """Set what lies at a path."""
    at: Any = data
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = value


FAULT = ("faults", 0, "fault")


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (lambda data: data.pop("faults"), "has no faults"),
        (lambda data: change(data, 2, "schema_version"), "schema_version is 2"),
        (lambda data: change(data, "k", "time_scale"), "time_scale is 'k'"),
        (lambda data: change(data, 0.0, "time_scale"), "above zero"),
        (lambda data: change(data, "../../etc", "name"), "no folder can be called"),
        (lambda data: change(data, -1.0, "faults", 0, "at_s"), "at_s is -1.0"),
        (lambda data: change(data, "harness.model:Nothing", *FAULT, "type"), "cannot be restored"),
        (lambda data: change(data, "no.such:Fault", *FAULT, "type"), "cannot be restored"),
        (lambda data: change(data, "harness.model:LoadProfile", *FAULT, "type"), "cannot be restored"),
        (lambda data: change(data, {"type": "harness.model:LoadProfile", "parameters": {}}, *FAULT), "is no fault"),
        (lambda data: change(data, "redis", *FAULT), "is no fault"),
        (lambda data: change(data, 5, *FAULT, "parameters", "target"), "target is 5"),
        (lambda data: change(data, "x", "more"), "more is unknown"),
    ],
)
def test_a_damaged_bundle_is_one_clear_error(
    damage: Callable[[dict[str, Any]], None], told: str, folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Exit code 2, the file and what is wrong with it, no traceback; nothing is started."""
    file = folder / BUNDLE_FILE
    data = json.loads(file.read_text(encoding="utf-8"))
    damage(data)
    file.write_text(json.dumps(data), encoding="utf-8")
    assert command(["run", str(folder)]) == 2
    error = capfd.readouterr().err
    assert "bundle.json is no bundle that can be run" in error
    assert told in error
    assert "Traceback" not in error


@pytest.mark.parametrize("text", ["", "{", "[]", '{"faults": 1, "faults": 2}'])
def test_a_file_that_is_no_bundle_is_told(text: str, tmp_path: Path) -> None:
    """Also one that is no JSON at all."""
    (tmp_path / "bundle.json").write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match=r"bundle\.json"):
        read_bundle(tmp_path)


def test_a_bundle_beside_something_else_is_refused(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """It brings settings of its own for the whole run."""
    assert command(["run", str(folder), "redis-outage"]) == 2
    assert "one repro bundle is run at a time" in capfd.readouterr().err
    assert command(["run", "nowhere/bundle"]) == 2
