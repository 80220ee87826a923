"""The sink over HTTP and SMTP, as Alertmanager sees it."""

from __future__ import annotations

import asyncio
import smtplib
from typing import Any

import httpx
import pytest

from stack.sink.notification_sink.faults import Faults
from stack.sink.notification_sink.http_api import Api
from stack.sink.notification_sink.inbox import Inbox
from stack.sink.notification_sink.smtp_server import start_smtp
from tests.stack.sink.messages import line, mail, pagerduty, slack


class Http:
    """A client of a fresh sink, without a network between."""

    def __init__(self) -> None:
        self._app = Api(Inbox(), Faults()).app()

    def get(self, path: str, **options: Any) -> httpx.Response:
        """GET a path."""
        return asyncio.run(self._send("GET", path, options))

    def post(self, path: str, **options: Any) -> httpx.Response:
        """POST to a path."""
        return asyncio.run(self._send("POST", path, options))

    async def _send(self, method: str, path: str, options: dict[str, Any]) -> httpx.Response:
        transport = httpx.ASGITransport(self._app)
        async with httpx.AsyncClient(transport=transport, base_url="http://sink") as client:
            return await client.request(method, path, **options)


@pytest.fixture
def http() -> Http:
    """A client of a fresh sink."""
    return Http()


def entries(http: Http, after: int = 0) -> list[dict[str, Any]]:
    """What arrived, as the sink tells it."""
    found: list[dict[str, Any]] = http.get("/notifications", params={"after": after}).json()["notifications"]
    return found


def test_pagerduty_is_answered_as_the_events_api_does(http: Http) -> None:
    """202 with the sender's dedup key; the alert is there to be read."""
    answer = http.post("/pagerduty", json=pagerduty(line()))
    assert (answer.status_code, answer.json()["status"], answer.json()["dedup_key"]) == (202, "success", "group-1")
    (entry,) = entries(http)
    assert (entry["channel"], entry["status"], entry["alert"]) == ("pagerduty", "firing", "SignalLoss")
    assert '"routing_key"' in entry["raw"]


def test_slack_is_answered_as_a_webhook_does(http: Http) -> None:
    """200 and `ok`."""
    answer = http.post("/slack", json=slack(line()))
    assert (answer.status_code, answer.text) == (200, "ok")
    assert entries(http)[0]["channel"] == "slack"


@pytest.mark.parametrize("path", ["/pagerduty", "/slack"])
def test_a_malformed_post_is_kept_and_never_an_error(http: Http, path: str) -> None:
    """Whatever is posted is taken and shown as unparsed."""
    assert http.post(path, content=b"\xff{").is_success
    (entry,) = entries(http)
    assert (entry["kind"], entry["channel"]) == ("unparsed", path[1:])
    assert "JSON" in entry["why"]


def test_reading_on(http: Http) -> None:
    """`next` is where the next read begins."""
    http.post("/slack", json=slack(line("A")))
    following = http.get("/notifications").json()["next"]
    http.post("/slack", json=slack(line("B")))
    assert [entry["alert"] for entry in entries(http, following)] == ["B"]


@pytest.mark.parametrize("after", ["-1", "x", "1.5"])
def test_a_senseless_number_is_refused(http: Http, after: str) -> None:
    """A wrong `after` is named in a 400."""
    answer = http.get("/notifications", params={"after": after})
    assert answer.status_code == 400
    assert after in answer.text


def test_a_channel_can_be_made_to_refuse(http: Http) -> None:
    """A fault on one channel leaves the others alone, is shown as refused, and can be lifted."""
    http.post("/control", json={"channel": "slack", "status": 503})
    assert http.post("/slack", json=slack(line())).status_code == 503
    assert http.post("/pagerduty", json=pagerduty(line())).status_code == 202
    http.post("/control", json={"channel": "slack", "status": 0})
    assert http.post("/slack", json=slack(line())).status_code == 200
    assert [entry["kind"] for entry in entries(http)] == ["refused", "notification", "notification"]


@pytest.mark.parametrize(
    "wish",
    [{}, [], {"channel": "fax"}, {"channel": "slack", "status": 200}, {"channel": "slack", "delay_s": -1},
     {"channel": "slack", "status": True}, {"channel": "slack", "colour": 1}],
)  # fmt: skip
def test_a_wrong_fault_changes_nothing(http: Http, wish: Any) -> None:
    """A fault that makes no sense is refused with a sentence."""
    before = http.get("/control").json()
    assert http.post("/control", json=wish).status_code == 400
    assert http.get("/control").json() == before


def send_mail(inbox: Inbox, faults: Faults, content: bytes) -> None:
    """Deliver one e-mail to a sink of its own."""

    def deliver(port: int) -> None:
        with smtplib.SMTP("127.0.0.1", port, timeout=5) as smtp:
            smtp.sendmail("a@trading.invalid", ["b@trading.invalid"], content)

    async def run() -> None:
        async with await start_smtp(inbox, faults, "127.0.0.1", 0) as server:
            await asyncio.to_thread(deliver, server.sockets[0].getsockname()[1])

    asyncio.run(run())


def test_an_email_arrives() -> None:
    """An e-mail with folded lines gives its alert with all labels."""
    inbox = Inbox()
    send_mail(inbox, Faults(), mail(line(instance="x" * 200)).as_bytes())
    (entry,) = inbox.after(0)
    assert (entry["channel"], entry["alert"], entry["labels"]["instance"]) == ("email", "SignalLoss", "x" * 200)


def test_an_email_can_be_refused() -> None:
    """A fault on the e-mail channel is an SMTP error to the sender."""
    inbox, faults = Inbox(), Faults()
    faults.set({"channel": "email", "status": 451})
    with pytest.raises(smtplib.SMTPDataError, match="451"):
        send_mail(inbox, faults, mail(line()).as_bytes())
    assert [entry["kind"] for entry in inbox.after(0)] == ["refused"]
