"""A repro bundle as an order: the same schedule on the same kind of stack, judged by the stack's checks."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from harness.errors import UsageError
from harness.explore.bundle import Bundle, read_bundle
from harness.explore.schedule import scenario_of
from harness.explore.vocabulary import vocabulary_of
from harness.run.order import Options


def of_bundle(options: Options) -> Options:
    """The options with the bundle that they name in place of a scenario; what the user chose goes before it.

    Raises:
        UsageError: it is damaged, or named beside something else.
    """
    if len(options.names) != 1:
        raise UsageError(f"one repro bundle is run at a time, and nothing beside it: {', '.join(options.names)}")
    path = Path(options.names[0])
    bundle = read_bundle(path)
    stack = options.stack or bundle.stack
    return replace(
        options,
        names=(),
        scenarios=(scenario_of(bundle.schedule, vocabulary_of(stack), bundle.name),),
        stack=stack,
        time_scale=bundle.time_scale if options.time_scale is None else options.time_scale,
        seed=bundle.schedule.traffic_seed if options.seed is None else options.seed,
        known_bad=options.known_bad or bundle.known_bad,
        lean=True,
        notes=(f"repro bundle {path}", *_told(bundle)),
        images=bundle.images,
    )


def _told(bundle: Bundle) -> tuple[str, ...]:
    failed = bundle.found.get("failed")
    return (
        tuple(f"when it was found: {one}" for one in failed if isinstance(one, str)) if isinstance(failed, list) else ()
    )
