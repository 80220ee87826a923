"""What the real application shows when it starts under a fault."""

from __future__ import annotations

import pytest

from harness.containers.running import RunningStack
from harness.faults.base import StackFault
from harness.faults.network import CutLink, SlowLink
from harness.faults.restarted import StartedUnder
from harness.poll import until
from stack.faults.positions import CorruptPosition, SkewedPosition
from tests.stack.faults.conftest import Broken
from tests.stack.faults.looking import PM, leaders, metric, value

# What is measured here is time: not beside tests that keep the processors busy.
pytestmark = [pytest.mark.containers, pytest.mark.alone]

INSTANCE = "trading-3"
CODE, TIME_MS = f"{PM}recovery_error_code", f"{PM}recovery_time_ms"
# Five answers: to the question for TLS, three of the login, the rows. The rest is work of its own, up to some 100 ms.
ANSWERS = 5
OWN_WORK_MS = 250.0

HALTING: list[tuple[StackFault, float]] = [
    (CutLink(target=f"{INSTANCE}:postgres"), 1),
    (CorruptPosition(), 2),
    (CorruptPosition(damage="free"), 2),
    (SkewedPosition(off=0.02), 3),
]


@pytest.mark.parametrize(("fault", "code"), HALTING, ids=["cut-link", "not-a-number", "free", "skewed"])
def test_an_instance_that_cannot_recover_says_why(
    fault: StackFault, code: float, system: RunningStack, broken: Broken
) -> None:
    """Metrics are served while it waits or has halted, without a time of recovery; it trades again afterwards."""
    with broken(StartedUnder(target=INSTANCE, fault=fault)):
        until("the error", lambda: metric(system, INSTANCE, CODE) == code, within_s=30)
        assert metric(system, INSTANCE, TIME_MS) is None
        assert metric(system, INSTANCE, f"{PM}recovery_success_count") == 0
        assert metric(system, INSTANCE, f"{PM}is_leader") == 0
        assert INSTANCE not in leaders(system)
    assert metric(system, INSTANCE, CODE) == 0
    assert value(system, "SELECT count(*) FROM positions WHERE asset = 'CHAOS-PERP'") == 0


def test_a_position_just_within_bounds_is_trusted(system: RunningStack, broken: Broken) -> None:
    """Off by 0.009 rupees is rounding: the instance recovers and shows no error."""
    with broken(StartedUnder(target=INSTANCE, fault=SkewedPosition(off=0.009))):
        until("a recovery", lambda: metric(system, INSTANCE, f"{PM}recovery_success_count") == 1, within_s=30)
        assert metric(system, INSTANCE, CODE) == 0


def test_a_slow_link_shows_in_the_time_of_recovery(system: RunningStack, broken: Broken) -> None:
    """The recovery waits for a fixed number of answers, each late by the link's delay; afterwards it is quick again."""
    taken_ms = {0: time_ms(system)}
    for latency_ms in (60, 110):
        slow = SlowLink(target=f"{INSTANCE}:postgres", latency_ms=latency_ms)
        with broken(StartedUnder(target=INSTANCE, fault=slow)):
            taken_ms[latency_ms] = time_ms(system)
    print(f"recovery, ms by latency: {taken_ms}")  # noqa: T201 - shown by -s
    assert taken_ms[60] < 500 < taken_ms[110]
    assert time_ms(system) < 200
    for latency_ms in (60, 110):
        assert ANSWERS * latency_ms <= taken_ms[latency_ms] <= ANSWERS * latency_ms + OWN_WORK_MS


def time_ms(stack: RunningStack) -> float:
    """How long the instance's recovery took, once it has."""
    return until("a recovery", lambda: metric(stack, INSTANCE, TIME_MS), within_s=30)
