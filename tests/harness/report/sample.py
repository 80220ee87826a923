"""Run folders as a real run leaves them, made without containers: for tests, and for working on the page.

`python -m tests.harness.report.sample FOLDER` writes the variants side by side and says where they are.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from pathlib import Path

from harness import report as pages
from harness.evidence import stream_path, write_json
from harness.recorded import Phase, Stream
from harness.results import GateReport
from harness.seals import seal
from tests.harness.report.sample_report import RUN_ID, sample_report
from tests.harness.report.sample_streams import START_S, Line, Outage, stream_lines


def write_sample(root: Path, variant: str = "healthy") -> tuple[GateReport, Path]:
    """A run folder with evidence and pages, and its report.

    Args:
        root: where the run's folder is made.
        variant: "healthy"; "failed" (a signal executed twice, an alert that reached nobody);
            "unknown" (panels and their frames never recorded, the client's history cut in half).
    """
    folder = root / RUN_ID
    steady = _phases(START_S, (("baseline", 45.0), ("quiesce", 6.0)))
    outage = _phases(
        START_S + 60,
        (
            ("preflight", 2.0),
            ("baseline", 20.0),
            ("inject", 1.0),
            ("hold", 62.0),
            ("heal", 2.0),
            ("recover", 30.0),
            ("quiesce", 8.0),
        ),
    )
    gone = Outage(from_s=outage[2].started_s + 0.42, to_s=outage[4].started_s + 0.1)
    _write_scenario(folder / "scenarios" / "steady-state", steady, None, "healthy")
    _write_scenario(folder / "scenarios" / "redis-outage", outage, gone, variant)
    if variant == "unknown":
        _damage(folder / "scenarios" / "redis-outage")
    report = sample_report(variant, steady, outage, gone)
    pages.write(report, folder)
    return report, folder


def _write_scenario(folder: Path, phases: tuple[Phase, ...], gone: Outage | None, variant: str) -> None:
    folder.mkdir(parents=True)
    for stream, lines in stream_lines(phases, gone, variant).items():
        write_lines(stream_path(folder, stream), lines)
    write_json(folder / "loaded.json", {"rules": [{"alert": "SignalLoss", "receivers": ["pagerduty", "slack"]}]})
    seal(folder, "complete")


def write_lines(path: Path, lines: Iterable[Line]) -> None:
    """Write a stream: moment (s since the epoch), kind and the rest of each line."""
    with path.open("w", encoding="utf-8") as file:
        for at_s, kind, data in lines:
            file.write(json.dumps({"t": round(at_s, 4), "m": round(at_s - START_S, 4), "kind": kind, **data}) + "\n")


def _damage(folder: Path) -> None:
    stream_path(folder, Stream.PANELS).unlink()
    stream_path(folder, Stream.FRAMES).unlink()
    client = stream_path(folder, Stream.CLIENT)
    client.write_bytes(client.read_bytes()[: client.stat().st_size // 2])


def _phases(start_s: float, lengths: tuple[tuple[str, float], ...]) -> tuple[Phase, ...]:
    phases: list[Phase] = []
    for name, duration_s in lengths:
        began_s = phases[-1].ended_s if phases else start_s
        phases.append(Phase(name=name, started_s=began_s, duration_s=duration_s))
    return tuple(phases)


def main() -> None:
    """Write each variant below the folder given and say where its page is."""
    root = Path(sys.argv[1])
    for variant in ("healthy", "failed", "unknown"):
        report, folder = write_sample(root / variant, variant)
        sys.stdout.write(f"{pages.summary_line(report, str(folder / 'report.html'))}\n")


if __name__ == "__main__":
    main()
