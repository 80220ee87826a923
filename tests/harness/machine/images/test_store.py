"""Coming by images: from the machine, else pulled, else built, each once, with one clear sentence on failure."""

from __future__ import annotations

import dataclasses
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from harness.errors import InfrastructureError, UsageError
from harness.machine.images import BuildError, ImageSpec, ImageStore, Root, Source, Way, debian, plan
from harness.machine.images.context import local_tag
from harness.machine.images.registry import Registry
from tests.harness.machine.fake_engine import BUILDS_END_WITHIN_S, FakeEngine


@pytest.fixture
def store(engine: FakeEngine, tmp_path: Path) -> ImageStore:
    """A store with a state folder of its own."""
    return ImageStore(engine.host, state=tmp_path / "state")


def test_the_official_image_on_the_machine_is_used(engine: FakeEngine, store: ImageStore, spec: ImageSpec) -> None:
    """What is on the machine is used: nothing is asked of a registry, nothing is built."""
    engine.images["thing:1.2"] = "sha256:official"
    image = store.ensure(spec)
    assert (image.reference, image.source, image.version) == ("thing:1.2", Source.PRESENT, "1.2")
    assert engine.count("/distribution/") + engine.count("/build") == 0


def test_the_official_image_is_pulled_when_it_can_be(engine: FakeEngine, store: ImageStore, spec: ImageSpec) -> None:
    """With a registry the pinned official image is pulled, not built."""
    engine.registry = {"*": (200, "")}
    image = store.ensure(spec)
    assert (image.reference, image.source) == ("thing:1.2", Source.PULLED)
    assert engine.count("/build") == 0


def test_without_registry_it_is_built_once(engine: FakeEngine, store: ImageStore, spec: ImageSpec) -> None:
    """Without a registry it is built from its Dockerfile; the second time nothing is built or asked."""
    first = store.ensure(spec)
    asked = len(engine.asked)
    second = store.ensure(spec)
    assert first == second
    assert (first.reference, first.source) == (local_tag(spec), Source.BUILT)
    assert engine.count("/build") == 1
    assert all("/images/" in request or "/version" in request for request in engine.asked[asked:])


def test_a_changed_dockerfile_is_built_anew(engine: FakeEngine, store: ImageStore, spec: ImageSpec) -> None:
    """After a change of the Dockerfile the old image is not used any more."""
    old = store.ensure(spec)
    (spec.context / "Dockerfile").write_text("ARG BASE\nFROM ${BASE}\nUSER 1\n")
    assert store.ensure(spec).reference != old.reference
    assert engine.count("/build") == 2


def test_many_askers_build_once(engine: FakeEngine, spec: ImageSpec, tmp_path: Path) -> None:
    """Four stores, as four processes would have, build one image once."""
    engine.build_takes_s = 0.3
    stores = [ImageStore(engine.host, state=tmp_path / "state") for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        images = list(pool.map(lambda store: store.ensure(spec), stores))
    assert len(set(images)) == 1
    assert engine.count("/build") == 1


def test_a_common_base_is_built_once(engine: FakeEngine, store: ImageStore, spec: ImageSpec, tmp_path: Path) -> None:
    """Two services on one base, asked for together, give three builds."""
    folder = tmp_path / "base"
    folder.mkdir()
    (folder / "Dockerfile").write_text("ARG BASE\nFROM ${BASE}\n")
    base = ImageSpec(service="base", context=folder, base=spec.root)
    services = [dataclasses.replace(spec, service=name, official=None, base=base) for name in ("one", "two")]
    images = store.ensure_all(services)
    assert sorted(images) == ["one", "two"]
    assert engine.count("/build") == 3


def test_progress_tells_what_is_built_and_how_long_it_took(engine: FakeEngine, spec: ImageSpec, tmp_path: Path) -> None:
    """A line when a build begins and one with seconds when it ends; none when there is nothing to do."""
    said: list[str] = []
    store = ImageStore(engine.host, state=tmp_path / "state", progress=said.append)
    store.ensure(spec)
    assert said[0] == "image thing: building it here ..."
    assert said[1].startswith("image thing: building it here: ")
    assert said[1].endswith(" s")
    store.ensure(spec)
    assert len(said) == 2


def test_a_failing_build_names_service_step_and_last_lines(
    engine: FakeEngine, store: ImageStore, spec: ImageSpec, tmp_path: Path
) -> None:
    """The error of a failed build names the service, the step and the end of the kept log."""
    output = [{"stream": f"line {number}\n"} for number in range(30)]
    engine.build = [{"stream": "Step 2/3 : RUN make it\n"}, *output, {"error": "returned a non-zero code: 2"}]
    with pytest.raises(BuildError) as told:
        store.ensure(spec)
    message = str(told.value)
    assert "image thing cannot be built: Step 2/3 : RUN make it: returned a non-zero code: 2" in message
    assert "line 29" in message
    assert "line 9\n" not in message
    assert str(tmp_path / "state/builds/thing.log") in message


def test_one_failure_ends_the_whole(engine: FakeEngine, store: ImageStore, spec: ImageSpec) -> None:
    """When one image of several cannot be had, that one error is raised."""
    engine.images["other:1"] = "sha256:other"
    engine.build = [{"error": "no space left on device"}]
    other = dataclasses.replace(spec, service="other", official="other:1")
    with pytest.raises(BuildError, match=r"image thing .*no space left on device"):
        store.ensure_all([other, spec])


def test_an_interruption_does_not_wait_for_a_silent_build(
    engine: FakeEngine, spec: ImageSpec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Breaking off while a build says nothing returns within the time set for stopping."""
    monkeypatch.setattr("harness.machine.images.store.STOPPED_WITHIN_S", 0.1)
    monkeypatch.setattr("harness.machine.images.store.wait", _interrupted_once())
    engine.build_may_end.clear()
    started_s = time.monotonic()
    try:
        with pytest.raises(KeyboardInterrupt):
            ImageStore(engine.host, state=tmp_path / "state").ensure_all([spec])
        assert time.monotonic() - started_s < BUILDS_END_WITHIN_S / 2
    finally:
        engine.build_may_end.set()


def _interrupted_once() -> object:
    from concurrent.futures import wait

    first = threading.Event()

    def waiting(*args: object, **options: object) -> object:
        if not first.is_set():
            first.set()
            raise KeyboardInterrupt
        return wait(*args, **options)  # type: ignore[arg-type]  # handed through as it came

    return waiting


def test_no_way_to_an_image_is_one_sentence(
    engine: FakeEngine, store: ImageStore, spec: ImageSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without registry, root image and the means to make a base, the error says why and what to do."""
    monkeypatch.setattr(debian, "obstacle", lambda: "making a Debian base here needs root")
    bare = dataclasses.replace(spec, base=Root(official="debian:none", suite="trixie"))
    with pytest.raises(InfrastructureError, match=r"no such host.*needs root: let the engine reach a registry"):
        store.ensure(bare)


def test_a_stand_in_answers_where_the_real_one_cannot_be_had(
    engine: FakeEngine, store: ImageStore, spec: ImageSpec
) -> None:
    """Without the official image the stand-in is built, and called a stand-in, also the second time."""
    stand_in = dataclasses.replace(spec, official=None, stand_in=True)
    real = dataclasses.replace(spec, official=None, base=Root(official="real:1"), otherwise=stand_in)
    first, second = store.ensure(real), store.ensure(real)
    assert (first.source, first.reference) == (Source.STAND_IN, local_tag(stand_in))
    assert second == first


def test_the_real_one_is_preferred_to_a_stand_in_that_is_here(
    engine: FakeEngine, store: ImageStore, spec: ImageSpec, tmp_path: Path
) -> None:
    """Once the official image can be pulled, a stand-in built earlier is not used any more."""
    stand_in = dataclasses.replace(spec, official=None, stand_in=True)
    real = dataclasses.replace(spec, official=None, base=Root(official="real:1"), otherwise=stand_in)
    store.ensure(real)
    engine.registry = {"*": (200, "")}
    later = ImageStore(engine.host, state=tmp_path / "state").ensure(real)
    assert (later.source, later.reference) == (Source.PULLED, local_tag(real))


def test_an_image_named_by_the_user_is_never_replaced(engine: FakeEngine, store: ImageStore, spec: ImageSpec) -> None:
    """An image that the user named and nobody has is bad input; nothing is built in its place."""
    with pytest.raises(UsageError, match=r"image thing:1.2 is not on this machine .*no such host"):
        store.named(spec)
    assert engine.count("/build") == 0


def test_an_image_named_by_the_user_is_found(engine: FakeEngine, store: ImageStore, spec: ImageSpec) -> None:
    """An image that the user named is taken from the machine."""
    engine.images["thing:1.2"] = "sha256:own"
    assert store.named(spec).digest == "sha256:own"


@pytest.mark.parametrize(
    ("have", "reachable", "way"),
    [
        ("thing:1.2", False, Way.HERE),
        ("", True, Way.PULL),
        ("", False, Way.BUILD),
    ],
)
def test_the_plan_says_what_set_up_would_do(
    engine: FakeEngine, spec: ImageSpec, have: str, reachable: bool, way: Way
) -> None:
    """Here, would be pulled, would be built: told without doing any of it."""
    if have:
        engine.images[have] = "sha256:x"
    engine.registry = {"*": (200, "") if reachable else (500, "no such host")}
    planned = plan(engine.host, spec, Registry(engine.host))
    assert planned.way is way
    assert engine.count("/build") + engine.count("/images/create") == 0


def test_the_plan_says_why_an_image_cannot_be_had(
    engine: FakeEngine, spec: ImageSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without any way the plan gives both reasons: why it cannot be pulled and why not built."""
    monkeypatch.setattr(debian, "obstacle", lambda: "making a Debian base here needs root")
    bare = dataclasses.replace(spec, base=Root(official="debian:none", suite="trixie"))
    planned = plan(engine.host, bare, Registry(engine.host))
    assert planned.way is Way.NONE
    assert "no such host" in planned.detail
    assert "needs root" in planned.detail


def test_the_plan_names_a_stand_in(engine: FakeEngine, spec: ImageSpec) -> None:
    """Where only a stand-in can be had, the plan says so."""
    stand_in = dataclasses.replace(spec, official=None, stand_in=True)
    real = dataclasses.replace(spec, official=None, base=Root(official="real:1"), otherwise=stand_in)
    assert plan(engine.host, real, Registry(engine.host)).way is Way.STAND_IN


def test_an_engine_that_stops_in_the_middle_is_one_sentence(tmp_path: Path, spec: ImageSpec) -> None:
    """When the engine is gone, the error names its address and says so, without an error of the client library."""
    store = ImageStore(f"unix://{tmp_path}/gone.sock", state=tmp_path / "state")
    with pytest.raises(InfrastructureError, match=f"engine at unix://{tmp_path}/gone.sock stopped answering"):
        store.ensure(spec)
