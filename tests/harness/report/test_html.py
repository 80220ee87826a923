"""report.html: says the verdict first, needs nothing else, and takes no orders from a log line."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import pytest

from harness.evidence import stream_path
from harness.model import Verdict
from harness.recorded import Stream
from harness.report.html import to_html
from harness.results import GateReport
from tests.harness.report.conftest import Sample
from tests.harness.report.sample import write_lines
from tests.harness.report.sample_report import known_bad
from tests.harness.report.sample_streams import Line

_HOSTILE = "</script><script>alert(1)</script>\"'><img src=x onerror=alert(2)><!-- ]]> {{ 7*7 }} \x00\x1b\ud800 &amp;"


class _Reader(HTMLParser):
    """Elements, links and visible text of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: Counter[str] = Counter()
        self.links: list[str] = []
        self.words: list[str] = []
        self._open: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements[tag] += 1
        self._open.append(tag)
        self.links += [value or "" for name, value in attrs if name in ("href", "src", "srcset", "action")]
        assert not [name for name, _ in attrs if name.startswith("on")]

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] not in ("script", "style"):
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


def _page(report: GateReport, folder: Path) -> _Reader:
    return _Reader(to_html(report, folder))


def test_verdict_comes_first(failed: Sample) -> None:
    """The first thing on the page is the answer, and then why."""
    text = _page(*failed).text
    start = text.index("May this go out?")
    assert text[start:].startswith("May this go out? ✕ No redis-outage: Signal sig-00431 was executed twice")
    assert text.index("What decided") < text.index("Phases") < text.index("Requirement rows")


@pytest.mark.parametrize(("sample", "answer"), [("healthy", "✓ Yes"), ("unknown", "? Unknown")])
def test_answers(sample: str, answer: str, request: pytest.FixtureRequest) -> None:
    """A pass says yes, and what is not known says so."""
    assert f"May this go out? {answer}" in _page(*request.getfixturevalue(sample)).text


def test_says_what_ran_and_what_was_not_looked_at(failed: Sample) -> None:
    """Services, stand-ins, rows that nothing covers, and how to judge again are on the page."""
    report, folder = failed
    text = _page(known_bad(report), folder).text
    for words in (
        "Stand-in: dashboards judged through the stand-in",
        "Known-bad subject: no-fence",
        "10.4.0-stand-in",
        "7 built, 1 stand-in and 1 present",
        "R-72 – not covered",
        "7 covered, 3 not covered",
        f"harness judge reports/{report.run_id}",
        "at most 3",
        "notifications.jsonl:1",
    ):
        assert words in text, words


def test_tells_the_whole_story_of_what_went_wrong(failed: Sample) -> None:
    """A story stands by its finding, its lines kept; the first is open, and none of it is markup."""
    report, folder = failed
    scenario = report.scenarios[1]
    stories = ("s3: lost.\n12:00:00  sent <b>\n12:00:01  gone", "s4: lost.\n12:00:02  sent")
    told = replace(scenario, findings=(replace(scenario.findings[0], stories=stories), *scenario.findings[1:]))
    page = to_html(replace(report, scenarios=(told,)), folder)
    assert '<details class="story" open><summary>s3: lost.</summary><pre>12:00:00  sent &lt;b&gt;\n12:00:01' in page
    assert '<details class="story"><summary>s4: lost.</summary>' in page


def test_needs_nothing_else(failed: Sample) -> None:
    """Every link stays on the page, and the page forbids itself everything that it does not carry."""
    page = to_html(*failed)
    assert all(link.startswith(("#", "data:")) for link in _Reader(page).links)
    assert "default-src 'none'" in unescape(page)
    assert "unsafe-inline" not in page


def test_hostile_text_stays_text(failed: Sample) -> None:
    """Markup in any text of a run is shown, never obeyed, and adds no element."""
    report, folder = failed
    calm = _page(report, folder).elements
    scenario = report.scenarios[1]
    finding = replace(
        scenario.findings[-1], message=_HOSTILE, evidence=_HOSTILE, subject=_HOSTILE, check=_HOSTILE, observed=_HOSTILE
    )
    hostile = replace(
        report,
        notes=(_HOSTILE,),
        run_id=_HOSTILE,
        subject={_HOSTILE: _HOSTILE, "known_bad": _HOSTILE},
        stack=(replace(report.stack[0], service=_HOSTILE, version=_HOSTILE, digest=_HOSTILE), *report.stack[1:]),
        scenarios=(
            report.scenarios[0],
            replace(
                scenario,
                hypothesis=_HOSTILE,
                conditions=(_HOSTILE, "40 signals a second"),
                findings=(*scenario.findings[:-1], finding),
                phases=(replace(scenario.phases[0], name=_HOSTILE), *scenario.phases[1:]),
                faults=(replace(scenario.faults[0], target=_HOSTILE),),
            ),
        ),
    )
    page = to_html(hostile, folder)
    found = _Reader(page)
    assert (found.elements["script"], found.elements["img"]) == (calm["script"], 0)
    assert "<img src=x onerror=alert(2)>" in found.text
    assert "{{ 7*7 }}" in found.text
    assert "; 40 signals a second." in found.text
    assert page.encode("utf-8")


def test_hostile_evidence_stays_text(failed: Sample, tmp_path: Path) -> None:
    """Names in the evidence are drawn as text, whatever is in them."""
    report, folder = failed
    copied = tmp_path / folder.name
    shutil.copytree(folder, copied)
    at_s = report.scenarios[1].phases[3].started_s + 5
    lines: list[tuple[Stream, Line]] = [
        (Stream.HEALTH, (at_s, "sample", {"service": _HOSTILE, "ok": False})),
        (Stream.ALERTS, (at_s, "series", {"alert": _HOSTILE, "state": "firing", "labels": {}, "times_s": [at_s]})),
        (Stream.PANELS, (at_s, "panel", {"panel": 1, "title": _HOSTILE, "ms": 5, "http": 200, "targets": []})),
        (Stream.FINAL, (at_s, "epoch", {"epoch": 1, "leader": _HOSTILE, "from_s": at_s})),
    ]
    for stream, line in lines:
        write_lines(stream_path(copied / "scenarios" / "redis-outage", stream), [line])
    found = _page(report, copied)
    assert (found.elements["script"], found.elements["img"]) == (_page(report, folder).elements["script"], 0)
    assert found.text.count("alert(1)") >= 4


@pytest.mark.parametrize("stream", [Stream.CLIENT, Stream.PANELS, Stream.HEALTH, Stream.FINAL, Stream.NOTIFICATIONS])
@pytest.mark.parametrize("damage", ["missing", "empty", "cut"])
def test_damaged_evidence_still_makes_a_page(healthy: Sample, tmp_path: Path, stream: Stream, damage: str) -> None:
    """A lane whose evidence is gone or cut says so, and the page is whole otherwise."""
    report, folder = healthy
    copied = tmp_path / folder.name
    shutil.copytree(folder, copied)
    path = stream_path(copied / "scenarios" / "redis-outage", stream)
    whole = path.read_bytes()
    path.unlink()
    if damage != "missing":
        path.write_bytes(whole[:-3] if damage == "cut" else b"")
    text = _page(report, copied).text
    assert ("damaged: " if damage == "cut" else "not recorded: ") + f"{stream.value}.jsonl" in text
    assert "Requirement rows" in text


def test_no_evidence_at_all(healthy: Sample, tmp_path: Path) -> None:
    """A report without its evidence still says the verdict, and of every lane that nothing was recorded."""
    text = _page(healthy[0], tmp_path).text
    assert "May this go out? ✓ Yes" in text
    for title in (
        "Traffic",
        "Client latency",
        "Alerts",
        "Notifications",
        "Panel latency",
        "Panels",
        "Leader",
        "Health",
    ):
        assert f"{title} not recorded" in text, title


def test_nothing_known_about_the_run(tmp_path: Path) -> None:
    """A run that ended before it began makes a page that says so."""
    report = GateReport(
        schema_version=1, verdict=Verdict.UNKNOWN, run_id="r", seed=0, profile="", time_scale=1.0, started_at="",
        duration_s=0.0, subject={}, stack=(), scenarios=(), requirements=(),
    )  # fmt: skip
    text = _page(report, tmp_path).text
    assert "May this go out? ? Unknown No scenario was run." in text


def test_lines_that_make_no_sense_are_counted(healthy: Sample, tmp_path: Path) -> None:
    """Figures that are none neither break the page nor vanish: the lane says how many lines it could not read."""
    report, folder = healthy
    copied = tmp_path / folder.name
    shutil.copytree(folder, copied)
    at_s = report.scenarios[1].phases[1].started_s
    figures: tuple[object, ...] = ("later", [], "soon", None)
    odd = [(at_s, "panel", {"panel": 1, "title": "Odd", "ms": ms}) for ms in figures]
    write_lines(stream_path(copied / "scenarios" / "redis-outage", Stream.PANELS), odd)
    page = to_html(report, copied)
    assert "4 of 4 lines of panels.jsonl could not be understood" in page
    assert "Infinity" not in page
    assert "NaN" not in page


def test_long_history_makes_a_small_page(healthy: Sample, tmp_path: Path) -> None:
    """A history of many lines is gathered into bins: the page grows with the picture, not with the load."""
    report, folder = healthy
    copied = tmp_path / folder.name
    shutil.copytree(folder, copied)
    phase = report.scenarios[1].phases[1]

    def many() -> Iterator[Line]:
        for number in range(60_000):
            yield phase.started_s + number * phase.duration_s / 60_000, "ok", {"id": str(number), "ms": 5.0}

    write_lines(stream_path(copied / "scenarios" / "redis-outage", Stream.CLIENT), many())
    assert len(to_html(report, copied)) < len(to_html(report, folder)) * 1.1


def test_many_scenarios_make_one_page_that_opens(failed: Sample) -> None:
    """Sixty scenarios stay below 6 MB; those that held are folded, and the others are not."""
    report, folder = failed
    page = to_html(replace(report, scenarios=report.scenarios * 30), folder)
    assert len(page.encode()) < 6_000_000
    assert page.count('class="scenario"') == 60
    assert page.count(" open>") == 30


def test_script_reads_what_the_drawing_shows(failed: Sample) -> None:
    """What the page's script is given for a moment is valid JSON with the series that are drawn."""
    page = to_html(*failed)
    data = page.split('<script type="application/json">')[2].split("</script>")[0]
    under = json.loads(data)
    assert [name for name, _, _ in under["series"]] == [
        "accepted", "nobody knows", "refused", "p50", "p99", "max", "slowest panel",
    ]  # fmt: skip
    assert ["hold", 23.0, 85.0] in under["stretches"]
