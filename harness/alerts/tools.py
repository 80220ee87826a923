"""promtool and amtool, each in a container of its image: no network, nothing mounted, nothing left behind."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import docker
import docker.errors
import requests

from harness.containers.identity import labels, new_run_id
from harness.errors import InfrastructureError
from harness.interrupt import shielded

WORK = "/work"
# promtool makes a small database for each test: in memory, and with the garbage left longer, it takes a third less.
IN_MEMORY = {"TMPDIR": "/dev/shm", "GOGC": "400"}  # noqa: S108 - inside the container
SHARED_MEMORY = "512m"
LONGEST_S = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a tool said.

    Args:
        exit_code: its own.
        output: both of its outputs; which line of the two came first is not certain.
        errors: its standard error alone, exactly in its order.
    """

    exit_code: int
    output: str
    errors: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Toolbox:
    """Runs the tools that the services' images hold.

    Args:
        client: the engine.
        images: image reference by catalogue key; "prometheus" holds promtool, "alertmanager" amtool.
    """

    client: docker.DockerClient
    images: Mapping[str, str]

    def run(self, image: str, command: Sequence[str], files: Mapping[str, str], within_s: float = LONGEST_S) -> Outcome:
        """Run one command in an empty folder that holds `files`.

        Args:
            image: catalogue key.
            command: the tool and its arguments; paths are relative to the folder.
            files: text by path in the folder.
            within_s: the longest it may take.

        Raises:
            InfrastructureError: the engine refused, or the tool did not end in time.
        """
        try:
            container = self.client.containers.create(
                self.images[image],
                entrypoint=list(command),
                command=[],
                working_dir=WORK,
                network_mode="none",
                environment=IN_MEMORY,
                shm_size=SHARED_MEMORY,
                labels=labels(new_run_id(), service=command[0]),
            )
        except docker.errors.APIError as refused:
            raise InfrastructureError(f"{command[0]} cannot be started: {refused.explanation}") from refused
        try:
            container.put_archive("/", _packed(files))
            container.start()
            code = int(container.wait(timeout=within_s)["StatusCode"])
            said, errors = container.logs(), container.logs(stdout=False)
            return Outcome(exit_code=code, output=_text(said), errors=_text(errors))
        except docker.errors.APIError as refused:
            raise InfrastructureError(f"{command[0]} cannot be run: {refused.explanation}") from refused
        except requests.RequestException as late:
            raise InfrastructureError(f"{command[0]} did not end within {within_s:g} s") from late
        finally:
            with shielded():
                container.remove(force=True, v=True)


def _text(said: bytes) -> str:
    return said.decode(errors="replace")


def _packed(files: Mapping[str, str]) -> bytes:
    """A tar of the files below the working folder."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for path, text in files.items():
            content = text.encode()
            entry = tarfile.TarInfo(f"{WORK.lstrip('/')}/{path}")
            entry.size, entry.mode = len(content), 0o644
            tar.addfile(entry, io.BytesIO(content))
    return packed.getvalue()
