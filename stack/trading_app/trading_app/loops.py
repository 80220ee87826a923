"""Schedules: steps that repeat at an interval, or earlier when woken."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

from trading_app.errors import UnavailableError
from trading_app.log import Log

Step = Callable[[], Awaitable[float]]


async def repeat(name: str, step: Step, log: Log, wake: asyncio.Event | None = None) -> None:
    """Run `step` for ever; it returns the seconds until it is due again. `wake` makes it due at once.

    A step deals with what can be unavailable itself. Anything it lets through is a defect: it is logged, and
    the loop goes on, as a stopped loop would be the worse failure.
    """
    wake = wake or asyncio.Event()
    while True:
        try:
            pause_s = await step()
        except UnavailableError as error:
            pause_s = 1.0
            log.warning("step_unavailable", loop=name, error=str(error))
        except Exception as error:  # see above; RuntimeError, driver defects and the like
            pause_s = 1.0
            log.defect("step_failed", error, loop=name)
        with suppress(TimeoutError):
            async with asyncio.timeout(pause_s):
                await wake.wait()
        wake.clear()
