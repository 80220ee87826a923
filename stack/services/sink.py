"""The notification sink: takes what PagerDuty, Slack and the mail server would get, and records when."""

from __future__ import annotations

from harness.containers.plan import HttpReady, Service

HTTP_PORT = 8080


def sink() -> Service:
    """The sink, HTTP and SMTP."""
    return Service(name="sink", image="sink", ready=HttpReady(port=HTTP_PORT, path="/health"), ports=(HTTP_PORT,))
