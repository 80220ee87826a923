"""The rules and the routing in the hands of Prometheus' and Alertmanager's own tools."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import docker
import pytest
from docker.errors import ContainerError

from harness.machine.engine import client, ready_engine
from harness.machine.images import ImageStore
from harness.settings import REPOSITORY
from harness.timing import compress_alertmanager, compress_prometheus, compress_rules
from stack.images import CATALOGUE

pytestmark = pytest.mark.containers

Tool = Callable[..., str]


@pytest.fixture(scope="module")
def engine() -> Iterator[docker.DockerClient]:
    """A client of the engine."""
    found = client()
    yield found
    found.close()


@pytest.fixture(scope="module")
def images() -> dict[str, str]:
    """The images that bring the tools."""
    had = ImageStore(ready_engine().host).ensure_all([CATALOGUE["prometheus"], CATALOGUE["alertmanager"]])
    return {key: image.reference for key, image in had.items()}


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """All configuration in one folder, at production timing."""
    folder = tmp_path / "config"
    shutil.copytree(REPOSITORY / "stack/prometheus/rules", folder / "rules")
    shutil.copy(REPOSITORY / "stack/prometheus/prometheus.yml", folder)
    shutil.copy(REPOSITORY / "stack/alertmanager/alertmanager.yml", folder)
    shutil.copy(Path(__file__).parent / "portfolio_manager_test.yml", folder / "rules")
    folder.chmod(0o755)
    return folder


@pytest.fixture
def tool(engine: docker.DockerClient, images: dict[str, str], config: Path) -> Tool:
    """Runs promtool or amtool on the configuration; a refusal fails the test with the tool's words."""

    def run(name: str, *arguments: str) -> str:
        image = images["prometheus" if name == "promtool" else "alertmanager"]
        try:
            said = engine.containers.run(
                image,
                entrypoint=[name],
                command=list(arguments),
                volumes={str(config): {"bind": "/etc/prometheus", "mode": "ro"}},
                working_dir="/etc/prometheus/rules",
                network_mode="none",
                remove=True,
                stderr=True,
            )
        except ContainerError as refusal:
            pytest.fail(f"{name}: {refusal}")
        return str(said.decode())

    return run


def test_promtool_accepts_configuration_and_rules(tool: Tool) -> None:
    """Prometheus would load them."""
    assert "4 rules found" in tool("promtool", "check", "rules", "portfolio_manager.yml")
    assert "SUCCESS" in tool("promtool", "check", "config", "--syntax-only", "/etc/prometheus/prometheus.yml")


def test_every_rule_fires_and_stays_silent_as_promised(tool: Tool) -> None:
    """The unit tests of the rules hold, to the evaluation."""
    assert "SUCCESS" in tool("promtool", "test", "rules", "portfolio_manager_test.yml")


def test_amtool_accepts_the_routing(tool: Tool) -> None:
    """Alertmanager would load it."""
    assert "SUCCESS" in tool("amtool", "check-config", "/etc/prometheus/alertmanager.yml")


@pytest.mark.parametrize(
    ("labels", "receivers"),
    [
        ("severity=critical", "pagerduty-critical,slack-critical"),
        ("severity=warning", "slack-warnings"),
        ("severity=info", "team-trading"),
    ],
)
def test_amtool_routes_as_we_say(tool: Tool, labels: str, receivers: str) -> None:
    """Alertmanager's own resolution of the routes agrees with the severities' receivers."""
    file = "--config.file=/etc/prometheus/alertmanager.yml"
    assert receivers in tool("amtool", "config", "routes", "test", file, f"--verify.receivers={receivers}", labels)


def test_the_compressed_files_load_as_well(tool: Tool, config: Path) -> None:
    """What a compressed run mounts is accepted by the same tools."""
    for path, compress in (
        (config / "rules/portfolio_manager.yml", compress_rules),
        (config / "prometheus.yml", compress_prometheus),
        (config / "alertmanager.yml", compress_alertmanager),
    ):
        path.write_text(compress(path.read_text(encoding="utf-8"), 15), encoding="utf-8")
    assert "4 rules found" in tool("promtool", "check", "rules", "portfolio_manager.yml")
    assert "SUCCESS" in tool("promtool", "check", "config", "--syntax-only", "/etc/prometheus/prometheus.yml")
    assert "SUCCESS" in tool("amtool", "check-config", "/etc/prometheus/alertmanager.yml")
