"""What a run recorded that a replay needs: series, when the rules were evaluated, the production files."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.errors import EvidenceError
from harness.evidence import PLAN_FILE, PRODUCTION_FOLDER, FolderHistory, read_json, shown
from harness.recorded import Stream
from harness.timing.stretch import Series


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Recording:
    """One recorded scenario; times are wall clock s.

    Args:
        name: the scenario's.
        folder: where it lies.
        k: the time scale it ran at.
        from_s, to_s: what the series cover.
        series: all that its rules read, and `up`.
        evaluated_s: by rule group, when it was evaluated.
        rules: text of the production rule files, by name.
        prometheus, alertmanager: text of their production configuration.
        real_time: metrics that measure real work.
        lingering: alerts that were still to end when the record ended.
        checks: the scenario's checks, as stored.
    """

    name: str
    folder: Path
    k: float
    from_s: float
    to_s: float
    series: tuple[Series, ...]
    evaluated_s: Mapping[str, tuple[float, ...]]
    rules: Mapping[str, str]
    prometheus: str
    alertmanager: str
    real_time: tuple[str, ...] = ()
    lingering: tuple[str, ...] = ()
    checks: tuple[Mapping[str, Any], ...] = ()

    def first_evaluation_s(self, group: str, interval_s: float, after_s: float) -> float:
        """The first time after a moment at which a group was evaluated, or would have been.

        Prometheus evaluates a group at fixed distances from a start that depends on its name. What it tells is when
        the evaluation really began, which is a little late: the earliest of all is nearest to the grid. A group that
        the run did not have may begin anywhere.

        Args:
            group: its name.
            interval_s: its interval, s of the run.
            after_s: the moment.
        """
        seen = self.evaluated_s.get(group)
        if not seen:
            return after_s
        off_s = [(at - seen[0] + interval_s / 2) % interval_s - interval_s / 2 for at in seen]
        on_grid_s = seen[0] + min(off_s)
        return on_grid_s + math.ceil(round((after_s - on_grid_s) / interval_s, 6)) * interval_s


def read_recording(folder: Path) -> Recording:
    """Read what a scenario's folder recorded.

    Raises:
        EvidenceError: something is missing or damaged; names the file.
    """
    plan, where = read_json(folder / PLAN_FILE), shown(folder / PLAN_FILE)
    series, covered = _series(folder)
    return Recording(
        name=str(plan.get("name") or folder.name),
        folder=folder,
        k=_scale(plan.get("time_scale"), where),
        from_s=covered[0],
        to_s=covered[1],
        series=series,
        evaluated_s=_evaluations(folder),
        rules=_rule_files(folder),
        prometheus=_text(folder / PRODUCTION_FOLDER / "prometheus.yml"),
        alertmanager=_text(folder / PRODUCTION_FOLDER / "alertmanager.yml"),
        real_time=_names(plan, "real_time", where),
        lingering=_names(plan, "lingering", where),
        checks=tuple(one for one in plan.get("checks") or () if isinstance(one, Mapping)),
    )


def _series(folder: Path) -> tuple[tuple[Series, ...], tuple[float, float]]:
    found: list[Series] = []
    covered: tuple[float, float] | None = None
    try:
        for seen in FolderHistory(folder=folder).read(Stream.SERIES):
            if seen.kind == "series":
                samples = tuple((float(at), float(value)) for at, value in seen.data["samples"])
                found.append(Series(labels=_labels(seen.data["labels"]), samples=samples))
            elif seen.kind == "end":
                covered = (float(seen.data["from_s"]), float(seen.data["to_s"]))
    except (KeyError, TypeError, ValueError, AttributeError) as damage:
        raise EvidenceError(f"{folder.name}/series.jsonl is damaged: {damage!r}") from damage
    if covered is None:
        raise EvidenceError(f"{folder.name}/series.jsonl has no end: the record of the series is incomplete")
    if not any(one.name == "up" and one.samples for one in found):
        raise EvidenceError(f"{folder.name}/series.jsonl shows no scrape of any target")
    if covered[0] >= covered[1] or any(not math.isfinite(at) for one in found for at, _ in one.samples):
        raise EvidenceError(f"{folder.name}/series.jsonl is damaged: its times cannot be")
    return tuple(found), covered


def _labels(labels: Mapping[str, Any]) -> dict[str, str]:
    if not all(isinstance(text, str) for pair in labels.items() for text in pair):
        raise TypeError("a label is no text")
    return dict(labels)


def _evaluations(folder: Path) -> dict[str, tuple[float, ...]]:
    """When each group was evaluated, by what was seen of the rules while the run went on."""
    found: dict[str, set[float]] = defaultdict(set)
    try:
        for seen in FolderHistory(folder=folder).read(Stream.RULES):
            for group, at in seen.data.get("evaluated_s", {}).items():
                if float(at) > 0:
                    found[group].add(float(at))
    except (TypeError, ValueError, AttributeError) as damage:
        raise EvidenceError(f"{folder.name}/rules.jsonl is damaged: {damage!r}") from damage
    return {group: tuple(sorted(times)) for group, times in found.items()}


def _rule_files(folder: Path) -> dict[str, str]:
    rules = folder / PRODUCTION_FOLDER / "rules"
    files = {path.name: _text(path) for path in sorted(rules.glob("*")) if path.is_file()}
    if not files:
        raise EvidenceError(f"{shown(folder / PLAN_FILE)}: no production rule file was recorded beside it")
    return files


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as damage:
        raise EvidenceError(f"{shown(path)} cannot be read: {damage}") from damage


def _scale(value: Any, where: str) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and value > 0:
        return float(value)
    raise EvidenceError(f"{where} is damaged: time_scale is {value!r}")


def _names(plan: Mapping[str, Any], key: str, where: str) -> tuple[str, ...]:
    names: Sequence[Any] = plan.get(key) or ()
    if isinstance(names, str) or not isinstance(names, Iterable) or not all(isinstance(one, str) for one in names):
        raise EvidenceError(f"{where} is damaged: {key} is {names!r}")
    return tuple(names)
