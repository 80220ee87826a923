"""The stand-in's pages in a real browser: a person logs in and sees the board's data."""

from __future__ import annotations

import os
import re
import time
from pathlib import Path

import pytest

from tests.harness.report.browser import Page, find, running
from tests.stack.grafana.real_stack import ADMIN, Board

BROWSER = find()
pytestmark = [
    pytest.mark.containers,
    # Chromium gives up open requests when a network interface comes or goes, as with every container that starts.
    pytest.mark.alone,
    pytest.mark.browser,
    pytest.mark.skipif(BROWSER is None, reason="no headless Chromium on this machine"),
]
LOG_IN = f"""
document.querySelector("[name=user]").value = "{ADMIN.user}";
document.querySelector("[name=password]").value = "{ADMIN.password}";
document.querySelector("button").click();
"""
TEXTS = "[...document.querySelectorAll('.panel')].map((panel) => panel.innerText)"


def until(page: Page, expression: str) -> object:
    """The value of an expression once it is true; the page changes when its data arrives."""
    deadline, seen = time.monotonic() + 20, None
    while time.monotonic() < deadline:
        seen = page.value(expression)
        if seen:
            return seen
    return pytest.fail(f"{expression} did not become true within 20 s; seen last: {seen!r}")


def test_a_person_logs_in_and_sees_the_data(board: Board, tmp_path: Path) -> None:
    """Every panel shows data or says that there is none, and the page says that it is a stand-in."""
    assert BROWSER is not None
    with running(BROWSER) as browser:
        page = browser.open(f"{board.url}/d/trade-state", width=1500)
        assert page.value("location.pathname") == "/login"
        page.value(LOG_IN)
        until(page, "location.pathname === '/' && document.links.length > 1")
        page = browser.open(f"{board.url}/d/trade-state", width=1500)
        until(page, "[...document.querySelectorAll('.panel .foot')].every((foot) => foot.textContent)")
        # A browser drops a request when a network interface comes or goes, as containers make it; the page asks again.
        until(page, "document.body.innerText.includes('o60')")
        texts = {text.splitlines()[0]: text for text in page.value(TEXTS)}
        page.screenshot(Path(os.environ.get("SCREENSHOTS", str(tmp_path))) / "trade-state.png")
    assert len(texts) == 12
    assert texts["Open Trades"].splitlines()[1].strip() == "3"
    assert texts["Slippage"].splitlines()[1].strip() == "3 bps"
    assert "o60" in texts["Recent Orders"]
    assert "trading-1" in texts["Live State"]
    assert re.search(r"average: 3\b", texts["Slippage over Time"])
    assert page.complaints == []
    assert all(address.startswith((board.url, "data:")) for address in page.requests)
