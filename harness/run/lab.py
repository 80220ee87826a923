"""What the scenarios of a run share: engine, images, scale, seed, undo log."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import docker

from harness.containers.plan import StackPlan
from harness.journal import Journal
from harness.progress import Progress, silent


@dataclass(frozen=True, slots=True, kw_only=True)
class Lab:
    """What scenarios run in.

    Args:
        client: the engine.
        images: image reference by catalogue key.
        plan: makes a stack plan; called once a scenario, so that passwords are new in each.
        run_id: of the campaign.
        time_scale: k.
        seed: of the traffic.
        journal: the campaign's undo log.
        progress: told of each phase.
    """

    client: docker.DockerClient
    images: Mapping[str, str]
    plan: Callable[[], StackPlan]
    run_id: str
    time_scale: float
    seed: int
    journal: Journal
    progress: Progress = silent
