"""What promtool says, read with suspicion; and rule files cut into parts."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.alerts.compared import compared
from harness.alerts.rule_parts import EVERYTHING, parts_of
from harness.alerts.timeline import Question, ask
from harness.alerts.tools import Outcome
from harness.checks.alert_log import Standing
from harness.errors import InfrastructureError
from tests.harness.alerts.recorded_run import PROMETHEUS, RULES

QUESTION = Question(rules=("groups: []",), series=(), grid_s=1.0, interval_s=15.0, until_s=29.0)
FIRING = '{__name__="ALERTS", alertname="A", alertstate="firing", a="b,} \\"c\\"\\\\é"}'


@dataclass(frozen=True, slots=True)
class Scripted:
    """A toolbox whose promtool says what the test says."""

    errors: str
    exit_code: int = 1

    def run(self, image: str, command: Sequence[str], files: Mapping[str, str]) -> Outcome:
        """The scripted answer."""
        assert image
        assert command[:3] == ["promtool", "test", "rules"]
        assert "test0.json" in files
        return Outcome(exit_code=self.exit_code, output=self.errors, errors=self.errors)


def said(*got: str, case: int = 0, times: Sequence[str] = ("0s", "15s")) -> str:
    """A failed test in promtool's words."""
    return "  FAILED:\n" + "".join(
        f'    expr: "ALERTS{{__case__!=\\"{case}\\"}}", time: {at},\n'
        f'        exp: {{never="true"}} 0E+00\n        got: {one}\n'
        for at, one in zip(times, got, strict=True)
    )


def asked(errors: str, exit_code: int = 1) -> Any:
    """The answer to one question."""
    toolbox: Any = Scripted(errors, exit_code)
    return ask([QUESTION], toolbox)[0]


def test_the_timeline_is_read_back() -> None:
    """Times and labels of every series, whatever signs the labels hold."""
    answer = asked(said("nil", f'{FIRING} 1E+00, {{__name__="ALERTS", alertname="B", alertstate="pending"}} 1E+00'))
    assert answer.times_s == {
        (("a", 'b,} "c"\\é'), ("alertname", "A"), ("alertstate", "firing")): (15.0,),
        (("alertname", "B"), ("alertstate", "pending")): (15.0,),
    }


@pytest.mark.parametrize(
    "errors",
    [
        "",
        said("nil", "nil") + said("nil", "nil"),
        said("nil", times=["0s"]),
        said("nil", "nil", times=["0s", "30s"]),
        said("nil", "nil", case=1),
        said("nil", f"{FIRING} 2E+00"),
        said("nil", f"{FIRING} 1E+00 and more"),
        said("nil", '{alertname="A", alertstate="firing"} 1E+00'),
        said("nil", '{__name__="ALERTS", alertname="A"} 1E+00'),
        said("nil", FIRING.replace("é", "\\x4") + " 1E+00"),
        "panic: something\n" + said("nil", "nil"),
    ],
)
def test_what_cannot_be_read_is_an_error(errors: str) -> None:
    """An answer that is missing, doubled, of another time, or in other words is never taken for silence."""
    with pytest.raises(InfrastructureError):
        asked(errors)


@given(st.text())
def test_labels_are_read_as_go_writes_them(label: str) -> None:
    """Go quotes as JSON does but for signs that are no text; whatever stands in a label comes back."""
    quoted = json.dumps(label, ensure_ascii=False).replace("\x7f", "\\x7f")
    firing = FIRING.replace('a="b,} \\"c\\"\\\\é"', f"a={quoted}")
    (standing,) = asked(said("nil", f"{firing} 1E+00")).times_s
    assert dict(standing)["a"] == label


def test_rules_that_cannot_be_evaluated_say_why() -> None:
    """The first reason is kept, and that there are more."""
    problem = "    rule: A, time: 15s, err: many-to-many matching not allowed\n"
    assert asked("  FAILED:\n" + problem).problem == problem.strip()
    assert asked("  FAILED:\n" + problem * 3).problem == f"{problem.strip()} (and 2 more)"
    assert asked(said("nil", "nil") + problem).problem == problem.strip()


def test_a_promtool_that_passes_has_not_answered() -> None:
    """The questions cannot hold, so a success means that they were not asked."""
    with pytest.raises(InfrastructureError):
        asked("", exit_code=0)


def test_groups_are_cut_out_with_their_own_text() -> None:
    """A part holds the lines of its group as they stand, comments and all, and the metrics that it reads."""
    heartbeats, reachability = parts_of({"app.yml": RULES}, PROMETHEUS)
    assert heartbeats.group == "heartbeats"
    assert heartbeats.alerts == {"Stale"}
    assert heartbeats.reads == {"beat_timestamp"}
    assert "# A comment that stays." in heartbeats.texts[0]
    assert "Down" not in heartbeats.texts[0]
    assert reachability.reads == {"up"}


def test_groups_that_need_each_other_stay_together() -> None:
    """Where one group reads what another records, each part has the whole files, and loads nothing that is made."""
    recording = "  - name: ages\n    rules:\n      - record: age\n        expr: time() - beat_timestamp\n"
    rules = RULES.replace('up{job="app"} == 0', "age > 5") + recording
    parts = parts_of({"app.yml": rules}, PROMETHEUS)
    assert [part.texts for part in parts] == [(rules,), (rules,)]
    assert parts[0].reads == {"beat_timestamp"}
    assert parts[0].records == {"age"}


def test_a_group_that_leans_on_another_s_lines_is_not_cut_out() -> None:
    """An alias means something only beside its anchor: then the whole file is evaluated."""
    rules = RULES.replace("for: 30s", "for: &wait 30s").replace("for: 1m", "for: *wait")
    heartbeats, reachability = parts_of({"app.yml": rules}, PROMETHEUS)
    assert "Down" not in heartbeats.texts[0]
    assert reachability.texts == (rules,)


def test_a_selector_without_a_name_loads_everything() -> None:
    """What a rule reads and does not name may be any series."""
    (part, _) = parts_of({"app.yml": RULES.replace("timestamp(beat_timestamp{", "timestamp({")}, PROMETHEUS)
    assert part.reads >= EVERYTHING


def test_a_group_without_an_interval_takes_the_usual_one() -> None:
    """Prometheus' evaluation interval, a minute where that is not written either."""
    rules = RULES.replace("    interval: 15s\n", "")
    assert {part.interval_s for part in parts_of({"app.yml": rules}, PROMETHEUS)} == {15.0}
    assert {part.interval_s for part in parts_of({"app.yml": rules}, "")} == {60.0}


def standing(*times_s: float, alert: str = "A", **labels: str) -> Standing:
    """A series that fired."""
    return Standing(alert=alert, state="firing", labels=labels, times_s=times_s, place="")


@pytest.mark.parametrize(
    ("before", "after", "difference"),
    [
        (standing(30, 45), standing(30, 45), ""),
        (standing(30, 45), standing(37, 52), ""),
        (standing(30, 45), standing(45, 60), "fires 15 s later, ends 15 s later"),
        (standing(30, 45), standing(15, 30, 45), "fires 15 s earlier"),
        (standing(30, 45), standing(30), "ends 15 s earlier"),
        (standing(30, 45), standing(30, 75), "fires 2 times, not 1"),
        (standing(30, 45), standing(), "does not fire any more"),
        (standing(), standing(30), "did not fire before"),
    ],
)
def test_a_difference_is_told_in_words(before: Standing, after: Standing, difference: str) -> None:
    """Later, earlier, more often, not any more: up to half an evaluation counts as the same."""
    (row,) = compared([before], [after], intervals_s={"A": 15.0}, between=(0.0, 100.0), origin_s=30.0, tolerance=0.5)
    assert row.difference == difference


def test_what_lies_outside_the_run_is_left_out() -> None:
    """What fires while the stack starts is no part of the scenario."""
    assert not compared([standing(5)], [], intervals_s={"A": 15.0}, between=(10.0, 100.0), origin_s=0.0, tolerance=0.5)
