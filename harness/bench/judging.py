"""How long judging takes: histories of growing length, each judged in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from harness.bench.figures import Figure
from harness.checks import EpochsGrow, ExactlyOnce
from harness.errors import InfrastructureError
from harness.evidence import stream_path, write_json
from harness.judge import LOADED_FILE, PLAN_FILE
from harness.model import LoadProfile
from harness.recorded import Stream
from harness.restore import to_data
from harness.seals import seal

SIZES = (10_000, 100_000, 1_000_000)
LINES_A_SIGNAL = 7  # invoke, ok; accepted, effect, event, outbox, shipped
WITHIN_S = 300
JUDGE = (
    "import resource, sys, time; from pathlib import Path; from harness.judge import judge_scenario; "
    "t = time.perf_counter(); r = judge_scenario(Path(sys.argv[1])); s = time.perf_counter() - t; "
    "print(s, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, r.verdict.word)"
)


def judging() -> Iterator[Figure]:
    """Seconds and peak memory for each size of history.

    Raises:
        InfrastructureError: a good history was not judged as good, so the figure would mean nothing.
    """
    for lines in SIZES:
        with tempfile.TemporaryDirectory(prefix="chaos-bench-") as folder:
            write_history(Path(folder), lines)
            done = subprocess.run(
                [sys.executable, "-c", JUDGE, folder], capture_output=True, text=True, check=False, timeout=WITHIN_S
            )
        if done.returncode or not done.stdout.endswith("pass\n"):
            raise InfrastructureError(f"judging {lines} lines failed: {done.stdout}{done.stderr[-500:]}")
        seconds, peak_mib, _ = done.stdout.split()
        target = "at most 10 s" if lines == 1_000_000 else ""
        yield Figure(what=f"judging {lines:,} lines", value=float(seconds), unit="s", target=target)
        yield Figure(what=f"judging {lines:,} lines, peak memory", value=float(peak_mib), unit="MiB")


def write_history(folder: Path, lines: int) -> None:
    """A scenario folder with a good history of about so many lines, sealed."""
    plan = {
        "name": "bench",
        "hypothesis": "",
        "covers": [],
        "load": asdict(LoadProfile()),
        "faults": [],
        "checks": [to_data(ExactlyOnce()), to_data(EpochsGrow())],
        "time_scale": 15,
        "settings": {},
        "run_id": "20260101-000000-abcdef",
        "expected": {
            "services": [],
            "panels": [],
            "rules": [],
            "finals": ["accepted", "effect", "event", "outbox", "shipped", "epoch"],
        },
    }
    write_json(folder / PLAN_FILE, plan)
    write_json(folder / LOADED_FILE, {"rules": []})
    signals = lines // LINES_A_SIGNAL
    _write(folder, Stream.PHASES, _phases())
    _write(folder, Stream.FAULTS, iter([{"kind": "planned", "faults": 0}]))
    _write(folder, Stream.CLIENT, _client(signals))
    _write(folder, Stream.FINAL, _final(signals))
    for stream in Stream:
        if not stream_path(folder, stream).exists():
            _write(folder, stream, iter([{"kind": "end"}]))
    seal(folder, "complete")


def _write(folder: Path, stream: Stream, rows: Iterator[dict[str, object]]) -> None:
    with stream_path(folder, stream).open("w", encoding="utf-8") as file:
        file.writelines(json.dumps({"t": 1e9 + n / 1000, "m": n / 1000, **row}) + "\n" for n, row in enumerate(rows, 1))


def _phases() -> Iterator[dict[str, object]]:
    for name in ("preflight", "warm-up", "baseline", "recover", "quiesce"):
        yield {"kind": "start", "name": name}
        yield {"kind": "end", "name": name}


def _client(signals: int) -> Iterator[dict[str, object]]:
    for number in range(signals):
        yield {"kind": "invoke", "id": f"s-{number}", "due_s": 1e9 + number / 500, "to": "trading-1"}
        yield {"kind": "ok", "id": f"s-{number}", "status": 201, "ms": 4.2}
    latency = {"p50": 4, "p90": 5, "p99": 6, "p999": 7, "max": 8}
    yield {
        "kind": "summary",
        "scheduled": signals,
        "sent": signals,
        "completed": signals,
        "ok": signals,
        "fail": 0,
        "info": 0,
        "dropped": 0,
        "lateness_ms": {"p50": 0, "p99": 1, "max": 1},
        "latency_ms": latency,
    }


def _final(signals: int) -> Iterator[dict[str, object]]:
    for n in range(signals):
        one = {"id": f"s-{n}", "effect_id": f"o-{n}"}
        yield {"kind": "accepted", "id": f"s-{n}"}
        yield {"kind": "effect", **one, "epoch": 1, "by": "trading-1", "at_s": 1e9 + 1 + n / 500, "status": "filled"}
        yield {"kind": "event", **one, "event_id": f"e-{n}", "epoch": 1}
        yield {"kind": "outbox", **one, "event_id": f"e-{n}", "shipped": True}
        yield {"kind": "shipped", **one, "event_id": f"e-{n}"}
    yield {"kind": "epoch", "epoch": 1, "leader": "trading-1", "from_s": 1e9}
    counts = dict.fromkeys(("accepted", "effect", "event", "outbox", "shipped"), signals)
    yield {"kind": "end", "counts": {**counts, "epoch": 1}}
