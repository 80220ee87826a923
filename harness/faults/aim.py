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
        UsageError: the stack knows no such role, or one stands where none is looked for.
        InfrastructureError: nobody plays it within 10 s.
    """
    if not is_dataclass(fault) or isinstance(fault, type):
        return fault
    players: dict[str, str] = {}
    found = _cast(fault, stack, players)
    if missed := ROLE.search(repr(found)):
        raise UsageError(f"{found!r} names the role '{missed[1]}' where no role is looked for")
    return found


def _cast(part: T, stack: RunningStack, players: dict[str, str]) -> T:
    """The same for a part of a fault; one role is one player in all of it, though the lead may change meanwhile."""
    if not is_dataclass(part) or isinstance(part, type):
        return part

    def player(found: re.Match[str]) -> str:
        if found[1] not in players:
            players[found[1]] = _player(stack, found[1])
        return players[found[1]]

    changed = {}
    for one in fields(part):
        value = getattr(part, one.name)
        new = ROLE.sub(player, value) if isinstance(value, str) else _cast(value, stack, players)
        if new != value:
            changed[one.name] = new
    return replace(part, **changed) if changed else part


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
