"""Builds on a real engine: what is built carries its label, stays until its files change, and a failure is told."""

from __future__ import annotations

import io
import os
import tarfile
import threading
from collections.abc import Iterator
from pathlib import Path

import docker
import pytest

from harness.containers.sweep import leftovers
from harness.machine.engine import client, ready_engine
from harness.machine.images import BuildError, ImageSpec, ImageStore, Root, debian
from harness.machine.images.build import IMAGE_LABEL

pytestmark = pytest.mark.containers

ROOT = "chaos-harness-test/root:1"
SERVICE = "tests-of-images"


@pytest.fixture
def engine() -> Iterator[docker.DockerClient]:
    """The machine's engine, with an empty root image; what the test builds is removed after it."""
    opened = client()
    empty = io.BytesIO()
    with tarfile.open(fileobj=empty, mode="w") as tar:
        tar.addfile(tarfile.TarInfo("empty"), io.BytesIO())
    repository, _, tag = ROOT.partition(":")
    opened.api.import_image_from_data(empty.getvalue(), repository=repository, tag=tag)
    yield opened
    for image in opened.images.list(filters={"label": f"{IMAGE_LABEL}={SERVICE}"}):
        opened.images.remove(image.tags[0], force=True)
    opened.images.remove(ROOT, force=True)
    opened.close()


@pytest.fixture
def spec(tmp_path: Path) -> ImageSpec:
    """An image of one file on the empty root."""
    context = tmp_path / "context"
    context.mkdir()
    (context / "Dockerfile").write_text("ARG BASE\nFROM ${BASE}\nCOPY word /word\n")
    (context / "word").write_text("first")
    return ImageSpec(service=SERVICE, context=context, base=Root(official=ROOT))


def test_an_image_is_built_kept_and_built_anew(engine: docker.DockerClient, spec: ImageSpec, tmp_path: Path) -> None:
    """The built image carries the label and is no leftover; it is used again until a file of it changes."""
    store = ImageStore(ready_engine().host, state=tmp_path / "state")
    first = store.ensure(spec)
    assert engine.images.get(first.reference).labels[IMAGE_LABEL] == SERVICE
    assert first.reference not in [left.name for left in leftovers(engine, everything=True)]
    assert store.ensure(spec) == first
    (spec.context / "word").write_text("second")
    second = store.ensure(spec)
    assert (second.reference, second.digest) != (first.reference, first.digest)


def test_a_real_failing_step_is_named(engine: docker.DockerClient, spec: ImageSpec, tmp_path: Path) -> None:
    """When a step fails on the engine, service, step and log are in the one error, and nothing is tagged."""
    (spec.context / "word").unlink()
    store = ImageStore(ready_engine().host, state=tmp_path / "state")
    with pytest.raises(BuildError, match=rf"image {SERVICE} cannot be built: Step 3/\d+ : COPY word /word"):
        store.ensure(spec)
    assert engine.images.list(filters={"label": f"{IMAGE_LABEL}={SERVICE}"}) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="a Debian tree can be made by root only")
def test_a_debian_tree_becomes_an_image(
    engine: docker.DockerClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What debootstrap made is imported whole, without the package lists, and can be built on."""
    program = tmp_path / "bin" / "debootstrap"
    program.parent.mkdir()
    steps = (
        'mkdir -p "$3/etc" "$3/var/lib/apt/lists"',
        ': > "$3/var/lib/apt/lists/big"',
        'echo "$2" > "$3/etc/release"',
    )
    program.write_text("\n".join(("#!/bin/sh", *steps)) + "\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    made = debian.make(ready_engine().host, "tests", tmp_path / "logs", threading.Event())
    try:
        container = engine.containers.create(made, "none")
        names = _names(container.export())  # type: ignore[arg-type]  # the stubs say str; it gives bytes
        container.remove(v=True)
        assert engine.images.get(made).labels[IMAGE_LABEL] == "debian-tests"
    finally:
        engine.images.remove(made, force=True)
    assert "etc/release" in names
    assert "var/lib/apt/lists/big" not in names


def _names(exported: Iterator[bytes]) -> list[str]:
    with tarfile.open(fileobj=io.BytesIO(b"".join(exported))) as tar:
        return [name.removeprefix("./") for name in tar.getnames()]
