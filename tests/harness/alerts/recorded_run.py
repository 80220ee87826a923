"""A recorded run made by hand: one target, one rule, a fault that makes its heartbeat old for a minute of production.

k is 15: a scrape and an evaluation each second. Times are s after the record began.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from harness.checks import Alert, NothingElseFires
from harness.evidence import LOADED_FILE, PLAN_FILE, PRODUCTION_FOLDER
from harness.recorded import RuleTiming, Stream
from harness.restore import to_data

BEGIN_S = 1_700_000_000.0
LENGTH_S = 40.0
K = 15.0
SCRAPED_AT, EVALUATED_AT = 0.25, 0.5  # of each second
LAST_BEAT_S, BEATS_AGAIN_S = 12.0, 24.0

RULES = """\
groups:
  - name: heartbeats
    interval: 15s
    rules:
      # A comment that stays.
      - alert: Stale
        expr: timestamp(beat_timestamp{job="app"}) - beat_timestamp{job="app"} > 60
        for: 30s
        labels: {severity: critical}

  - name: reachability
    interval: 15s
    rules:
      - alert: Down
        expr: up{job="app"} == 0
        for: 1m
        labels: {severity: critical}
"""
PROMETHEUS = """\
global: {scrape_interval: 15s, scrape_timeout: 10s, evaluation_interval: 15s}
scrape_configs: [{job_name: app}]
"""
ALERTMANAGER = """\
route: {receiver: team, group_wait: 10s, group_interval: 10s}
receivers: [{name: team, slack_configs: [{api_url: "http://127.0.0.1:9/", channel: x}]}]
"""
LABELS = {"severity": "critical", "instance": "a", "job": "app"}


def beat_s(at_s: float) -> float:
    """When the newest heartbeat at this time was sent."""
    return LAST_BEAT_S if LAST_BEAT_S <= at_s < BEATS_AGAIN_S else at_s


def write_run(folder: Path, *, firing: Iterable[float] | None = None, scenario: str = "late") -> Path:
    """A run folder with one scenario; returns it.

    Args:
        folder: where.
        firing: evaluations at which the run's own Prometheus saw Stale fire; by default those that its series make.
        scenario: its name.
    """
    home = folder / "scenarios" / scenario
    _write_config(home)
    first_true = 16.5  # the first evaluation that sees an age above 60 production s, which is 4 s of the run
    pending = [first_true, first_true + 1]
    fired = [first_true + 2 + number for number in range(6)] if firing is None else list(firing)
    _lines(home, Stream.SERIES, _series())
    _lines(home, Stream.ALERTS, [*_alert("pending", pending), *_alert("firing", fired), ("end", _covered())])
    _lines(home, Stream.RULES, _evaluations())
    _lines(home, Stream.NOTIFICATIONS, [("end", {"count": 0})])
    _lines(home, Stream.PHASES, _phases(), at=True)
    _lines(home, Stream.FAULTS, _fault(), at=True)
    return folder


def _write_config(home: Path) -> None:
    (home / PRODUCTION_FOLDER / "rules").mkdir(parents=True)
    (home / PRODUCTION_FOLDER / "rules" / "app.yml").write_text(RULES, encoding="utf-8")
    (home / PRODUCTION_FOLDER / "prometheus.yml").write_text(PROMETHEUS, encoding="utf-8")
    (home / PRODUCTION_FOLDER / "alertmanager.yml").write_text(ALERTMANAGER, encoding="utf-8")
    checks = (Alert(name="Stale", to=("slack",), theta_s=(60.0, 60.0)), NothingElseFires(allowed=("Stale",)))
    plan = {
        "name": home.name,
        "run_id": "made-by-hand",
        "hypothesis": "A made-up run.",
        "covers": [],
        "load": {"signals_per_s": 0.0, "arrivals": "constant", "viewers": 0},
        "faults": [{"kind": "hang", "target": "a", "act": 1}],
        "checks": [to_data(check) for check in checks],
        "time_scale": K,
        "settings": {},
        "real_time": [],
        "lingering": [],
        "expected": {"services": [], "panels": [], "rules": ["Stale"], "finals": []},
    }
    (home / PLAN_FILE).write_text(json.dumps(plan), encoding="utf-8")
    rule = RuleTiming(
        alert="Stale",
        expr="",
        for_s=2.0,
        interval_s=1.0,
        scrape_s=1.0,
        scrape_timeout_s=0.67,
        window_s=0.0,
        labels={},
        annotations={},
        group_wait_s=0.67,
        group_interval_s=0.67,
        receivers=("slack",),
    )
    (home / LOADED_FILE).write_text(json.dumps({"rules": [asdict(rule)]}), encoding="utf-8")


def _series() -> list[tuple[str, dict[str, Any]]]:
    scrapes = [SCRAPED_AT + number for number in range(int(LENGTH_S))]
    values = {"up": [1.0 for _ in scrapes], "beat_timestamp": [BEGIN_S + beat_s(at) for at in scrapes]}
    found: list[tuple[str, dict[str, Any]]] = []
    for name, of_scrapes in values.items():
        samples = [[BEGIN_S + at, repr(value)] for at, value in zip(scrapes, of_scrapes, strict=True)]
        found.append(("series", {"labels": {"__name__": name, "instance": "a", "job": "app"}, "samples": samples}))
    return [*found, ("end", _covered())]


def _alert(state: str, at_s: Iterable[float]) -> list[tuple[str, dict[str, Any]]]:
    times = [BEGIN_S + at for at in at_s]
    return [("series", {"alert": "Stale", "state": state, "labels": LABELS, "times_s": times})] if times else []


def _evaluations() -> list[tuple[str, dict[str, Any]]]:
    """Each evaluation really began a little after its time."""
    late_s = (0.004, 0.001, 0.02)
    return [
        ("sample", {"alerts": [], "evaluated_s": {"heartbeats": BEGIN_S + number + EVALUATED_AT + late_s[number % 3]}})
        for number in range(int(LENGTH_S))
    ]


def _phases() -> list[tuple[str, dict[str, Any]]]:
    ends = [("baseline", 2.0), ("inject", 12.0), ("hold", 12.2), ("heal", 23.8), ("recover", 24.0), ("quiesce", 38.0)]
    lines = []
    for (name, from_s), (_, until_s) in zip(ends, [*ends[1:], ("", 40.0)], strict=True):
        lines += [("start", {"name": name, "at": from_s}), ("end", {"name": name, "at": until_s})]
    return lines


def _fault() -> list[tuple[str, dict[str, Any]]]:
    steps = (("asked", 12.0), ("confirmed", 12.1), ("healing", 23.9), ("healed", 23.95), ("confirmed_healed", 24.0))
    common = {"fault": 0, "fault_kind": "hang", "target": "a", "detail": "made up"}
    return [("planned", {"faults": 1, "at": 1.0}), *((kind, {**common, "at": at}) for kind, at in steps)]


def _covered() -> dict[str, Any]:
    return {"from_s": BEGIN_S, "to_s": BEGIN_S + LENGTH_S}


def _lines(home: Path, stream: Stream, lines: Iterable[tuple[str, Mapping[str, Any]]], *, at: bool = False) -> None:
    """Write a stream; `at` says that each line has its own time."""
    with (home / f"{stream.value}.jsonl").open("w", encoding="utf-8") as file:
        for kind, data in lines:
            fields = dict(data)
            at_s = fields.pop("at") if at else LENGTH_S
            file.write(json.dumps({"t": BEGIN_S + at_s, "m": at_s, "kind": kind, **fields}) + "\n")
