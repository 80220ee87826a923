"""When the gate lets a heartbeat through, on a made-up Redis and clock."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import cast

import pytest
from redis import Redis

from stack.faults.heartbeats import Gate

BEAT_S = 5.0


@dataclass(slots=True)
class Model:
    """A clock, and a Redis that stores heartbeats where the access list lets them through."""

    now_s: float = 1000.0
    stored: dict[str, str] = field(default_factory=dict)
    allowed: tuple[str, ...] = ("allkeys",)

    def get(self, key: str) -> str | None:
        """The value of a key."""
        return self.stored.get(key)

    def execute_command(self, *command: str) -> None:
        """ACL SETUSER default resetkeys ..."""
        self.allowed = command[4:]

    def time(self) -> float:
        """Wall clock."""
        return self.now_s

    def beat(self, name: str) -> None:
        """An instance tries to store a heartbeat."""
        if f"~tss:heartbeat:{name}" in self.allowed or "allkeys" in self.allowed:
            self.stored[f"tss:heartbeat:{name}"] = f"{self.now_s:.3f}"


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> Model:
    """The made-up world, whose clock the gate reads."""
    made = Model()
    monkeypatch.setattr("stack.faults.heartbeats.time", made)
    return made


def let_through(model: Model, every_s: float | None, beats: int) -> list[float]:
    """When heartbeats came through, s after the first, of an instance that tries every 5 s."""
    gate = Gate(redis=cast("Redis", model), every_s={"a": every_s}, slack_s=BEAT_S / 2, others=("b",))
    begun = model.now_s
    sent: list[float] = []
    model.beat("a")
    for _ in range(beats):
        for _ in range(10):
            gate.watch()
            model.now_s += BEAT_S / 10
        model.beat("a")
        if (at := float(model.stored["tss:heartbeat:a"]) - begun) not in (0, *sent):
            sent.append(at)
    return sent


@pytest.mark.parametrize(
    ("dose_s", "sent"),
    [
        (None, []),
        (50.0, [50, 100]),
        (22.0, [20, 40, 60, 80, 100]),
        (23.0, [25, 50, 75, 100]),
        (12.0, list(range(10, 101, 10))),
    ],
)
def test_the_nearest_heartbeat_is_let_through(model: Model, dose_s: float | None, sent: list[float]) -> None:
    """Of those that come every 5 s the one nearest to the dose, and no other."""
    assert let_through(model, dose_s, beats=20) == sent


def test_others_and_the_rest_of_redis_stay_open(model: Model) -> None:
    """An instance that is not named, the lease, the live state and all reading are let through all the time."""
    let_through(model, None, beats=1)
    assert set(model.allowed) == {"%R~*", "~tss:leader", "~tss:state", "~tss:heartbeat:b"}
