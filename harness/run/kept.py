"""Stacks kept to be explored by hand: where they are, and how to log in."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import docker
import docker.errors

from harness.containers.identity import new_run_id
from harness.containers.plan import PlanRequest, StackPlan
from harness.containers.running import Progress, RunningStack
from harness.containers.sweep import leftovers, sweep
from harness.errors import UsageError
from harness.evidence import read_json
from harness.machine.state_folder import state_folder

GRAFANA, GRAFANA_PORT = "grafana", 3000
NOT_RUNNING = "not running"


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """How a person reaches one port of one service."""

    service: str
    port: int
    address: str
    login: str


def up(
    plan: StackPlan,
    request: PlanRequest,
    images: dict[str, str],
    client: docker.DockerClient,
    progress: Progress,
) -> str:
    """Start a stack that stays; returns its run id. Its logins are kept in a file only this user can read.

    Raises:
        InfrastructureError: a service did not start; nothing of the stack is left then.
    """
    run_id = new_run_id()
    stack = RunningStack(plan=plan, images=images, run_id=run_id, client=client, keep=True, progress=progress)
    try:
        with stack:
            logins = {name: [login.user, login.password] for name, login in plan.logins.items()}
            ports = {service.name: list(service.ports) for service in plan.services}
            facts = {"run_id": run_id, "time_scale": request.time_scale, "logins": logins, "ports": ports}
            _keep(run_id, {**facts, "boards": list(dict.fromkeys(panel.board for panel in plan.panels))})
    except BaseException:
        stack.remove()
        raise
    return run_id


def kept_runs(client: docker.DockerClient) -> tuple[str, ...]:
    """Run ids of the kept stacks that have containers."""
    alive = {found.run_id for found in leftovers(client, everything=True)}
    return tuple(sorted(path.stem for path in _folder().glob("*.json") if path.stem in alive))


def the_run(client: docker.DockerClient, run_id: str) -> str:
    """The kept stack that is meant: the named one, or the only one.

    Raises:
        UsageError: there is none, or several and none was named.
    """
    runs = kept_runs(client)
    if run_id in runs:
        return run_id
    if run_id or len(runs) != 1:
        there = f"there are {', '.join(runs)}" if runs else "none is up; start one with 'harness stack up'"
        raise UsageError(f"no stack '{run_id}': {there}" if run_id else f"which stack? {there}")
    return runs[0]


def addresses(client: docker.DockerClient, run_id: str) -> tuple[Address, ...]:
    """Every published port of a kept stack with its login.

    Raises:
        EvidenceError: its file cannot be read.
    """
    kept = read_json(_folder() / f"{run_id}.json")
    return tuple(
        Address(
            service=service,
            port=port,
            address=_published(client, run_id, service, port),
            login=" / ".join(kept["logins"].get(service, ())),
        )
        for service, ports in kept["ports"].items()
        for port in ports
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Boards:
    """The boards of a kept stack: their addresses, who logs in, and the file that holds the password."""

    urls: tuple[str, ...]
    user: str
    password_in: str


def boards(client: docker.DockerClient, run_id: str) -> Boards | None:
    """Where a person looks at the boards; None where the stack has none, or its Grafana is not running.

    Raises:
        EvidenceError: its file cannot be read.
    """
    path = _folder() / f"{run_id}.json"
    kept = read_json(path)
    address = _published(client, run_id, GRAFANA, GRAFANA_PORT)
    login = kept["logins"].get(GRAFANA)
    if not kept.get("boards") or not login or address == NOT_RUNNING:
        return None
    urls = tuple(f"http://{address}/d/{board}" for board in kept["boards"])
    return Boards(urls=urls, user=login[0], password_in=f"{path}, logins.{GRAFANA}")


def down(client: docker.DockerClient, run_id: str) -> int:
    """Remove a kept stack; returns how many containers and networks that were."""
    removed = sweep(client, run_id=run_id)
    (_folder() / f"{run_id}.json").unlink(missing_ok=True)
    return len(removed)


def _published(client: docker.DockerClient, run_id: str, service: str, port: int) -> str:
    try:
        attrs = client.containers.get(f"chaos-{run_id}-{service}").attrs
        binding = attrs["NetworkSettings"]["Ports"][f"{port}/tcp"][0]
    except (docker.errors.NotFound, KeyError, TypeError, IndexError):
        return NOT_RUNNING
    return f"{binding['HostIp']}:{binding['HostPort']}"


def _keep(run_id: str, facts: dict[str, object]) -> None:
    path = _folder() / f"{run_id}.json"
    path.touch(mode=0o600)
    path.write_text(json.dumps(facts), encoding="utf-8")


def _folder() -> Path:
    folder = state_folder() / "stacks"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder
