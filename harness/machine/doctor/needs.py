"""Looking at everything a gate needs; nothing is changed by looking."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from harness import settings
from harness.containers.sweep import leftovers
from harness.machine.doctor import machine
from harness.machine.doctor.report import Level, Line, Report
from harness.machine.engine import EngineState, EngineStatus, client
from harness.machine.engine import examine as examine_engine
from harness.machine.images import ImageSpec, Plan, Way, plan
from harness.machine.images.registry import Registry
from harness.machine.packages import can_install

LEVELS = {
    Way.HERE: Level.HERE,
    Way.PULL: Level.SETUP,
    Way.BUILD: Level.SETUP,
    Way.STAND_IN: Level.SETUP,
    Way.NONE: Level.MISSING,
}


def examine(specs: Sequence[ImageSpec]) -> Report:
    """Look at engine, images, Python, room, ports and leftovers.

    Args:
        specs: the images that a gate needs.
    """
    status = examine_engine()
    lines = [engine(status), *images(status, specs), machine.python(settings.REPOSITORY)]
    lines += [machine.disk(Path(status.root or "/var/lib/docker")), machine.memory(), machine.cores()]
    lines += [machine.ports(settings.load().grafana_port), left_behind(status), machine.browser()]
    return Report(lines=tuple(lines))


def engine(status: EngineStatus) -> Line:
    """Whether there is an engine, or one can be brought up here."""
    if status.usable:
        who = "as root" if os.geteuid() == 0 else "as an ordinary user"
        found = f"{status.version}, API {status.api}, cgroup {status.cgroup}, {status.host}, {who}"
        return Line(topic="engine", level=Level.HERE, found=found)
    startable = status.state is EngineState.STOPPED and os.geteuid() == 0
    installable = status.state is EngineState.NOT_INSTALLED and can_install()
    if not status.chosen and (startable or installable):
        advice = "set-up starts it" if startable else "set-up installs docker.io and starts it"
        return Line(topic="engine", level=Level.SETUP, found=status.state.value, advice=advice)
    found, _, advice = status.sentence.rpartition(": ")
    return Line(topic="engine", level=Level.MISSING, found=found, advice=advice)


def images(status: EngineStatus, specs: Sequence[ImageSpec]) -> list[Line]:
    """How each image would be come by."""
    if not status.usable:
        return [Line(topic="images", level=Level.NOTE, found="not looked at", advice="needs the engine")]
    registry = Registry(status.host)
    return [_image(plan(status.host, spec, registry)) for spec in specs]


def _image(planned: Plan) -> Line:
    advice = "let the engine reach a registry, or run `make setup` as root" if planned.way is Way.NONE else ""
    found = planned.detail if planned.way is Way.HERE else f"{planned.way.value}: {planned.detail}"
    return Line(topic=f"image {planned.service}", level=LEVELS[planned.way], found=found, advice=advice)


def left_behind(status: EngineStatus) -> Line:
    """What runs whose process is gone have left on the engine."""
    if not status.usable:
        return Line(topic="leftovers", level=Level.NOTE, found="not looked at", advice="needs the engine")
    found = leftovers(client(status))
    if not found:
        return Line(topic="leftovers", level=Level.HERE, found="none")
    names = ", ".join(sorted(left.name for left in found)[:5])
    told = f"{len(found)} left by runs that are gone: {names}"
    return Line(topic="leftovers", level=Level.NOTE, found=told, advice="harness sweep")
