"""The steady state: what must hold before anything is broken, and again after the healing."""

from __future__ import annotations

from collections.abc import Collection
from typing import ClassVar

import requests

from harness import loopback
from harness.containers.plan import HealthTarget
from harness.containers.running import RunningStack
from harness.errors import ExitCode, HarnessError, TimedOutError
from harness.poll import Seen, until
from harness.probes.prometheus import Prometheus, alert_states

CALL_S = 5.0


class NotSteadyError(HarnessError):
    """The system under test was not healthy before anything was broken: nothing can be concluded."""

    exit_code: ClassVar[ExitCode] = ExitCode.UNKNOWN


def wait_steady(stack: RunningStack, prometheus: Prometheus, *, within_s: float) -> None:
    """Wait until every service is healthy, the plan's queries hold, no alert is active, and all boards are there.

    A plan without alerts, or without boards, is not asked for them.

    Raises:
        NotSteadyError: it was not so in time; says what was missing.
    """

    def steady() -> bool:
        if stack.plan.boards:
            boards_are_there(stack)
        for target in stack.plan.health:
            is_healthy(stack, target)
        for query in stack.plan.steady:
            value_is(prometheus, query.what, query.promql, query.value)
        if stack.plan.has_alerts:
            nothing_is_active(prometheus)
        return True

    try:
        until("the steady state before the fault", steady, within_s=within_s, every_s=0.1)
    except TimedOutError as late:
        raise NotSteadyError(str(late)) from late


def boards_are_there(stack: RunningStack) -> None:
    """Grafana shows as many boards as are provisioned; it loads them after it reports healthy.

    Raises:
        Seen: it shows another number, or does not answer.
    """
    login = stack.plan.logins["grafana"]
    try:
        answer = loopback.get(
            stack.url("grafana", 3000) + "/api/search",
            params={"type": "dash-db"},
            auth=(login.user, login.password),
            timeout=CALL_S,
        )
        boards = answer.json() if answer.ok else []
    except (requests.RequestException, ValueError) as problem:
        raise Seen(f"Grafana does not answer: {problem}") from problem
    if len(boards) != stack.plan.boards:
        raise Seen(f"Grafana shows {len(boards)} boards of {stack.plan.boards} (a board file that does not load?)")


def is_healthy(stack: RunningStack, target: HealthTarget) -> None:
    """The service says that it is healthy.

    Raises:
        Seen: it says otherwise, or nothing.
    """
    try:
        answer = loopback.get(stack.url(target.service, target.port) + target.path, timeout=CALL_S)
    except requests.RequestException as problem:
        raise Seen(f"{target.service} does not answer: {problem}") from problem
    if answer.status_code != 200:
        raise Seen(f"{target.service} says HTTP {answer.status_code} {answer.text[:200]}")


def value_is(prometheus: Prometheus, what: str, promql: str, wanted: float) -> None:
    """The query has one sample with the wanted value.

    Raises:
        Seen: it has another, or none.
    """
    values = [sample["value"][1] for sample in prometheus.query(promql)]
    if len(values) != 1 or float(values[0]) != wanted:
        raise Seen(f"{what}: {promql} is {', '.join(values) or 'without a sample'}, not {wanted:g}")


def nothing_is_active(prometheus: Prometheus, but: Collection[str] = ()) -> None:
    """No alert is pending or firing, apart from those named in `but`.

    Raises:
        Seen: one is; names it.
    """
    active = {alert: states for alert, states in alert_states(prometheus.rules()).items() if alert not in but}
    if active:
        told = ", ".join(f"{alert} {'/'.join(sorted(states))}" for alert, states in sorted(active.items()))
        raise Seen(f"alerts are active: {told}")
