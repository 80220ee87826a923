"""What a scenario would do, without starting anything: phases, deadlines from the configuration, duration."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Protocol, runtime_checkable

from harness.containers.plan import PlanRequest, StackPlan
from harness.faults.base import StackFault
from harness.model import Scenario, conditions
from harness.recorded import RuleTiming, act_phase
from harness.restore import check_name
from harness.run import loading
from harness.run.settle import after_healing_s, settles_within_s
from harness.run.stacks import planned
from harness.run.wanted import Order
from harness.timing import rule_files

STACK_UP_S = 6.0  # measured on 2 cores with images present: docs/decisions/figures.md


@runtime_checkable
class Promises(Protocol):
    """A check that can say before a run what it will ask for."""

    def promises(self, rules: tuple[RuleTiming, ...], time_scale: float) -> Iterable[str]:
        """Sentences with the derived bounds, real s."""
        ...


def explain(order: Order) -> Iterator[str]:
    """Lines that tell what the order's scenarios would do.

    Raises:
        UsageError: a configuration file does not load or cannot be compressed.
    """
    request = PlanRequest(
        time_scale=order.time_scale, known_bad=order.known_bad, rules=order.rules, boards=order.boards
    )
    usual = planned(order.stack, request)
    rules = planned_rules(usual)
    for scenario in order.scenarios:
        settings = scenario.subject_settings
        plan = planned(order.stack, replace(request, subject_settings=settings)) if settings else usual
        yield from _scenario(scenario, plan.for_load(scenario.load), rules, order.time_scale)


def planned_rules(plan: StackPlan) -> tuple[RuleTiming, ...]:
    """The alerting rules as Prometheus would load them from the plan's files; none of a plan without alerts."""
    if not plan.has_alerts:
        return ()
    files = plan.service("prometheus").files
    rules = {path: text for path, text in files.items() if "/rules/" in path}
    alertmanager = plan.service("alertmanager").files["/etc/alertmanager/alertmanager.yml"]
    return rule_files.planned_rules(rules, files["/etc/prometheus/prometheus.yml"], alertmanager)


def expected_s(scenario: Scenario, plan: StackPlan, rules: tuple[RuleTiming, ...], k: float) -> float:
    """How long a scenario takes at most, real s, by the configuration alone: the same on every machine."""
    return sum(phase[1] for phase in _phases(scenario, rules, k, after_healing_s(scenario, plan, k)))


def _scenario(scenario: Scenario, plan: StackPlan, rules: tuple[RuleTiming, ...], k: float) -> Iterator[str]:
    yield f"{scenario.name}: {scenario.hypothesis}"
    yield f"  time scale {k:g}: production durations are divided by it"
    yield f"  covers {', '.join(scenario.covers)}"
    if plan.floored:
        told = ", ".join(f"{name} {plan.settings[name]:g} s" for name in plan.floored)
        yield f"  could not shrink as much, held at their floor: {told}"
    traffic, *unusual = conditions(scenario.load, dict(scenario.subject_settings))
    yield f"  traffic: {traffic}"
    yield from (f"  {one}" for one in unusual)
    yield from loading.explained(scenario, plan)
    total_s = 0.0
    for name, at_most_s, what in _phases(scenario, rules, k, after_healing_s(scenario, plan, k)):
        total_s += at_most_s
        yield f"  {name:<10} up to {at_most_s:6.1f} s  {what}"
    yield f"  at most {total_s:.0f} s in all"
    for check in scenario.checks:
        yield f"  check {check_name(check)}"
        if isinstance(check, Promises) and callable(check.promises):  # a check may list promises of another kind
            yield from (f"    {sentence}" for sentence in check.promises(rules, k))


def _phases(
    scenario: Scenario, rules: tuple[RuleTiming, ...], k: float, after_s: float
) -> Iterator[tuple[str, float, str]]:
    yield "preflight", STACK_UP_S, "the stack starts, every service gets ready"
    yield "warm-up", 10.0, "traffic begins; the steady state must be reached before anything is broken"
    yield "baseline", scenario.steady_s / k, "nothing is broken; viewers look at the boards"
    settle_s = max(scenario.recovery_s / k, settles_within_s(scenario.checks, rules, k))
    for number, act in enumerate(scenario.acts, start=1):
        faults = [fault for fault in act.planned if isinstance(fault, StackFault)]
        told = ", ".join(f"{fault.kind} {fault.target}" for fault in faults)
        if number > 1:
            yield act_phase("calm", number), settle_s + act.steady_s / k, "until the last act's alerts are resolved"
        yield act_phase("inject", number), float(len(faults)), f"{told}, confirmed"
        held_s = max((fault.hold.at_most_s(k) for fault in faults if not act.timed), default=0.0)
        held_s = max((one.until_s / k for one in act.timed), default=held_s)
        yield act_phase("hold", number), held_s, ", ".join(dict.fromkeys(str(fault.hold) for fault in faults))
        yield act_phase("heal", number), 2.0 * len(faults), "mended in reverse order, confirmed"
    yield (
        "recover",
        after_s + settle_s,
        "until alerts are resolved and everything is healthy",
    )
    yield "quiesce", 5.0, "traffic ends, the work is drained, the databases are read"
