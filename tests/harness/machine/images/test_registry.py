"""Asking a registry: what it refuses, and that one that does not answer is asked once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from harness.machine.images.registry import Registry
from tests.harness.machine.fake_engine import FakeEngine


def test_an_unreachable_registry_is_asked_once(engine: FakeEngine) -> None:
    """After one answer that no registry is reachable, no other image is asked for, from any thread."""
    registry = Registry(engine.host)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(registry.pull, [f"image:{number}" for number in range(8)]))
    assert engine.count("/distribution/") == 1
    assert {answer.why for answer in answers if answer} == {"no such host"}


def test_one_missing_image_says_nothing_about_others(engine: FakeEngine) -> None:
    """An image that the registry does not have is refused alone; the next one is pulled."""
    engine.registry = {"gone:1": (404, "manifest unknown"), "*": (200, "")}
    registry = Registry(engine.host)
    assert registry.pull("gone:1") is not None
    assert registry.pull("here:1") is None
    assert "here:1" in engine.images


def test_a_registry_that_hangs_is_given_up(engine: FakeEngine) -> None:
    """A registry that does not answer in time counts as unreachable, within that time."""
    registry = Registry(engine.host, answer_within_s=1)
    engine.registry_answers = False
    refused = registry.refusal("thing:1")
    assert refused is not None
    assert refused.everything


def test_a_refusal_tells_no_addresses(engine: FakeEngine) -> None:
    """The reason is a few words; the registry's address is not repeated in it."""
    engine.registry = {"*": (500, 'Get "https://registry.example/v2/": dial tcp: lookup: no such host')}
    refused = Registry(engine.host).refusal("thing:1")
    assert refused is not None
    assert refused.why == "no such host"
