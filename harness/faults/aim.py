"""Faults aimed by role: who the leader is, is asked at the moment when the fault is struck."""

from __future__ import annotations

import re
from collections.abc import Callable
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


def aimed(fault: T, stack: RunningStack, *, within_s: float = KNOWN_WITHIN_S) -> T:
    """The fault with each role in its fields, as in "{leader}:redis", replaced by who plays it now.

    Args:
        fault: a dataclass; anything else is given back.
        stack: where the role is played.
        within_s: how long somebody may take to play it.

    Raises:
        UsageError: the stack knows no such role, or one stands where none is looked for.
        InfrastructureError: nobody plays it in time.
    """
    if not is_dataclass(fault) or isinstance(fault, type):
        return fault
    found = _cast(fault, lambda role: player(stack, role, within_s=within_s), {})
    if missed := ROLE.search(repr(found)):
        raise UsageError(f"{found!r} names the role '{missed[1]}' where no role is looked for")
    return found


def _cast(part: T, ask: Callable[[str], str], players: dict[str, str]) -> T:
    """The same for a part of a fault; one role is one player in all of it, though the lead may change meanwhile."""
    if not is_dataclass(part) or isinstance(part, type):
        return part

    def who(found: re.Match[str]) -> str:
        if found[1] not in players:
            players[found[1]] = ask(found[1])
        return players[found[1]]

    changed = {}
    for one in fields(part):
        value = getattr(part, one.name)
        new = ROLE.sub(who, value) if isinstance(value, str) else _cast(value, ask, players)
        if new != value:
            changed[one.name] = new
    return replace(part, **changed) if changed else part


def player(stack: RunningStack, role: str, *, within_s: float = KNOWN_WITHIN_S) -> str:
    """Who plays a role now.

    Raises:
        UsageError: the stack knows no such role.
        InfrastructureError: nobody plays it in time, or the database does not tell.
    """
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

    return until(f"somebody to be the {role}", asked, within_s=within_s, every_s=0.05)
