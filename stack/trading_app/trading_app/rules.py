"""Who may act: the decisions of leader election, pure and without a clock of their own.

PostgreSQL's leadership record is the authority: an epoch that only grows and a lease judged by the
database's clock. The Redis lease is a hint that keeps candidates from racing and makes a split-brain
visible. All times here are this machine's monotonic seconds; `asked_at` is when a question was sent, so that
a late answer never lengthens a lease.
"""

import math
from dataclasses import dataclass, replace
from enum import StrEnum

# The leader stops acting this share of the lease before the database could let another in: room for a slow
# clock and for the statement that is already on its way.
MARGIN_SHARE = 0.1
# The epoch in a Redis lease whose owner is only about to claim the record.
CANDIDATE = 0


class Mode(StrEnum):
    """Where coordination happens."""

    NORMAL = "redis"
    FALLBACK = "database"


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """The leadership row as read. `remaining_s` is by the database's clock, negative once lapsed."""

    leader_id: str | None
    epoch: int
    remaining_s: float
    renewed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What one instance believes. `epoch` is what it holds itself, None for a follower."""

    mode: Mode = Mode.NORMAL
    epoch: int | None = None
    act_until: float = -math.inf
    record: Record | None = None
    record_at: float = -math.inf
    redis_holder: str | None = None
    holder_since: float = math.inf
    reason: str = "started"

    def leader_in_record(self, now: float) -> str | None:
        """Whom the record names, as long as that lease is live."""
        if self.record is None or self.lapsed_s(now) >= 0:
            return None
        return self.record.leader_id

    def leader_in_redis(self) -> str | None:
        """Whom the Redis lease names, None when there is none or Redis cannot be asked."""
        return None if self.redis_holder is None else owner(self.redis_holder)[0]

    def lapsed_s(self, now: float) -> float:
        """How long ago the recorded lease ran out; negative while it is live."""
        if self.record is None or self.record.leader_id is None:
            return math.inf
        return now - self.record_at - self.record.remaining_s


def owner(holder: str) -> tuple[str, int]:
    """Instance and epoch of a lease `<instance>:<epoch>`; any other value is its own owner, epoch -1."""
    name, separator, epoch = holder.rpartition(":")
    return (name, int(epoch)) if separator and epoch.isdecimal() else (holder, -1)


def is_past(holder: str, epoch: int) -> bool:
    """True for the lease of a term before `epoch`: what a Redis shows that came back with the data of former days."""
    return CANDIDATE < owner(holder)[1] < epoch


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """Decisions of one instance. Durations in seconds; every method is pure.

    Args:
        instance_id: this instance.
        db_lease_ttl_s: length of the lease in PostgreSQL.
        lease_ttl_s: length of the lease in Redis.
        fallback_patience_s: how much longer an instance without Redis waits before it claims a lapsed record,
            so that one which sees both services goes first.
    """

    instance_id: str
    db_lease_ttl_s: float
    lease_ttl_s: float
    fallback_patience_s: float

    def authority(self, view: View, now: float) -> int | None:
        """The epoch this instance may act under right now, or None."""
        return view.epoch if view.epoch is not None and now < view.act_until else None

    def expired(self, view: View, now: float) -> View:
        """A leader whose own deadline has passed is none any more."""
        if view.epoch is not None and now >= view.act_until:
            return self._demoted(view, "the lease in PostgreSQL ran out before it could be renewed")
        return view

    def record_seen(self, view: View, record: Record, *, held: int | None, asked_at: float, now: float) -> View:
        """The record was read; `held` is the epoch that the same statement tried to renew."""
        seen = replace(view, record=record, record_at=asked_at)
        if view.epoch is None or view.epoch != held:
            return self.expired(seen, now)
        if record.renewed:
            renewed = replace(record, remaining_s=self.db_lease_ttl_s)
            return self.expired(replace(seen, record=renewed, act_until=self._deadline(asked_at)), now)
        return self._demoted(seen, f"the record shows {record.leader_id} at epoch {record.epoch}")

    def holder_seen(self, view: View, holder: str | None, *, held: int | None, now: float) -> View:
        """Redis answered; `held` is the epoch under which the lease was to be renewed."""
        since = view.holder_since if holder == view.redis_holder else now
        seen = replace(view, mode=Mode.NORMAL, redis_holder=holder, holder_since=since)
        if held is None or view.epoch != held or holder is None:
            return seen
        name, epoch = owner(holder)
        if name == self.instance_id and epoch <= held:
            return seen
        if epoch == CANDIDATE and now - since <= self.lease_ttl_s:
            return seen  # somebody is about to claim; if the record lets them, its next answer ends our epoch
        return self._demoted(seen, f"split-brain: the Redis lease is held by {holder}")

    def redis_lost(self, view: View) -> View:
        """Redis did not answer: coordination goes on through PostgreSQL, nobody's authority changes."""
        return replace(view, mode=Mode.FALLBACK, redis_holder=None, holder_since=math.inf)

    def may_claim(self, view: View, now: float) -> bool:
        """True if this instance should try to become leader."""
        if view.epoch is not None or view.record is None:
            return False
        if view.record.leader_id == self.instance_id:
            return True  # an earlier life, or a claim whose answer got lost: a new epoch is safe
        patience_s = self.fallback_patience_s if view.mode is Mode.FALLBACK else 0.0
        return view.lapsed_s(now) >= patience_s

    def replaceable_holder(self, view: View, now: float) -> str | None:
        """The Redis lease that a candidate may replace, if any.

        That is the hint of a leader whose record has lapsed, one of a term before, or one that no record has backed
        for a whole lease: it may have been written without an end, and would block for ever.
        """
        if view.redis_holder is None or view.record is None or view.lapsed_s(now) < 0:
            return None
        lapsed_leader = owner(view.redis_holder) == (view.record.leader_id, view.record.epoch)
        unbacked = now - view.holder_since > self.lease_ttl_s and view.lapsed_s(now) > self.lease_ttl_s
        past = is_past(view.redis_holder, view.record.epoch)
        return view.redis_holder if lapsed_leader or past or unbacked else None

    def claimed(self, view: View, epoch: int, *, asked_at: float) -> View:
        """The record names this instance under a new epoch."""
        record = Record(leader_id=self.instance_id, epoch=epoch, remaining_s=self.db_lease_ttl_s)
        return replace(
            view,
            epoch=epoch,
            act_until=self._deadline(asked_at),
            record=record,
            record_at=asked_at,
            reason=f"claimed through {view.mode}",
        )

    def fenced(self, view: View, held: int) -> View:
        """An effect was refused because the record has moved on."""
        return self._demoted(view, "fencing conflict") if view.epoch == held else view

    def stopped(self, view: View, reason: str) -> View:
        """This instance is asked to lead no longer."""
        return self._demoted(view, reason) if view.epoch is not None else view

    def _deadline(self, asked_at: float) -> float:
        return asked_at + self.db_lease_ttl_s * (1 - MARGIN_SHARE)

    @staticmethod
    def _demoted(view: View, reason: str) -> View:
        return replace(view, epoch=None, act_until=-math.inf, reason=reason)
