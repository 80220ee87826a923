"""What a plan has to hold so that it can be run and looked at; and what nobody looks at, as the plan has none of it."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from harness.containers.plan import CommandRead, PlanRequest, StackPlan

# Names and ports that the harness looks for; a plan with alerts or boards has them.
ALERT_SERVICES = {"prometheus": 9090, "alertmanager": 9093, "sink": 8080}
GRAFANA, GRAFANA_PORT = "grafana", 3000
TOXIPROXY = "toxiproxy"
CONFIG_FILES = {
    "prometheus": "/etc/prometheus/prometheus.yml",
    "alertmanager": "/etc/alertmanager/alertmanager.yml",
}
PRODUCTION_FILES = ("prometheus.yml", "alertmanager.yml")


def plan_problems(plan: StackPlan, request: PlanRequest, *, images: Collection[str], subject: str) -> list[str]:
    """One sentence for each thing that the plan lacks or contradicts; empty when it can be run.

    Args:
        plan: what the stack's module planned.
        request: what it was asked for.
        images: keys of its image catalogue.
        subject: the key of the image that is judged.
    """
    return [
        *_services(plan, images, subject),
        *_asked_for(plan, request),
        *_traffic(plan),
        *_health(plan),
        *_alerts(plan, images),
        *_boards(plan),
        *_databases(plan),
    ]


def unlooked(plan: StackPlan) -> tuple[str, ...]:
    """What a run of this plan does not look at, a sentence each; a reader must not take its absence for health."""
    gaps = (
        (not plan.alerts, "the stack plans no alerts: no rule, no notification and no silence was looked at"),
        (not plan.panels, "the stack plans no boards: no panel was looked at"),
        (not plan.final_reads, "the stack plans no reads at the end: what it kept was not looked at"),
        (not plan.health, "the stack plans no health targets: no service was asked for its health"),
    )
    return tuple(sentence for is_missing, sentence in gaps if is_missing)


def _services(plan: StackPlan, images: Collection[str], subject: str) -> Iterator[str]:
    names = [service.name for service in plan.services]
    if not names:
        yield "it has no services"
        return
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield f"two services are called '{name}'"
    for service in plan.services:
        if service.image not in images:
            yield f"service '{service.name}' names the image '{service.image}', which is no key of IMAGES"
        for needed in service.needs:
            if needed not in names:
                yield f"service '{service.name}' needs '{needed}', which is no service"
    if subject not in {service.image for service in plan.services}:
        yield f"no service runs the image '{subject}', which is the SUBJECT: nothing would be judged"
    if plan.links and TOXIPROXY not in names:
        yield f"it has links and no service '{TOXIPROXY}'"


def _asked_for(plan: StackPlan, request: PlanRequest) -> Iterator[str]:
    if sorted(plan.known_bad) != sorted(request.known_bad):
        asked, told = (", ".join(names) or "none" for names in (request.known_bad, plan.known_bad))
        yield f"known-bad variants asked for: {asked}; switched on by its 'known_bad': {told}"
    if dict(plan.subject_settings) != dict(request.subject_settings):
        asked, told = (
            ", ".join(f"{name}={value}" for name, value in pairs) or "none"
            for pairs in (request.subject_settings, plan.subject_settings)
        )
        yield f"settings of the subject asked for: {asked}; applied by its 'subject_settings': {told}"
    if request.boards and not plan.panels and not request.lean:
        yield f"it plans no boards, so those in {request.boards} would not be looked at"
    if request.rules and not plan.alerts and not request.lean:
        yield f"it plans no alerts, so the rule file {request.rules} would not be looked at"


def _traffic(plan: StackPlan) -> Iterator[str]:
    traffic = plan.traffic
    if not traffic.services:
        yield "its 'traffic' names no service: nothing would be sent"
    if ":" not in traffic.payload:
        yield f"the payload of its 'traffic' is '{traffic.payload}', which does not read as module:function"
    for name in traffic.services:
        yield from _reaches(plan, name, traffic.port, "traffic")


def _health(plan: StackPlan) -> Iterator[str]:
    for target in plan.health:
        yield from _reaches(plan, target.service, target.port, "health")
    if plan.health:
        yield from _setting(plan, "health_every_s", "health targets")


def _alerts(plan: StackPlan, images: Collection[str]) -> Iterator[str]:
    if plan.steady and not plan.alerts:
        yield from _reaches(plan, "prometheus", ALERT_SERVICES["prometheus"], "steady")
    if not plan.alerts:
        return
    for name, port in ALERT_SERVICES.items():
        yield from _reaches(plan, name, port, "alerts")
    for name, path in CONFIG_FILES.items():
        if name not in images:
            yield f"it has alerts, and IMAGES has no '{name}', which holds a tool for rules"
        if any(one.name == name and path not in one.files for one in plan.services):
            yield f"service '{name}' has no file {path} in its 'files'"
    for path in PRODUCTION_FILES:
        if path not in plan.production:
            yield f"it has alerts, and its 'production' has no {path}, so they cannot be replayed at production timing"
    if not any(path.startswith("rules/") for path in plan.production):
        yield "it has alerts, and its 'production' has no rules/..., so they cannot be replayed at production timing"
    yield from _setting(plan, "rules_every_s", "alerts")


def _boards(plan: StackPlan) -> Iterator[str]:
    if not plan.panels:
        return
    yield from _reaches(plan, GRAFANA, GRAFANA_PORT, "panels")
    if GRAFANA not in plan.logins:
        yield f"it has panels, and its 'logins' have none for '{GRAFANA}'"
    yield from _setting(plan, "panel_refresh_s", "panels")


def _databases(plan: StackPlan) -> Iterator[str]:
    names = {service.name for service in plan.services}
    asked = [
        *((f"final read '{read.kind}'", read.service, isinstance(read, CommandRead)) for read in plan.final_reads),
        *((f"drained '{one.what}'", one.service, False) for one in plan.drained),
        *((f"role '{name}'", role.service, False) for name, role in plan.roles.items()),
        *((f"data set '{name}'", fill.service, False) for name, of in plan.data.items() for fill in of.fills),
    ]
    for what, service, is_command in asked:
        if service not in names:
            yield f"{what} asks '{service}', which is no service"
        elif not is_command and not (service in plan.logins and service in plan.databases):
            yield f"{what} asks '{service}', which has no entry in 'logins' or in 'databases'"


def _reaches(plan: StackPlan, name: str, port: int, what: str) -> Iterator[str]:
    service = next((one for one in plan.services if one.name == name), None)
    if service is None:
        yield f"its '{what}' needs a service '{name}', which is not there"
    elif port not in service.ports:
        yield f"its '{what}' needs port {port} of service '{name}', which is not in its 'ports'"


def _setting(plan: StackPlan, name: str, what: str) -> Iterator[str]:
    if not plan.settings.get(name, 0.0) > 0:
        yield f"it has {what}, and its 'settings' have no '{name}' above 0"
