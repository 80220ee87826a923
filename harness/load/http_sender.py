"""HTTP traffic: signals into the application, or any request to any server."""

from __future__ import annotations

import json
from functools import partial

from harness.load.exchange import Endpoint
from harness.load.payload import load_payload
from harness.load.sender import Arrival, Ready
from harness.load.spec import LoadSpec


class HttpSender:
    """Requests to the targets of a spec in turn."""

    def __init__(self, spec: LoadSpec) -> None:
        self._seed = spec.seed
        self._body = None if spec.body is not None else load_payload(spec.payload)
        self._fixed = (spec.body or "").encode()
        self._endpoints = [
            (target.name, Endpoint(target.base_url, spec.path, method=spec.method, headers=dict(spec.headers)))
            for target in spec.targets
        ]

    def ready(self, arrival: Arrival, request_id: str) -> Ready:
        """A request with its body."""
        index = arrival.index
        name, endpoint = self._endpoints[index % len(self._endpoints)]
        body = self._fixed
        if self._body is not None:
            body = json.dumps(self._body(self._seed, index, request_id, arrival.due_s)).encode()
        return Ready(name, partial(endpoint.post, body))

    def close(self) -> None:
        """Close idle connections."""
        for _name, endpoint in self._endpoints:
            endpoint.close()
