"""A Prometheus that is gone for a while, and looks again."""

from __future__ import annotations

from collections.abc import Iterator

import docker
import pytest

from harness.containers.identity import new_run_id
from harness.containers.plan import HttpReady, Service, StackPlan
from harness.containers.running import RunningStack
from harness.containers.sweep import leftovers
from harness.evidence import Recorder
from harness.faults.container import Kill, Pause
from harness.faults.inject import injected
from harness.faults.unwatched import PORT, Unwatched
from harness.journal import Journal
from harness.machine.engine import ready_engine
from harness.machine.images import ImageStore
from harness.poll import until
from harness.probes.prometheus import Prometheus
from stack.images import CATALOGUE

pytestmark = pytest.mark.containers

CONFIG = """
global: {scrape_interval: 250ms, scrape_timeout: 250ms}
scrape_configs: [{job_name: prometheus, static_configs: [{targets: ["localhost:9090"]}]}]
"""


@pytest.fixture(scope="module")
def alone(engine: docker.DockerClient) -> Iterator[RunningStack]:
    """A Prometheus that looks at itself; nothing of it is left afterwards."""
    image = ImageStore(ready_engine().host).ensure_all([CATALOGUE["prometheus"]])["prometheus"]
    service = Service(
        name="prometheus",
        image="prometheus",
        ready=HttpReady(port=PORT, path="/-/ready"),
        command=("--config.file=/etc/prometheus/prometheus.yml", "--storage.tsdb.path=/prometheus"),
        ports=(PORT,),
        files={"/etc/prometheus/prometheus.yml": CONFIG},
    )
    run_id, plan = new_run_id(), StackPlan(services=(service,))
    with RunningStack(plan=plan, images={"prometheus": image.reference}, run_id=run_id, client=engine) as running:
        until("a scrape", lambda: scraped_s(running), within_s=30)
        yield running
    assert leftovers(engine, run_id=run_id) == ()


def scraped_s(stack: RunningStack) -> float:
    """When the last target was scraped, wall clock s; 0 if none was."""
    found = Prometheus(base_url=stack.url("prometheus", PORT)).query("min(timestamp(up))")
    return float(found[0]["value"][1]) if found else 0.0


@pytest.mark.parametrize("fault", [Pause(target="prometheus"), Kill(target="prometheus")], ids=["pause", "kill"])
def test_it_is_healed_when_it_looks_again(
    fault: Pause | Kill, alone: RunningStack, journal: Journal, recorder: Recorder
) -> None:
    """The confirmed heal is later than a scrape of every target, not only than an answer."""
    before_s = scraped_s(alone)
    with injected(Unwatched(fault=fault), 0, stack=alone, journal=journal, recorder=recorder):
        assert fault.effect(alone)
    assert scraped_s(alone) > before_s
    assert "1 targets were scraped since" in Unwatched(fault=fault).healed(alone)
