"""The lead changes hands: leases in the record end before their time."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from functools import partial
from typing import ClassVar

from harness.containers.running import RunningStack
from harness.errors import InfrastructureError
from harness.faults import data
from harness.faults.hold import For, Hold
from harness.faults.remembered import Remembered
from harness.poll import Seen, until
from stack.faults.scale import time_scale

CHANGES_WITHIN_S = 10.0  # one change; the slowest is a claim by somebody without Redis
EPOCH = "SELECT epoch FROM leadership WHERE id = 1"
# The leader's next synchronisation would renew it; if it comes before the others', the lease is ended once more.
END = "UPDATE leadership SET lease_until = clock_timestamp() WHERE id = 1 AND epoch = %(epoch)s"
CLAIMED = (
    "SELECT count(*) = %(times)s, string_agg(epoch || ' by ' || leader_id, ', ' ORDER BY epoch) "
    "FROM leadership_history WHERE epoch > %(from)s AND epoch <= %(from)s + %(times)s"
)
LED_FOR = (
    "SELECT clock_timestamp() >= acquired_at + make_interval(secs => %(led_s)s), "
    "leader_id || ' since ' || acquired_at FROM leadership_history WHERE epoch = %(epoch)s"
)
LED = (
    "SELECT lease_until > clock_timestamp(), coalesce(leader_id, 'nobody') || ' leads at epoch ' || epoch "
    "FROM leadership WHERE id = 1"
)
_FROM: Remembered[int] = Remembered()


@dataclass(frozen=True, slots=True, kw_only=True)
class EndLeases:
    """The record's lease is ended `times` times, each time until somebody has claimed the next epoch.

    Any epoch may go to the same instance again: what counts, here as in the rules, is that it is a new one.

    Args:
        times: changes of the lead.
        apart_production_s: from a claim to the next end of a lease.
        led_production_s: so long the last to claim has led before the next fault is struck: what the change itself
            shows at one scrape and one evaluation is then not taken for that fault's doing.
        hold: how long it stays after the last change; nothing is mended then.
    """

    kind: ClassVar[str] = "end-leases"
    times: int
    apart_production_s: float = 10.0
    led_production_s: float = 0.0
    target: str = "postgres"
    hold: Hold = field(default_factory=lambda: For(production_s=0))

    def strike(self, stack: RunningStack) -> None:
        """End the leases, one after the other.

        Raises:
            TimedOutError: nobody claimed the next epoch in time.
        """
        begun = _epoch(stack)
        _FROM.keep(stack, self, begun)
        for epoch in range(begun, begun + self.times):
            if epoch > begun:
                _pass(self.apart_production_s / time_scale(stack))
            until(
                f"somebody to lead at epoch {epoch + 1}",
                partial(_ended, stack, epoch),
                within_s=CHANGES_WITHIN_S,
                every_s=0.05,
            )
        led_s, last = self.led_production_s / time_scale(stack), begun + self.times
        until(
            f"the leader of epoch {last} to have led for {led_s:g} s",
            lambda: data.proven(stack, LED_FOR, {"epoch": last, "led_s": led_s}),
            within_s=CHANGES_WITHIN_S + led_s,
            every_s=0.05,
        )

    def effect(self, stack: RunningStack) -> str:
        """The history has all the new epochs."""
        begun = _FROM.get(stack, self)
        if begun is None:
            raise InfrastructureError("no lease was ended")
        return "new epochs: " + data.proven(stack, CLAIMED, {"from": begun, "times": self.times})

    def mend(self, stack: RunningStack) -> None:
        """Nothing: whoever leads now leads rightly."""

    def healed(self, stack: RunningStack) -> str:
        """Somebody leads."""
        return data.proven(stack, LED)


def _pass(real_s: float) -> None:
    """The time between two changes is part of the dose."""
    time.sleep(real_s)


def _ended(stack: RunningStack, epoch: int) -> bool:
    """End the lease of that epoch; true once there is a later one."""
    if _epoch(stack) > epoch:
        return True
    data.change(stack, END, {"epoch": epoch})
    raise Seen(f"epoch {epoch} goes on")


def _epoch(stack: RunningStack) -> int:
    row = data.ask(stack, EPOCH)
    if row is None:
        raise InfrastructureError("the table leadership has no row")
    return int(row[0])
