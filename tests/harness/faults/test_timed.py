"""Faults by the clock: each in its time, none waiting for another, everything mended whatever happens."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, cast

import pytest

from harness.containers.plan import StackPlan
from harness.containers.running import RunningStack
from harness.errors import InfrastructureError, Interrupted
from harness.evidence import Recorder
from harness.faults.container import Kill, Pause
from harness.faults.hold import For, Hold
from harness.faults.network import CutLink, SlowLink
from harness.faults.timed import ByTheClock, Claims
from harness.journal import Journal, left_open
from harness.model import Timed
from harness.poll import Seen

LOG: list[tuple[str, str, float]] = []
_LOCK = threading.Lock()


@pytest.fixture(autouse=True)
def _empty_log() -> None:
    LOG.clear()


def note(step: str, target: str) -> None:
    """What the faults below do, and when."""
    with _LOCK:
        LOG.append((step, target, time.monotonic()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Switch:
    """A fault on a thing that is only a name.

    Args:
        target: the name.
        effective: whether its effect is ever seen.
        heals_after_s: how long after it was mended it is seen to be healed.
        breaks: raised when it is struck.
    """

    kind: ClassVar[str] = "switch"
    target: str
    effective: bool = True
    heals_after_s: float = 0.0
    breaks: type[Exception] | None = None
    hold: Hold = field(default_factory=lambda: For(production_s=0))

    def strike(self, stack: RunningStack) -> None:
        """Note it."""
        del stack
        note("strike", self.target)
        if self.breaks:
            raise self.breaks("it broke")

    def effect(self, stack: RunningStack) -> str:
        """Seen, if it ever is."""
        del stack
        if not self.effective:
            raise Seen("nothing to be seen")
        return "seen"

    def mend(self, stack: RunningStack) -> None:
        """Note it."""
        del stack
        note("mend", self.target)

    def healed(self, stack: RunningStack) -> str:
        """Seen after its time."""
        del stack
        mended_s = max(at for step, target, at in LOG if (step, target) == ("mend", self.target))
        if time.monotonic() < mended_s + self.heals_after_s:
            raise Seen("not yet")
        return "healed"


@dataclass
class _Stack:
    plan: StackPlan = field(default_factory=lambda: StackPlan(services=()))


@dataclass
class Stage:
    """Plays faults and reads what was recorded of them; a production second is a tenth of a real one."""

    folder: Path

    def clock(self, *faults: Timed) -> ByTheClock:
        """The faults, ready to be played."""
        self.recorder = Recorder(self.folder)
        self.journal = Journal(path=self.folder / "undo.jsonl")
        stack = cast("RunningStack", _Stack())
        return ByTheClock(faults, 0, stack=stack, journal=self.journal, recorder=self.recorder, time_scale=10.0)

    def play(self, *faults: Timed, look: Callable[[], None] = lambda: None) -> None:
        """From the first to the last."""
        with self.clock(*faults) as playing:
            playing.play(look)
            playing.wait_healed(look)

    def steps(self, number: int) -> list[str]:
        """What faults.jsonl tells of one."""
        return [line["kind"] for line in self.lines() if line["fault"] == number]

    def lines(self) -> list[dict[str, Any]]:
        """All of it."""
        self.recorder.close()
        text = (self.folder / "faults.jsonl").read_text(encoding="utf-8")
        return [json.loads(line) for line in text.splitlines()]


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    """Where faults are played."""
    return Stage(tmp_path)


WHOLE = ["asked", "confirmed", "healing", "healed", "confirmed_healed"]


def timed(target: str, at_s: float, for_s: float, **more: Any) -> Timed:
    """A fault with its times, production seconds."""
    return Timed(fault=Switch(target=target, **more), at_s=at_s, for_s=for_s)


def when(step: str, target: str) -> float:
    """The first time that a step was done."""
    return next(at for one, other, at in LOG if (one, other) == (step, target))


def test_faults_overlap_and_none_waits_for_the_other(stage: Stage) -> None:
    """The second comes and goes while the first is on; the slow healing of one holds up nothing."""
    stage.play(timed("a", 0, 8), timed("b", 2, 2), timed("slow", 1, 1, heals_after_s=0.6), timed("late", 4, 1))
    for number in range(4):
        assert stage.steps(number) == WHOLE
    assert when("strike", "a") < when("strike", "b") < when("mend", "b") < when("mend", "a")
    assert when("strike", "late") < when("mend", "slow") + 0.6
    assert when("mend", "a") - when("strike", "a") == pytest.approx(0.8, abs=0.3)
    assert left_open(stage.folder / "undo.jsonl") == ()


def test_what_is_broken_already_is_skipped(stage: Stage) -> None:
    """Recorded with the reason; it neither strikes nor mends. Later its target is free again."""
    stage.play(timed("a", 0, 5), timed("a", 2, 1), timed("a", 8, 1))
    assert stage.steps(1) == ["skipped"]
    assert stage.steps(2) == WHOLE
    skipped = next(line for line in stage.lines() if line["kind"] == "skipped")
    assert skipped["detail"] == "a is broken by the switch of a"
    assert [step for step, _, _ in LOG] == ["strike", "mend"] * 2


def test_a_role_that_nobody_plays_is_skipped(stage: Stage) -> None:
    """A stack without the role is another matter: that is a mistake, and told."""
    with pytest.raises(InfrastructureError, match="no role is called 'leader'"):
        stage.play(timed("{leader}", 0, 1))


def test_what_is_not_seen_is_mended_all_the_same(stage: Stage) -> None:
    """An effect that another fault hides, and a strike that fails, are recorded and end nothing."""
    stage.play(
        timed("hidden", 0, 1, effective=False), timed("broken", 0, 1, breaks=InfrastructureError), timed("a", 1, 1)
    )
    assert stage.steps(0) == stage.steps(1) == ["asked", "missed", "healing", "healed", "confirmed_healed"]
    assert stage.steps(2) == WHOLE
    assert left_open(stage.folder / "undo.jsonl") == ()


def test_a_bug_in_a_fault_is_told(stage: Stage) -> None:
    """It does not vanish with its thread, and the fault is mended."""
    with pytest.raises(InfrastructureError, match="switch of a: it broke"):
        stage.play(timed("a", 0, 1, breaks=ZeroDivisionError))
    assert [step for step, _, _ in LOG] == ["strike", "mend"]


@pytest.mark.parametrize("error", [Interrupted, InfrastructureError])
def test_what_breaks_off_the_run_mends_everything(stage: Stage, error: type[BaseException]) -> None:
    """What was struck is mended at once, what was not never strikes."""

    def look() -> None:
        if any(step == "strike" for step, _, _ in LOG):
            raise error("enough")

    begun_s = time.monotonic()
    with pytest.raises(error, match="enough"):
        stage.play(timed("a", 0, 300), timed("b", 200, 100), look=look)
    assert time.monotonic() - begun_s < 10
    assert [(step, target) for step, target, _ in LOG] == [("strike", "a"), ("mend", "a")]
    assert left_open(stage.folder / "undo.jsonl") == ()


def test_claims_are_all_or_nothing() -> None:
    """A fault that needs two things takes neither when one is taken."""
    claims = Claims()
    assert claims.take(frozenset({"a"}), "the stop of a") == ""
    assert claims.take(frozenset({"a", "b"}), "x") == "a is broken by the stop of a"
    assert claims.take(frozenset({"b"}), "y") == ""
    claims.leave(frozenset({"a"}))
    assert claims.take(frozenset({"a"}), "z") == ""


@pytest.mark.containers
def test_real_faults_overlap(stack: RunningStack, journal: Journal, recorder: Recorder) -> None:
    """Redis freezes while its links are cut and slowed; the one that comes too late for the container is skipped."""
    redis = stack.plan.services[0].name
    link, other = (link.name for link in stack.plan.links)
    faults = (
        Timed(fault=Pause(target=redis), at_s=0, for_s=8),
        Timed(fault=CutLink(target=link), at_s=2, for_s=3),
        Timed(fault=Kill(target=redis), at_s=4, for_s=2),
        Timed(fault=SlowLink(target=other, latency_ms=50), at_s=7, for_s=4),
    )
    with ByTheClock(faults, 0, stack=stack, journal=journal, recorder=recorder, time_scale=4.0) as playing:
        playing.play(lambda: None)
        playing.wait_healed(lambda: None)
    recorder.close()
    lines = [json.loads(line) for line in (recorder.folder / "faults.jsonl").read_text(encoding="utf-8").splitlines()]
    told = {number: [line["kind"] for line in lines if line["fault"] == number] for number in range(4)}
    assert told == {0: WHOLE, 1: WHOLE, 2: ["skipped"], 3: WHOLE}
    assert left_open(recorder.folder / "undo.jsonl") == ()
