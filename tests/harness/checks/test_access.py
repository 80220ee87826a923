"""Who may do what: as it must be, worked where it must not, refused where it must work, neither, never tried."""

from __future__ import annotations

from typing import Any

import pytest

from harness.checks import Access
from harness.model import Verdict
from harness.recorded import Stream
from tests.harness.checks.story import BEGIN_S, Story, record, verdict, worst

YES: dict[str, Any] = {"what": "a viewer looks", "codes": ["200"], "says": "", "refused": False, "code": "200"}
NO: dict[str, Any] = {"what": "a viewer writes", "codes": ["403"], "says": "", "refused": True, "code": "403"}
SQL: dict[str, Any] = {"what": "the role writes", "codes": ["42501"], "says": "", "refused": True, "code": "42501"}


def tried(*made: dict[str, Any], planned: tuple[dict[str, Any], ...] | None = None) -> Story:
    """A record of attempts; by default those that were planned."""
    story = Story()
    names = [one["what"] for one in (made if planned is None else planned)]
    story.line(Stream.ACCESS, "planned", BEGIN_S, {"attempts": names})
    for one in made:
        story.line(Stream.ACCESS, "attempt", BEGIN_S + 1, {"said": "so", "user": "", **one})
    return story


def test_answers_as_they_must_be_pass() -> None:
    """Yes where it may, no where it must not."""
    assert verdict(Access(at_least=3), record(tried(YES, NO, SQL))) is Verdict.PASS


@pytest.mark.parametrize(("attempt", "code"), [(NO, "200"), (NO, "201"), (SQL, "00000")])
def test_what_must_be_refused_and_works_fails(attempt: dict[str, Any], code: str) -> None:
    """Somebody may do more than they should."""
    found = worst(Access(), record(tried(YES, {**attempt, "code": code})))
    assert found.verdict is Verdict.FAIL
    assert "must be refused, and it worked" in found.message


@pytest.mark.parametrize("code", ["401", "403", "42501"])
def test_what_must_work_and_is_refused_fails(code: str) -> None:
    """A viewer that sees nothing is no secure viewer."""
    found = worst(Access(), record(tried({**YES, "code": code})))
    assert found.verdict is Verdict.FAIL
    assert "must work, and it was refused" in found.message


@pytest.mark.parametrize("attempt", [YES, NO, SQL])
@pytest.mark.parametrize("code", ["", "500", "404", "302", "08006"])
def test_an_answer_that_says_neither_is_unknown(attempt: dict[str, Any], code: str) -> None:
    """A server that breaks, or is not there, neither refused nor allowed."""
    assert verdict(Access(), record(tried({**attempt, "code": code}))) is Verdict.UNKNOWN


def test_the_words_of_the_answer_count() -> None:
    """An error for another reason is no refusal; a success without what was asked for shows nothing."""
    denied = {**NO, "codes": ["400"], "code": "400", "says": "permission denied"}
    assert verdict(Access(), record(tried({**denied, "said": "permission denied for table x"}))) is Verdict.PASS
    assert verdict(Access(), record(tried({**denied, "said": "syntax error"}))) is Verdict.UNKNOWN
    assert verdict(Access(), record(tried({**denied, "code": "200", "said": "rows"}))) is Verdict.FAIL


def test_what_was_not_tried_is_unknown() -> None:
    """One attempt missing, too few of them, nothing recorded, or a cut record."""
    assert verdict(Access(), record(tried(YES, planned=(YES, NO)))) is Verdict.UNKNOWN
    assert verdict(Access(at_least=2), record(tried(YES))) is Verdict.UNKNOWN
    assert verdict(Access(), record(Story())) is Verdict.UNKNOWN
    assert verdict(Access(), record(tried(YES, NO).damaged(Stream.ACCESS))) is Verdict.UNKNOWN


def test_a_refusal_that_was_not_declared_as_one_is_still_due() -> None:
    """Damage that takes the flag away does not turn a breach into a success."""
    lost = {key: value for key, value in {**NO, "code": "200"}.items() if key != "refused"}
    assert verdict(Access(), record(tried(lost))) is Verdict.FAIL
