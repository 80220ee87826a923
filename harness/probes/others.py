"""What other programs of the machine did meanwhile: whoever shares its processors with a run is measured with it."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import docker
import requests

from harness.containers.identity import OWNER_LABEL, RUN_LABEL, Owner
from harness.evidence import Recorder
from harness.probes.processors import Spent, spent
from harness.processes import PROC, Process, processes
from harness.recorded import Stream

EVERY_S = 5.0
_CONTAINER = re.compile(r"[0-9a-f]{64}")
# An engine works for the run when it works. It may for others too, which is little beside what they do themselves.
# What dockerd starts of itself is called "exe".
_ENGINE = re.compile(r"dockerd|exe$|containerd|docker-proxy|docker-init|runc|crun|podman|conmon|netavark|pasta")
_FIRST, _KERNEL = 1, 2  # adopts what loses its parent; is the parent of all threads of the kernel


@dataclass(frozen=True, slots=True, kw_only=True)
class Ours:
    """What belongs to a run.

    Args:
        containers: full ids of those that run.
        owners: numbers of the processes that started them; whatever these started is the run's too.
    """

    containers: frozenset[str]
    owners: frozenset[int]


def ours_of(client: docker.DockerClient, run_id: str) -> Ours | None:
    """What belongs to a run now: its stacks, and tools that its processes run; None where the engine does not tell.

    Args:
        client: the engine.
        run_id: of the run; its stacks are called <run id>-<number>.
    """
    try:
        found = client.api.containers(filters={"label": RUN_LABEL})
    except (docker.errors.APIError, requests.RequestException):
        return None
    pids = {one["Id"]: owner and owner.pid for one, owner in ((one, _owner(one)) for one in found)}
    stacks = {one["Id"] for one in found if f"{one['Labels'][RUN_LABEL]}-".startswith(f"{run_id}-")}
    owners = {os.getpid(), *(pid for pid in map(pids.get, stacks) if pid)}
    return Ours(
        containers=frozenset(stacks | {one for one, pid in pids.items() if pid in owners}), owners=frozenset(owners)
    )


def _owner(container: Mapping[str, Any]) -> Owner | None:
    return Owner.from_label(container["Labels"].get(OWNER_LABEL, ""))


@dataclass(slots=True, kw_only=True)
class OthersProbe:
    """Samples what programs used that are neither the run's, nor the engine, nor the kernel.

    It sees the processes of its own namespace only. In a container it therefore sees less than there is, and never
    takes the run's own services for somebody else's.

    Args:
        ours: tells what belongs to the run.
    """

    ours: Callable[[], Ours | None]
    proc: Path = PROC
    every_s: float = EVERY_S
    name: str = field(default="others")
    _last: tuple[Spent, Mapping[int, Process]] | None = None

    def sample(self, recorder: Recorder) -> None:
        """Record what others used since the sample before, beside what nobody used, s of one processor."""
        ours, now = self.ours(), spent(self.proc / "stat")
        if ours is None or now is None:
            self._last = None
            return
        strangers = strangers_to(ours, self.proc)
        if self._last:
            last, before = self._last
            by_name = used_between(before, strangers)
            most = by_name.most_common(1)
            recorder.write(
                Stream.COST,
                "others",
                others_s=round(by_name.total() / os.sysconf("SC_CLK_TCK"), 3),
                idle_s=round(now.idle_s - last.idle_s, 3),
                all_s=round(now.all_s - last.all_s, 3),
                most=most[0][0] if most else "",
            )
        self._last = now, strangers


def strangers_to(ours: Ours, proc: Path = PROC) -> dict[int, Process]:
    """The processes that do not belong to a run, by number."""
    all_of_them = {one.pid: one for one in processes(proc)}

    def belongs(one: Process) -> bool:
        seen = set()
        while one.pid not in seen:
            if one.pid in ours.owners or one.pid == _KERNEL:
                return True
            seen.add(one.pid)
            one = all_of_them.get(one.parent, one)
        return False

    return {
        one.pid: one
        for one in all_of_them.values()
        if not (_ENGINE.match(one.name) or belongs(one) or in_container(one.pid, ours.containers, proc))
    }


def in_container(pid: int, containers: Collection[str], proc: Path = PROC) -> bool:
    """Whether a process runs in one of these containers, by the path of its control group (cgroups(7))."""
    try:
        told = (proc / str(pid) / "cgroup").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    return not set(_CONTAINER.findall(told)).isdisjoint(containers)


def used_between(before: Mapping[int, Process], after: Mapping[int, Process]) -> Counter[str]:
    """What processes used between two looks, ticks by program.

    A process that has ended since is in its parent's account of children, with all that it ever used: what was known
    of it at the first look is taken off there. One that came and went between the looks is in that account too. What
    the first process adopted and buried is left out, as it may have been anybody's.
    """
    used: Counter[str] = Counter()
    for one in after.values():
        known = _same(one, before)
        used[one.name] += one.own_ticks - (known.own_ticks if known else 0)
        if one.pid != _FIRST:
            used[one.name] += one.children_ticks - (known.children_ticks if known else 0)
    for one in before.values():
        heir = _heir(one, before, after)
        if heir and heir.pid not in {one.pid, _FIRST}:
            used[heir.name] -= one.own_ticks + one.children_ticks
    return Counter({name: ticks for name, ticks in used.items() if ticks > 0})


def _same(one: Process, among: Mapping[int, Process]) -> Process | None:
    """The same process at another look; its number may be somebody else's by then."""
    found = among.get(one.pid)
    return found if found and found.started_ticks == one.started_ticks else None


def _heir(one: Process, before: Mapping[int, Process], after: Mapping[int, Process]) -> Process | None:
    """The process itself or, where it has ended, the nearest of its ancestors that has not."""
    for _ in range(len(before)):
        if found := _same(one, after):
            return found
        parent = before.get(one.parent)
        if parent is None:
            return None
        one = parent
    return None
