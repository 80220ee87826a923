"""A stream of traffic: schedule, requests, and the record, put together."""

from __future__ import annotations

import bisect
import itertools
import random
import time
from collections.abc import Callable, Mapping
from typing import Any

import gevent

from harness.load.arrivals import due_times
from harness.load.http_sender import HttpSender
from harness.load.ledger import Ledger, SumAlone
from harness.load.outcome import Outcome, of_silence
from harness.load.pacer import Pacer
from harness.load.priority import waited_s
from harness.load.sender import Arrival, Ready, Sender
from harness.load.spec import LoadSpec

Told = Callable[[Outcome, float], None]
_STRIDE = 1_000_003


class Traffic:
    """Sends what a spec says and records every request.

    Args:
        spec: what to send.
        told: hears each outcome and its seconds from the due time.
    """

    def __init__(self, spec: LoadSpec, told: Told | None = None) -> None:
        self._spec = spec
        self._told = told
        self._senders = _senders(spec)
        self._tally = Ledger(spec.out) if spec.recorded else SumAlone(spec.out)
        times_s = due_times(spec.arrivals, rate_per_s=spec.rate_per_s, seed=spec.seed, duration_s=spec.duration_s)
        own = itertools.islice(enumerate(times_s), spec.share[0], None, spec.share[1])
        self._pacer = Pacer(own, self._send, self._tally, spec.in_flight_limit, spec.start_s)
        self._ready = self._mixed() if len(self._senders) > 1 else next(iter(self._senders.values())).ready

    def run(self) -> None:
        """Send until the schedule ends or `stop` is called, let open requests end, write the summary."""
        began_s, used_s, stood_s = time.monotonic(), time.process_time(), waited_s()
        try:
            self._pacer.run()
        finally:
            elapsed_s = time.monotonic() - began_s
            self._tally.worked(time.process_time() - used_s, waited_s() - stood_s, elapsed_s)
            # The requests' own timeout ends them; the extra second is for those just leaving.
            self._pacer.drain(within_s=self._spec.timeout_s + 1.0)
            for sender in self._senders.values():
                sender.close()
            self._tally.close()

    def stop(self) -> None:
        """End the arrivals; `run` then drains and returns."""
        self._pacer.stop()

    def so_far(self) -> Mapping[str, Any]:
        """The summary as it stands now."""
        return self._tally.summary()

    def glance(self) -> Mapping[str, Any]:
        """A few figures, cheap to come by, for people who watch."""
        counts = ("scheduled", "completed", "dropped", "fail", "info")
        return {
            **{name: self._tally.counts[name] for name in counts},
            "in_flight": self._pacer.in_flight,
            "latency_ms": self._tally.latency.percentiles_ms(50, 99),
            "lateness_ms": self._tally.lateness.percentiles_ms(99),
        }

    def _send(self, arrival: Arrival) -> None:
        spec, tally = self._spec, self._tally
        request_id = f"{spec.id_prefix}-{arrival.index}"
        ready = self._ready(arrival, request_id)
        late_s = time.monotonic() - arrival.due_mono_s
        tally.invoke(request_id, due_s=arrival.due_s, to=ready.to, late_s=late_s)
        try:
            outcome = ready.send(spec.timeout_s)
        except gevent.GreenletExit:
            outcome = of_silence("cut off at the end of the drain", left=True)
        after_s = time.monotonic() - arrival.due_mono_s
        tally.end(request_id, outcome, after_s=after_s, part=ready.part)
        if self._told is not None:
            self._told(outcome, after_s)

    def _mixed(self) -> Callable[[Arrival, str], Ready]:
        """Draws the part of each arrival by its weight, seed and number."""
        names = list(self._senders)
        steps = list(itertools.accumulate(dict(self._spec.mix)[name] for name in names))
        seed = self._spec.seed * _STRIDE

        def ready(arrival: Arrival, request_id: str) -> Ready:
            # Repeatable, not secret. Not the draw of the parts' own contents, which start at the bare seed.
            drawn = random.Random(-1 - seed - arrival.index).random() * steps[-1]  # noqa: S311
            part = names[min(bisect.bisect_right(steps, drawn), len(names) - 1)]
            made = self._senders[part].ready(arrival, request_id)
            return Ready(made.to, made.send, part)

        return ready


def _senders(spec: LoadSpec) -> dict[str, Sender]:
    """One for each part of the traffic; what a part alone needs is imported for it alone."""
    senders: dict[str, Sender] = {}
    for part, _weight in spec.mix:
        if part == "signals":
            senders[part] = HttpSender(spec)
        elif part == "redis" and spec.redis is not None:
            from harness.load.redis_sender import RedisSender  # noqa: PLC0415

            senders[part] = RedisSender(spec.redis, spec.seed)
        elif spec.boards is not None:
            from harness.load.board_sender import BoardSender  # noqa: PLC0415

            senders[part] = BoardSender(spec.boards)
    return senders
