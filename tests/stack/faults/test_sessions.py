"""Sessions of the real application that PostgreSQL ends in the middle of their transactions."""

from __future__ import annotations

import pytest

from harness.containers.running import RunningStack
from harness.errors import InfrastructureError
from harness.faults.sessions import EndSessions
from tests.stack.faults.conftest import Broken
from tests.stack.faults.looking import leaders, traffic, value, wait_for

pytestmark = pytest.mark.containers


def test_sessions_are_ended_and_no_signal_is_lost_or_doubled(system: RunningStack, broken: Broken) -> None:
    """Executing ones are ended again and again; all that was acknowledged is executed once in the end."""
    (leader,) = leaders(system)
    with traffic(system, leader) as accepted, broken(EndSessions(whose="trading-%:execution", apart_s=0.05)):
        pass
    assert accepted
    one_each = "SELECT count(*) = count(DISTINCT signal_id) AND count(DISTINCT signal_id) = %(many)s FROM orders "
    wait_for("every signal to be executed", system, "SELECT count(*) = 0 FROM pending_signals")
    assert value(system, f"{one_each} WHERE signal_id = ANY(%(ids)s)", many=len(accepted), ids=accepted)


def test_the_harness_ends_no_others_and_tells_when_it_could_not(system: RunningStack) -> None:
    """Nobody fits the pattern: nothing is ended, and it does not count as in effect."""
    fault = EndSessions(whose="nobody-%", at_least=1)
    with pytest.raises(InfrastructureError, match="never began to act"):
        fault.effect(system)
    fault.strike(system)
    with pytest.raises(InfrastructureError, match="0 sessions were ended so far"):
        fault.effect(system)
    fault.mend(system)
    assert fault.healed(system).startswith("0 sessions")
    fault.mend(system)
