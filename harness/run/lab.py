"""What the scenarios of a run share: engine, images, scale, seed, undo log."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import docker

from harness.containers.plan import StackPlan
from harness.journal import Journal
from harness.machine.locks import exclusive
from harness.machine.state_folder import state_folder
from harness.progress import Progress, silent

TURN_WITHIN_S = 300.0


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

    @contextmanager
    def its_turn_to_start(self) -> Iterator[None]:
        """Wait until no other stack of this machine is starting, and keep others waiting meanwhile.

        Starting needs all processors; a second stack that starts beside it would make the application's first recovery
        slower than its alert allows.

        Raises:
            TimedOutError: another one does not get ready.
        """
        with exclusive(state_folder() / "starting.lock", "another stack to have started", within_s=TURN_WITHIN_S):
            yield
