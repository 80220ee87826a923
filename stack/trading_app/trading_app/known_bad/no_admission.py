"""KNOWN BAD, no-admission: every signal is let in, and waits for as long as it takes.

"We never turn a client away." While all is well nobody notices. Beyond the capacity the queue grows as long as the rush
lasts; everybody behind it is answered later than the one before, after a while later than any client waits, and what
is done then is done for nobody. It goes on long after the rush is over.
"""

import math
from dataclasses import replace

from trading_app.admission import Admission, Refusal
from trading_app.known_bad.rebuilt import rebuilt
from trading_app.parts import Parts
from trading_app.settings import Settings


class OpenDoor(Admission):
    """Lets everybody in."""

    __slots__ = ()

    def refusal(self, wait_s: float) -> Refusal | None:
        """Never."""
        del wait_s
        return None


def apply(parts: Parts, _: Settings) -> Parts:
    """Build the mistake in."""
    inbox = replace(parts.inbox, within_s=math.inf)
    return replace(parts, admission=rebuilt(OpenDoor, parts.admission), inbox=inbox)
