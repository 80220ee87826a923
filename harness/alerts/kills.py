"""What of a recorded run would have gone otherwise with changed rules: the promises that they would have broken."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from harness.alerts.replay import Job, Replayed, replay_all, timelines
from harness.alerts.rule_parts import parts_of
from harness.alerts.run_folder import Recorded, recorded
from harness.alerts.tools import Toolbox
from harness.checks.alert_log import Standing
from harness.checks.production import judge_replay
from harness.checks.replay_log import replay_log
from harness.errors import UsageError
from harness.model import Finding, Verdict
from harness.timing.rule_files import groups_of


@dataclass(frozen=True, slots=True, kw_only=True)
class _Trial:
    """A recorded scenario, its replay through its own rules, and what that already breaks."""

    of: Recorded
    own: Replayed
    broken: frozenset[tuple[str, str]]


def replay_kills(rules_text: str, run_dir: Path, toolbox: Toolbox) -> str | None:
    """The promise that a rule file would have broken in a recorded run, in a sentence; None where it keeps all.

    The promises are those of the run's own rules and of its scenarios' checks, at production timing.

    Raises:
        UsageError: the folder cannot be replayed, or the text is no rule file.
    """
    return kills((rules_text,), run_dir, toolbox)[0]


def kills(rule_texts: Sequence[str], run_dir: Path, toolbox: Toolbox) -> tuple[str | None, ...]:
    """The same for many rule files, with one call of promtool a scenario.

    Only rules that differ from the recorded ones are evaluated; a file that has broken a promise of one scenario is
    not taken to the next.

    Args:
        rule_texts: rule files that each take the place of the run's own.
        run_dir: reports/<run id>.
        toolbox: where promtool runs.

    Raises:
        UsageError: the folder cannot be replayed, or a text is no rule file.
    """
    found: dict[int, str] = {}
    runs = recorded(run_dir)
    for of, own in zip(runs, replay_all([of.recording for of in runs], toolbox), strict=True):
        left = [number for number in range(len(rule_texts)) if number not in found]
        if not left:
            break
        trial = _trial(of, own)
        broken = _broken(trial, [rule_texts[number] for number in left], toolbox)
        found.update({number: told for number, told in zip(left, broken, strict=True) if told})
    return tuple(found.get(number) for number in range(len(rule_texts)))


def _trial(of: Recorded, own: Replayed) -> _Trial:
    broken = frozenset(_name(finding) for finding in _failures(of, own, own.standing))
    return _Trial(of=of, own=own, broken=broken)


def _broken(trial: _Trial, texts: Sequence[str], toolbox: Toolbox) -> list[str | None]:
    """For each text the promise that it breaks; only alerts whose rules differ are evaluated again."""
    recording = trial.of.recording
    files = [_in_place(text, recording.rules) for text in texts]
    changed = [_changed_rules(one, recording.rules) for one in files]
    jobs = [Job(recording=recording, rules=one) for one in changed if one]
    answers = iter(timelines(jobs, toolbox))
    return [_told(trial, one, own, next(answers) if own else ()) for one, own in zip(files, changed, strict=True)]


def _told(
    trial: _Trial, files: Mapping[str, str], changed: Mapping[str, str], answer: tuple[Standing, ...] | str
) -> str | None:
    name = trial.of.recording.name
    if isinstance(answer, str):
        return f"{name}: the rules cannot be evaluated: {answer}"
    kept = _alerts(files) - _alerts(changed)
    standing = [*answer, *(one for one in trial.own.standing if one.alert in kept)]
    broken = [one for one in _failures(trial.of, trial.own, standing) if _name(one) not in trial.broken]
    return f"{name}: {broken[0].message}" if broken else None


def _failures(of: Recorded, own: Replayed, standing: Sequence[Standing]) -> list[Finding]:
    log = replay_log(own.rules, standing, from_s=own.from_s, to_s=own.to_s, t0_s=own.t0_s, k=own.k, tail_s=own.tail_s)
    findings = judge_replay(of.checks, of.record, log, of.live)
    return [finding for finding in findings if finding.verdict is Verdict.FAIL]


def _name(finding: Finding) -> tuple[str, str]:
    return finding.check, finding.subject


def _in_place(text: str, recorded_files: Mapping[str, str]) -> dict[str, str]:
    """The recorded rule files with this one in the place of that with which it shares most alerts."""
    if len(recorded_files) == 1:
        return dict.fromkeys(recorded_files, text)
    own = _alerts({"rules": text})
    shared = {file: len(own & _alerts({file: known})) for file, known in recorded_files.items()}
    nearest = max(shared, key=lambda file: shared[file])
    return {file: text if file == nearest else known for file, known in recorded_files.items()}


def _alerts(files: Mapping[str, str]) -> frozenset[str]:
    return frozenset(alert for file, text in files.items() for group in groups_of(text, file) for alert in group.alerts)


def _changed_rules(files: Mapping[str, str], before: Mapping[str, str]) -> dict[str, str]:
    """Rule files with only those alerts whose rules are not as they were recorded.

    The files themselves where anything is recorded by a rule: what reads it has changed as well.
    """
    if any(part.records for part in parts_of(files, "")):
        return dict(files)
    own = {file: _groups(text) for file, text in files.items()}
    known = [_rules(group) for text in before.values() for group in _groups(text)]
    return {
        file: yaml.safe_dump({"groups": left}, sort_keys=False)
        for file, groups in own.items()
        if (left := [_only_changed(group, known) for group in groups if _rules(group) not in known])
    }


def _only_changed(group: Mapping[str, Any], known: Sequence[dict[str, list[Any]]]) -> dict[str, Any]:
    """The group with the alerts that its recorded namesake has otherwise, or not at all."""
    head = {key: value for key, value in group.items() if key != "rules"}
    namesakes = [rules for rules in known if rules.get("", [{}])[0] == head]
    then = namesakes[0] if namesakes else {}
    now = _rules(group)
    return {**head, "rules": [rule for name, own in now.items() if name and then.get(name) != own for rule in own]}


def _rules(group: Mapping[str, Any]) -> dict[str, list[Any]]:
    """A group's rules by alert; what is said of the group itself under no name."""
    found: dict[str, list[Any]] = {"": [{key: value for key, value in group.items() if key != "rules"}]}
    for rule in group.get("rules") or ():
        found.setdefault(str(rule.get("alert")), []).append(rule)
    return found


@lru_cache(maxsize=512)
def _groups(text: str) -> tuple[dict[str, Any], ...]:
    """The groups of a rule file with every value as it is written."""
    try:
        content = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506 - BaseLoader makes nothing but texts
    except yaml.YAMLError as problem:
        raise UsageError(f"a rule file is no YAML: {' '.join(str(problem).split())}") from problem
    return tuple((content or {}).get("groups") or ())
