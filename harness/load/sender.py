"""What a kind of traffic is: it makes an arrival's request ready, and says how it went."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from harness.load.outcome import Outcome

# Sends what was made ready; its argument is the timeout, s.
Send = Callable[[float], Outcome]


@dataclass(frozen=True, slots=True)
class Arrival:
    """One due request: its number, and when it is due (wall clock, s since the epoch; monotonic, s)."""

    index: int
    due_s: float
    due_mono_s: float


@dataclass(frozen=True, slots=True)
class Ready:
    """A request that can leave.

    Args:
        to: whom it goes to, by the name in the evidence.
        send: sends it.
        part: kind of traffic, where several are mixed.
    """

    to: str
    send: Send
    part: str = ""


class Sender(Protocol):
    """One kind of traffic."""

    def ready(self, arrival: Arrival, request_id: str) -> Ready:
        """Make the request of an arrival; the same arrival gives the same request."""

    def close(self) -> None:
        """Give back what is open; may take a bounded while."""
