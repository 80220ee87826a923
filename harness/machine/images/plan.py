"""How an image would be come by, without doing any of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from harness.machine.images import debian
from harness.machine.images.context import local_tag
from harness.machine.images.local import here
from harness.machine.images.registry import Registry
from harness.machine.images.spec import ImageSpec


class Way(StrEnum):
    """The ways to an image."""

    HERE = "here"
    PULL = "would be pulled"
    BUILD = "would be built"
    STAND_IN = "would be a stand-in"
    NONE = "cannot be had"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What set-up would do about an image.

    Args:
        service: what it is for.
        way: how it would be come by.
        detail: the image that is here or would be used, or why it cannot be had.
    """

    service: str
    way: Way
    detail: str


def plan(host: str, spec: ImageSpec, registry: Registry) -> Plan:
    """What set-up would do about an image.

    Args:
        host: the engine's address.
        spec: the image.
        registry: asked whether the official image can be pulled.
    """
    way, detail = _decide(host, spec, registry)
    return Plan(service=spec.service, way=way, detail=detail)


def _decide(host: str, spec: ImageSpec, registry: Registry) -> tuple[Way, str]:
    official = (spec.official,) if spec.official else ()
    for reference in (*official, local_tag(spec)):
        if here(host, reference):
            return Way.HERE, f"{reference}, a stand-in" if spec.stand_in else reference
    if spec.official and registry.refusal(spec.official) is None:
        return Way.PULL, spec.official
    obstacle = _obstacle(host, spec, registry)
    if obstacle and spec.otherwise is not None:
        return _decide(host, spec.otherwise, registry)
    if obstacle:
        return Way.NONE, obstacle
    return (Way.STAND_IN if spec.stand_in else Way.BUILD), local_tag(spec)


def _obstacle(host: str, spec: ImageSpec, registry: Registry) -> str:
    """Why the image cannot be built; empty where it can."""
    base = spec.base
    while isinstance(base, ImageSpec):
        if here(host, local_tag(base)):
            return ""
        base = base.base
    if here(host, base.official) or (refused := registry.refusal(base.official)) is None:
        return ""
    if base.suite is None:
        return f"{base.official} cannot be pulled: {refused.why}"
    if here(host, debian.tag(base.suite)) or not (why := debian.obstacle()):
        return ""
    return f"{base.official} cannot be pulled ({refused.why}) and {why}"
