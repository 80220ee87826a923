"""Pictures of a made-up report, to work on the page: `python -m tests.harness.report.picture FOLDER`."""

from __future__ import annotations

import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from harness import report as pages
from tests.harness.report import browser
from tests.harness.report.sample import write_sample

_WIDTH_PX = 1240


def main() -> None:
    """Write sample.png and sample-dark.png of a made-up run with one scenario, down to the end of its timeline."""
    program = browser.find()
    if program is None:
        sys.exit("no Chromium is installed; the picture needs one")
    with tempfile.TemporaryDirectory() as scratch, browser.running(program) as started:
        report, folder = write_sample(Path(scratch), "failed")
        pages.write(replace(report, scenarios=report.scenarios[1:]), folder)
        for name, dark in (("sample.png", False), ("sample-dark.png", True)):
            page = started.open((folder / "report.html").as_uri(), width=_WIDTH_PX, dark=dark)
            height = page.value("document.querySelector('figure').getBoundingClientRect().bottom + 8")
            page.screenshot(Path(sys.argv[1]) / name, height=height)


if __name__ == "__main__":
    main()
