"""Containers of single services, started the way their official images are started."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import docker
import pytest
from docker.models.containers import Container

from harness.containers.identity import labels, new_run_id
from harness.machine.engine import client, ready_engine
from harness.machine.images import Image, ImageStore
from harness.poll import Seen, until
from stack.images import CATALOGUE


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A container, and what a test asks of it."""

    container: Container

    def port(self, inside: int) -> int:
        """The loopback port that `inside` is mapped to now."""
        self.container.reload()
        mapped = self.container.ports[f"{inside}/tcp"] or []
        return int(mapped[0]["HostPort"])

    def run(self, *command: str) -> tuple[int, str]:
        """Exit code and output of a command in the container."""
        done = self.container.exec_run(list(command))
        assert isinstance(done.output, bytes)
        assert done.exit_code is not None
        return done.exit_code, done.output.decode("utf-8", "replace").strip()

    def says(self, *command: str, expect: str) -> str:
        """Repeat a command until its output has `expect` in it; the output."""

        def told() -> str:
            code, output = self.run(*command)
            if code != 0 or expect not in output:
                raise Seen(f"exit code {code}: {output[-300:]}")
            return output

        return until(f"{' '.join(command)} to say {expect}", told, within_s=30)

    def stop(self) -> int:
        """Ask it to stop as `docker stop` does; its exit code."""
        self.container.stop(timeout=10)
        return int(self.container.wait()["StatusCode"])

    @property
    def logs(self) -> str:
        """What it has said."""
        return self.container.logs().decode("utf-8", "replace")


Start = Callable[..., Running]


@pytest.fixture(scope="session")
def engine() -> Iterator[docker.DockerClient]:
    """The machine's engine."""
    opened = client()
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def images() -> Mapping[str, Image]:
    """Images by service, had when a test asks for one first."""
    store = ImageStore(ready_engine().host)

    class OnDemand(dict[str, Image]):
        def __missing__(self, service: str) -> Image:
            self[service] = store.ensure(CATALOGUE[service])
            return self[service]

    return OnDemand()


@pytest.fixture
def start(engine: docker.DockerClient, images: Mapping[str, Image]) -> Iterator[Start]:
    """Starts a service; everything started is removed after the test, volumes too."""
    started: list[Container] = []

    def begin(
        service: str,
        *command: str,
        environment: Mapping[str, str] | None = None,
        files: Mapping[str, str] | None = None,
        ports: tuple[int, ...] = (),
    ) -> Running:
        container = engine.containers.create(
            images[service].reference,
            list(command) or None,
            environment=dict(environment or {}),
            ports={f"{port}/tcp": ("127.0.0.1", 0) for port in ports},
            labels=labels(new_run_id(), service=service),
        )
        started.append(container)
        if files:
            container.put_archive("/", _packed(files))
        container.start()
        return Running(container=container)

    yield begin
    for container in reversed(started):
        container.remove(force=True, v=True)


def _packed(files: Mapping[str, str]) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for path, content in files.items():
            entry = tarfile.TarInfo(path.lstrip("/"))
            entry.size, entry.mode = len(content.encode()), 0o755 if path.endswith(".sh") else 0o644
            tar.addfile(entry, io.BytesIO(content.encode()))
    return packed.getvalue()
