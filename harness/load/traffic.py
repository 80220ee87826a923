"""A stream of traffic: schedule, bodies, instances in turn, and the record, put together."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable

import gevent

from harness.load.arrivals import due_times
from harness.load.exchange import Endpoint
from harness.load.ledger import Ledger
from harness.load.outcome import Outcome, of_silence
from harness.load.pacer import Arrival, Pacer
from harness.load.payload import load_payload
from harness.load.spec import LoadSpec

Told = Callable[[Outcome, float], None]


def _nobody(_outcome: Outcome, _after_s: float) -> None:
    pass


class Traffic:
    """Sends what a spec says and records every request.

    Args:
        spec: what to send.
        told: hears each outcome and its seconds from the due time.
    """

    def __init__(self, spec: LoadSpec, told: Told = _nobody) -> None:
        self._spec = spec
        self._told = told
        self._body = load_payload(spec.payload)
        self._endpoints = [(target.name, Endpoint(target.base_url, spec.path)) for target in spec.targets]
        self._ledger = Ledger(spec.out)
        times_s = due_times(spec.arrivals, rate_per_s=spec.rate_per_s, seed=spec.seed, duration_s=spec.duration_s)
        self._pacer = Pacer(times_s, self._send, self._ledger, spec.in_flight_limit)

    def run(self) -> None:
        """Send until the schedule ends or `stop` is called, let open requests end, write the summary."""
        try:
            self._pacer.run()
        finally:
            # The requests' own timeout ends them; the extra second is for those just leaving.
            self._pacer.drain(within_s=self._spec.timeout_s + 1.0)
            for _name, endpoint in self._endpoints:
                endpoint.close()
            self._ledger.close()

    def stop(self) -> None:
        """End the arrivals; `run` then drains and returns."""
        self._pacer.stop()

    def _send(self, arrival: Arrival) -> None:
        request_id = f"{self._spec.id_prefix}-{arrival.index}"
        name, endpoint = self._endpoints[arrival.index % len(self._endpoints)]
        body = json.dumps(self._body(self._spec.seed, arrival.index, request_id, arrival.due_s)).encode()
        late_s = time.monotonic() - arrival.due_mono_s
        self._ledger.invoke(request_id, due_s=arrival.due_s, to=name, late_s=late_s)
        outcome = of_silence("cut off at the end of the drain", left=True)
        with contextlib.suppress(gevent.GreenletExit):  # cut off: recorded as unknown
            outcome = endpoint.post(body, self._spec.timeout_s)
        after_s = time.monotonic() - arrival.due_mono_s
        self._ledger.end(request_id, outcome, after_s=after_s)
        self._told(outcome, after_s)
