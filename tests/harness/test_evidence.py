"""Evidence is kept whole, and damage shows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from harness import evidence
from harness.errors import EvidenceError
from harness.evidence import FolderHistory, Recorder, read_json, stream_path, write_json
from harness.recorded import Stream
from harness.seals import broken_run_seals, broken_seals, seal, seal_run


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A sealed scenario folder with a line in every stream."""
    recorder = Recorder(tmp_path)
    for stream in Stream:
        recorder.write(stream, "something", name=stream.value)
    recorder.write(Stream.CLIENT, "ok", id="s-1", status=200)
    recorder.close()
    write_json(tmp_path / "plan.json", {"name": "one"})
    write_json(tmp_path / "loaded.json", {"rules": []})
    write_json(tmp_path / "stack.json", {"up_s": 1.0})
    write_json(tmp_path / "config" / "redis" / "redis.json", {})
    seal(tmp_path, "complete")
    return tmp_path


def test_what_was_written_is_read_in_order(folder: Path) -> None:
    """Observations come back in the order in which they were recorded, with their times."""
    seen = list(FolderHistory(folder=folder).read(Stream.CLIENT))
    assert [one.kind for one in seen] == ["something", "ok"]
    assert seen[1].data == {"id": "s-1", "status": 200}
    assert seen[0].wall_s <= seen[1].wall_s
    assert seen[0].mono_s <= seen[1].mono_s


def test_a_line_is_on_its_way_before_close(tmp_path: Path) -> None:
    """A killed harness leaves what it saw: lines do not wait in the process."""
    Recorder(tmp_path).write(Stream.RULES, "sample")
    assert stream_path(tmp_path, Stream.RULES).read_text(encoding="utf-8").endswith("}\n")


def test_a_whole_folder_has_no_broken_seal(folder: Path) -> None:
    """Untouched evidence is accepted."""
    assert broken_seals(folder) == ()


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (lambda path: path.unlink(), "is missing"),
        (lambda path: path.write_bytes(b""), "0 lines, sealed were 2"),
        (lambda path: path.write_bytes(path.read_bytes()[:-7]), "not as it was recorded"),
        (lambda path: path.write_bytes(path.read_bytes().replace(b"s-1", b"s-2")), "not as it was recorded"),
    ],
)
def test_damage_breaks_the_seal(folder: Path, damage: object, told: str) -> None:
    """A stream that is missing, emptied, cut or changed is named."""
    damage(stream_path(folder, Stream.CLIENT))  # type: ignore[operator]  # a lambda of the table above
    (problem,) = broken_seals(folder)
    assert "client.jsonl" in problem
    assert told in problem


@pytest.mark.parametrize("name", ["plan.json", "loaded.json", "stack.json", "config/redis/redis.json"])
def test_what_decides_beside_the_streams_is_sealed(folder: Path, name: str) -> None:
    """A plan, rules or configuration that was changed or taken away since the run is named."""
    (folder / name).write_text('{"name": "another"}', encoding="utf-8")
    assert [name.rsplit("/", 1)[-1] in problem for problem in broken_seals(folder)] == [True]
    (folder / name).unlink()
    (problem,) = broken_seals(folder)
    assert problem == f"{Path(name).name} is missing"


def test_configuration_that_came_later_is_told(folder: Path) -> None:
    """A file laid beside the recorded configuration was not part of the run."""
    write_json(folder / "config" / "redis" / "late.json", {})
    assert broken_seals(folder) == ("late.json was not sealed",)


@pytest.mark.parametrize("part", ["streams", "files"])
@pytest.mark.parametrize("odd", [[], None, {"client": 3, "plan.json": 3}])
def test_an_odd_seal_is_no_seal(folder: Path, part: str, odd: object) -> None:
    """A seal of another shape is told, not stumbled over."""
    write_json(folder / "sealed.json", {**read_json(folder / "sealed.json"), part: odd})
    assert broken_seals(folder)


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A sealed run folder with one scenario."""
    write_json(tmp_path / "run.json", {"scenarios": ["one"]})
    (tmp_path / "undo.jsonl").write_text("{}\n", encoding="utf-8")
    write_json(tmp_path / "scenarios" / "one" / "sealed.json", {"ended": "complete"})
    seal_run(tmp_path)
    return tmp_path


@pytest.mark.parametrize("name", ["run.json", "undo.jsonl", "scenarios/one/sealed.json"])
def test_the_run_is_sealed_over_its_scenarios(run: Path, name: str) -> None:
    """The order, the undo log and the seal of a scenario cannot be exchanged after the run."""
    assert broken_run_seals(run, ["one"]) == ()
    path = run / name
    path.write_bytes(path.read_bytes() + b"\n")
    (problem,) = broken_run_seals(run, ["one"])
    assert f"{name} is not as it was recorded" in problem
    path.unlink()
    assert broken_run_seals(run, ["one"]) == (f"{name} is missing",)


def test_a_scenario_sealed_after_the_run_is_told(run: Path) -> None:
    """A scenario that was put into a finished run is not one of its own."""
    write_json(run / "scenarios" / "two" / "sealed.json", {"ended": "complete"})
    assert broken_run_seals(run, ["one", "two"]) == ("scenarios/two/sealed.json was not sealed",)


def test_a_run_without_a_seal_did_not_end(run: Path) -> None:
    """A campaign that was killed before its end is told."""
    (run / "sealed.json").unlink()
    assert broken_run_seals(run, ["one"]) == ("the run did not come to its end: sealed.json is missing",)


def test_an_unsealed_folder_is_told(folder: Path) -> None:
    """A run that was killed before it could seal its evidence is not taken for a complete one."""
    (folder / "sealed.json").unlink()
    assert "sealed.json is missing" in broken_seals(folder)[0]


def test_a_run_that_ended_early_is_told(folder: Path) -> None:
    """The reason for which a scenario ended early is in the seal."""
    seal(folder, "interrupted by SIGTERM")
    assert broken_seals(folder) == ("the scenario did not run to its end: interrupted by SIGTERM",)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (
            b'{"t": 1, "m": 1, "kind": "ok"}\n{"t": 1, "m"',
            r"client.jsonl:2 cannot be read \(the line is cut\)",
        ),
        (b'{"t": 1, "m": 1, "kind": "ok"}\nnonsense\n', "client.jsonl:2 cannot be read"),
        (b"[1]\n", "client.jsonl:1 cannot be read"),
        (b'{"t": 1, "m": 1}\n', "client.jsonl:1 cannot be read"),
        (b'{"t": NaN, "m": 1, "kind": "ok"}\n', "client.jsonl:1 cannot be read"),
        (b'{"t": 1, "m": -1, "kind": "ok"}\n', "client.jsonl:1 cannot be read"),
        (b'{"t": "1", "m": 1, "kind": "ok"}\n', "client.jsonl:1 cannot be read"),
        (b'{"t": 1, "m": 1, "kind": 7}\n', "client.jsonl:1 cannot be read"),
        (b'{"t": 1, "m": 1, "kind": "ok", "received_s": NaN}\n', "received_s is nan"),
        (b'{"t": 1, "m": 1, "kind": "ok", "ms": -4.0}\n', "ms is -4.0"),
        (b'{"t": 1, "m": 1, "kind": "ok", "targets": [{"newest_s": Infinity}]}\n', "newest_s is inf"),
        (b'{"t": 1, "m": 1, "kind": "ok", "times_s": [1, -1]}\n', "times_s is"),
        (b'{"t": 1, "m": 1, "kind": "ok", "id": 1, "id": 2}\n', "a name stands twice"),
        (b'{"t": 1, "m": 1, "kind": "' + b"x" * (1 << 20) + b'"}\n', "longer than 1 MiB"),
        (b"[" * 100_000 + b"\n", "client.jsonl:1 cannot be read"),
        # As many lines as objects, and still neither line holds one.
        (b'{"t": 1, "m": 1, "kind": "a", "x": {}\n}\n' + b'{"t": 1, "m": 1, "kind": "a"}' * 2 + b"\n", "jsonl:1 "),
        (b"", "is empty"),
    ],
)
def test_unreadable_lines_are_named(tmp_path: Path, content: bytes, told: str) -> None:
    """A cut, foreign or missing line is an error that names file and line, never a shorter history."""
    stream_path(tmp_path, Stream.CLIENT).write_bytes(content)
    with pytest.raises(EvidenceError, match=told):
        list(FolderHistory(folder=tmp_path).read(Stream.CLIENT))


_NUMBERS = st.sampled_from(
    ["0", "1", "2.5", "-3", "1e999", "NaN", "Infinity", "true", "null", '"x"', "[]", "[-1]", "{}"]
)
_NAMES = st.sampled_from(["t", "m", "kind", "ms", "at_s", "times_s", "value", "id"])
_ODD = st.sampled_from(
    ["", " ", "\r", "x", "{}", "[1]", '{"t": 1, "m": 1, "kind": "a"', '{"t":\n1, "m": 1, "kind": "a"}', '"', "\ud800"]
)


@st.composite
def _a_line(draw: st.DrawFn) -> str:
    """A line as it should be, or one that is odd in one of many ways."""
    pairs = [("t", "1"), ("m", "1.5"), ("kind", '"ok"'), *draw(st.lists(st.tuples(_NAMES, _NUMBERS), max_size=2))]
    gap = draw(st.sampled_from([" ", ""]))
    line = "{" + ", ".join(f'"{name}":{gap}{value}' for name, value in pairs) + "}"
    return draw(st.sampled_from([line, line, line, line + line, line + " ", " " + line, draw(_ODD)]))


@example(lines=[" "], end="")
@example(lines=['{"t": 1, "m": 1, "kind": "a"}', " "], end="")
@given(lines=st.lists(_a_line(), min_size=1, max_size=6), end=st.sampled_from(["\n", ""]))
@settings(max_examples=500, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_lines_read_at_once_say_what_each_says_alone(tmp_path: Path, lines: list[str], end: str) -> None:
    """Many lines at a time are read as one after the other with care: the same observations, the same damage."""
    path = stream_path(tmp_path, Stream.CLIENT)
    path.write_bytes(("\n".join(lines) + end).encode("utf-8", "surrogatepass"))
    assert _read(tmp_path) == _read(tmp_path, plain=lambda block: None)


def _read(folder: Path, plain: Callable[[bytes], object] | None = None) -> tuple[list[str], str]:
    """What a stream says up to its damage, and the damage; NaN and the like as words."""
    seen: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        if plain is not None:
            patch.setattr(evidence, "_plain", plain)
        try:
            seen += [repr(one) for one in FolderHistory(folder=folder).read(Stream.CLIENT)]
        except EvidenceError as damage:
            return seen, str(damage)
    return seen, ""


def test_damage_deep_in_a_long_stream_is_named_by_its_line(tmp_path: Path) -> None:
    """However many lines are read at a time, the number is that of the line in the file."""
    line = b'{"t": 1, "m": 1, "kind": "ok", "id": "s-1"}\n'
    stream_path(tmp_path, Stream.CLIENT).write_bytes(line * 20_000 + b"nonsense\n" + line)
    with pytest.raises(EvidenceError, match=r"client\.jsonl:20001 "):
        list(FolderHistory(folder=tmp_path).read(Stream.CLIENT))


def test_values_may_be_negative_or_endless(tmp_path: Path) -> None:
    """Only times are refused: slippage is below zero on a good day, and a rule may read +Inf."""
    line = b'{"t": 1, "m": 1, "kind": "panel", "value": -0.5, "rules": [{"value": Infinity}]}\n'
    stream_path(tmp_path, Stream.PANELS).write_bytes(line)
    (seen,) = FolderHistory(folder=tmp_path).read(Stream.PANELS)
    assert seen.data["value"] == -0.5


def test_a_missing_stream_is_named(tmp_path: Path) -> None:
    """Reading a stream that was never recorded is an error, not an empty history."""
    with pytest.raises(EvidenceError, match=r"panels.jsonl is missing"):
        list(FolderHistory(folder=tmp_path).read(Stream.PANELS))


@pytest.mark.parametrize("content", ["[]", "{", "", '{"a": 1, "a": 2}', "[" * 100_000])
def test_json_that_is_no_object_is_named(tmp_path: Path, content: str) -> None:
    """A damaged JSON file of a run is named."""
    path = tmp_path / "run.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(EvidenceError, match=r"run\.json"):
        read_json(path)
