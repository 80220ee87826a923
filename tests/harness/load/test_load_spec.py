"""What the load generator is told, and what is refused before anything starts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from harness.errors import UsageError
from harness.load.payload import load_payload, numbered
from harness.load.spec import LoadSpec, Target

TARGET = Target(name="one", base_url="http://127.0.0.1:8000")


def spec(**changes: Any) -> LoadSpec:
    """A good spec with some values changed."""
    fields: dict[str, Any] = {"targets": (TARGET,), "rate_per_s": 10.0, "out": Path("c.jsonl"), "id_prefix": "p"}
    return LoadSpec(**(fields | changes))


def test_a_spec_survives_the_process_border() -> None:
    """What the child reads is what the parent wrote."""
    written = spec(duration_s=3.5, most_in_flight=7, payload="a.b:c", seed=9)
    assert LoadSpec.from_json(written.to_json()) == written


def test_every_target_may_hang_without_a_drop() -> None:
    """By default there is room for all requests of one timeout."""
    assert spec(rate_per_s=100.0, timeout_s=5.0).in_flight_limit >= 500


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"targets": ()}, "target"),
        ({"rate_per_s": 0.0}, "rate"),
        ({"arrivals": "never"}, "never"),
        ({"timeout_s": 0.0}, "timeout"),
        ({"duration_s": -1.0}, "duration"),
        ({"path": "signals"}, "signals"),
        ({"most_in_flight": 0}, "in flight"),
    ],
)
def test_impossible_specs_are_bad_input(changes: dict[str, Any], named: str) -> None:
    """A spec that cannot be run is refused in one sentence that names the value."""
    with pytest.raises(UsageError, match=named):
        spec(**changes)


@pytest.mark.parametrize("url", ["127.0.0.1:8000", "https://host", "http://", "http://host/path"])
def test_unusable_addresses_are_bad_input(url: str) -> None:
    """A target is http://host:port and nothing else."""
    with pytest.raises(UsageError, match="does not read as"):
        Target(name="x", base_url=url)


def test_a_payload_is_found_by_its_dotted_path() -> None:
    """The factory of the bodies is a parameter."""
    assert load_payload("harness.load.payload:numbered") is numbered


@pytest.mark.parametrize(
    "dotted", ["harness.load.payload", "no.such.module:f", "harness.load.payload:absent", "harness.load.payload:Any:x"]
)
def test_a_payload_that_is_not_there_is_bad_input(dotted: str) -> None:
    """A wrong dotted path is named."""
    with pytest.raises(UsageError, match="payload"):
        load_payload(dotted)
