"""The record of the traffic and its sum."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hdrh.histogram import HdrHistogram  # type: ignore[import-untyped] # the library ships no types
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.errors import EvidenceError, InfrastructureError
from harness.histogram import Durations
from harness.load.ledger import Ledger
from harness.load.outcome import of_answer, of_silence
from harness.load.run import read_summary
from harness.poll import until


def lines(path: Path) -> list[dict[str, Any]]:
    """What was recorded."""
    return [json.loads(line) for line in path.read_text().splitlines()]


RECORDS_AND_DIES = """
import os, signal, sys
from pathlib import Path
from harness.load.ledger import Ledger
ledger = Ledger(Path(sys.argv[1]))
for number in range(2000):
    ledger.invoke(f"a-{number}", due_s=5.0, to="one", late_s=0.001)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_was_recorded_outlives_a_killed_generator(tmp_path: Path) -> None:
    """Every line that was recorded before a kill -9 gets to the disk, whole, and nothing is left behind."""
    out = tmp_path / "client.jsonl"
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    killed = subprocess.run([sys.executable, "-c", RECORDS_AND_DIES, str(out)], check=False, env=environment)
    assert killed.returncode == -9
    until("the last line", lambda: out.is_file() and out.read_bytes().count(b"\n") == 2000, within_s=30)
    assert [line["id"] for line in lines(out)] == [f"a-{number}" for number in range(2000)]


CLOSES_BESIDE_A_SLEEPER = """
from gevent import monkey
monkey.patch_all()
import sys, time
from pathlib import Path
import gevent
from harness.load.ledger import Ledger
gevent.spawn(time.sleep, 120)
gevent.sleep(0)
ledger = Ledger(Path(sys.argv[1]))
began = time.monotonic()
ledger.close()
print(time.monotonic() - began)
"""


def test_the_end_of_the_record_waits_for_nobody(tmp_path: Path) -> None:
    """In the generator, whose event loop has nothing to do for the next two minutes, the record ends at once."""
    done = subprocess.run(
        [sys.executable, "-c", CLOSES_BESIDE_A_SLEEPER, str(tmp_path / "client.jsonl")],
        capture_output=True, text=True, check=True, env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip
    assert float(done.stdout) < 60
    assert lines(tmp_path / "client.jsonl")[-1]["kind"] == "summary"


def test_each_line_says_what_happened(tmp_path: Path) -> None:
    """A request is one line before it leaves and one after."""
    out = tmp_path / "client.jsonl"
    ledger = Ledger(out)
    ledger.invoke("a-0", due_s=5.0, to="one", late_s=0.001)
    until("the first line", lambda: out.is_file() and out.read_bytes().endswith(b"}\n"), within_s=30)
    (invoke,) = lines(out)
    assert {key: invoke[key] for key in ("kind", "id", "due_s", "to")} == {
        "kind": "invoke", "id": "a-0", "due_s": 5.0, "to": "one",
    }  # fmt: skip
    ledger.end("a-0", of_answer(200, ""), after_s=0.25)
    ledger.close()
    end = lines(out)[-2]
    assert (end["kind"], end["id"], end["status"], end["ms"]) == ("ok", "a-0", 200, 250.0)


def test_a_quick_refusal_does_not_flatter_the_latency(tmp_path: Path) -> None:
    """Refusals are counted apart; requests given up count with the time they took at least."""
    ledger = Ledger(tmp_path / "client.jsonl")
    for number in range(100):
        ledger.invoke(f"a-{number}", due_s=0.0, to="one", late_s=0.0)
        ledger.end(f"a-{number}", of_answer(429, "full"), after_s=0.001)
    ledger.invoke("slow", due_s=0.0, to="one", late_s=0.0)
    ledger.end("slow", of_silence("no answer", left=True), after_s=5.0)
    ledger.close()
    summary = read_summary(tmp_path / "client.jsonl")
    assert summary["latency_ms"]["p50"] == pytest.approx(5000, rel=0.002)
    assert summary["refusal_ms"]["max"] == pytest.approx(1.0)
    assert (summary["sent"], summary["completed"], summary["fail"], summary["info"]) == (101, 100, 100, 1)


def test_a_full_disk_is_told(tmp_path: Path) -> None:
    """A line that cannot be written ends the traffic with the file's name, not with a gap in the record."""
    out = tmp_path / "client.jsonl"
    out.symlink_to("/dev/full")
    ledger = Ledger(out)
    ledger.invoke("a-0", due_s=0.0, to="one", late_s=0.0)
    with pytest.raises(InfrastructureError, match=r"client\.jsonl cannot be written"):
        ledger.close()


@pytest.mark.parametrize("content", ["", "{", '{"kind": "ok"}\n', "[]\n"])
def test_a_stream_without_summary_is_no_evidence(tmp_path: Path, content: str) -> None:
    """A stream that does not end with a summary was cut off."""
    (tmp_path / "client.jsonl").write_text(content)
    with pytest.raises(EvidenceError, match=r"client\.jsonl"):
        read_summary(tmp_path / "client.jsonl")


@settings(deadline=None, max_examples=50)
@given(st.lists(st.floats(min_value=0.0001, max_value=60.0), min_size=1, max_size=300))
def test_percentiles_are_right_to_a_thousandth(durations_s: list[float]) -> None:
    """Percentiles are those of the sorted durations, within HDR's precision, and the whole can be read back."""
    counted = Durations()
    for duration_s in durations_s:
        counted.add(duration_s)
    ordered = sorted(durations_s)
    found = counted.percentiles_ms(50, 99.9)
    middle_ms = ordered[max(0, -(-len(ordered) // 2) - 1)] * 1e3
    assert found["p50"] == pytest.approx(middle_ms, rel=0.0015, abs=0.002)
    assert found["max"] == pytest.approx(ordered[-1] * 1e3, abs=0.001)
    assert found["p999"] <= found["max"] * 1.001 + 0.002
    assert HdrHistogram.decode(counted.encoded()).get_total_count() == len(durations_s)


def test_nothing_counted_gives_no_percentiles() -> None:
    """Without durations there is no figure that could be mistaken for a good one."""
    assert Durations().percentiles_ms(50, 99) == {}
