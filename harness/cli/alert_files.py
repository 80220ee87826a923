"""Which rule files, routes and tests a command is about: those that were named, else the stack's own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from harness import settings as harness_settings
from harness.alerts.check import Subject
from harness.checks import Alert
from harness.errors import UsageError
from harness.model import Scenario
from harness.run.order import known_scenarios
from harness.run.stacks import said_by, stack_module
from harness.timing import checked_scale


def subject_of(
    *,
    rules: tuple[Path, ...],
    alertmanager: Path | None,
    tests: Path | None,
    real_time: tuple[str, ...],
    time_scale: float | None,
    scenarios: Path | None,
    stack: str | None,
) -> Subject:
    """What is to be checked.

    Args:
        rules: rule files; none for the stack's.
        alertmanager: the routes; the stack's without it.
        tests: folder of the unit tests; without it the stack's, unless other rules were named.
        real_time: metrics that measure real work, beside the stack's.
        time_scale: k; the settings' one without it.
        scenarios: folder with scenarios; the settings' one without it.
        stack: module that plans the stack; the settings' one without it.

    Raises:
        UsageError: a file or folder cannot be read, or the stack does not say where its own are.
    """
    settings = harness_settings.load()
    name = stack or settings.stack
    rule_files = rules or tuple(of_stack(name, "RULE_FILES"))
    folder = tests or (None if rules else of_stack(name, "RULE_TESTS"))
    routes = alertmanager or of_stack(name, "ALERTMANAGER_FILE")
    scale = settings.time_scale if time_scale is None else time_scale
    return Subject(
        rules={_shown(path): text_of(path) for path in rule_files},
        alertmanager=(_shown(routes), text_of(routes)),
        tests=unit_test_files(folder) if folder else {},
        exercised=exercised(known_scenarios(scenarios).values()),
        k=checked_scale(scale),
        real_time=(*of_stack(name, "REAL_TIME"), *real_time),
        events=tuple(of_stack(name, "EVENTS")),
        roots=(Path.cwd(),),
    )


def text_of(path: Path) -> str:
    """The text of a file that a user named.

    Raises:
        UsageError: it cannot be read.
    """
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        raise UsageError(f"{path} cannot be read: {getattr(problem, 'strerror', None) or problem}") from problem


def unit_test_files(folder: Path) -> Mapping[str, str]:
    """The unit test files of a folder, by path: every YAML file that has tests in it.

    Raises:
        UsageError: it is no folder, or has no tests.
    """
    if not folder.is_dir():
        raise UsageError(f"{folder} is no folder with unit tests of rules")
    paths = sorted(path for ending in ("*.yml", "*.yaml") for path in folder.rglob(ending))
    texts = {_shown(path): text_of(path) for path in paths}
    found = {path: text for path, text in texts.items() if "\ntests:" in f"\n{text}"}
    if not found:
        raise UsageError(f"{folder} holds no unit tests of rules (YAML files with 'tests:')")
    return found


def exercised(scenarios: Iterable[Scenario]) -> frozenset[str]:
    """The alerts that some scenario sets off and judges."""
    return frozenset(check.name for one in scenarios for check in one.checks if isinstance(check, Alert))


def of_stack(stack: str, name: str) -> Any:
    """What the stack's module says of its own files.

    Raises:
        UsageError: it does not say.
    """
    found = said_by(stack_module(stack), name)
    if not found and name.endswith(("_FILES", "_FILE", "_TESTS")):
        raise UsageError(f"the stack module '{stack}' has no '{name}': name the files on the command line")
    return found


def _shown(path: Path) -> str:
    """A path as people know it: from here where it is below."""
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)
