"""report.html in a real browser: quiet console, no network, everything drawn, nothing beside the window."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.harness.report import browser
from tests.harness.report.browser import Browser, Page
from tests.harness.report.conftest import Sample

pytestmark = pytest.mark.browser

_LANES = [
    "phases", "faults", "traffic", "latency", "alerts", "notifications", "panel-latency", "panels", "leader", "health",
]  # fmt: skip
_DRAWN = (
    "[...document.querySelectorAll('figure')[1].querySelectorAll('.lane')]"
    ".filter(lane => lane.getBBox().height > 10 && lane.getBoundingClientRect().width > 500)"
    ".map(lane => lane.dataset.lane)"
)
_POINT = """(() => {
  const svg = document.querySelectorAll('figure svg')[1], box = svg.getBoundingClientRect();
  const x = box.left + box.width * %f;
  svg.dispatchEvent(new PointerEvent('pointermove', {clientX: x, clientY: box.top + 50, bubbles: true}));
  return document.querySelectorAll('[data-readout]')[1].innerText;
})()"""


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """A running browser; without one the page has not been looked at, which is said."""
    program = browser.find()
    if program is None and os.environ.get("CHAOS_REQUIRE_BROWSER") == "1":
        pytest.fail("no Chromium is installed, and CHAOS_REQUIRE_BROWSER=1 asks for one")
    if program is None:
        pytest.skip("no Chromium is installed: report.html was not looked at in a browser")
    with browser.running(program) as started:
        yield started


def _open(chromium: Browser, sample: Sample, *, width: int = 1280, dark: bool = False) -> Page:
    return chromium.open((sample[1] / "report.html").as_uri(), width=width, dark=dark)


@pytest.mark.parametrize("sample", ["healthy", "failed", "unknown"])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_page_is_quiet_and_whole(
    chromium: Browser, sample: str, dark: bool, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """The console stays silent, nothing is fetched, every lane is drawn, and nothing sticks out at 1280 px."""
    given: Sample = request.getfixturevalue(sample)
    page = _open(chromium, given, dark=dark)
    page.screenshot(tmp_path / f"{sample}-{'dark' if dark else 'light'}.png")
    assert page.complaints == []
    assert page.requests == [(given[1] / "report.html").as_uri()]
    assert page.value(_DRAWN) == _LANES
    assert page.value("document.documentElement.scrollWidth") <= 1280
    text = page.value("document.body.innerText")
    for words in ("May this go out?", "What ran", "redis-outage", "Requirement rows", "not covered", "Judge it again"):
        assert words in text, words


def test_phone(chromium: Browser, failed: Sample) -> None:
    """On a phone the page does not scroll sideways; wide tables and drawings do, each by itself."""
    page = _open(chromium, failed, width=390)
    assert page.value("document.documentElement.scrollWidth") <= 390
    assert page.complaints == []


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_text_can_be_read(chromium: Browser, unknown: Sample, dark: bool) -> None:
    """Every text has a contrast of at least 4.5 to what lies behind it."""
    page = _open(chromium, unknown, dark=dark)
    assert page.value(_LOW_CONTRAST) == []


def test_pointing_reads_the_moment(chromium: Browser, failed: Sample) -> None:
    """Pointing at the middle of the outage tells the time, the traffic, and what was firing and broken."""
    page = _open(chromium, failed)
    said = page.value(_POINT % 0.45)
    for words in ("UTC", "accepted", "hold", "stop redis", "SignalLoss firing", "Open Trades: error", "redis not well"):
        assert words in said, words
    assert "SignalLoss firing" not in page.value(_POINT % 0.2)
    assert page.complaints == []


def test_paper_is_white_and_shows_everything(chromium: Browser, failed: Sample) -> None:
    """Printed from a dark screen, the page is dark on white, fits the paper, and folds nothing away."""
    page = _open(chromium, failed, width=760, dark=True)
    page.value("document.querySelectorAll('details').forEach((each) => (each.open = false))")
    dark = [{"name": "prefers-color-scheme", "value": "dark"}]
    page.ask("Emulation.setEmulatedMedia", media="print", features=dark)
    page.value("dispatchEvent(new Event('beforeprint'))")
    assert page.value("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.value("document.documentElement.scrollWidth") <= 760
    assert page.value(_DRAWN) == _LANES
    assert page.value(_LOW_CONTRAST) == []


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (1280, True), (390, False)])
def test_the_boards_page(chromium: Browser, failed: Sample, width: int, dark: bool) -> None:
    """Quiet, self-contained, as wide as the window, readable; each drawing is seen and has a name to be heard."""
    path = failed[1] / "scenarios" / "redis-outage" / "boards.html"
    page = chromium.open(path.as_uri(), width=width, dark=dark)
    assert page.complaints == []
    assert page.requests == [path.as_uri()]
    assert page.value("document.documentElement.scrollWidth") <= width
    drawn = "[...document.querySelectorAll('svg.curves')].map(each => each.getBoundingClientRect())"
    assert page.value(f"{drawn}.filter(box => box.width > 250 && box.height > 100).length") == 3
    named = "[...document.querySelectorAll('svg.curves[role=img]')].filter(e => e.querySelector('title').textContent)"
    assert page.value(f"{named}.length") == 3
    assert page.value(_LOW_CONTRAST) == []


def test_the_report_leads_to_the_boards_and_they_lead_back(chromium: Browser, failed: Sample) -> None:
    """Both links point at files that are there."""
    page = _open(chromium, failed)
    there = page.value("[...document.querySelectorAll('.boards a')].map(each => each.href)")
    assert len(there) == 2
    assert all(Path(one.removeprefix("file://")).is_file() for one in there)
    assert chromium.open(there[0], width=1280).value("document.querySelector('.eyebrow a').href") == page.requests[0]


_LOW_CONTRAST = """(() => {
  const canvas = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
  const light = (color, behind) => {
    canvas.fillStyle = behind || '#fff'; canvas.fillRect(0, 0, 1, 1);
    canvas.fillStyle = color; canvas.fillRect(0, 0, 1, 1);
    const part = (v) => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
    const [r, g, b] = [...canvas.getImageData(0, 0, 1, 1).data].map(part);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (el) => {
    for (let at = el; at; at = at.parentElement) {
      const color = getComputedStyle(at).backgroundColor;
      if (color && !color.endsWith(', 0)') && color !== 'transparent') return color;
    }
    return '#fff';
  };
  const low = [];
  for (const el of document.querySelectorAll('body *:not(script)')) {
    const own = [...el.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
    if (!own || el.closest('title, desc') || el.matches('.in-bar')) continue;
    const style = getComputedStyle(el), behind = ground(el);
    const [a, b] = [light(el.closest('svg') ? style.fill : style.color, behind), light(behind)].sort((x, y) => y - x);
    if ((a + 0.05) / (b + 0.05) < 4.5) low.push(el.textContent.trim().slice(0, 40) + ' ' + style.color);
  }
  return low;
})()"""
