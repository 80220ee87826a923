"""Start the sink: HTTP on 8080, SMTP on 2525, until SIGTERM."""

from __future__ import annotations

import argparse
import asyncio

import uvicorn

from .faults import Faults
from .http_api import Api
from .inbox import Inbox
from .smtp_server import start_smtp


async def serve(host: str, http_port: int, smtp_port: int) -> None:
    """Run both servers over one inbox.

    Args:
        host: address to listen on.
        http_port: port of the posts, and of what is read back.
        smtp_port: port of the e-mails.
    """
    inbox, faults = Inbox(), Faults()
    smtp = await start_smtp(inbox, faults, host, smtp_port)
    config = uvicorn.Config(
        Api(inbox, faults).app(),
        host=host,
        port=http_port,
        lifespan="off",
        log_level="warning",
        timeout_graceful_shutdown=1,
    )
    async with smtp:
        await uvicorn.Server(config).serve()


def main() -> None:
    """Read the command line and serve."""
    parser = argparse.ArgumentParser(prog="notification_sink", description=__doc__)
    parser.add_argument("--host", default="0.0.0.0", help="address to listen on")  # noqa: S104 - inside a container
    parser.add_argument("--http-port", type=int, default=8080)
    parser.add_argument("--smtp-port", type=int, default=2525)
    options = parser.parse_args()
    asyncio.run(serve(options.host, options.http_port, options.smtp_port))


if __name__ == "__main__":
    main()
