"""Watches a target for growth while it is under load: memory and open files as it tells Prometheus."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from types import TracebackType
from typing import Any, Final, Self

import requests
from prometheus_client.parser import text_string_to_metric_families

from harness.errors import ExitCode
from harness.load.growth import Growth, Point, growth

SERIES: Final = ("process_resident_memory_bytes", "process_open_fds")
# Ten percent over a soak: an allocator's unrest stays below it.
MOST_SHARE: Final = 0.10
_CALL_S: Final = 3.0


class Soak:
    """Reads pages of metrics in a thread while the block runs.

    Args:
        urls: pages in Prometheus's text format, by the name of what they tell of.
        every_s: how often they are read, s.
    """

    def __init__(self, urls: Mapping[str, str], *, every_s: float) -> None:
        self._urls, self._every_s = urls, every_s
        self._points: dict[str, list[Point]] = {}
        self._failed: dict[str, str] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join(timeout=2 * _CALL_S * len(self._urls) + 1)

    def growths(self) -> tuple[Growth, ...]:
        """What each series did; also those that were never there."""
        return tuple(
            growth(f"{name} {series}", self._points.get(f"{name} {series}", ()), most_share=MOST_SHARE)
            for name in self._urls
            for series in SERIES
        )

    @property
    def failed(self) -> Mapping[str, str]:
        """The last problem with each page that could not be read."""
        return dict(self._failed)

    def _watch(self) -> None:
        while not self._stop.is_set():
            for name, url in self._urls.items():
                self._read(name, url)
            self._stop.wait(self._every_s)

    def _read(self, name: str, url: str) -> None:
        try:
            answer = requests.get(url, timeout=_CALL_S)
            answer.raise_for_status()
            values = of_page(answer.text)
        except (requests.RequestException, ValueError) as problem:
            self._failed[name] = f"{type(problem).__name__}: {problem}"
            return
        for series, value in values.items():
            self._points.setdefault(f"{name} {series}", []).append((time.monotonic(), value))


def of_page(text: str) -> Mapping[str, float]:
    """The watched series of one page; those of several processes are added.

    Raises:
        ValueError: it is not in Prometheus's text format.
    """
    found: dict[str, float] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            if sample.name in SERIES:
                found[sample.name] = found.get(sample.name, 0.0) + sample.value
    return found


def code_of(growths: Sequence[Growth]) -> ExitCode:
    """1 when something grows, 3 when that could not be told of anything, or of something that was there."""
    if any(one.grows for one in growths):
        return ExitCode.FAIL
    if not growths or any(one.grows is None for one in growths):
        return ExitCode.UNKNOWN
    return ExitCode.PASS


def as_json(soak: Soak) -> Mapping[str, Any]:
    """For scripts."""
    return {"series": [asdict(one) for one in soak.growths()], "failed": soak.failed}
