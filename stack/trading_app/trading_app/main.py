"""Start one instance: settings, server, exit code."""

import logging
import os
import signal
import sys

import uvicorn

from trading_app import settings as settings_module
from trading_app.application import Application
from trading_app.errors import SettingsError
from trading_app.log import LibraryHandler
from trading_app.server import asgi

EXIT_BAD_SETTINGS = 2


def main() -> None:
    """Run until SIGTERM or SIGINT: exit code 0; 2 for unusable settings, 1 if the port is taken."""
    try:
        application = Application(settings_module.load())
    except SettingsError as error:
        sys.stderr.write(f"trading_app: {error}\n")
        sys.exit(EXIT_BAD_SETTINGS)
    logging.basicConfig(handlers=[LibraryHandler(application.log)], level=logging.WARNING)
    # The server raises the signal that stopped it once more when it is done; by then there is nothing left
    # to do.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)
    server = uvicorn.Server(_config(application))
    server.run()
    sys.stdout.flush()
    # Everything durable is in PostgreSQL. Leaving like this does not wait for threads that a dead resolver
    # holds.
    os._exit(0 if server.started else 1)


def _config(application: Application) -> uvicorn.Config:
    return uvicorn.Config(
        asgi(application),
        host=application.settings.listen_host,
        port=application.settings.listen_port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=1,
        # Longer than clients pause: one that is closed here as its next request arrives leaves its sender without an
        # answer, who then knows nothing. The usual 5 s fell into the rushes of load-burst.
        timeout_keep_alive=75,
        # Not uvloop, which takes in one new connection a turn: in a rush the crowd waits in the socket for seconds, in
        # front of the door, while whoever came before is served.
        loop="asyncio",
        http="httptools",
        ws="none",
        lifespan="on",
    )


if __name__ == "__main__":
    main()
