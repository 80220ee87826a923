"""What an answer, or none, allows to conclude."""

from __future__ import annotations

import pytest

from harness.load.outcome import of_answer, of_silence


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (200, "ok"), (201, "ok"), (204, "ok"), (299, "ok"),
        (301, "info"), (302, "info"), (399, "info"),
        (400, "fail"), (409, "fail"), (422, "fail"), (429, "fail"), (499, "fail"),
        (500, "info"), (502, "info"), (503, "fail"), (504, "info"), (599, "info"),
    ],
)  # fmt: skip
def test_statuses(status: int, kind: str) -> None:
    """Only 2xx acknowledges; only 4xx and 503 promise that nothing was taken."""
    outcome = of_answer(status, "why")
    assert outcome.kind == kind
    assert outcome.status == status
    assert outcome.error == ("" if kind == "ok" else f"{status} why")


def test_silence_after_sending_is_unknown() -> None:
    """Without an answer nobody knows, unless nothing was sent."""
    assert of_silence("reset", left=True).kind == "info"
    assert of_silence("refused", left=False).kind == "fail"
