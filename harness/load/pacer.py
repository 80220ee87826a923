"""Open arrivals in real time: each request starts when it is due, whatever became of those before it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import gevent

from harness.load.sender import Arrival
from harness.load.tally import Tally

# Sleeping in slices keeps the pacer cheap and lets it hear `stop` soon.
_SLICE_S = 0.05
# An arrival due before the stop is still sent, unless the generator lags so far behind its schedule.
_CATCH_UP_S = 1.0
# Arrivals that are due already are started together, so that a busy generator does not change greenlets for each.
_IN_A_ROW = 8


class Pacer:
    """Starts `send` for each arrival of a schedule; an arrival that finds no room is counted as dropped.

    Args:
        times_s: due times after the start, s, growing, each with the number of its arrival.
        send: sends one arrival; runs on its own greenlet.
        tally: counts arrivals.
        in_flight_limit: how many may run at once.
        start_s: when the schedule begins, s since the epoch; now without it. Generators that share a schedule
            are given one beginning.
    """

    def __init__(
        self,
        times_s: Iterator[tuple[int, float]],
        send: Callable[[Arrival], None],
        tally: Tally,
        in_flight_limit: int,
        start_s: float | None = None,
    ) -> None:
        self._times_s = times_s
        self._send = send
        self._tally = tally
        self._limit = in_flight_limit
        self._start_s = start_s
        self._open: set[gevent.Greenlet[[Arrival], None]] = set()
        self._stopped_s: float | None = None
        self._broken: Exception | None = None
        self._in_a_row = 0

    def run(self) -> None:
        """Send until the schedule ends or `stop` is called.

        Raises:
            Exception: whatever broke a sender; the record is then not whole, so the traffic ends.
        """
        now_s, now_mono_s = time.time(), time.monotonic()
        start_s = self._start_s or now_s
        start_mono_s = now_mono_s + start_s - now_s
        self._tally.began(start_s)
        for index, offset_s in self._times_s:
            due_mono_s = start_mono_s + offset_s
            if not self._wait_for(due_mono_s):
                break
            self._start(Arrival(index, start_s + offset_s, due_mono_s))
        self._raise_if_broken()

    def stop(self) -> None:
        """No arrival that is due from now on; those due before are still counted, as sent or dropped."""
        self._stopped_s = self._stopped_s or time.monotonic()

    @property
    def in_flight(self) -> int:
        """Requests that are open now."""
        return len(self._open)

    def drain(self, within_s: float) -> None:
        """Let open requests end; what is still open after `within_s` is cut off."""
        gevent.joinall(list(self._open), timeout=within_s)
        gevent.killall(list(self._open), timeout=1.0)
        self._raise_if_broken()

    def _wait_for(self, due_mono_s: float) -> bool:
        """True when it is due; False when traffic stops first. Lets others run, at the latest after a few arrivals."""
        while True:
            if self._broken or (self._stopped_s is not None and due_mono_s >= self._stopped_s):
                return False
            left_s = due_mono_s - time.monotonic()
            if left_s <= 0 and self._in_a_row < _IN_A_ROW:
                self._in_a_row += 1
                return True
            self._in_a_row = 0
            gevent.sleep(min(max(left_s, 0.0), _SLICE_S))
            if left_s <= _SLICE_S and time.monotonic() >= due_mono_s:
                return True

    def _start(self, arrival: Arrival) -> None:
        self._tally.scheduled()
        given_up = self._stopped_s is not None and time.monotonic() > self._stopped_s + _CATCH_UP_S
        if given_up or len(self._open) >= self._limit:
            self._tally.dropped()
        else:
            self._open.add(gevent.spawn(self._guarded, arrival))

    def _guarded(self, arrival: Arrival) -> None:
        try:
            self._send(arrival)
        except Exception as broken:  # handed to `run`, which raises it
            self._broken = self._broken or broken
        finally:
            self._open.discard(gevent.getcurrent())

    def _raise_if_broken(self) -> None:
        if self._broken:
            raise self._broken
