"""Rows that are read many lines at a time are those that each line makes alone, with the same damage."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from harness import evidence
from harness.checks.client_log import read_client
from harness.checks.final_log import read_final
from harness.checks.reading import Reader
from harness.evidence import FolderHistory, stream_path
from harness.recorded import Stream

T = TypeVar("T")
_GOOD = {
    "invoke": '"id": "s-1", "due_s": 1.5, "to": "trading-1"',
    "ok": '"id": "s-1", "status": 201, "ms": 4.0',
    "fail": '"id": "s-1", "status": null, "error": "refused"',
    "info": '"id": "s-1", "ms": 4.0',
    "summary": '"sent": 1, "lateness_ms": {"p99": 1}',
    "accepted": '"id": "s-1"',
    "effect": '"id": "s-1", "effect_id": "o-1", "at_s": 2.5, "status": "filled", "epoch": 1, "by": "trading-1"',
    "event": '"id": "s-1", "effect_id": "o-1", "event_id": "e-1", "epoch": 1, "cost": -2.5',
    "outbox": '"id": "s-1", "effect_id": "o-1", "event_id": "e-1", "shipped": true',
    "shipped": '"id": "s-1", "effect_id": "o-1", "event_id": "e-1"',
    "epoch": '"epoch": 1, "leader": "trading-1", "from_s": 1',
    "position": '"asset": "BTC-PERP", "quantity": -1',
    "end": '"counts": {"accepted": 1}',
}
_ODD = st.sampled_from(
    [
        *('"id": 7', '"id": null', '"id": "s-2"', '"epoch": 1.0', '"epoch": true', '"epoch": -1', '"shipped": 1'),
        *('"at_s": -1', '"at_s": 1e13', '"at_s": "x"', '"committed_s":-1', '"committed_s" : -1', '"times_s": [1, -1]'),
        *('"at_\\u0073": -1', '"t": -1', '"t": "x"', '"t": true', '"m": null', '"kind": "effect"', '"kind": 7'),
        *('"line": "x"', '"line": 3', '"x": {}', '"error": "a: {b}"', '"x": "\\ud800"', '"status": 500', '"ms": NaN'),
        *('"x": 1e999', '"x": "é"', '"from_s": 1' + "0" * 400, '"status": "gone"'),
    ]
)


@st.composite
def _a_line(draw: st.DrawFn) -> str:
    """A line of some kind as it should be, or with something on it that is odd."""
    kind, fields = draw(st.sampled_from(sorted(_GOOD.items())))
    parts = ['"t": 1', '"m": 1.5', f'"kind": "{kind}"', *fields.split(", ")]
    match draw(st.integers(0, 7)):
        case 0:
            parts.append(draw(_ODD))
        case 1:
            parts.pop(draw(st.integers(0, len(parts) - 1)))
    return "{" + ", ".join(parts) + "}"


def _line(kind: str) -> str:
    return f'{{"t": 1, "m": 1, "kind": "{kind}", {_GOOD[kind]}}}'


@example(lines=[_line(kind) for kind in _GOOD])
@example(lines=[_line("effect")] * 100 + ["nonsense"] + [_line("effect")] * 100)
@example(lines=[_line("effect")] * 100 + [_line("effect").replace('"id"', '"is"')])
@example(lines=[_line("invoke")] * 100 + ["x" * (1 << 20)])
@example(lines=[_line("shipped")] * 40 + ['{"t": 1, "m": 1, "kind": "shipped", "id": "' + "x" * (1 << 20) + '"}'])
@given(lines=st.lists(_a_line(), min_size=1, max_size=6))
@settings(max_examples=500, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_rows_read_at_once_are_those_of_each_line_alone(tmp_path: Path, lines: list[str]) -> None:
    """Whatever is odd, both ways end with the same rows and the same damage, told with file and line."""
    for stream in (Stream.CLIENT, Stream.FINAL):
        stream_path(tmp_path, stream).write_text("\n".join(lines) + "\n", encoding="utf-8")
    for view in (read_client, read_final):
        assert _made(tmp_path, view) == _made(tmp_path, view, alone=True)


def test_whole_blocks_are_rows(tmp_path: Path) -> None:
    """Plain lines are read as rows: otherwise the test above would hold one way against itself."""
    stream_path(tmp_path, Stream.FINAL).write_text((_line("effect") + "\n") * 100, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(evidence, "observation", None)
        assert len(read_final(Reader(FolderHistory(folder=tmp_path))).effects) == 100


def test_money_below_zero_is_nothing_odd(tmp_path: Path) -> None:
    """Losses are everyday: a history with them is read as quickly as one without."""
    stream_path(tmp_path, Stream.FINAL).write_text((_line("event") + "\n") * 100, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(evidence, "observation", None)
        assert len(read_final(Reader(FolderHistory(folder=tmp_path))).events) == 100


def _made(folder: Path, view: Callable[[Reader], T], *, alone: bool = False) -> tuple[str, list[str]]:
    """What is made of a stream, and its damage; alone when each line is read with care."""
    reader = Reader(FolderHistory(folder=folder))
    with pytest.MonkeyPatch.context() as patch:
        if alone:
            patch.setattr(evidence, "_flat", lambda block: None)
        return repr(view(reader)), reader.damage
