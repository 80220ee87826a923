"""What one instance knows about itself, for `/health` and `/metrics`; written by its loops."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from trading_app.live_state import Trades
from trading_app.recovery import RecoveryCode


class RecoveryState(StrEnum):
    """How far the start has come."""

    RUNNING = "running"
    DONE = "done"
    HALTED = "halted"


@dataclass(slots=True, kw_only=True)
class Component:
    """A service as last seen: `ok` is None before the first answer."""

    ok: bool | None = None
    error: str | None = None

    def answered(self) -> None:
        """It works."""
        self.ok, self.error = True, None

    def failed(self, error: BaseException) -> None:
        """It does not; the sentence is kept."""
        self.ok, self.error = False, str(error)

    def as_dict(self) -> dict[str, Any]:
        """In the words of `/health`."""
        status = {None: "unknown", True: "up", False: "down"}[self.ok]
        return {"status": status, "error": self.error}


@dataclass(slots=True, kw_only=True)
class RecoveryStatus:
    """The recovery at the start. `time_ms`, `positions`: last success; `finished_wall_s`: last attempt."""

    state: RecoveryState = RecoveryState.RUNNING
    error: RecoveryCode = RecoveryCode.NONE
    message: str | None = None
    successes: int = 0
    failures: int = 0
    time_ms: float | None = None
    positions: int | None = None
    finished_wall_s: float | None = None


@dataclass(slots=True, kw_only=True)
class Status:
    """Everything that is not the coordinator's view. None means not known, and is then not exported."""

    postgres: Component = field(default_factory=Component)
    redis: Component = field(default_factory=Component)
    clickhouse: Component = field(default_factory=Component)
    recovery: RecoveryStatus = field(default_factory=RecoveryStatus)
    trades: Trades | None = None
    outbox_pending: int | None = None
    slippage_average: float | None = None

    def can_accept(self) -> bool:
        """True once signals may be taken in."""
        return self.recovery.state is RecoveryState.DONE

    def healthy(self) -> bool:
        """True if this instance can do its duty: accept signals durably."""
        return self.can_accept() and self.postgres.ok is True

    def degraded(self) -> bool:
        """True if something beside PostgreSQL is down."""
        return self.redis.ok is not True or self.clickhouse.ok is not True
