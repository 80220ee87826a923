"""Unit tests cut down to what a mutant can break, and promtool's answers read strictly."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.alerts.mutation_tests import CaseFile, case_files, touching, verdicts
from harness.errors import InfrastructureError, UsageError

ALERTS = ("Stale", "StaleToo")
FILE = CaseFile(
    name="t.yml",
    head={"evaluation_interval": "15s"},
    tests=(
        {
            "name": "both",
            "promql_expr_test": [{"expr": 'ALERTS{alertname="Stale"}'}, {"expr": 'ALERTS{alertname="StaleToo"}'}],
            "alert_rule_test": [{"alertname": "StaleToo"}],
        },
        {"name": "other", "alert_rule_test": [{"alertname": "StaleToo"}]},
    ),
)
SAID = """Unit Testing:  m1/a.yml
  SUCCESS

Unit Testing:  m2/a.yml
  FAILED:
    expr: "ALERTS{alertname=\\"Stale\\"}", time: 1m30s,
        exp: nil
        got: {} 1E+00

Unit Testing:  m3/a.yml
  FAILED:
rules.yml: 1:1: group "g", rule 1, "A": could not parse expression

Unit Testing:  m4/a.yml
  FAILED:
    rule: A, time: 15s, err: found duplicate series
"""


def test_only_assertions_on_the_changed_alert_stay() -> None:
    """Another alert's assertions and tests are left out, also where one name begins like the other."""
    cut = touching(FILE, "Stale", recording=False, alerts=ALERTS)
    assert cut is not None
    assert [test["name"] for test in cut.tests] == ["both"]
    assert cut.tests[0]["promql_expr_test"] == [{"expr": 'ALERTS{alertname="Stale"}'}]
    assert (cut.tests[0]["alert_rule_test"], cut.whole) == ([], False)
    assert touching(FILE, "Nobody", recording=False, alerts=ALERTS) is None


def test_assertions_on_alerts_in_general_stay_and_need_every_rule() -> None:
    """A count of all alerts can be broken by each of them."""
    file = CaseFile(name="t.yml", head={}, tests=({"promql_expr_test": [{"expr": "count(ALERTS)"}]},))
    cut = touching(file, "Stale", recording=False, alerts=ALERTS)
    assert cut is not None
    assert (len(cut.tests), cut.whole) == (1, True)


def test_a_recording_rule_may_break_everything() -> None:
    """All tests stay, over all rules."""
    cut = touching(FILE, "r", recording=True, alerts=ALERTS)
    assert cut is not None
    assert (len(cut.tests), cut.whole) == (2, True)


def test_answers_are_told_apart() -> None:
    """A test that fails, a rule that cannot be evaluated, a file that does not load."""
    found = verdicts(SAID, ["m1/a.yml", "m2/a.yml", "m3/a.yml", "m4/a.yml"])
    assert found["m1/a.yml"].passed
    assert (found["m2/a.yml"].passed, found["m2/a.yml"].loads) == (False, True)
    assert "1m30s" in found["m2/a.yml"].failed
    assert (found["m3/a.yml"].passed, found["m3/a.yml"].loads) == (False, False)
    assert (found["m4/a.yml"].passed, found["m4/a.yml"].loads) == (False, True)


def test_silence_is_no_success() -> None:
    """A file of which promtool said nothing is an error."""
    with pytest.raises(InfrastructureError, match=r"nothing of m9/a\.yml"):
        verdicts(SAID, ["m1/a.yml", "m9/a.yml"])


def test_only_files_with_tests_are_read(tmp_path: Path) -> None:
    """A rule file beside them is passed over; a folder without any is refused."""
    (tmp_path / "rules.yml").write_text("groups: []")
    with pytest.raises(UsageError, match="holds no unit tests"):
        case_files(tmp_path)
    (tmp_path / "a.yml").write_text("rule_files: [rules.yml]\nevaluation_interval: 15s\ntests: []")
    (found,) = case_files(tmp_path)
    assert (found.name, found.head) == ("a.yml", {"evaluation_interval": "15s"})
