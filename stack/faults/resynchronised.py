"""What Redis shows once the application has synchronised it with the record."""

from __future__ import annotations

from harness.containers.running import RunningStack
from harness.errors import InfrastructureError
from harness.faults.data import ask
from harness.poll import Seen
from stack.faults.ghosts import KEY, lease_of
from stack.faults.live_redis import live_redis

STATE = "tss:state"
RECORD = "SELECT leader_id, epoch FROM leadership WHERE id = 1 AND lease_until > clock_timestamp()"


def leader_of_the_record(stack: RunningStack) -> tuple[str, int]:
    """Who leads, and the epoch.

    Raises:
        Seen: nobody does at this moment.
    """
    row = ask(stack, RECORD)
    if row is None:
        raise Seen("the record names no leader")
    return str(row[0]), int(row[1])


def lease_of_the_leader(stack: RunningStack) -> str:
    """The lease, in words, once it names the leader of the record at its epoch.

    Raises:
        Seen: it does not yet.
    """
    leader, epoch = leader_of_the_record(stack)
    held = lease_of(stack)
    if held != f"{leader}:{epoch}":
        raise Seen(f"{leader} leads at epoch {epoch}, and {KEY} is {held or 'free'}")
    return f"{KEY} is {held}, as the record says"


def state_of_the_leader(stack: RunningStack) -> str:
    """Lease and live state, in words, once both are the leader's of the record.

    Raises:
        Seen: they are not yet.
    """
    lease = lease_of_the_leader(stack)
    leader, epoch = leader_of_the_record(stack)
    with live_redis(stack) as redis:
        shown = redis.hmget(STATE, ["leader", "epoch"])
    if not isinstance(shown, list):
        raise InfrastructureError("the client of Redis answers asynchronously")
    if shown != [leader, str(epoch)]:
        raise Seen(f"{leader} leads at epoch {epoch}, and {STATE} is of {shown[0]!r} at {shown[1]!r}")
    return f"{lease}; {STATE} is {leader}'s"
