"""The run folder on disk: append-only streams, and reading them back with suspicion."""

from __future__ import annotations

import json
import math
import os
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.errors import EvidenceError
from harness.model import Observation, Stream

RUN_FILE, PLAN_FILE, LOADED_FILE, STACK_FILE = "run.json", "plan.json", "loaded.json", "stack.json"
UNDO_LOG = "undo.jsonl"
MISTAKES_FOLDER = "known-bad"  # <mistake>/<number of the run>, each like a scenario's folder
PRODUCTION_FOLDER = "config/production"  # configuration before it was compressed
LONGEST_LINE_BYTES = 1 << 20
_NEVER = math.inf


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose names are told apart: the second of two would silently win."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice in it")
    return found


_DECODER = json.JSONDecoder()
_CAREFUL = json.JSONDecoder(object_pairs_hook=_once)


def stream_path(folder: Path, stream: Stream) -> Path:
    """Where a scenario's stream lies."""
    return folder / f"{stream.value}.jsonl"


class Recorder:
    """Appends observations to the streams of one scenario; safe to use from several threads.

    Each line is handed to the operating system at once, so that a killed harness leaves what it saw.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._files: dict[Stream, Any] = {}
        folder.mkdir(parents=True, exist_ok=True)

    @property
    def folder(self) -> Path:
        """The scenario's folder."""
        return self._folder

    def write(self, stream: Stream, kind: str, /, **data: Any) -> None:
        """Append one line; times are added here."""
        line = json.dumps({"t": time.time(), "m": time.monotonic(), "kind": kind, **data}, default=str)
        with self._lock:
            self._open(stream).write(line + "\n")

    def close(self) -> None:
        """Write everything through to the disk and close."""
        with self._lock:
            for file in self._files.values():
                os.fsync(file.fileno())
                file.close()
            self._files.clear()

    def _open(self, stream: Stream) -> Any:
        if stream not in self._files:
            self._files[stream] = stream_path(self._folder, stream).open("a", buffering=1, encoding="utf-8")
        return self._files[stream]


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderHistory:
    """The evidence of one scenario, read from its folder."""

    folder: Path

    def read(self, stream: Stream) -> Iterator[Observation]:
        """The observations of a stream in written order.

        Raises:
            EvidenceError: the file is missing or empty, or a line is cut or no JSON object.
        """
        path = stream_path(self.folder, stream)
        for number, line in lines(path):
            yield observation(path, number, line)

    def select(self, stream: Stream, kinds: frozenset[str]) -> Iterator[tuple[int, Observation]]:
        """Only the observations of these kinds, each with its line number; the others are hardly looked at.

        Raises:
            EvidenceError: as `read`; a line that does not show its kind where the recorders write it is read whole.
        """
        path = stream_path(self.folder, stream)
        for number, line in lines(path):
            kind = _kind_of(line)
            if kind is None or kind in kinds:
                seen = observation(path, number, line)
                if seen.kind in kinds:
                    yield number, seen


_KIND = b'"kind": "'


def lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """The lines of a stream, numbered from 1.

    Raises:
        EvidenceError: the file is missing or empty, or a line is longer than any recorder writes.
    """
    if not path.is_file():
        raise EvidenceError(f"{shown(path)} is missing: what it should show was not recorded")
    number = 0
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if len(line) > LONGEST_LINE_BYTES:
                raise EvidenceError(f"{shown(path)}:{number} is longer than 1 MiB: the evidence is damaged")
            yield number, line
    if number == 0:
        raise EvidenceError(f"{shown(path)} is empty: nothing was recorded")


def _kind_of(line: bytes) -> str | None:
    """The kind of a line that looks whole, without reading it; None where it has to be read."""
    begin = line.find(_KIND) + len(_KIND)
    end = line.find(b'"', begin)
    if begin < len(_KIND) or end < 0 or not (line.startswith(b"{") and line.endswith(b"}\n")):
        return None
    return line[begin:end].decode(errors="replace")


def shown(path: Path) -> str:
    """A path as it stands in messages: within the run folder, so that judging elsewhere says the same."""
    parts = path.parts
    return "/".join(parts[parts.index("scenarios") :]) if "scenarios" in parts[-3:] else path.name


def observation(path: Path, number: int, line: bytes) -> Observation:
    """What a line says.

    Raises:
        EvidenceError: it is cut, no JSON object, or a time in it cannot be; names file and line.
    """
    try:
        if not line.endswith(b"\n"):
            raise ValueError("the line is cut")
        text = line.decode()
        data, end = _DECODER.raw_decode(text)  # half the time of json.loads on a million lines
        if end != len(text) - 1:
            raise ValueError("there is more on it than one object")
        if text.count(":") != len(data):  # objects or colons in it, or a name twice; most lines have none of them
            _CAREFUL.decode(text)
        kind, wall_s, mono_s = data.pop("kind"), data.pop("t"), data.pop("m")
        # The comparison is false for NaN, and raises for anything that is no number.
        if not (0 <= wall_s < _NEVER and 0 <= mono_s < _NEVER and type(kind) is str):
            raise ValueError("its times or its kind cannot be")
        if " -" in text or "N" in text or "I" in text:  # else it holds no negative number, NaN or Infinity
            _check_times(data)
    except (ValueError, KeyError, AttributeError, TypeError, RecursionError) as damage:
        raise EvidenceError(f"{shown(path)}:{number} cannot be read ({damage}): the evidence is damaged") from damage
    return Observation(kind=kind, wall_s=wall_s, mono_s=mono_s, data=data)


def _check_times(value: Any) -> None:
    """Refuse negative and endless times and durations; other values may be either."""
    for name, one in value.items():
        if isinstance(one, list):
            moments = one if name.endswith("_s") else []
            for inner in one:
                if isinstance(inner, dict):
                    _check_times(inner)
        else:
            moments = [one] if name == "ms" or name.endswith("_s") else []
        if any(isinstance(moment, int | float) and not 0 <= moment < _NEVER for moment in moments):
            raise ValueError(f"{name} is {one}")


def write_json(path: Path, value: Any) -> None:
    """Write a JSON file so that a reader sees either the old or the whole new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(path.name + ".part")
    with draft.open("w", encoding="utf-8") as file:
        json.dump(value, file, indent=1, default=str)
        file.write("\n")
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def read_json(path: Path) -> Any:
    """Read a JSON object of a run folder.

    Raises:
        EvidenceError: the file is missing or is not a JSON object; names it.
    """
    try:
        value = json.loads(path.read_text(encoding="utf-8"), object_pairs_hook=_once)
    except FileNotFoundError as missing:
        raise EvidenceError(f"{shown(path)} is missing") from missing
    except (OSError, ValueError, RecursionError) as damage:
        raise EvidenceError(f"{shown(path)} cannot be read: {damage}") from damage
    if not isinstance(value, dict):
        raise EvidenceError(f"{shown(path)} holds no JSON object")
    return value
