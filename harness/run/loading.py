"""Rows that a scenario wants to be there before it begins: loaded after the start, before anything is watched."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from harness.containers.plan import DataSet, Fill, StackPlan
from harness.errors import UsageError
from harness.model import Scenario
from harness.poll import Seen, until
from harness.probes.database import Databases
from harness.progress import Progress

THERE_WITHIN_S = 30.0


def data_of(scenario: Scenario, plan: StackPlan) -> tuple[DataSet, ...]:
    """The data sets that a scenario asks for.

    Raises:
        UsageError: the stack has none of that name; says which there are.
    """
    for name in scenario.data:
        if name not in plan.data:
            known = ", ".join(plan.data) or "none"
            raise UsageError(f"scenario {scenario.name}: the stack has no data set '{name}'; there are {known}")
    return tuple(plan.data[name] for name in scenario.data)


def load(databases: Databases, sets: Iterable[DataSet], progress: Progress) -> Mapping[str, float]:
    """Load data sets, as many fills at a time as there are processors; returns how long each took, real s.

    Raises:
        InfrastructureError: a store refuses them, or what they need does not get there.
    """
    took_s: dict[str, float] = {}

    def carry_out(fill: Fill) -> None:
        begun = time.monotonic()
        if fill.after:
            asked = partial(_is_there, databases, fill)
            until(f"'{fill.after}' of {fill.service}", asked, within_s=THERE_WITHIN_S, every_s=0.2)
        databases.execute(fill.service, fill.statements)
        took_s[fill.what] = round(time.monotonic() - begun, 3)
        progress(f"{fill.what} loaded in {took_s[fill.what]:.1f} s")

    with ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool:
        for done in [pool.submit(carry_out, fill) for one in sets for fill in one.fills]:
            done.result()
    return took_s


def _is_there(databases: Databases, fill: Fill) -> bool:
    answer = list(databases.answer(fill.service, fill.after))
    if answer != [1]:
        raise Seen(f"it says {answer}")
    return True


def explained(scenario: Scenario, plan: StackPlan) -> Iterator[str]:
    """What would be loaded, in words."""
    for name, data in zip(scenario.data, data_of(scenario, plan), strict=True):
        told = ", ".join(f"{loaded.rows:,} {kind}" for kind, loaded in data.loaded.items())
        yield f"  before anything is watched: {name} ({told})"
