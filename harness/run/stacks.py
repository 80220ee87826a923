"""The module that plans a stack: what it must say and may say, and its plan, checked before anything starts."""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, cast

from harness.containers.contract import plan_problems
from harness.containers.plan import PlanRequest, StackPlan
from harness.errors import UsageError
from harness.machine.images import ImageSpec
from harness.mistakes import Mistake


class StackModule(Protocol):
    """A Python module that says what is judged, named by `--stack` (CHAOS_STACK); docs/bring-your-own.md shows one.

    The first three have to be there. What else is absent has the value that `OPTIONAL` gives it; the commands that
    need it say so. What the plan itself has to hold is checked by `harness.containers.contract`.
    """

    IMAGES: Mapping[str, ImageSpec]
    """How to come by each image, by key; a service of the plan names a key. "prometheus" and "alertmanager" hold the
    tools for rules, and have to be there where the plan has alerts."""

    SUBJECT: str
    """Key of the image that is judged: `--app-image` replaces it, and the report names it."""

    def plan(self, request: PlanRequest) -> StackPlan:
        """The stack for one run, with new passwords. `request.known_bad` has to come back as `StackPlan.known_bad`.

        Raises:
            UsageError: a configuration file, or a known-bad name, cannot be used.
        """
        ...

    MISTAKES: Sequence[Mistake]
    """Known-bad variants for `--self-test`, each with the scenario and the checks that are meant to see it."""

    RULE_FILES: Sequence[Path]
    """Alert rule files at production timing, for `harness alerts`."""

    RULE_TESTS: Path | None
    """Folder with promtool's unit tests of them."""

    ALERTMANAGER_FILE: Path | None
    """Alertmanager's configuration at production timing."""

    PROMETHEUS_FILE: Path | None
    """Prometheus' configuration at production timing."""

    REAL_TIME: Sequence[str]
    """Metrics (* allowed) that measure real work, which no time scale makes shorter."""

    EVENTS: Sequence[str]
    """Counters (* allowed) whose events come faster when timings are compressed."""


NEEDED = ("plan", "IMAGES", "SUBJECT")
OPTIONAL: Mapping[str, Any] = {
    "MISTAKES": (),
    "RULE_FILES": (),
    "RULE_TESTS": None,
    "ALERTMANAGER_FILE": None,
    "PROMETHEUS_FILE": None,
    "REAL_TIME": (),
    "EVENTS": (),
}


def stack_module(name: str) -> StackModule:
    """The module that plans the stack.

    Raises:
        UsageError: it cannot be imported, or does not say what it has to; names what is missing.
    """
    try:
        module = importlib.import_module(name)
    except ImportError as missing:
        raise UsageError(f"the stack module '{name}' cannot be imported: {missing}") from missing
    except Exception as broken:
        raise UsageError(f"the stack module '{name}' does not load: {type(broken).__name__}: {broken}") from broken
    for needed in NEEDED:
        if not hasattr(module, needed):
            raise UsageError(
                f"the stack module '{name}' has no '{needed}' (docs/bring-your-own.md lists what it needs)"
            )
    if not callable(module.plan):
        raise UsageError(f"the stack module '{name}': 'plan' is no function")
    if not isinstance(module.IMAGES, Mapping) or not all(
        isinstance(image, ImageSpec) for image in module.IMAGES.values()
    ):
        raise UsageError(f"the stack module '{name}': 'IMAGES' is no mapping of ImageSpec by key")
    if module.SUBJECT not in module.IMAGES:
        raise UsageError(f"the stack module '{name}': SUBJECT is '{module.SUBJECT}', which is no key of IMAGES")
    return cast("StackModule", module)


def said_by(module: StackModule, name: str) -> Any:
    """What a stack's module says under one of its optional names, or what stands for saying nothing."""
    return getattr(module, name, OPTIONAL[name])


def planned(name: str, request: PlanRequest) -> StackPlan:
    """The plan that a stack's module makes, sound as far as can be told without starting it.

    Raises:
        UsageError: the plan lacks something or contradicts itself; names it all.
    """
    module = stack_module(name)
    plan = module.plan(request)
    if not isinstance(plan, StackPlan):
        raise UsageError(f"the stack module '{name}': plan() gave {type(plan).__name__}, not a StackPlan")
    if problems := plan_problems(plan, request, images=module.IMAGES, subject=module.SUBJECT):
        raise UsageError(f"the plan of the stack module '{name}' cannot be used: {'; '.join(problems)}")
    return plan


def folder_of(name: str) -> Path:
    """The folder in which a stack's module lies."""
    return Path(getattr(stack_module(name), "__file__", None) or ".").resolve().parent
