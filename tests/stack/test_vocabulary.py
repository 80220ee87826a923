"""What random campaigns draw from fits the stack."""

from __future__ import annotations

import re

from harness.containers.plan import PlanRequest
from harness.faults.aim import ROLE
from stack import topology
from stack.vocabulary import VOCABULARY

PLAN = topology.plan(PlanRequest(time_scale=15.0, lean=True))


def test_every_fault_is_aimed_at_something_of_the_lean_stack() -> None:
    """A service, a link or who plays a role; a typing mistake would be a fault that never strikes."""
    there = {service.name for service in PLAN.services} | {link.name for link in PLAN.links}
    for entry in VOCABULARY.entries:
        target = re.sub(ROLE, "trading-1", entry.fault.target)
        assert target in there, entry
        assert set(ROLE.findall(entry.fault.target)) <= set(PLAN.roles)


def test_nothing_that_watches_is_broken() -> None:
    """A fault on what judges or drives would be a failure of the harness."""
    targets = {entry.fault.target for entry in VOCABULARY.entries}
    assert not targets & {*topology.WATCHERS, "toxiproxy"}


def test_some_faults_outlast_a_lease_and_some_do_not() -> None:
    """In production seconds: both sides of what an election waits for are drawn."""
    lease_s = 30.0
    assert any(entry.lasts_s[1] > 2 * lease_s for entry in VOCABULARY.entries)
    assert any(entry.lasts_s[1] <= lease_s for entry in VOCABULARY.entries)


def test_every_load_is_enough_to_conclude_from() -> None:
    """Also a schedule that was cut down to a few seconds has the 50 signals that the checks ask for."""
    assert all(load.signals_per_s * 8 >= 50 for load in VOCABULARY.loads)
    assert {load.viewers for load in VOCABULARY.loads} == {0}
