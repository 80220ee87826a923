"""A run's folder as recordings that can be replayed, with what its scenarios promise."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from harness.alerts.recording import Recording, read_recording
from harness.checks.alert_log import AlertLog, read_alerts
from harness.checks.reading import Reader
from harness.errors import EvidenceError, UsageError
from harness.evidence import PLAN_FILE, read_json, stream_path
from harness.judge import read_record
from harness.model import Check, Record
from harness.recorded import Stream
from harness.restore import from_data


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Recorded:
    """One scenario of a run: what a replay needs, what the run itself saw, and what the scenario asks for."""

    recording: Recording
    record: Record
    live: AlertLog
    checks: tuple[Check, ...]


def recorded(run: Path, scenario: str = "") -> tuple[Recorded, ...]:
    """The scenarios of a run folder.

    Args:
        run: reports/<run id>.
        scenario: only this one; empty for all.

    Raises:
        UsageError: it is no such folder, or what lies in it is damaged; names the file.
    """
    folders = _folders(run, scenario)
    try:
        return tuple(_recorded(folder) for folder in folders)
    except EvidenceError as damage:
        raise UsageError(f"{run} cannot be replayed: {damage}") from damage


def _folders(run: Path, scenario: str) -> list[Path]:
    if not run.is_dir():
        raise UsageError(f"{run} is no folder; name a run, for example reports/latest")
    folders = sorted(path.parent for path in run.glob(f"scenarios/*/{PLAN_FILE}"))
    if not folders:
        raise UsageError(f"{run} is not the folder of a run: it holds no scenario")
    if not scenario:
        return folders
    chosen = [folder for folder in folders if folder.name == scenario]
    if not chosen:
        there = ", ".join(folder.name for folder in folders)
        raise UsageError(f"{run} holds no scenario '{scenario}'; there are {there}")
    return chosen


def _recorded(folder: Path) -> Recorded:
    if not stream_path(folder, Stream.SERIES).is_file():
        raise EvidenceError(f"{folder.name} was recorded without its series (series.jsonl)")
    recording, plan = read_recording(folder), read_json(folder / PLAN_FILE)
    record = read_record(folder, plan)
    reader = Reader(record.history)
    live = read_alerts(reader)
    if live.covered is None:
        raise EvidenceError(live.damage[0])
    return Recorded(
        recording=recording,
        record=record,
        live=live,
        checks=tuple(from_data(data, f"{folder.name}/{PLAN_FILE}") for data in recording.checks),
    )
