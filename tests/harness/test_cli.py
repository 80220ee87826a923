"""The command line: one sentence and a documented exit code for every kind of bad input."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.cli.app import run as command


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["run", "redis-outge"], "did you mean 'redis-outage'"),
        (["explain", "nonsense"], "there is no scenario 'nonsense'"),
        (["gate", "--nonsense"], "No such option"),
        (["nonsense"], "No such command"),
        (["run"], "Missing argument"),
        (["gate", "--profile", "huge"], "there is no profile 'huge'"),
        (["explain", "redis-outage", "--time-scale", "0"], "must be a number above zero, not 0"),
        (["explain", "redis-outage", "--time-scale", "-3"], "must be a number above zero, not -3"),
        (["explain", "redis-outage", "--time-scale", "nan"], "must be a number above zero, not nan"),
        (["explain", "redis-outage", "--time-scale", "many"], "--time-scale"),
        (["explain", "redis-outage", "--rules", "/nowhere.yml"], "does not exist"),
        (["explain", "redis-outage", "--boards", "/nowhere"], "does not exist"),
        (["list", "--scenarios", "/nowhere"], "/nowhere is no folder with scenarios"),
        (["explain", "redis-outage", "--stack", "no.such.module"], "'no.such.module' cannot be imported"),
        (["explain", "redis-outage", "--stack", "harness.model"], "has no 'plan'"),
        (["explore", "--again", "1", "--least", "2"], "--least 2 of --again 1 runs can never fail"),
        (["explore", "--stack", "harness.model"], "harness.vocabulary has no VOCABULARY"),
        (["explore", "--faults", "0"], "--faults"),
        (["run", "nowhere/bundle"], "bundle is no bundle that can be run"),
    ],
)
def test_bad_usage(arguments: list[str], told: str, capfd: pytest.CaptureFixture[str]) -> None:
    """Bad usage and input end with exit code 2, name the value, and show no traceback."""
    assert command(arguments) == 2
    error = capfd.readouterr().err
    assert told in error
    assert "Traceback" not in error


@pytest.mark.parametrize(
    ("variable", "value"),
    [("CHAOS_TIME_SCALE", "0"), ("CHAOS_TIME_SCALE", "many"), ("CHAOS_SEED", "-1"), ("CHAOS_GRAFANA_PORT", "99999")],
)
def test_a_wrong_setting_is_named(
    variable: str, value: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """A setting that cannot be used is named with its value, exit code 2."""
    monkeypatch.setenv(variable, value)
    assert command(["explain", "redis-outage"]) == 2
    error = capfd.readouterr().err
    assert variable in error
    assert value in error


def test_a_broken_rule_file_is_named(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """A rule file that does not load is named before anything is started."""
    rules = tmp_path / "rules.yml"
    rules.write_text("groups: [{name: a, rules: [{alert: A, expr: 'sum('}]}]", encoding="utf-8")
    assert command(["explain", "redis-outage", "--rules", str(rules)]) == 2
    assert "rules.yml" in capfd.readouterr().err


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ({}, "holds no board"),
        ({"a.json": "{"}, "a.json does not load"),
        ({"a.json": '{"uid": "a"}'}, "a.json is no board: it has no title"),
        ({"a.json": '{"uid": "a", "title": "A"}'}, "a.json is no board that can be looked at: KeyError('refresh')"),
        (
            dict.fromkeys(("a.json", "b.json"), '{"uid": "a", "title": "A", "refresh": "1m"}'),
            "the uid 'a' belongs to 2 boards",
        ),
    ],
)
def test_a_folder_of_boards_that_is_none_is_named(
    files: dict[str, str], told: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Other dashboards that Grafana would skip without a word are named before anything is started."""
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert command(["explain", "redis-outage", "--boards", str(tmp_path)]) == 2
    assert told in capfd.readouterr().err


def test_explain_starts_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    """`harness explain` tells phases and bounds from the configuration alone."""
    assert command(["explain", "redis-outage"]) == 0
    told = capfd.readouterr().out
    for word in ("baseline", "stop redis", "hold", "recover", "SignalLoss", "at most"):
        assert word in told


def test_list_names_every_scenario(capfd: pytest.CaptureFixture[str]) -> None:
    """`harness list` names scenarios with their hypotheses."""
    assert command(["list"]) == 0
    told = capfd.readouterr().out
    assert "redis-outage" in told
    assert "steady-state" in told


def test_help_is_there() -> None:
    """`harness --help` and the help of each command end well."""
    for arguments in (["--help"], ["gate", "--help"], ["run", "--help"], ["judge", "--help"], ["stack", "--help"]):
        assert command(arguments) == 0


def test_an_unreachable_engine_is_infrastructure(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """No engine: one sentence that says what to do, exit code 4."""
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")
    assert command(["run", "steady-state"]) == 4
    error = capfd.readouterr().err
    assert error.startswith("harness: ")
    assert "Traceback" not in error
