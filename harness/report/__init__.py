"""The pages of a run: gate.json is the source; report.html, report.md and junit.xml derive from it."""

from harness.report.gate_json import from_json, load, to_json
from harness.report.pages import page
from harness.report.story import summary_line
from harness.report.writing import write

__all__ = ["from_json", "load", "page", "summary_line", "to_json", "write"]
