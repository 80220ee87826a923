"""The run folder on disk: append-only streams, their seal, and reading them back with suspicion."""

from __future__ import annotations

import hashlib
import json
import os
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.errors import EvidenceError
from harness.model import Observation, Stream

SEAL = "sealed.json"
_DECODER = json.JSONDecoder()


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
        for number, line in _lines(path):
            yield _observation(path, number, line)

    def select(self, stream: Stream, kinds: frozenset[str]) -> Iterator[tuple[int, Observation]]:
        """Only the observations of these kinds, each with its line number; the others are hardly looked at.

        Raises:
            EvidenceError: as `read`; a line that does not show its kind where the recorders write it is read whole.
        """
        path = stream_path(self.folder, stream)
        for number, line in _lines(path):
            kind = _kind_of(line)
            if kind is None or kind in kinds:
                seen = _observation(path, number, line)
                if seen.kind in kinds:
                    yield number, seen


_KIND = b'"kind": "'


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    if not path.is_file():
        raise EvidenceError(f"{shown(path)} is missing: what it should show was not recorded")
    number = 0
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
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


def _observation(path: Path, number: int, line: bytes) -> Observation:
    try:
        if not line.endswith(b"\n"):
            raise ValueError("the line is cut")
        text = line.decode()
        data, end = _DECODER.raw_decode(text)  # half the time of json.loads on a million lines
        if end != len(text) - 1:
            raise ValueError("there is more on it than one object")
        return Observation(kind=data.pop("kind"), wall_s=data.pop("t"), mono_s=data.pop("m"), data=data)
    except (ValueError, KeyError, AttributeError, TypeError) as damage:
        raise EvidenceError(f"{shown(path)}:{number} cannot be read ({damage}): the evidence is damaged") from damage


def seal(folder: Path, ended: str) -> None:
    """Record how long each stream is, and its hash, so that later damage shows.

    Args:
        folder: the scenario's folder.
        ended: "complete", or why the run ended early.
    """
    streams = {}
    for stream in Stream:
        path = stream_path(folder, stream)
        if path.is_file():
            streams[stream.value] = _measure(path)
    write_json(folder / SEAL, {"ended": ended, "streams": streams})


def broken_seals(folder: Path) -> tuple[str, ...]:
    """One sentence for each way in which the folder differs from what was sealed; empty when whole."""
    try:
        sealed = read_json(folder / SEAL)
        ended, streams = sealed["ended"], sealed["streams"]
    except EvidenceError as missing:
        return (str(missing),)
    except KeyError as key:
        return (f"{shown(folder / SEAL)} has no {key}: the evidence was not sealed",)
    problems = [] if ended == "complete" else [f"the scenario did not run to its end: {ended}"]
    for stream in Stream:
        problems += _differences(stream_path(folder, stream), streams.get(stream.value))
    return tuple(problems)


def _differences(path: Path, sealed: Mapping[str, Any] | None) -> list[str]:
    if sealed is None:
        return [f"{shown(path)} was never recorded"]
    if not path.is_file():
        return [f"{shown(path)} is missing"]
    found = _measure(path)
    if found == sealed:
        return []
    return [f"{shown(path)} is not as it was recorded: {found['lines']} lines, sealed were {sealed['lines']}"]


def _measure(path: Path) -> dict[str, Any]:
    digest, lines, size = hashlib.sha256(), 0, 0
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
            lines += block.count(b"\n")
            size += len(block)
    return {"lines": lines, "bytes": size, "sha256": digest.hexdigest()}


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
        value = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as missing:
        raise EvidenceError(f"{shown(path)} is missing") from missing
    except (OSError, ValueError) as damage:
        raise EvidenceError(f"{shown(path)} cannot be read: {damage}") from damage
    if not isinstance(value, dict):
        raise EvidenceError(f"{shown(path)} holds no JSON object")
    return value


UNDO_LOG = "undo.jsonl"


def seal_run(folder: Path) -> None:
    """Record the hashes of what holds a run together; the last step of a campaign before it judges.

    Args:
        folder: reports/<run id>.
    """
    files = {}
    for path in (folder / "run.json", folder / UNDO_LOG, *sorted(folder.glob(f"scenarios/*/{SEAL}"))):
        if path.is_file():
            files[path.relative_to(folder).as_posix()] = _measure(path)
    write_json(folder / SEAL, {"files": files})
