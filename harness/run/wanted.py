"""What a campaign is asked to do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from harness.mistakes import Mistake
from harness.model import Scenario
from harness.run.gate import Gate


@dataclass(frozen=True, slots=True, kw_only=True)
class Joint:
    """A process' part in a run that several work for.

    Args:
        run_id: of the run, the same in all its processes.
        number: of this process, from 1, never given twice: its stacks and undo entries are numbered by it.
    """

    run_id: str
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What a campaign is asked to do.

    Args:
        scenarios: to run, in this order.
        rows: requirement rows for the report.
        profile: its name in the report.
        time_scale: k.
        seed: of the traffic.
        reports: folder that takes the run's folder.
        stack: module with `plan(request)`, `IMAGES` (specs by key) and `SUBJECT` (the key being judged).
        known_bad: wrong variants of the subject.
        rules: another rule file.
        boards: folder of other dashboards.
        app_image: image of the subject in place of the stack's own.
        lanes: how many scenarios run at a time, each on a stack of its own.
        mistakes: known-bad variants to test the gate with, each in the scenario that is meant to see it.
        lean: on stacks without what only watches.
        open_ended: which scenarios there are is decided on the way.
        notes: what the report says of the run beforehand.
        images: digests that services are expected to run from; the report says where it is another.
        gate: what is to be kept beside the scenarios; None for a run that is no gate.
        shard: which part of a gate this is, as "2/4"; empty for all of it.
        whole: names of all scenarios of that gate.
    """

    scenarios: tuple[Scenario, ...]
    rows: tuple[Mapping[str, str], ...]
    profile: str
    time_scale: float
    seed: int
    reports: Path
    stack: str
    known_bad: tuple[str, ...] = ()
    rules: Path | None = None
    boards: Path | None = None
    app_image: str | None = None
    lanes: int = 1
    mistakes: tuple[Mistake, ...] = ()
    lean: bool = False
    open_ended: bool = False
    notes: tuple[str, ...] = ()
    images: Mapping[str, str] = field(default_factory=dict)
    gate: Gate | None = None
    shard: str = ""
    whole: tuple[str, ...] = ()


def shard_notes(order: Order) -> Iterator[str]:
    """What a reader of one part's report has to know."""
    if order.shard:
        yield (
            f"shard {order.shard}: {len(order.scenarios)} of {len(order.whole)} scenarios; "
            "only the merged report (harness merge) says whether this may go out"
        )
