"""A make-believe engine and a small image for the tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.machine.images import ImageSpec, Root
from tests.harness.machine.fake_engine import FakeEngine, running


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[FakeEngine]:
    """An engine that reaches no registry and has the root `debian:x`."""
    with running(FakeEngine(socket=tmp_path / "d.sock", images={"debian:x": "sha256:root"})) as engine:
        yield engine


@pytest.fixture
def spec(tmp_path: Path) -> ImageSpec:
    """A service with an official image and a Dockerfile."""
    context = tmp_path / "thing"
    context.mkdir()
    (context / "Dockerfile").write_text("ARG BASE\nFROM ${BASE}\n")
    return ImageSpec(service="thing", official="thing:1.2", context=context, base=Root(official="debian:x"))
