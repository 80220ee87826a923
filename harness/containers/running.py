"""A running stack: its containers on one network, started in parallel along their dependencies."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import TracebackType
from typing import Any, Literal

import docker
import docker.errors
from docker.models.containers import Container
from docker.models.networks import Network
from testcontainers.core.config import testcontainers_config
from testcontainers.core.container import DockerContainer

from harness.containers import ready
from harness.containers.identity import labels
from harness.containers.plan import Service, StackPlan
from harness.containers.ports import lasting_port
from harness.errors import InfrastructureError, TimedOutError
from harness.interrupt import shielded
from harness.poll import Seen, until

LOOPBACK = "127.0.0.1"
LOG_LINES = 20
# How often a container that does not answer yet is asked whether it still runs: the engine's answer is dear.
STATE_EVERY_S = 0.5
# The name of a stopped container is asked of the machine's resolver, which may lose it: by default for 5 s, twice.
QUICK_DNS = ["timeout:1", "attempts:1"]
ALREADY_GOING = 409  # the engine is removing it for somebody else
NETWORK_GOES_WITHIN_S = 20.0

Progress = Callable[[str], None]


@dataclass(slots=True)
class RunningStack:
    """The containers of one plan. A context manager: whatever happens, nothing stays behind.

    Args:
        plan: what to start.
        images: image reference by catalogue key.
        run_id: for labels and names.
        client: the engine.
        keep: leave the containers running when the process ends (`harness stack up`).
        progress: told of each service as it becomes ready.
    """

    plan: StackPlan
    images: Mapping[str, str]
    run_id: str
    client: docker.DockerClient
    keep: bool = False
    progress: Progress = lambda line: None
    started_s: dict[str, float] = field(default_factory=dict)
    _containers: dict[str, str] = field(default_factory=dict)
    _network: Network | None = None
    _ports: dict[str, Mapping[int, int]] = field(default_factory=dict, init=False)
    _give_up: threading.Event = field(default_factory=threading.Event)

    @property
    def network(self) -> Network:
        """The network of the stack."""
        if self._network is None:
            raise InfrastructureError("the stack has no network: it is not started")
        return self._network

    @property
    def network_name(self) -> str:
        """The name of the stack's network."""
        return f"chaos-{self.run_id}"

    def __enter__(self) -> RunningStack:
        try:
            self._start()
        except BaseException:
            self.remove()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self.keep:
            self.remove()

    def container(self, service: str) -> Container:
        """The service's container, its state read anew.

        Raises:
            InfrastructureError: the service has no container (any more).
        """
        try:
            return self.client.containers.get(self._id_of(service))
        except docker.errors.NotFound as gone:
            raise InfrastructureError(f"the container of '{service}' is gone") from gone

    def _id_of(self, service: str) -> str:
        try:
            return self._containers[service]
        except KeyError as unknown:
            known = ", ".join(sorted(self._containers))
            raise InfrastructureError(f"no service '{service}' runs in this stack; there are {known}") from unknown

    def endpoint(self, service: str, port: int) -> tuple[str, int]:
        """Host and port where the harness reaches a container's port, the same for as long as the stack is there.

        Raises:
            InfrastructureError: the service has no container, or does not publish that port.
        """
        try:
            return LOOPBACK, self._ports[service][port]
        except KeyError as unknown:
            self._id_of(service)
            raise InfrastructureError(f"port {port} of {service} is not published") from unknown

    def url(self, service: str, port: int) -> str:
        """The address of an HTTP port as the harness reaches it."""
        host, mapped = self.endpoint(service, port)
        return f"http://{host}:{mapped}"

    def logs(self, service: str, lines: int | Literal["all"] = "all") -> str:
        """The last lines of a container's log."""
        raw: bytes = self.container(service).logs(tail=lines, timestamps=True)
        return raw.decode(errors="replace")

    def save_logs(self, folder: Path) -> None:
        """Write every container's log to `folder`/<service>.log."""
        folder.mkdir(parents=True, exist_ok=True)
        for service in self._containers:
            try:
                text = self.logs(service)
            except (InfrastructureError, docker.errors.APIError) as problem:
                text = f"the log could not be read: {problem}\n"
            (folder / f"{service}.log").write_text(text, encoding="utf-8")

    def wait_ready(self, service: str, within_s: float) -> str:
        """Wait until a service answers as its `ready` asks; returns what it said.

        Raises:
            InfrastructureError: it ended or did not get ready in time; with its last log lines.
        """
        value = self.plan.service(service)
        try:
            return until(
                f"{service} to get ready",
                self._tries(value),
                within_s=within_s,
                stop=self._give_up,
            )
        except TimedOutError as late:
            raise InfrastructureError(f"{late}\n{self._last_lines(service)}") from late

    def remove(self) -> None:
        """Remove every container with its volumes, and the network; may be called again."""
        with shielded():
            with ThreadPoolExecutor(max_workers=4) as pool:
                problems = [found for found in pool.map(self._remove_container, tuple(self._containers)) if found]
            if (network := self._network) is not None:
                try:
                    wait_gone(network)
                except TimedOutError as held:
                    problems.append(f"network {self.network_name}: {held}")
                self._network = None
        if problems:
            raise InfrastructureError(f"not all of the stack could be removed: {'; '.join(problems)}")

    def _start(self) -> None:
        self._network = self.client.networks.create(
            self.network_name, labels=labels(self.run_id, keep=self.keep), check_duplicate=True
        )
        waiting = {service.name: service for service in self.plan.services}
        running: dict[Future[None], str] = {}
        ready_now: set[str] = set()
        with ThreadPoolExecutor(max_workers=len(waiting)) as pool:
            try:
                while waiting or running:
                    for service in [one for one in waiting.values() if ready_now.issuperset(one.needs)]:
                        running[pool.submit(self._start_one, service)] = service.name
                        del waiting[service.name]
                    if not running:
                        raise InfrastructureError(f"services that need each other: {', '.join(sorted(waiting))}")
                    done, _ = wait(running, return_when=FIRST_COMPLETED)
                    for future in done:
                        name = running.pop(future)
                        future.result()
                        ready_now.add(name)
            except BaseException:
                self._give_up.set()
                raise

    def _start_one(self, service: Service) -> None:
        begun = time.monotonic()
        # A restart would change ports that the engine chose, and whoever asks would have to look them up each time.
        ports = {port: service.fixed_ports.get(port) or lasting_port() for port in service.ports}
        service = replace(service, fixed_ports=ports)
        container = _container(service, self.images[service.image], self.network_name)
        container.with_kwargs(
            labels=labels(self.run_id, service=service.name, keep=self.keep),
            hostname=service.name,
            stop_signal=None,
            sysctls=dict(service.sysctls),
            dns_opt=QUICK_DNS,
        ).with_name(f"chaos-{self.run_id}-{service.name}")
        try:
            container.start()
        except docker.errors.APIError as refused:
            raise InfrastructureError(
                f"{service.name} (image {self.images[service.image]}) cannot be started: {refused.explanation}"
            ) from refused
        finally:
            if container._container is not None:  # noqa: SLF001 - a start that failed half-way left one
                self._containers[service.name] = container.get_container_id()
                self._ports[service.name] = ports
        self.wait_ready(service.name, service.ready_within_s)
        self.started_s[service.name] = time.monotonic() - begun
        self.progress(f"{service.name} ready in {self.started_s[service.name]:.1f} s")

    def _tries(self, service: Service) -> Callable[[], str]:
        """One try after the other: whether it answers, and every now and then whether it still runs."""
        looked_s = -STATE_EVERY_S

        def one() -> str:
            nonlocal looked_s
            try:
                return ready.answers(self, service)
            except (Seen, OSError):
                if time.monotonic() - looked_s >= STATE_EVERY_S:
                    looked_s = time.monotonic()
                    self._has_ended(service.name)
                raise

        return one

    def _has_ended(self, service: str) -> None:
        container = self.container(service)
        if container.status in ("exited", "dead"):
            code = container.attrs["State"]["ExitCode"]
            raise InfrastructureError(
                f"{service} ended with exit code {code} while it was awaited\n{self._last_lines(service)}"
            )

    def _last_lines(self, service: str) -> str:
        try:
            text = self.logs(service, LOG_LINES)
        except (InfrastructureError, docker.errors.APIError) as problem:
            return f"its log cannot be read: {problem}"
        return f"the last lines of {service}:\n{text}"

    def _remove_container(self, service: str) -> str:
        """Remove one; returns why it could not be, or nothing."""
        try:
            self.client.api.remove_container(self._containers[service], force=True, v=True)
        except docker.errors.NotFound:
            pass
        except docker.errors.APIError as refused:
            if refused.status_code != ALREADY_GOING:
                return f"{service}: {refused.explanation}"
        self._containers.pop(service, None)
        return ""


def _container(service: Service, image: str, network: str) -> DockerContainer:
    """The service as a Testcontainers container; ports only on 127.0.0.1, files copied before the start."""
    testcontainers_config.ryuk_disabled = True  # labels and `sweep` clean up; its image is not always to be had
    container = DockerContainer(image)
    container.with_envs(**service.environment)
    if service.command:
        container.with_command(list(service.command))
    # The engine takes an address with the port; Testcontainers passes it on, though its annotation knows only ports.
    published: Any = {f"{port}/tcp": (LOOPBACK, service.fixed_ports[port]) for port in service.ports}
    container.ports = published
    for path, content in service.files.items():
        container.with_copy_into_container(content.encode(), path, 0o644)
    container._network = _Named(network)  # type: ignore[assignment]  # noqa: SLF001 - a network we labelled
    container.with_network_aliases(service.name)
    return container


@dataclass(frozen=True, slots=True)
class _Named:
    """What Testcontainers asks of a network: its name."""

    name: str


def resources_of(client: docker.DockerClient, filters: dict[str, Any]) -> tuple[Any, ...]:
    """Containers (also stopped ones), networks and volumes that carry the labels in `filters`."""
    return (
        *client.containers.list(all=True, filters=filters, ignore_removed=True),
        *client.networks.list(filters=filters),
        *client.volumes.list(filters=filters),
    )


def wait_gone(network: Network) -> None:
    """Remove a network. A busy engine lets go of the ends of a container some time after it removed the container.

    Raises:
        TimedOutError: it is still there; with what the engine says.
    """
    until("its network to go", lambda: _gone(network), within_s=NETWORK_GOES_WITHIN_S)


def _gone(network: Network) -> bool:
    try:
        network.remove()
    except docker.errors.NotFound:
        return True
    except docker.errors.APIError as refused:
        raise Seen(str(refused.explanation)) from refused
    return True
