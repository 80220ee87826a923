"""The body of `/health`."""

import time
from typing import Any

from trading_app.application import Application


def health(application: Application) -> dict[str, Any]:
    """Component states in words; `status` is ok, degraded (works without something) or unavailable."""
    status, coordinator = application.status, application.election.coordinator
    view, authority = coordinator.view, coordinator.authority()
    recovery = status.recovery
    overall = "unavailable" if not status.healthy() else "degraded" if status.degraded() else "ok"
    return {
        "status": overall,
        "instance": application.settings.instance_id,
        "leader": authority is not None,
        "epoch": authority,
        "mode": str(view.mode),
        "leader_redis": view.leader_in_redis(),
        "leader_db": view.leader_in_record(time.monotonic()),
        "recovery": {
            "state": str(recovery.state),
            "error_code": recovery.error.name,
            "message": recovery.message,
            "positions": recovery.positions,
            "time_ms": recovery.time_ms,
            "failures": recovery.failures,
        },
        "components": {
            "postgres": status.postgres.as_dict(),
            "redis": status.redis.as_dict(),
            "clickhouse": status.clickhouse.as_dict(),
        },
        "known_bad": list(application.known_bad),
    }
