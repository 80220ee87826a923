"""Leaders that do not exist: one in the record, which decides, and one in the lease in Redis, which only hints."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import ClassVar

import requests
from redis import Redis

from harness import loopback
from harness.containers.running import RunningStack
from harness.errors import InfrastructureError, TimedOutError
from harness.faults import background, data
from harness.faults.hold import For, Hold
from harness.faults.remembered import Remembered
from harness.poll import Seen, until
from stack.faults.live_redis import client_of, live_redis
from stack.faults.scale import time_scale
from stack.services.trading import PORT

GHOST = "ghost"
FOR_EVER_S = 86_400.0
STEALS_WITHIN_SHARE = 0.5  # of the application's limit for a statement: its synchronisation waits and does not fail
# Of a term to come: a lease of a past term is history, which the leader of the record writes over.
FAR_EPOCH = 1_000_000
KEY, LEASE = "tss:leader", f"{GHOST}:{FAR_EPOCH}"
LOOKS_EVERY_S = 0.05
DELETE_IF_OURS = "if redis.call('get', KEYS[1]) == ARGV[1] then redis.call('del', KEYS[1]) end"
CONFLICTS = "portfolio_manager_fencing_conflicts_total "
ASK_S, ANSWERS_WITHIN_S = 0.3, 1.0

STEAL = """
WITH stolen AS (
    UPDATE leadership SET leader_id = %(ghost)s, epoch = epoch + 1, updated_at = clock_timestamp(),
           lease_until = clock_timestamp() + %(lasts_s)s * interval '1 second'
    WHERE id = 1 RETURNING epoch
)
INSERT INTO leadership_history (epoch, leader_id, mode) SELECT epoch, %(ghost)s, 'database' FROM stolen
RETURNING epoch
"""
STOLEN = (
    "SELECT leader_id = %(ghost)s, leader_id || ' leads at epoch ' || epoch FROM leadership WHERE id = 1 "
    "AND EXISTS (SELECT 1 FROM leadership_history h WHERE h.epoch = leadership.epoch AND h.leader_id = %(ghost)s)"
)
# Somebody else may lead already where the ghost's lease has a length of its own.
LED_ONCE = "SELECT true, leader_id || ' led at epoch ' || epoch FROM leadership_history WHERE epoch = %(epoch)s"
END = "UPDATE leadership SET lease_until = clock_timestamp() WHERE id = 1 AND leader_id = %(ghost)s"
LED = (
    "SELECT leader_id IS DISTINCT FROM %(ghost)s AND lease_until > clock_timestamp(), "
    "coalesce(leader_id, 'nobody') || ' leads at epoch ' || epoch FROM leadership WHERE id = 1"
)
# Nobody's synchronisation gets past this lock, so nobody learns yet that the record has a new leader.
NOBODY_SYNCHRONISES = "LOCK TABLE instance_heartbeats IN SHARE ROW EXCLUSIVE MODE"
LEADER = "SELECT leader_id FROM leadership WHERE id = 1 AND lease_until > clock_timestamp()"

_EPOCHS: Remembered[data.Row | None] = Remembered()


@dataclass(frozen=True, slots=True, kw_only=True)
class GhostLeader:
    """The record names a leader that does not exist, an epoch further: instances step down and nobody claims.

    The old leader learns of it only after it has tried to act in its old term once and met the fence, if there is
    traffic: otherwise chance would decide whether it does (at most half of `db_timeout_s` is waited for that).

    Args:
        lasts_production_s: length of the ghost's lease; None for as long as the fault is held.
        hold: how long the fault stays.
    """

    kind: ClassVar[str] = "ghost-leader"
    lasts_production_s: float | None = None
    target: str = "postgres"
    hold: Hold = field(default_factory=lambda: For(production_s=60))

    def strike(self, stack: RunningStack) -> None:
        """Write the ghost into the record and into its history."""
        lasts = self.lasts_production_s
        lasts_s = FOR_EVER_S if lasts is None else lasts / time_scale(stack)
        leader = data.ask(stack, LEADER)
        met_before = _met_before(stack, leader)
        with (
            data.told("postgres"),
            data.connection(stack, "postgres") as waiting,
            data.connection(stack, "postgres") as stealing,
        ):
            waiting.execute(NOBODY_SYNCHRONISES)
            until_s = time.monotonic() + STEALS_WITHIN_SHARE * stack.plan.settings["db_timeout_s"]
            _EPOCHS.keep(stack, self, stealing.execute(STEAL.encode(), {"ghost": GHOST, "lasts_s": lasts_s}).fetchone())
            stealing.commit()
            if leader and met_before is not None:
                _wait_for_the_fence(until_s, lambda left_s: _conflicts(stack, leader, left_s) != met_before)

    def effect(self, stack: RunningStack) -> str:
        """Record and history name the ghost at the same epoch; the history alone if it may have gone by itself."""
        if self.lasts_production_s is not None:
            epoch = _EPOCHS.get(stack, self)
            return data.proven(stack, LED_ONCE, {"epoch": epoch and epoch[0]})
        return data.proven(stack, STOLEN, {"ghost": GHOST})

    def mend(self, stack: RunningStack) -> None:
        """End the ghost's lease now; nothing happens where somebody else leads."""
        data.change(stack, END, {"ghost": GHOST})

    def healed(self, stack: RunningStack) -> str:
        """Somebody else has the lead."""
        told = data.proven(stack, LED, {"ghost": GHOST})
        _EPOCHS.forget(stack, self)
        return told


@dataclass(frozen=True, slots=True, kw_only=True)
class GhostLease:
    """The lease in Redis is "ghost:1000000", without an end, and is written again when it changes.

    The lease is only a hint: a leader that sees it steps down, one that is cut off from Redis goes on.
    """

    kind: ClassVar[str] = "ghost-lease"
    target: str = "redis"
    hold: Hold = field(default_factory=lambda: For(production_s=60))

    def strike(self, stack: RunningStack) -> None:
        """Write the lease, and again whenever it is another."""
        redis = client_of(stack)
        background.begin(stack, self, partial(_haunt, redis), every_s=LOOKS_EVERY_S, at_end=redis.close)

    def effect(self, stack: RunningStack) -> str:
        """The lease is the ghost's."""
        background.check(stack, self)
        held = lease_of(stack)
        if held != LEASE:
            raise Seen(f"{KEY} is {held}")
        return f"{KEY} is {held}"

    def mend(self, stack: RunningStack) -> None:
        """Write it no more, and delete it if it is still the ghost's."""
        background.end(stack, self)
        with live_redis(stack) as redis:
            redis.eval(DELETE_IF_OURS, 1, KEY, LEASE)

    def healed(self, stack: RunningStack) -> str:
        """The lease is not the ghost's any more, and it could be kept until it was mended."""
        background.check(stack, self)
        held = lease_of(stack)
        if held == LEASE:
            raise Seen(f"{KEY} is still {held}")
        return f"{KEY} is {held or 'free'}"


def _met_before(stack: RunningStack, leader: data.Row | None) -> str | None:
    """The leader's count of fencing conflicts; None where nobody leads, or the leader does not answer."""
    if leader is None:
        return None
    try:
        return until("the leader's count", lambda: _conflicts(stack, leader, ASK_S), within_s=ANSWERS_WITHIN_S)
    except TimedOutError:
        return None


def _wait_for_the_fence(until_s: float, has_met_it: Callable[[float], bool]) -> None:
    """Until then synchronisations may be kept waiting. Without traffic nobody meets it; it is a ghost all the same.

    Args:
        until_s: monotonic s.
        has_met_it: looks, for at most so many seconds.
    """

    def left_s() -> float:
        return until_s - time.monotonic()

    with suppress(TimedOutError):
        until(
            "the old leader to meet the fence",
            lambda: left_s() > 0 and has_met_it(left_s()),
            within_s=left_s(),
            every_s=0.02,
        )


def _conflicts(stack: RunningStack, leader: data.Row, within_s: float) -> str:
    """The leader's count of fencing conflicts.

    Raises:
        Seen: it does not answer in time, or does not tell; that says nothing of the count.
    """
    try:
        told = loopback.get(stack.url(str(leader[0]), PORT) + "/metrics", timeout=max(0.001, within_s)).text
    except (InfrastructureError, requests.RequestException) as silence:
        raise Seen(f"{leader[0]} does not answer: {silence}") from silence
    for line in told.splitlines():
        if line.startswith(CONFLICTS):
            return line
    raise Seen(f"{leader[0]} tells of no {CONFLICTS}")


def _haunt(redis: Redis) -> None:
    if redis.get(KEY) != LEASE:
        redis.set(KEY, LEASE)


def lease_of(stack: RunningStack) -> str | None:
    """Whom the lease in Redis names, as it is written; None where there is none."""
    with live_redis(stack) as redis:
        held = redis.get(KEY)
        return None if held is None else str(held)
