"""What a real Prometheus and a real Alertmanager say of our files, compressed, in their own answers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import docker
import pytest
import requests

from harness.machine.engine import client, ready_engine
from harness.machine.images import ImageStore
from harness.poll import until
from harness.recorded import RuleTiming
from harness.settings import REPOSITORY
from harness.timing import compress_alertmanager, compress_prometheus, compress_rules, loaded_rules, prometheus_flags
from stack.images import CATALOGUE
from stack.services.prometheus import REAL_TIME

pytestmark = pytest.mark.containers
K = 15


@pytest.fixture(scope="module")
def engine() -> Iterator[docker.DockerClient]:
    """A client of the engine."""
    found = client()
    yield found
    found.close()


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """The compressed files as a run mounts them."""
    folder = tmp_path / "config"
    (folder / "rules").mkdir(parents=True)
    stack = REPOSITORY / "stack"
    for source, target, compress in (
        (
            "prometheus/rules/portfolio_manager.yml",
            "rules/portfolio_manager.yml",
            partial(compress_rules, real_time=REAL_TIME),
        ),
        ("prometheus/prometheus.yml", "prometheus.yml", compress_prometheus),
        ("alertmanager/alertmanager.yml", "alertmanager.yml", compress_alertmanager),
    ):
        (folder / target).write_text(compress((stack / source).read_text(encoding="utf-8"), K), encoding="utf-8")
    return folder


@pytest.fixture
def loaded(engine: docker.DockerClient, config: Path) -> Iterator[tuple[RuleTiming, ...]]:
    """The rules as the two programs loaded them."""
    had = ImageStore(ready_engine().host).ensure_all([CATALOGUE["prometheus"], CATALOGUE["alertmanager"]])
    commands = {
        "prometheus": (9090, ["--config.file=/etc/prometheus/prometheus.yml", "--storage.tsdb.path=/prometheus"]),
        "alertmanager": (9093, ["--config.file=/etc/prometheus/alertmanager.yml", "--cluster.listen-address="]),
    }
    commands["prometheus"][1].extend(prometheus_flags(K))
    with ExitStack() as cleanup:
        addresses = {}
        for name, (port, command) in commands.items():
            container = engine.containers.create(
                had[name].reference,
                command,
                volumes={str(config): {"bind": "/etc/prometheus", "mode": "ro"}},
                ports={f"{port}/tcp": ("127.0.0.1", 0)},
            )
            cleanup.callback(container.remove, v=True, force=True)
            container.start()
            container.reload()
            published = container.ports[f"{port}/tcp"]
            assert published, f"{name} ended: {container.logs().decode()}"
            addresses[name] = f"http://127.0.0.1:{published[0]['HostPort']}"
        yield loaded_rules(
            answer(addresses["prometheus"] + "/api/v1/rules"),
            answer(addresses["prometheus"] + "/api/v1/status/config"),
            answer(addresses["alertmanager"] + "/api/v2/status"),
        )


def answer(url: str) -> Any:
    """The JSON at an address, once the program behind it is ready."""

    def read() -> Any:
        found = requests.get(url, timeout=2)
        return found.json() if found.ok else None

    return until(f"{url} to answer", read, within_s=30)


def test_both_programs_load_what_we_compressed(loaded: tuple[RuleTiming, ...]) -> None:
    """All twenty rules, each second; one minute of SignalLoss is four seconds; severities reach their channels."""
    rules = {rule.alert: rule for rule in loaded}
    assert len(rules) == len(loaded) == 20
    found = rules["SignalLoss"]
    assert (found.for_s, found.interval_s, found.scrape_s, found.scrape_timeout_s) == (4.0, 1.0, 1.0, 0.667)
    assert (found.group_wait_s, found.group_interval_s, found.window_s) == (0.667, 0.667, 0.0)
    assert rules["ExcessiveLeadershipFlapping"].window_s == 240.0
    assert rules["SignalLoss"].receivers == ("pagerduty", "slack")
    assert rules["SlowRecovery"].receivers == ("slack",)
    assert rules["FallbackMode"].receivers == ("email",)
