"""A service started while another fault is in place."""

from __future__ import annotations

import pytest

from harness.containers.running import RunningStack
from harness.evidence import Recorder
from harness.faults.container import Stop
from harness.faults.inject import injected
from harness.faults.network import CutLink, SlowLink
from harness.faults.restarted import StartedUnder
from harness.journal import Journal
from harness.poll import Seen
from tests.harness.faults.conftest import LINK

pytestmark = pytest.mark.containers


def started_at(stack: RunningStack) -> str:
    """When the process of Redis started."""
    return str(stack.container("redis").attrs["State"]["StartedAt"])


def test_it_starts_under_the_fault_and_again_without_it(
    stack: RunningStack, journal: Journal, recorder: Recorder
) -> None:
    """Two starts, the first while the link is cut; afterwards the link is whole and the service answers."""
    fault, link = StartedUnder(target="redis", fault=CutLink(target=LINK.name)), CutLink(target=LINK.name)
    before = started_at(stack)
    with injected(fault, 0, stack=stack, journal=journal, recorder=recorder):
        assert link.effect(stack)
        under = started_at(stack)
        assert under > before
    assert link.healed(stack)
    after = started_at(stack)
    assert after > under
    fault.mend(stack)
    assert started_at(stack) == after


def test_one_start_may_be_enough(stack: RunningStack, journal: Journal, recorder: Recorder) -> None:
    """With again=False the process that started under the fault stays."""
    fault = StartedUnder(target="redis", fault=SlowLink(target=LINK.name, latency_ms=5), again=False)
    with injected(fault, 0, stack=stack, journal=journal, recorder=recorder):
        under = started_at(stack)
    assert started_at(stack) == under


def test_mending_without_a_strike_restarts_nothing(stack: RunningStack) -> None:
    """Only the inner fault's own mending is done."""
    before = started_at(stack)
    StartedUnder(target="redis", fault=Stop(target="redis")).mend(stack)
    assert started_at(stack) == before


def test_a_fault_that_does_not_show_restarts_nothing(stack: RunningStack, monkeypatch: pytest.MonkeyPatch) -> None:
    """The service is started under a fault that was seen, or not at all; what was struck is mended."""

    def unseen(fault: CutLink, stack: RunningStack) -> str:
        raise Seen("nothing")

    monkeypatch.setattr("harness.faults.restarted.BROKEN_WITHIN_S", 0.1)
    monkeypatch.setattr(CutLink, "effect", unseen)
    fault, before = StartedUnder(target="redis", fault=CutLink(target=LINK.name), again=False), started_at(stack)
    with pytest.raises(Exception, match="cut-link of client:redis to take effect; last seen: nothing"):
        fault.strike(stack)
    assert started_at(stack) == before
    fault.mend(stack)
    assert CutLink(target=LINK.name).healed(stack)
