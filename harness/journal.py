"""The undo log: what is about to be broken is written and synced before it is done."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from harness.errors import EvidenceError


@dataclass(slots=True)
class _Entry:
    number: int
    what: str
    undo: Callable[[], None]


@dataclass(slots=True)
class Journal:
    """Undo log of one run.

    `undo_all` undoes newest first, goes on past each failure, and may be called again.
    """

    path: Path
    _open: list[_Entry] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def about_to(self, what: str, undo: Callable[[], None], **facts: Any) -> int:
        """Record that `what` will be done now, and how it is undone; returns the entry's number.

        The line is on the disk when this returns. `undo` must be idempotent.
        """
        with self._lock:
            entry = _Entry(next(self._numbers), what, undo)
            self._write({"n": entry.number, "about_to": what, **facts})
            self._open.append(entry)
            return entry.number

    @classmethod
    def beginning_at(cls, path: Path, number: int) -> Journal:
        """A log that several processes write to: the entries of each begin at another number."""
        return cls(path=path, _numbers=count(number))

    def branch(self) -> Journal:
        """A part of the same log, for work that goes on beside other work and undoes only its own."""
        return Journal(path=self.path, _numbers=self._numbers, _lock=self._lock)

    def undo(self, number: int) -> None:
        """Undo one entry now; nothing happens if it was undone before.

        Raises:
            Exception: whatever the undoing raised; the entry then stays open.
        """
        with self._lock:  # a list that another thread shortens meanwhile would hide an entry
            entry = next((entry for entry in self._open if entry.number == number), None)
        if entry is None:
            return
        entry.undo()
        with self._lock:
            self._open.remove(entry)
            self._write({"n": number, "undone": entry.what})

    def undo_all(self) -> tuple[str, ...]:
        """Undo all that is open, newest first; one sentence for each that failed."""
        problems = []
        for entry in reversed(tuple(self._open)):
            try:
                self.undo(entry.number)
            except Exception as problem:
                problems.append(f"could not undo '{entry.what}': {problem}")
                with suppress(OSError):  # a full disk must not stop the others
                    self._write({"n": entry.number, "undo_failed": entry.what, "error": str(problem)})
        return tuple(problems)

    def _write(self, line: dict[str, Any]) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"t": time.time(), **line}) + "\n")
            file.flush()
            os.fsync(file.fileno())


def left_open(path: Path) -> tuple[str, ...]:
    """What a run's undo log says was done and never undone; empty when the log is missing.

    Raises:
        EvidenceError: a line other than the last (which a kill may have cut) cannot be read.
    """
    done: dict[Any, str] = {}
    for entry in _entries(path):
        if "about_to" in entry:
            done[entry["n"]] = str(entry["about_to"])
        elif "undone" in entry:
            done.pop(entry["n"], None)
    return tuple(done.values())


def undo_failures(path: Path) -> tuple[str, ...]:
    """What a run's undo log says could not be undone at once, also where a later try worked.

    Raises:
        EvidenceError: as `left_open`.
    """
    return tuple(str(entry["undo_failed"]) for entry in _entries(path) if "undo_failed" in entry)


def _entries(path: Path) -> Iterator[dict[str, Any]]:
    if not path.is_file():
        return
    lines = path.read_bytes().splitlines()
    for number, line in enumerate(lines, start=1):
        try:
            entry = json.loads(line)
            if not isinstance(entry, dict) or not isinstance(entry.get("n"), int):
                raise TypeError("it is no numbered entry")
        except (TypeError, ValueError) as damage:
            if number == len(lines) and not line.endswith(b"}"):
                return
            raise EvidenceError(f"{path.name}:{number} cannot be read: {damage}") from damage
        yield entry
