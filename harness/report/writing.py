"""Writing the four pages of a run into its folder, and beside the evidence of each scenario its boards."""

from __future__ import annotations

import json
from pathlib import Path

from harness.report.files import write_text
from harness.report.gate_json import to_json
from harness.report.html import to_html
from harness.report.junit import to_junit
from harness.report.markdown import to_markdown
from harness.report.pictures import write_pictures
from harness.results import GateReport


def write(report: GateReport, run_folder: Path) -> None:
    """Write gate.json, junit.xml, report.md and report.html, each in one step, the source first; before the
    last one the pages with the pictures of the boards, which it links to.

    Args:
        report: what was judged.
        run_folder: the run's folder; the evidence for the timelines lies in its `scenarios/`.

    Raises:
        OSError: a file cannot be written; those before it are whole.
    """
    source = json.dumps(to_json(report), indent=1, default=str, allow_nan=False)
    write_text(run_folder / "gate.json", source + "\n")
    write_text(run_folder / "junit.xml", to_junit(report))
    write_text(run_folder / "report.md", to_markdown(report))
    write_text(run_folder / "report.html", to_html(report, run_folder, write_pictures(report, run_folder)))
