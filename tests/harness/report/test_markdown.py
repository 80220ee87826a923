"""report.md: fit for a comment under a pull request."""

from __future__ import annotations

import re
from dataclasses import replace

from harness.model import Verdict
from harness.report.markdown import LONGEST, to_markdown
from harness.results import GateReport
from tests.harness.report.conftest import Sample
from tests.harness.report.sample_report import known_bad


def _with_message(report: GateReport, message: str, copies: int = 1) -> GateReport:
    scenario = report.scenarios[1]
    findings = (replace(scenario.findings[-1], message=message, verdict=Verdict.FAIL),) * copies
    return replace(report, scenarios=(replace(scenario, findings=findings),), verdict=Verdict.FAIL)


def test_says_what_a_reviewer_needs(failed: Sample) -> None:
    """Verdict, scenarios, what decided, the stand-in, and what was not looked at are all there."""
    text = to_markdown(known_bad(failed[0]))
    assert text.startswith("## ❌ May this go out? No (FAIL)")
    assert "| ❌ | redis-outage | fail | 4 | 0 | 2 | 2 min 5 s |" in text
    assert "| ✅ | steady-state | pass | 0 | 0 | 4 | 51 s |" in text
    assert "PagerDuty was never told" in text
    assert "dashboards judged through the stand-in" in text
    assert "Known-bad subject" in text
    assert "Not covered: 3 of 10 requirement rows" in text
    assert "R-72" in text


def test_real_subject_on_real_services_has_no_warning(healthy: Sample) -> None:
    """Nothing is warned of where there is nothing to warn of."""
    real = tuple(replace(entry, source="pulled") for entry in healthy[0].stack)
    assert "⚠️" not in to_markdown(replace(healthy[0], stack=real))


def test_length_is_bounded(failed: Sample) -> None:
    """However much went wrong, the comment is accepted."""
    report = _with_message(failed[0], "lost " * 5000, copies=200)
    many = replace(report, scenarios=report.scenarios * 100, notes=("a note " * 900,) * 50)
    assert len(to_markdown(many)) <= LONGEST


def test_hostile_text_stays_text(failed: Sample) -> None:
    """A log line can neither add a table row, an image or HTML, nor call people."""
    hostile = "x | y\n\n| ok | pass |\n# Yes <img src=a onerror=b> ![i](http://evil/x) @everyone `code`"
    text = to_markdown(_with_message(failed[0], hostile))
    line = next(line for line in text.splitlines() if line.startswith("- **redis-outage**"))
    assert line.count("|") == line.count("\\|") == 4
    assert "<img" not in re.sub(r"\\<", "", line)
    assert "![i]" not in line
    assert "@everyone" not in line
    assert "http://" not in line


STORY = "s3: sent, executed 2 times.\n12:00:00.000  sent to trading-1\n\n12:00:01.000  AGAIN </pre><img src=a> @all"


def test_stories_are_told_line_by_line(failed: Sample) -> None:
    """What happened to a signal is kept in its lines; nothing in it is markup, and it does not end the block."""
    report = _with_stories(failed[0], (STORY,))
    text = to_markdown(report)
    block = text[text.index("<pre>") : text.index("</pre>")]
    assert "<summary>s3: sent, executed 2 times.</summary>" in text
    assert "\n12:00:00.000  sent to trading-1\n \n12:00:01.000  AGAIN &lt;/pre&gt;" in block
    assert "<img" not in text
    assert "@all" not in text


def test_few_stories_are_told_and_the_rest_counted(failed: Sample) -> None:
    """Each is told once, whichever finding has it; the page has the others."""
    report = _with_stories(failed[0], tuple(f"s{number}: lost.\nsent" for number in range(5)))
    text = to_markdown(replace(report, scenarios=report.scenarios * 2))
    assert text.count("<pre>") == 3
    assert "and 2 more stories in report.html" in text


def _with_stories(report: GateReport, stories: tuple[str, ...]) -> GateReport:
    scenario = report.scenarios[1]
    findings = (replace(scenario.findings[-1], stories=stories, verdict=Verdict.FAIL),)
    return replace(report, scenarios=(replace(scenario, findings=findings),), verdict=Verdict.FAIL)
