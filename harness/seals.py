"""Seals: what each file of a run was when it was recorded, so that later damage shows."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from harness.errors import EvidenceError
from harness.evidence import (
    GATE_FILES,
    LOADED_FILE,
    MISTAKES_FOLDER,
    PLAN_FILE,
    RUN_FILE,
    STACK_FILE,
    UNDO_LOG,
    read_json,
    shown,
    stream_path,
    write_json,
)
from harness.recorded import Stream

SEAL = "sealed.json"
_FOR_PICTURES = frozenset({Stream.FRAMES})  # no check reads it, and runs of before there was one have none


def seal(folder: Path, ended: str) -> None:
    """Record how long each stream is, and its hash, so that later damage shows; likewise what decides beside them.

    Args:
        folder: the scenario's folder.
        ended: "complete", or why the run ended early.
    """
    streams = {stream.value: _measure(path) for stream in Stream if (path := stream_path(folder, stream)).is_file()}
    files = {path.relative_to(folder).as_posix(): _measure(path) for path in _deciding(folder)}
    write_json(folder / SEAL, {"ended": ended, "streams": streams, "files": files})


def seal_run(folder: Path) -> None:
    """Record the hashes of what holds a run together; the last step of a campaign before it judges.

    Args:
        folder: reports/<run id>.
    """
    single = [folder / name for name in (RUN_FILE, UNDO_LOG, *GATE_FILES)]
    paths = (*single, *sorted(folder.glob(f"scenarios/*/{SEAL}")), *_of_mistakes(folder))
    files = {path.relative_to(folder).as_posix(): _measure(path) for path in paths if path.is_file()}
    write_json(folder / SEAL, {"files": files})


def ended(folder: Path) -> str:
    """How a scenario ended by its seal; empty where no seal can be read."""
    try:
        how = read_json(folder / SEAL).get("ended")
    except EvidenceError:
        return ""
    return how if isinstance(how, str) else ""


def broken_seals(folder: Path) -> tuple[str, ...]:
    """One sentence for each way in which a scenario's folder differs from what was sealed; empty when whole."""
    try:
        streams, files = _sealed(folder, "streams"), _sealed(folder, "files")
    except EvidenceError as missing:
        return (str(missing),)
    how = ended(folder)
    problems = [] if how == "complete" else [f"the scenario did not run to its end: {how or 'nobody knows why'}"]
    for stream in Stream:
        if stream in _FOR_PICTURES and stream.value not in streams and not stream_path(folder, stream).exists():
            continue
        problems += _differences(stream_path(folder, stream), streams.get(stream.value))
    names = {path.relative_to(folder).as_posix() for path in _deciding(folder)}
    problems += _changed(folder, files, names | {PLAN_FILE, LOADED_FILE})
    return tuple(problems)


def broken_run_seals(folder: Path, scenarios: Iterable[str]) -> tuple[str, ...]:
    """One sentence for each way in which a run's folder differs from what was sealed; empty when whole.

    Args:
        folder: reports/<run id>.
        scenarios: their names by `run.json`.
    """
    try:
        files = _sealed(folder, "files")
    except EvidenceError as missing:
        return (f"the run did not come to its end: {missing}",)
    seals = [f"scenarios/{name}/{SEAL}" for name in scenarios]
    seals += [path.relative_to(folder).as_posix() for path in _of_mistakes(folder)]
    there = [name for name in (UNDO_LOG, *GATE_FILES, *seals) if (folder / name).is_file()]
    return tuple(_changed(folder, files, {RUN_FILE, *there}))


def _of_mistakes(folder: Path) -> list[Path]:
    """The seals of runs with a known-bad variant."""
    return sorted(folder.glob(f"{MISTAKES_FOLDER}/*/*/{SEAL}"))


def _deciding(folder: Path) -> Sequence[Path]:
    """What lies in a scenario's folder beside the streams and has a say in the verdict."""
    single = [folder / PLAN_FILE, folder / LOADED_FILE, folder / STACK_FILE]
    return sorted(path for path in (*single, *folder.glob("config/**/*")) if path.is_file())


def _sealed(folder: Path, part: str) -> dict[str, Any]:
    sealed = read_json(folder / SEAL).get(part)
    if not isinstance(sealed, dict):
        raise EvidenceError(f"{shown(folder / SEAL)} has no {part}: the evidence was not sealed")
    return sealed


def _changed(folder: Path, sealed: dict[str, Any], owed: Iterable[str]) -> list[str]:
    """Differences of the files that were sealed, and of those that should have been."""
    return [
        problem
        for name in sorted({*sealed, *owed})
        if _inside(name)
        for problem in _differences(folder / name, sealed.get(name))
    ]


def _inside(name: str) -> bool:
    return not name.startswith("/") and ".." not in name.split("/") and "\0" not in name


def _differences(path: Path, sealed: Any) -> list[str]:
    if not path.is_file():
        return [f"{shown(path)} {'was never recorded' if sealed is None else 'is missing'}"]
    if sealed is None:
        return [f"{shown(path)} was not sealed"]
    found = _measure(path)
    if found == sealed:
        return []
    lines = sealed.get("lines") if isinstance(sealed, dict) else "?"
    return [f"{shown(path)} is not as it was recorded: {found['lines']} lines, sealed were {lines}"]


def _measure(path: Path) -> dict[str, Any]:
    digest, lines, size = hashlib.sha256(), 0, 0
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
            lines += block.count(b"\n")
            size += len(block)
    return {"lines": lines, "bytes": size, "sha256": digest.hexdigest()}
