"""Faults aimed by role: who the leader is, is asked at the moment when the fault is struck."""

from __future__ import annotations

import re
from dataclasses import fields, is_dataclass, replace
from typing import TypeVar

from harness.containers.plan import FinalRead
from harness.containers.running import RunningStack
from harness.errors import UsageError
from harness.poll import Seen, until
from harness.probes.database import Databases

ROLE = re.compile(r"\{(\w+)\}")
KNOWN_WITHIN_S = 10.0  # a leader may just be electing itself

T = TypeVar("T")


def aimed(fault: T, stack: RunningStack) -> T:
    """The fault with each role in its fields, as in "{leader}:redis", replaced by who plays it now.

    Raises:
        UsageError: the stack knows no such role.
        InfrastructureError: nobody plays it within 10 s.
    """
    if not is_dataclass(fault) or isinstance(fault, type):
        return fault
    changed = {}
    for one in fields(fault):
        value = getattr(fault, one.name)
        new = ROLE.sub(lambda found: _player(stack, found[1]), value) if isinstance(value, str) else aimed(value, stack)
        if new != value:
            changed[one.name] = new
    return replace(fault, **changed) if changed else fault


def _player(stack: RunningStack, role: str) -> str:
    known = stack.plan.roles
    if role not in known:
        raise UsageError(f"no role is called '{role}'; there are {', '.join(sorted(known)) or 'none'}")
    read = FinalRead(kind=role, service=known[role].service, sql=known[role].sql)

    def asked() -> str:
        rows = list(Databases(stack=stack).rows(read))
        names = [str(next(iter(row.values()))) for row in rows]
        if len(names) != 1 or names[0] not in {service.name for service in stack.plan.services}:
            raise Seen(f"{known[role].service} names {', '.join(names) or 'nobody'}")
        return names[0]

    return until(f"somebody to be the {role}", asked, within_s=KNOWN_WITHIN_S, every_s=0.05)
