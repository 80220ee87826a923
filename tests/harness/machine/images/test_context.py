"""A build context: which files make up an image, and when its tag changes."""

from __future__ import annotations

import dataclasses
import tarfile
from pathlib import Path

import pytest

from harness.errors import UsageError
from harness.machine.images import ImageSpec, Root
from harness.machine.images import context as build_context
from harness.machine.images.context import archive, files, local_tag

ROOT = Root(official="debian:x", suite="x")


@pytest.fixture
def spec(tmp_path: Path) -> ImageSpec:
    """An image of a Dockerfile and one file."""
    (tmp_path / "Dockerfile").write_text("ARG BASE\nFROM ${BASE}\nCOPY start.sh /\n")
    (tmp_path / "start.sh").write_text("#!/bin/sh\n")
    return ImageSpec(service="thing", context=tmp_path, base=ROOT)


def test_the_tag_names_the_service_and_stays(spec: ImageSpec) -> None:
    """The same files give the same tag, named after the service."""
    assert local_tag(spec) == local_tag(spec)
    assert local_tag(spec).startswith("chaos-harness/thing:")


@pytest.mark.parametrize("change", ["content", "name", "mode", "added"])
def test_the_tag_changes_with_every_file(spec: ImageSpec, change: str) -> None:
    """Another content, name or mode of a file, or one more file, is another image."""
    before = local_tag(spec)
    start = spec.context / "start.sh"
    match change:
        case "content":
            start.write_text("#!/bin/sh\nexit\n")
        case "name":
            start.rename(spec.context / "begin.sh")
        case "mode":
            start.chmod(0o755)
        case _:
            (spec.context / "more").touch()
    assert local_tag(spec) != before


def test_the_tag_changes_with_what_it_stands_on(spec: ImageSpec, tmp_path: Path) -> None:
    """Another root, or another Dockerfile of the base, is another image."""
    other_root = dataclasses.replace(spec, base=Root(official="debian:y", suite="x"))
    base_folder = tmp_path / "base"
    base_folder.mkdir()
    (base_folder / "Dockerfile").write_text("FROM a\n")
    base = ImageSpec(service="base", context=base_folder, base=ROOT)
    upper = dataclasses.replace(spec, base=base)
    before = local_tag(upper)
    (base_folder / "Dockerfile").write_text("FROM b\n")
    assert len({local_tag(spec), local_tag(other_root), before, local_tag(upper)}) == 4


def test_what_is_ignored_is_not_part_of_the_image(spec: ImageSpec) -> None:
    """With an allow-list in .dockerignore, a configuration file beside the Dockerfile changes nothing."""
    (spec.context / ".dockerignore").write_text("# a word\n*\n!Dockerfile\n!start.sh\n")
    before = local_tag(spec)
    (spec.context / "rules.yml").touch()
    (spec.context / "sub").mkdir()
    (spec.context / "sub" / "more.yml").touch()
    assert files(spec.context) == (Path("Dockerfile"), Path("start.sh"))
    assert local_tag(spec) == before


def test_what_tools_leave_behind_is_not_part_of_the_image(spec: ImageSpec) -> None:
    """Caches of Python and of the test tools never change an image."""
    before = local_tag(spec)
    for name in ("pkg/__pycache__/a.cpython-311.pyc", ".mypy_cache/x", ".pytest_cache/y", "a.egg-info/PKG-INFO"):
        (spec.context / name).parent.mkdir(parents=True)
        (spec.context / name).touch()
    assert local_tag(spec) == before


def test_new_certificates_make_a_new_base_and_no_new_service(
    spec: ImageSpec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the machine's certificates change, the base that carries them does; images on top of it stay."""
    bundle = tmp_path / "bundle.crt"
    bundle.write_text("old")
    monkeypatch.setattr(build_context, "MACHINE_CERTIFICATES", (bundle,))
    base = dataclasses.replace(spec, service="base", takes_certificates=True)
    upper = dataclasses.replace(spec, context=spec.context, base=base)
    (tmp_path / ".dockerignore").write_text("bundle.crt\n")
    before = (local_tag(base), local_tag(upper))
    bundle.write_text("new")
    assert local_tag(base) != before[0]
    assert local_tag(upper) == before[1]


def test_the_archive_holds_the_files_and_the_certificates(
    spec: ImageSpec, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The engine gets exactly the context's files, and the certificates where they are asked for."""
    bundle = tmp_path_factory.mktemp("certs") / "bundle.crt"
    bundle.write_text("trusted")
    monkeypatch.setattr(build_context, "MACHINE_CERTIFICATES", (bundle,))
    with tarfile.open(fileobj=archive(dataclasses.replace(spec, takes_certificates=True))) as tar:
        content = {name: tar.extractfile(name) for name in tar.getnames()}
        assert sorted(content) == ["Dockerfile", "ca-bundle.crt", "start.sh"]
        certificates = content["ca-bundle.crt"]
        assert certificates is not None
        assert certificates.read() == b"trusted"


def test_a_folder_without_dockerfile_is_named(tmp_path: Path) -> None:
    """A context without Dockerfile is bad input, and its path is told."""
    with pytest.raises(UsageError, match=f"{tmp_path} has no Dockerfile"):
        files(tmp_path)
