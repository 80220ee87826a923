"""The run folder on disk: append-only streams, and reading them back with suspicion."""

from __future__ import annotations

import json
import math
import os
import re
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from itertools import chain, islice
from operator import itemgetter
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from harness.errors import EvidenceError
from harness.recorded import Observation, Stream

RUN_FILE, PLAN_FILE, LOADED_FILE, STACK_FILE = "run.json", "plan.json", "loaded.json", "stack.json"
UNDO_LOG = "undo.jsonl"
OBJECTIVES_FILE, OFFLINE_FILE, BASELINE_FILE = "gate.toml", "offline.json", "baseline.json"  # of a gate
GATE_FILES = (OBJECTIVES_FILE, OFFLINE_FILE, BASELINE_FILE)
MISTAKES_FOLDER = "known-bad"  # <mistake>/<number of the run>, each like a scenario's folder
PRODUCTION_FOLDER = "config/production"  # configuration before it was compressed
LONGEST_LINE_BYTES = 1 << 20
_NEVER = math.inf
Row = TypeVar("Row")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose names are told apart: the second of two would silently win."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice in it")
    return found


_PLAIN = msgspec.json.Decoder(dict[str, Any])
_CAREFUL = json.JSONDecoder(object_pairs_hook=_once)
# How a time may be below zero: a name that ends as those of times do, then a minus, or a list that may hold one. That
# is looked for instead of any minus: money is often below zero, and one search takes a third of the time of four.
_TIME_BELOW_ZERO = re.compile(rb's"\s*:\s*[-\[]')
_HIDDEN_S = b'\\u0073"'  # the end of such a name, written as nobody writes it
_WALL_S, _MONO_S = itemgetter("t"), itemgetter("m")
_BLOCK_BYTES = 1 << 17
_FEW_LINES = 32


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
        return chain.from_iterable(_parts(stream_path(self.folder, stream), _plain))

    def rows(self, stream: Stream, shapes: msgspec.json.Decoder[Row]) -> Iterator[Sequence[Row | Observation]]:
        """What a stream says in written order, many lines at a time: as rows, or where they are odd as observations.

        Rows say what the same lines would as observations. They take a quarter of the time, as nothing is made of
        what nobody asks for.

        Args:
            stream: which.
            shapes: what plain lines are, by their kind; lines of other kinds come as observations.

        Raises:
            EvidenceError: as `read`.
        """
        return _parts(stream_path(self.folder, stream), partial(_rows, shapes=shapes))


def _parts(path: Path, made: Callable[[bytes], list[Row] | None]) -> Iterator[Sequence[Row | Observation]]:
    """A stream, as many lines at a time as possible: what is made of them, or where that is nothing observations."""
    for first, block in blocks(path):
        if (whole := made(block)) is not None:
            yield whole
            continue
        # One odd line, as the last of a stream often is, must not make a thousand others slow.
        for number, few in _groups(first, block):
            if (some := made(few)) is not None:
                yield some
            else:
                yield from ((observation(path, at, line),) for at, line in lines(path, number, few))


def _groups(first: int, block: bytes) -> Iterator[tuple[int, bytes]]:
    """A block, few lines at a time, each time with the number of the first."""
    rest = BytesIO(block)
    while few := list(islice(rest, _FEW_LINES)):
        yield first, b"".join(few)
        first += len(few)


def blocks(path: Path) -> Iterator[tuple[int, bytes]]:
    """A stream, many whole lines at a time, each time with the number of the first, from 1.

    Raises:
        EvidenceError: the file is missing or empty.
    """
    if not path.is_file():
        raise EvidenceError(f"{shown(path)} is missing: what it should show was not recorded")
    first = 1
    with path.open("rb") as file:
        while block := file.read(_BLOCK_BYTES):
            block += file.readline(LONGEST_LINE_BYTES + 1)
            yield first, block
            first += block.count(b"\n")
    if first == 1 and not path.stat().st_size:
        raise EvidenceError(f"{shown(path)} is empty: nothing was recorded")


def lines(path: Path, first: int, block: bytes) -> Iterator[tuple[int, bytes]]:
    """The lines of one of the `blocks` of a stream, numbered.

    Raises:
        EvidenceError: a line is longer than any recorder writes.
    """
    for number, line in enumerate(BytesIO(block), start=first):
        if len(line) > LONGEST_LINE_BYTES:
            raise EvidenceError(f"{shown(path)}:{number} is longer than 1 MiB: the evidence is damaged")
        yield number, line


def shown(path: Path) -> str:
    """A path as it stands in messages: within the run folder, so that judging elsewhere says the same."""
    parts = path.parts
    return "/".join(parts[parts.index("scenarios") :]) if "scenarios" in parts[-3:] else path.name


def _rows(block: bytes, shapes: msgspec.json.Decoder[Row]) -> list[Row] | None:
    """Whole lines as rows, where they have nothing odd on them and all are of the shapes; else None."""
    try:
        found = _flat(block)
        # The smallest decides: one that is no number cannot be compared, and JSON has no NaN and nothing endless.
        if found is None or min(map(_WALL_S, found)) < 0 or min(map(_MONO_S, found)) < 0:
            return None
        return shapes.decode_lines(block)
    except (ValueError, KeyError, TypeError, RecursionError):
        return None


def _plain(block: bytes) -> list[Observation] | None:
    """What whole lines say that have nothing odd on them; None where they have to be looked at one by one."""
    try:
        found = _flat(block)
        return None if found is None else [_observed(data) for data in found]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None


def _flat(block: bytes) -> list[dict[str, Any]] | None:
    """The names and values of whole lines that have nothing odd on them.

    Most lines are one flat object without a name twice or a time below zero: then each line begins and ends with
    a brace, and there are as many colons as names.

    Raises:
        ValueError, TypeError, RecursionError: it is no JSON.
    """
    if len(block) > LONGEST_LINE_BYTES or _TIME_BELOW_ZERO.search(block) or _HIDDEN_S in block:
        return None
    found = _PLAIN.decode_lines(block)
    ends = block.startswith(b"{") and block.endswith(b"}\n")
    if not ends or not len(found) == block.count(b"\n") == block.count(b"}\n{") + 1:
        return None
    return found if block.count(b":") == sum(map(len, found)) else None


def _observed(data: dict[str, Any]) -> Observation:
    """An observation of a line's names and values.

    Raises:
        KeyError, TypeError, ValueError: a time or the kind is not there, or cannot be.
    """
    kind, wall_s, mono_s = data.pop("kind"), data.pop("t"), data.pop("m")
    # The comparison is false for NaN, and raises for anything that is no number.
    if not (0 <= wall_s < _NEVER and 0 <= mono_s < _NEVER and type(kind) is str):
        raise ValueError("its times or its kind cannot be")
    return Observation(kind=kind, wall_s=wall_s, mono_s=mono_s, data=data)


def observation(path: Path, number: int, line: bytes) -> Observation:
    """What a line says.

    Raises:
        EvidenceError: it is cut, no JSON object, or a time in it cannot be; names file and line.
    """
    if (plain := _plain(line)) is not None:
        return plain[0]
    try:
        if not line.endswith(b"\n"):
            raise ValueError("the line is cut")
        text = line.decode()
        data, end = _CAREFUL.raw_decode(text)
        if end != len(text) - 1:
            raise ValueError("there is more on it than one object")
        seen = _observed(data)
        _check_times(data)
    except (ValueError, KeyError, AttributeError, TypeError, RecursionError) as damage:
        raise EvidenceError(f"{shown(path)}:{number} cannot be read ({damage}): the evidence is damaged") from damage
    return seen


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
