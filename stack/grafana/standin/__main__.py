"""Start the stand-in: `python -m standin`, configured by the official image's environment variables."""

import os
import sys

import uvicorn

from . import VERSION
from .app import build
from .errors import StartError
from .settings import from_environment

# Grafana closes no idle connection of its own accord. One that is closed after 5 s, as uvicorn has it, breaks off the
# request of a viewer who comes back just then.
IDLE_S = 3600


def main() -> int:
    """Serve until stopped. Returns 1 if the settings or the provisioning do not allow a start."""
    try:
        settings = from_environment(os.environ)
        app = build(settings, os.environ, _log)
    except StartError as error:
        _log(f"cannot start: {error}")
        return 1
    if settings.ignored:
        _log(f"settings without effect here: {', '.join(settings.ignored)}")
    _log(f"{VERSION}: a STAND-IN for Grafana, listening on {settings.host}:{settings.port}")
    uvicorn.run(
        app,
        host=settings.host,
        port=settings.port,
        log_level="warning",
        access_log=False,
        timeout_keep_alive=IDLE_S,
        timeout_graceful_shutdown=1,
    )
    return 0


def _log(line: str) -> None:
    print(f"grafana-standin: {line}", file=sys.stderr, flush=True)  # noqa: T201 - a container's log is its output


if __name__ == "__main__":
    sys.exit(main())
