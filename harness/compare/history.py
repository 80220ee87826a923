"""The gates that were run before, a line each: `reports/history.jsonl`, and which of them a run is compared with."""

from __future__ import annotations

import fcntl
import os
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import msgspec

from harness.compare.measures import Measured
from harness.errors import EvidenceError
from harness.evidence import BASELINE_FILE, read_json, shown
from harness.model import Verdict

HISTORY_FILE = "history.jsonl"
PART = "part"  # of a machine's class: which shard of a gate


class Past(msgspec.Struct, frozen=True, kw_only=True):
    """One gate that has ended.

    Args:
        run_id, ended_at, profile, git_sha, image, digest: of the run and its subject.
        machine: what a figure depends on beside the subject; only equal ones are compared.
        verdict: pass, unknown or fail.
        usual: whether the subject was judged as it is released: no known-bad variant, no other rule file.
        scenarios: their verdicts by name.
        measures: what was measured.
    """

    run_id: str
    ended_at: str
    profile: str
    machine: Mapping[str, str]
    verdict: str
    usual: bool
    git_sha: str
    image: str
    digest: str
    scenarios: Mapping[str, str]
    measures: Measured


class Baseline(msgspec.Struct, frozen=True, kw_only=True):
    """What the history holds for a run: `baseline.json`, written before anything is started.

    Args:
        problems: what is wrong with the history; then nothing is compared.
        runs: the last runs that passed on such a machine, the newest last.
        left_out: how many others there are, by why they do not count.
        last: the newest of the runs that passed in this profile and shard, on whatever machine.
    """

    problems: tuple[str, ...] = ()
    runs: tuple[Past, ...] = ()
    left_out: Mapping[str, int] = {}
    last: Past | None = None


def append(path: Path, past: Past) -> None:
    """Add a line; two gates that end at once each add a whole one.

    Raises:
        OSError: it cannot be written.
    """
    line = msgspec.json.encode(past) + b"\n"
    with path.open("ab+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        if file.tell() and (file.seek(-1, os.SEEK_END), file.read(1))[1] != b"\n":
            line = b"\n" + line  # a line that was cut stays one damaged line
        file.write(line)
        file.flush()
        os.fsync(file.fileno())


def read_history(path: Path) -> tuple[tuple[Past, ...], tuple[str, ...]]:
    """The runs of a history, and one sentence for each line that cannot be read.

    Args:
        path: of the file; one that is not there has no runs.
    """
    if not path.exists():
        return (), ()
    try:
        lines = path.read_bytes().splitlines()
    except OSError as problem:
        return (), (f"{path.name} cannot be read: {problem.strerror}",)
    runs: list[Past] = []
    problems: list[str] = []
    for number, line in enumerate(lines, start=1):
        try:
            past = msgspec.json.decode(line, type=Past)
            Verdict.from_word(past.verdict)
            runs.append(past)
        except (msgspec.DecodeError, ValueError) as damage:
            problems.append(f"{path.name}:{number} cannot be read: {damage}")
    return tuple(runs), tuple(problems)


def baseline_of(path: Path, profile: str, machine: Mapping[str, str], most: int) -> Baseline:
    """The earlier runs that one of this profile on this machine is compared with.

    Args:
        path: of the history. Where it is gone or empty, and runs of gates lie beside it, that is a problem.
        profile: of the run.
        machine: its class.
        most: the last so many runs.
    """
    runs, problems = read_history(path)
    if not runs and not problems:
        beside = sorted(found.parent.name for found in path.parent.glob(f"*/{BASELINE_FILE}"))
        what = "holds no run" if path.exists() else "is missing"
        lost = f"{path.name} {what}, though {beside[-1]} is the folder of an earlier gate" if beside else ""
        return Baseline(problems=(lost,) if lost else ())
    left_out: Counter[str] = Counter()
    fitting: list[Past] = []
    last: Past | None = None
    for past in runs:
        if reason := _unfit(past, profile):
            left_out[reason] += 1
            continue
        if past.machine.get(PART) == machine.get(PART):
            last = past
        if dict(past.machine) == dict(machine):
            fitting.append(past)
        else:
            left_out["on another class of machine"] += 1
    return Baseline(problems=problems, runs=tuple(fitting[-most:]), left_out=left_out, last=last)


def _unfit(past: Past, profile: str) -> str:
    if past.profile != profile:
        return "of another profile"
    if past.verdict != Verdict.PASS.word:
        return "did not pass"
    return "" if past.usual else "judged something else than what is released"


def read_baseline(folder: Path) -> Baseline:
    """The baseline that a run was started with.

    Raises:
        EvidenceError: it is missing or damaged.
    """
    path = folder / BASELINE_FILE
    try:
        return msgspec.convert(read_json(path), Baseline)
    except msgspec.ValidationError as damage:
        raise EvidenceError(f"{shown(path)} is damaged: {damage}") from damage
