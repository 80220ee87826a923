"""The application's instances, and faults that meet all of them."""

from harness.faults.hold import Hold
from harness.faults.network import CutLink, SlowLink

INSTANCES = ("trading-1", "trading-2", "trading-3")


def slow_for_all(service: str, *, latency_ms: int, hold: Hold, jitter_ms: int = 0) -> tuple[SlowLink, ...]:
    """A service answers every instance late."""
    return tuple(
        SlowLink(target=f"{name}:{service}", latency_ms=latency_ms, jitter_ms=jitter_ms, hold=hold)
        for name in INSTANCES
    )


def cut_for_all(service: str, hold: Hold) -> tuple[CutLink, ...]:
    """No instance reaches a service."""
    return tuple(CutLink(target=f"{name}:{service}", hold=hold) for name in INSTANCES)


def postgres_slow_for_all(hold: Hold) -> tuple[SlowLink, ...]:
    """PostgreSQL answers every instance 40 ms late, which trading has to bear."""
    return slow_for_all("postgres", latency_ms=40, jitter_ms=10, hold=hold)
