"""A fault that comes and goes, on a real link."""

from __future__ import annotations

import pytest

from harness.containers.running import RunningStack
from harness.errors import InfrastructureError
from harness.evidence import Recorder
from harness.faults.flapping import Flapping
from harness.faults.inject import injected
from harness.faults.network import CutLink
from harness.journal import Journal
from harness.poll import until
from tests.harness.faults.conftest import LINK

pytestmark = pytest.mark.containers


def test_it_is_struck_and_mended_by_turns(stack: RunningStack, journal: Journal, recorder: Recorder) -> None:
    """Both states are seen again after it counts as in effect; afterwards the link is whole and stays so."""
    link = CutLink(target=LINK.name)
    fault = Flapping(fault=link, turn_s=0.05)
    with injected(fault, 0, stack=stack, journal=journal, recorder=recorder):
        for state in (link.effect, link.healed, link.effect):
            until("the other state", lambda state=state: state(stack), within_s=30, every_s=0.01)  # type: ignore[misc]
    assert link.healed(stack)
    assert "after" in fault.healed(stack)


def test_one_that_cannot_go_on_is_told(
    stack: RunningStack, journal: Journal, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A turn that fails ends it, and the fault is not what it says: the run learns of it, and the link is mended."""
    fault = Flapping(fault=CutLink(target=LINK.name), turn_s=0.05)

    def refused(link: CutLink, stack: RunningStack) -> None:
        raise InfrastructureError("not again")

    with injected(fault, 0, stack=stack, journal=journal, recorder=recorder):
        pass
    fault.strike(stack)
    monkeypatch.setattr(CutLink, "strike", refused)
    until("the failure", lambda: _failed(fault, stack), within_s=30)
    fault.mend(stack)
    with pytest.raises(InfrastructureError, match="failed while it was in place: InfrastructureError: not again"):
        fault.healed(stack)
    assert CutLink(target=LINK.name).healed(stack)


def _failed(fault: Flapping, stack: RunningStack) -> bool:
    try:
        fault.effect(stack)
    except InfrastructureError as told:
        return "not again" in str(told)
    return False
