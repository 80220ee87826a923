"""What the scenarios of a run share: engine, images, scale, seed, undo log."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

import docker

from harness.containers.plan import StackPlan
from harness.journal import Journal
from harness.poll import until
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
        starting: held while a stack starts, which is what needs the processors: one at a time.
        progress: told of each phase.
    """

    client: docker.DockerClient
    images: Mapping[str, str]
    plan: Callable[[], StackPlan]
    run_id: str
    time_scale: float
    seed: int
    journal: Journal
    starting: threading.Lock = field(default_factory=threading.Lock)
    progress: Progress = silent

    @contextmanager
    def its_turn_to_start(self) -> Iterator[None]:
        """Wait until no other stack is starting, and keep others waiting meanwhile.

        Raises:
            TimedOutError: another one does not get ready.
        """
        until("another stack to have started", lambda: self.starting.acquire(blocking=False), within_s=TURN_WITHIN_S)
        try:
            yield
        finally:
            self.starting.release()
