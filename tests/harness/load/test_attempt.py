"""One attempt within its time: what may be concluded where it ends without a whole answer."""

from __future__ import annotations

import gevent
import pytest

from harness.load.attempt import Attempt
from harness.load.outcome import Kind


@pytest.mark.parametrize(("left", "kind", "told"), [(False, Kind.FAIL, "not sent: "), (True, Kind.INFO, "")])
def test_time_that_ran_out_says_whether_anything_had_left(left: bool, kind: Kind, told: str) -> None:
    """Nobody knows what became of bytes that may have left."""
    with Attempt(0.01) as made:
        made.left = left
        gevent.sleep(60)
    assert made.outcome.kind is kind
    assert made.outcome.error == f"{told}no answer within 0.01 s"


@pytest.mark.parametrize("problem", [ConnectionResetError("gone"), KeyError("gone")])
def test_what_breaks_it_is_its_outcome(problem: Exception) -> None:
    """A broken connection, and what the client's library calls broken."""
    with Attempt(60, KeyError) as made:
        made.left = True
        raise problem
    assert made.outcome.kind is Kind.INFO
    assert type(problem).__name__ in made.outcome.error


def test_what_is_not_its_own_goes_on() -> None:
    """Another one's timeout and a slip in the code are no outcome of a request, and no timer stays behind."""
    with pytest.raises(gevent.Timeout), gevent.Timeout(0.01), Attempt(60):
        gevent.sleep(60)
    with pytest.raises(KeyError), Attempt(0.01):
        raise KeyError
    gevent.sleep(0.05)
