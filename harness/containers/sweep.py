"""Leftovers of runs whose process is gone: found by label, removed, and named."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import docker
import docker.errors
from docker.models.containers import Container
from docker.models.networks import Network

from harness.containers.identity import KEEP_LABEL, OWNER_LABEL, RUN_LABEL, Owner
from harness.containers.running import ALREADY_GOING, resources_of, wait_gone
from harness.errors import InfrastructureError, TimedOutError


@dataclass(frozen=True, slots=True, kw_only=True)
class Leftover:
    """A container, network or volume that a run left behind."""

    kind: str
    name: str
    run_id: str


def leftovers(client: docker.DockerClient, *, run_id: str = "", everything: bool = False) -> tuple[Leftover, ...]:
    """What would be swept.

    Args:
        client: the engine.
        run_id: only this run's, whoever owns it.
        everything: also stacks that were kept on purpose and runs that are still alive.
    """
    return tuple(_describe(found) for found in _found(client, run_id, everything))


def sweep(client: docker.DockerClient, *, run_id: str = "", everything: bool = False) -> tuple[Leftover, ...]:
    """Remove what `leftovers` names, containers first; returns what was removed.

    Raises:
        InfrastructureError: something could not be removed; the others have been.
    """
    removed, problems = [], []
    for found in _found(client, run_id, everything):
        leftover = _describe(found)
        try:
            if isinstance(found, Container):
                found.remove(force=True, v=True)
            elif isinstance(found, Network):
                wait_gone(found)
            else:
                found.remove()
        except docker.errors.NotFound:
            continue
        except docker.errors.APIError as refused:
            if refused.status_code != ALREADY_GOING:
                problems.append(f"{leftover.kind} {leftover.name}: {refused.explanation}")
            continue
        except TimedOutError as held:
            problems.append(f"{leftover.kind} {leftover.name}: {held}")
            continue
        removed.append(leftover)
    if problems:
        raise InfrastructureError(f"could not sweep {'; '.join(problems)}")
    return tuple(removed)


def _found(client: docker.DockerClient, run_id: str, everything: bool) -> Iterator[Any]:
    for found in resources_of(client, {"label": RUN_LABEL}):
        marks = _labels(found)
        if run_id:
            # The stacks of a run's scenarios are called <run id>-<number>.
            chosen = marks[RUN_LABEL] == run_id or marks[RUN_LABEL].startswith(f"{run_id}-")
        else:
            chosen = everything or _abandoned(marks)
        if chosen:
            yield found


def _abandoned(marks: dict[str, str]) -> bool:
    owner = Owner.from_label(marks.get(OWNER_LABEL, ""))
    return KEEP_LABEL not in marks and (owner is None or not owner.alive)


def _labels(found: Any) -> dict[str, str]:
    attrs = found.attrs
    return dict(attrs.get("Labels") or attrs.get("Config", {}).get("Labels") or {})


def _describe(found: Any) -> Leftover:
    return Leftover(kind=type(found).__name__.lower(), name=found.name, run_id=_labels(found).get(RUN_LABEL, ""))
