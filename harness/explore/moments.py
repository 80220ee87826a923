"""When a failure happened, as far as the findings point at lines of the evidence."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from harness.errors import EvidenceError
from harness.evidence import FolderHistory
from harness.model import Verdict
from harness.recorded import Stream
from harness.results import ScenarioResult

PLACE = re.compile(r"\b(client|final)\.jsonl:(\d+)")
MOST_PLACES = 50


def failed_at_s(result: ScenarioResult, folder: Path, time_scale: float) -> float | None:
    """The first moment that the failed findings point at, production seconds from the first fault's act on.

    Args:
        result: the judged run.
        folder: with its evidence.
        time_scale: k.
    """
    began = next((phase.started_s for phase in result.phases if phase.name == "hold"), None)
    moments = list(_moments(result, folder)) if began is not None else []
    return (min(moments) - began) * time_scale if began is not None and moments else None


def _moments(result: ScenarioResult, folder: Path) -> Iterator[float]:
    evidence = "\n".join(one.evidence for one in result.findings if one.verdict is Verdict.FAIL)
    places = {(name, int(number)) for name, number in PLACE.findall(evidence)[:MOST_PLACES]}
    for stream in (Stream.CLIENT, Stream.FINAL):
        wanted = {number for name, number in places if name == stream.value}
        if not wanted:
            continue
        try:
            for number, seen in enumerate(FolderHistory(folder=folder).read(stream), start=1):
                if number in wanted:
                    at_s = seen.data.get("at_s", seen.wall_s if stream is Stream.CLIENT else None)
                    if isinstance(at_s, int | float):
                        yield float(at_s)
        except EvidenceError:
            return  # what cannot be read gives no hint; the judgement has said so
