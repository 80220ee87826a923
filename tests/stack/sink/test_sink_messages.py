"""What the sink reads out of a message, and that it loses nothing."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stack.sink.notification_sink.alerts import UnreadableMessageError, read_alerts
from stack.sink.notification_sink.channels import alerts_of_email, alerts_of_pagerduty, alerts_of_slack
from stack.sink.notification_sink.inbox import Inbox
from tests.stack.sink.messages import line, mail, pagerduty, slack

TEXT = f"\n{line()}\nfor people\n{line('NoLeader', 'resolved', instance='trading-1')}\n"
WANTED = [("SignalLoss", "firing"), ("NoLeader", "resolved")]


def test_all_channels_tell_the_same_alerts() -> None:
    """PagerDuty, Slack and e-mail carry one text, and each alert keeps its own status and labels."""
    for alerts in (
        alerts_of_pagerduty(json.dumps(pagerduty(TEXT)).encode()),
        alerts_of_slack(json.dumps(slack(TEXT)).encode()),
        alerts_of_email(mail(TEXT).as_bytes()),
    ):
        assert [(alert.name, alert.status) for alert in alerts] == WANTED
        assert alerts[1].labels == {"alertname": "NoLeader", "severity": "critical", "instance": "trading-1"}
        assert alerts[0].starts_s == pytest.approx(1795224030.123)


@pytest.mark.parametrize(
    "damaged",
    [
        '{"status": "firing"',
        '{"status": "firing", "labels": {"alertname": "A"}}',
        '{"status": "pending", "starts_at": "2026-11-21T01:20:30Z", "labels": {"alertname": "A"}}',
        '{"status": "firing", "starts_at": "soon", "labels": {"alertname": "A"}}',
        '{"status": "firing", "starts_at": "2026-11-21T01:20:30Z", "labels": {"severity": "critical"}}',
        '{"status": "firing", "starts_at": "2026-11-21T01:20:30Z", "labels": {"alertname": 3}}',
        '{"status": "firing", "starts_at": "2026-11-21T01:20:30Z", "labels": []}',
    ],
)
def test_a_damaged_line_hides_no_other(damaged: str) -> None:
    """The alerts around a damaged line are kept, and the message counts as unparsed too."""
    inbox = Inbox(clock=lambda: 7.0)
    inbox.receive("slack", json.dumps(slack(f"{line()}\n{damaged}\n")).encode(), alerts_of_slack)
    assert [entry["kind"] for entry in inbox.after(0)] == ["unparsed", "notification"]
    assert inbox.after(0)[1]["alert"] == "SignalLoss"


@settings(deadline=None)
@given(raw=st.binary(max_size=300))
def test_any_bytes_are_kept(raw: bytes) -> None:
    """No message, however broken, raises or is lost."""
    inbox = Inbox()
    for read in (alerts_of_pagerduty, alerts_of_slack, alerts_of_email):
        inbox.receive("any", raw, read)
    assert len(inbox) >= 3


KEYS = st.sampled_from(["payload", "custom_details", "alerts", "attachments", "fields", "title", "value"])
ANY_JSON = st.recursive(
    st.none() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=60, deadline=None)
@given(value=ANY_JSON)
def test_any_json_is_kept(value: object) -> None:
    """JSON of any shape is an unparsed message, not a crash."""
    inbox = Inbox()
    for read in (alerts_of_pagerduty, alerts_of_slack):
        inbox.receive("any", json.dumps(value).encode(), read)
    assert [entry["kind"] for entry in inbox.after(0)] == ["unparsed", "unparsed"]


def test_a_message_for_people_only_is_unparsed() -> None:
    """A template without the machine-readable line is told, not taken for silence."""
    with pytest.raises(UnreadableMessageError, match="no alert line"):
        read_alerts("SignalLoss is firing\n")


def test_numbers_grow_and_are_read_from_where_one_left() -> None:
    """A reader that asks after the last number sees each entry once, in order."""
    inbox = Inbox()
    for name in ("A", "B", "C"):
        inbox.receive("slack", json.dumps(slack(line(name))).encode(), alerts_of_slack)
    assert [entry["seq"] for entry in inbox.after(0)] == [1, 2, 3]
    assert [entry["alert"] for entry in inbox.after(2)] == ["C"]
    assert inbox.after(3) == inbox.after(99) == []
