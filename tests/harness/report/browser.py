"""A headless Chromium spoken to over a pipe: opens no port, needs no driver, downloads nothing."""

from __future__ import annotations

import base64
import fcntl
import itertools
import json
import os
import select
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage",
    "--hide-scrollbars", "--remote-debugging-pipe",
)  # fmt: skip
_ANSWER_WITHIN_S = 30.0


def find() -> str | None:
    """The browser's program, or None where there is none."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


@dataclass(slots=True)
class Page:
    """One open page: what it said on the console, what it asked of the network, and what it shows."""

    browser: Browser
    session: str
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def ask(self, method: str, **params: Any) -> Any:
        """Call the page and wait for its answer."""
        return self.browser.ask(method, self.session, **params)

    def value(self, expression: str) -> Any:
        """The value of a JavaScript expression on the page."""
        answer = self.ask("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def screenshot(self, path: Path, height: float | None = None) -> None:
        """The page as a picture, whole or down to a height in pixels."""
        width, whole = self.value("[innerWidth, document.documentElement.scrollHeight]")
        clip = {"x": 0, "y": 0, "width": width, "height": height or whole, "scale": 1}
        shot = self.ask("Page.captureScreenshot", format="png", captureBeyondViewport=True, clip=clip)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(base64.b64decode(shot["data"]))

    def notice(self, method: str, params: dict[str, Any]) -> None:
        """Keep what the browser says of its own accord."""
        if method == "Network.requestWillBeSent":
            self.requests.append(params["request"]["url"])
        elif method == "Log.entryAdded" and params["entry"]["level"] in ("warning", "error"):
            self.complaints.append(params["entry"]["text"])
        elif method == "Runtime.consoleAPICalled" and params["type"] in ("warning", "error", "assert"):
            self.complaints.append(str(params["args"]))
        elif method == "Runtime.exceptionThrown":
            self.complaints.append(str(params["exceptionDetails"]))


@dataclass(slots=True)
class Browser:
    """A running browser: numbered calls go down one pipe, answers and events come up the other."""

    reads: int
    writes: int
    pages: dict[str, Page] = field(default_factory=dict)
    loaded: set[str] = field(default_factory=set)
    buffer: bytes = b""
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def open(self, address: str, *, width: int, dark: bool = False, height: int = 900) -> Page:
        """Open an address in a fresh page of that size (px) and wait until it has loaded."""
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        page = self.pages[session] = Page(browser=self, session=session)
        for domain in ("Page", "Network", "Runtime", "Log"):
            page.ask(f"{domain}.enable")
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        page.ask("Emulation.setEmulatedMedia", features=[scheme])
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        page.ask("Emulation.setDeviceMetricsOverride", **size)
        page.ask("Page.navigate", url=address)
        self._until(lambda: session in self.loaded, f"{address} to load")
        return page

    def ask(self, method: str, session: str | None = None, /, **params: Any) -> Any:
        """Call a method of the browser, or of one page, and wait for its answer."""
        number = next(self.numbers)
        call = {"id": number, "method": method, "params": params} | ({"sessionId": session} if session else {})
        os.write(self.writes, json.dumps(call).encode() + b"\0")
        answers: list[Any] = []
        self._until(lambda: bool(answers), f"an answer to {method}", number, answers)
        assert "error" not in answers[0], f"{method}: {answers[0]['error']}"
        return answers[0]["result"]

    def _until(self, done: Any, what: str, number: int = 0, answers: list[Any] | None = None) -> None:
        deadline = time.monotonic() + _ANSWER_WITHIN_S
        while not done():
            message = self._message(deadline, what)
            if answers is not None and message.get("id") == number:
                answers.append(message)
            self._notice(message)

    def _notice(self, message: dict[str, Any]) -> None:
        session, method = message.get("sessionId", ""), message.get("method", "")
        if method == "Page.loadEventFired":
            self.loaded.add(session)
        if session in self.pages and method:
            self.pages[session].notice(method, message["params"])

    def _message(self, deadline: float, what: str) -> dict[str, Any]:
        while b"\0" not in self.buffer:
            ready, _, _ = select.select([self.reads], [], [], max(0.0, deadline - time.monotonic()))
            if not ready:
                raise TimeoutError(f"the browser gave no sign of {what} within {_ANSWER_WITHIN_S} s")
            block = os.read(self.reads, 1 << 20)
            if not block:
                raise ConnectionError(f"the browser ended while the test waited for {what}")
            self.buffer += block
        line, _, self.buffer = self.buffer.partition(b"\0")
        return dict(json.loads(line))


@contextmanager
def running(program: str) -> Iterator[Browser]:
    """A browser with a profile of its own, ended and forgotten afterwards."""
    to_browser, from_browser = _high_pipe(), _high_pipe()
    with tempfile.TemporaryDirectory(prefix="browser-", ignore_cleanup_errors=True) as profile:
        # The browser expects its pipes at 3 and 4; bash puts them there.
        place = f'exec "$@" 3<&{to_browser[0]} 4>&{from_browser[1]}'
        process = subprocess.Popen(
            ["bash", "-c", place, "browser", program, *_FLAGS, f"--user-data-dir={profile}"],
            pass_fds=(to_browser[0], from_browser[1]),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(to_browser[0])
        os.close(from_browser[1])
        try:
            yield Browser(reads=from_browser[0], writes=to_browser[1])
        finally:
            os.close(to_browser[1])  # the browser ends when its pipe closes
            os.close(from_browser[0])
            _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    try:
        process.wait(timeout=5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(timeout=5)


def _high_pipe() -> tuple[int, int]:
    """A pipe whose ends are well away from 3 and 4."""
    low = os.pipe()
    high = tuple(fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 20) for end in low)
    for end in low:
        os.close(end)
    return high[0], high[1]
