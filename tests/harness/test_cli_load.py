"""`harness load` as scripts call it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from harness.cli.app import run
from harness.cli.loading import seconds
from harness.errors import UsageError
from harness.poll import until
from tests.harness.load.loopback_server import Reply, serving

COUNTS = ("scheduled", "sent", "completed", "dropped")


def figures(path: Path) -> dict[str, Any]:
    """What a load wrote."""
    told: dict[str, Any] = json.loads(path.read_text())
    return told


def test_the_defaults_measure_any_server(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Only URL, rate, duration and file: GETs on a grid, all promised figures, exit code 0 unless it ran late."""
    out = tmp_path / "sub" / "out.json"
    with serving() as server:
        code = run(["load", "--url", f"{server.url}/page?x=1", "--rate", "40", "--duration", "2s", "--json", str(out)])
        assert server.paths == {"/page?x=1"}
    told = figures(out)
    late = told["lateness_ms"]["p99"] > 50  # on a machine that is busy with other tests
    assert (code, told["verdict"]) == ((3, "UNKNOWN") if late else (0, "MEASURED"))
    assert {name: told[name] for name in COUNTS} == {"scheduled": 80, "sent": 80, "completed": 80, "dropped": 0}
    assert {"p50", "p99"} <= told["lateness_ms"].keys()
    assert {"p50", "p90", "p99", "p999", "max"} <= told["latency_ms"].keys()
    assert all(isinstance(value, float) for value in told["latency_ms"].values())
    said = capsys.readouterr()
    assert "scheduled 80, sent 80" in said.out
    assert "answered" in said.err


def test_bodies_are_posted(tmp_path: Path) -> None:
    """A payload makes POSTs with ids of their own."""
    with serving() as server:
        run(["load", "--url", server.url, "--rate", "20", "--duration", "1", "--payload", "stack.traffic:signal"])
        assert len(set(server.ids())) == 20
        assert all("asset" in body for body in server.received)


def test_a_generator_that_is_late_is_unknown(tmp_path: Path) -> None:
    """Lateness beyond its bound: exit code 3, in words and in the file."""
    out = tmp_path / "out.json"
    with serving() as server:
        code = run(["load", "--url", server.url, "--rate", "50", "--duration", "1", "--json", str(out),
                    "--payload", "tests.harness.load.stuck_payload:stuck"])  # fmt: skip
    assert code == 3
    assert figures(out)["verdict"] == "UNKNOWN"
    assert "could not keep up" in figures(out)["why"][0]


def test_nobody_there_is_unknown(tmp_path: Path) -> None:
    """No answer at all is no measurement, and says what happened."""
    out = tmp_path / "out.json"
    assert run(["load", "--url", "http://127.0.0.1:1/", "--rate", "20", "--duration", "1", "--json", str(out)]) == 3
    assert figures(out)["latency_ms"]["p99"] is None
    assert any("refused" in error for error in figures(out)["errors"])


def test_ctrl_c_writes_what_there_is(tmp_path: Path) -> None:
    """An interrupted load leaves its figures so far, says so, and has the exit code of an interruption."""
    out = tmp_path / "out.json"
    with serving() as server:
        load = subprocess.Popen(
            [sys.executable, "-m", "harness", "load", "--url", server.url, "--rate", "50", "--duration", "5m",
             "--json", str(out)],
            env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        try:
            until("traffic", lambda: len(server.received) >= 20, within_s=60)
            load.send_signal(signal.SIGINT)
            said, _ = load.communicate(timeout=60)
        finally:
            load.kill()
            load.communicate()
    assert load.returncode == 130
    assert figures(out)["interrupted"] is True
    assert figures(out)["sent"] == figures(out)["completed"] > 0
    assert b"interrupted" in said


def test_find_capacity_tells_the_target_from_the_generator(tmp_path: Path) -> None:
    """A server that answers after 300 ms misses an objective of 100 ms at any rate: there is no knee."""
    out, html, never = tmp_path / "out.json", tmp_path / "curve.html", threading.Event()

    def slow(_body: dict[str, Any]) -> Reply:
        never.wait(0.3)
        return Reply()

    with serving(slow) as server:
        code = run(["load", "--url", server.url, "--rate", "50", "--duration", "1", "--find-capacity",
                    "--json", str(out), "--html", str(html), "--most-late-ms", "5000"])  # fmt: skip
    assert code == 3
    assert [step["rate_per_s"] for step in figures(out)["curve"]] == [25.0, 50.0]
    assert [step["held"] for step in figures(out)["curve"]] == ["broken by the target"] * len(figures(out)["curve"])
    assert "not even the lowest rate" in figures(out)["why"][0]
    assert "<svg" in html.read_text()


@pytest.mark.parametrize(
    "arguments",
    [
        ["--rate", "0"], ["--duration", "soon"], ["--duration", "0"], ["--arrivals", "sometimes"],
        ["--profile", "crowds"], ["--url", "ftp://x"], ["--url", "https://127.0.0.1"],
        ["--url", "http://127.0.0.1:/"], ["--profile", "desks"],
        ["--soak"], ["--soak", "--find-capacity"], ["--body", "x", "--payload", "a:b"], ["--pipeline", "0"],
        ["--timeout", "-1"], ["--json", "/proc/no/file"], ["--most-late-ms", "0"], ["--objective-errors", "2"],
        ["--profile", "redis"], ["--arrivals", "trace:/no/such"], ["--payload", "no.such:thing"], ["--rate", "many"],
    ],
)  # fmt: skip
def test_bad_usage_is_named_before_anything_is_sent(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """One sentence and exit code 2."""
    with serving() as server:
        assert run(["load", "--url", server.url, "--duration", "1", *arguments]) == 2
        assert server.connections == 0
    assert len(capsys.readouterr().err.strip().splitlines()) <= 2


@pytest.mark.parametrize(("text", "value"), [("60", 60.0), ("60s", 60.0), ("2m", 120.0), ("1.5h", 5400.0)])
def test_durations_are_read(text: str, value: float) -> None:
    """With and without a unit."""
    assert seconds("--duration", text) == value


@pytest.mark.parametrize("text", ["", "-5", "0s", "5 minutes", "1e3", "inf", "5d"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    """Named with its option."""
    with pytest.raises(UsageError, match="--duration"):
        seconds("--duration", text)
