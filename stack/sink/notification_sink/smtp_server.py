"""The SMTP side: e-mails come in."""

from __future__ import annotations

import asyncio
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

from .channels import EMAIL, alerts_of_email
from .faults import Faults
from .inbox import Inbox


class MailHandler:
    """Keeps each e-mail in the inbox."""

    def __init__(self, inbox: Inbox, faults: Faults) -> None:
        self._inbox = inbox
        self._faults = faults

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        """Take one e-mail, or refuse it where a fault says so."""
        content: Any = envelope.content
        raw = content if isinstance(content, bytes) else str(content or "").encode()
        fault = self._faults.of(EMAIL)
        if fault.delay_s:
            await asyncio.sleep(fault.delay_s)
        if fault.status:
            self._inbox.refuse(EMAIL, raw, fault.status)
            return f"{fault.status} refused as told"
        self._inbox.receive(EMAIL, raw, alerts_of_email)
        return "250 OK"


async def start_smtp(inbox: Inbox, faults: Faults, host: str, port: int) -> asyncio.Server:
    """Listen for e-mail; port 0 takes a free one."""
    handler = MailHandler(inbox, faults)
    loop = asyncio.get_running_loop()
    return await loop.create_server(lambda: SMTP(handler, hostname="sink", ident="notification sink"), host, port)
