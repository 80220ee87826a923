"""KNOWN BAD, ack-before-commit: a signal is acknowledged when it is queued, and PostgreSQL is asked afterwards.

The usual way to make accepting fast. What PostgreSQL then refuses or does not answer is lost, and so is whatever is
still queued when the instance dies; the sender was told otherwise.
"""

import asyncio
from contextlib import suppress
from dataclasses import replace

from trading_app.errors import UnavailableError
from trading_app.inbox import Acceptance, Inbox
from trading_app.known_bad.rebuilt import rebuilt
from trading_app.parts import Parts
from trading_app.settings import Settings
from trading_app.signals import Signal


class HastyInbox(Inbox):
    """Says yes to everything, and stores it when there is time."""

    __slots__ = ()

    async def accept(self, signal: Signal) -> Acceptance:
        """Acknowledge the signal before anything was asked of PostgreSQL."""
        task = asyncio.create_task(self._store_later(signal))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return Acceptance.NEW

    async def _store_later(self, signal: Signal) -> None:
        """Nobody is left to be told that it failed."""
        with suppress(UnavailableError):
            await super().accept(signal)


def apply(parts: Parts, _: Settings) -> Parts:
    """Build the mistake in."""
    return replace(parts, inbox=rebuilt(HastyInbox, parts.inbox))
