"""The doctor's report: when a gate can run, the exit code, and how it is told."""

from __future__ import annotations

import io
import json

import pytest
from rich.console import Console

from harness.machine.doctor import Level, Line, Report, as_json, print_report


def report(*levels: Level) -> Report:
    """A report with a line of each level."""
    lines = [Line(topic=f"thing {n}", level=level, found="[x] seen", advice="do it") for n, level in enumerate(levels)]
    return Report(lines=tuple(lines))


@pytest.mark.parametrize(
    ("levels", "can_run", "code"),
    [
        ((Level.HERE, Level.NOTE), True, 0),
        ((Level.HERE, Level.SETUP), True, 0),
        ((Level.HERE, Level.MISSING), False, 4),
    ],
)
def test_only_what_is_missing_stops_a_gate(levels: tuple[Level, ...], can_run: bool, code: int) -> None:
    """Notes and what set-up does itself do not stop a gate; what is missing does, with exit code 4."""
    assert (report(*levels).can_run, report(*levels).exit_code) == (can_run, code)


def test_the_sentence_names_what_is_missing() -> None:
    """The last sentence names every missing thing, or says that set-up does the rest."""
    assert report(Level.HERE, Level.MISSING).sentence == "A gate cannot run here yet: thing 1."
    assert "make setup" in report(Level.SETUP).sentence
    assert "everything is in place" in report(Level.HERE).sentence


def test_people_see_every_line_with_its_advice() -> None:
    """The printed report has level, topic, what was found and what to do, with brackets as they are."""
    output = io.StringIO()
    print_report(report(Level.MISSING), Console(file=output, width=100))
    assert "missing thing 0 [x] seen. To do: do it" in output.getvalue()


def test_scripts_get_one_json_object() -> None:
    """The JSON has the verdict, the exit code and every line with plain words."""
    told = json.loads(as_json(report(Level.MISSING)))
    assert (told["can_run"], told["exit_code"]) == (False, 4)
    assert told["lines"] == [{"topic": "thing 0", "level": "missing", "found": "[x] seen", "advice": "do it"}]
