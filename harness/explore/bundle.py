"""Repro bundles: all that is needed to run a failing schedule again, and what it did when it failed."""

from __future__ import annotations

import math
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from harness.errors import EvidenceError, UsageError
from harness.evidence import read_json, write_json
from harness.explore.schedule import Schedule
from harness.faults.base import StackFault
from harness.judge.shape import shaped
from harness.model import LoadProfile, Timed
from harness.restore import described, restored

BUNDLE_FILE, WHOLE_FILE, HISTORY = "bundle.json", "whole.json", "history"
VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """A schedule, and what it failed on.

    Args:
        name: of the scenario that it becomes.
        schedule: what breaks when.
        stack: module that plans the stack.
        time_scale: k.
        known_bad: wrong variants of the subject that were on.
        images: digest of each service's image.
        found: words about the failure: run, seed, number, findings, how often it failed again.
    """

    name: str
    schedule: Schedule
    stack: str
    time_scale: float
    known_bad: tuple[str, ...]
    images: Mapping[str, str]
    found: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Written:
    """The file's shape; the faults are restored one by one."""

    schema_version: int
    name: str
    stack: str
    time_scale: float
    known_bad: tuple[str, ...]
    images: Mapping[str, str]
    traffic_seed: int
    load: LoadProfile
    faults: tuple[_WrittenFault, ...]
    found: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class _WrittenFault:
    fault: Any
    at_s: float
    for_s: float
    touches: tuple[str, ...]


def write_bundle(folder: Path, bundle: Bundle, whole: Bundle, history: Path) -> None:
    """Write the bundle, the schedule before it was cut down, and a copy of the failing run's evidence.

    Args:
        folder: of the bundle; made new.
        bundle: what is run again.
        whole: as it was found.
        history: the failing run's folder.

    Raises:
        OSError: it cannot be written.
    """
    folder.mkdir(parents=True)
    if history.is_dir():
        shutil.copytree(history, folder / HISTORY)
    write_json(folder / WHOLE_FILE, _data(whole))
    write_json(folder / BUNDLE_FILE, _data(bundle))


def is_bundle(name: str) -> bool:
    """Whether what was named on the command line is meant as a bundle's path: no scenario is called so."""
    return "/" in name or name.endswith(".json") or (Path(name) / BUNDLE_FILE).is_file()


def read_bundle(path: Path) -> Bundle:
    """A bundle by its folder or its file.

    Raises:
        UsageError: it is missing or damaged; names file and what is wrong.
    """
    file = path / BUNDLE_FILE if path.is_dir() else path
    try:
        written = shaped(_Written, read_json(file), exact=True)
        if written.schema_version != VERSION:
            raise ValueError(f"schema_version is {written.schema_version}, not {VERSION}")
        if not (written.time_scale > 0 and written.load.signals_per_s > 0):
            raise ValueError("time_scale and signals_per_s have to be above zero")
        if not written.name or any(sign in written.name for sign in "/\\\0") or written.name in {".", ".."}:
            raise ValueError(f"no folder can be called {written.name!r}")
        faults = tuple(_fault(one, file) for one in written.faults)
    except EvidenceError as damage:
        raise UsageError(f"{file} is no bundle that can be run: {damage}") from damage
    except (TypeError, ValueError) as damage:
        raise UsageError(f"{file} is no bundle that can be run: {damage}") from damage
    return Bundle(
        name=written.name,
        schedule=Schedule(faults=faults, load=written.load, traffic_seed=written.traffic_seed),
        stack=written.stack,
        time_scale=written.time_scale,
        known_bad=written.known_bad,
        images=written.images,
        found=written.found,
    )


def _fault(written: _WrittenFault, file: Path) -> Timed:
    fault = restored(written.fault, file.name)
    if not (isinstance(fault, StackFault) and isinstance(fault.target, str)):
        raise TypeError(f"{written.fault!r} is no fault")
    if not math.isfinite(written.at_s + written.for_s):
        raise ValueError(f"the times of {fault.kind} of {fault.target} are no numbers")
    return Timed(fault=fault, at_s=written.at_s, for_s=written.for_s, touches=written.touches)


def _data(bundle: Bundle) -> dict[str, Any]:
    return {
        "schema_version": VERSION,
        "name": bundle.name,
        "stack": bundle.stack,
        "time_scale": bundle.time_scale,
        "known_bad": list(bundle.known_bad),
        "images": dict(bundle.images),
        "traffic_seed": bundle.schedule.traffic_seed,
        "load": asdict(bundle.schedule.load),
        "faults": [
            {"fault": described(one.fault), "at_s": one.at_s, "for_s": one.for_s, "touches": list(one.touches)}
            for one in bundle.schedule.faults
        ],
        "found": dict(bundle.found),
    }
