"""Prometheus itself is what breaks: it is well again when it looks again, which is later than when it answers."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import ClassVar

from harness.containers.running import RunningStack
from harness.errors import InfrastructureError
from harness.faults.base import StackFault
from harness.faults.hold import Hold
from harness.faults.remembered import Remembered
from harness.poll import Seen
from harness.probes.prometheus import Prometheus

PORT = 9090
# One that was started again first waits 5 s, fixed in its discovery, before it scrapes at all.
LOOKS = "min(timestamp(up))"
TARGETS = "count(up)"
_TARGETS: Remembered[float] = Remembered()
_MENDED_S: Remembered[float] = Remembered()


@dataclass(frozen=True, slots=True, kw_only=True)
class Unwatched:
    """A fault of Prometheus, healed when every target that was scraped before has been scraped since."""

    kind: ClassVar[str] = "unwatched"
    fault: StackFault

    @property
    def target(self) -> str:
        """The Prometheus, by its name in the stack."""
        return self.fault.target

    @property
    def hold(self) -> Hold:
        """How long the fault stays."""
        return self.fault.hold

    def strike(self, stack: RunningStack) -> None:
        """Break it, knowing how many targets it has."""
        _TARGETS.keep(stack, self, self._value(stack, TARGETS))
        self.fault.strike(stack)

    def effect(self, stack: RunningStack) -> str:
        """The fault's own proof."""
        return f"{self.fault.kind}: {self.fault.effect(stack)}"

    def mend(self, stack: RunningStack) -> None:
        """Put it right."""
        self.fault.mend(stack)
        _MENDED_S.keep(stack, self, time.time())

    def healed(self, stack: RunningStack) -> str:
        """It answers, and each of as many targets as before was scraped since."""
        answers = self.fault.healed(stack)
        targets, mended_s = _TARGETS.get(stack, self), _MENDED_S.get(stack, self)
        if targets is None or mended_s is None:
            return answers  # it was never struck
        found, looked_s = self._value(stack, TARGETS), self._value(stack, LOOKS)
        if found < targets or looked_s < mended_s:
            raise Seen(
                f"{found:g} of {targets:g} targets, the last to be scraped {mended_s - looked_s:.1f} s too early"
            )
        return f"{answers}; {found:g} targets were scraped since"

    def _value(self, stack: RunningStack, promql: str) -> float:
        try:
            result = Prometheus(base_url=stack.url(self.target, PORT)).query(promql)
        except InfrastructureError as silence:
            raise Seen(str(silence)) from silence
        if not result:
            raise Seen(f"{promql} has no value yet")
        return float(result[0]["value"][1])
