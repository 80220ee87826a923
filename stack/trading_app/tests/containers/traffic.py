"""A steady stream of signals, each with the answer that its sender saw."""

import threading
import time
from dataclasses import dataclass, field
from types import TracebackType

import httpx
from services import Services, signal


@dataclass(slots=True)
class Traffic:
    """Sends signals to instances in turn while the block runs.

    `acknowledged` holds the ids that were acknowledged, `unknown` those whose sender saw an error or no answer.
    """

    services: Services
    names: tuple[str, ...]
    per_s: float
    prefix: str
    acknowledged: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    _stop: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    def __enter__(self) -> "Traffic":
        self._threads = [threading.Thread(target=self._send, args=(i, n)) for i, n in enumerate(self.names)]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(10)

    def has_acknowledged(self, more_than: int) -> bool:
        """True once more signals than that were acknowledged."""
        return len(self.acknowledged) > more_than

    def _send(self, index: int, name: str) -> None:
        url = f"http://127.0.0.1:{self.services.ports[name]}/signals"
        pause_s, number = len(self.names) / self.per_s, 0
        with httpx.Client(timeout=3, trust_env=False) as client:
            due = time.monotonic()
            while not self._stop.wait(max(0.0, due - time.monotonic())):
                due += pause_s
                number += 1
                signal_id = f"{self.prefix}-{index}-{number}"
                side = "BUY" if number % 2 else "SELL"
                try:
                    status = client.post(url, json=signal(signal_id, side=side)).status_code
                except httpx.HTTPError:
                    status = 0
                (self.acknowledged if status in (200, 201) else self.unknown).append(signal_id)
