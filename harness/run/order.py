"""From options to a prepared campaign: settings, scenarios, engine, images."""

from __future__ import annotations

import dataclasses
import math
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness import settings as harness_settings
from harness.containers.plan import PlanRequest
from harness.errors import UsageError
from harness.machine.engine import client, ready_engine
from harness.machine.images import Image, ImageSpec, ImageStore
from harness.mistakes import Mistake
from harness.model import PROFILES, Scenario
from harness.progress import Progress, silent
from harness.run.campaign import Campaign
from harness.run.catalogue import choose, known_scenarios, of_profile, requirement_rows
from harness.run.explain import expected_s, planned_rules
from harness.run.gate import Gate
from harness.run.self_test import mistakes_of, mistakes_without
from harness.run.shards import Shard
from harness.run.stacks import planned, stack_module
from harness.run.wanted import Joint, Order

# Measured on two cores: docs/decisions/lanes.md.
LANES_PER_CORE = 2
USUAL_LANES = 2
STACK_BYTES = 1 << 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What a user may choose; None means: as the settings say.

    Args:
        scenarios: the scenarios themselves, or their names; none for all.
        scenarios_folder: where scenarios and requirement rows lie.
        profile: name in the report; one of the gate's leaves out the scenarios that are not in it.
        time_scale, seed, stack, reports: see `harness.settings`.
        known_bad: wrong variants of the subject, switched on.
        rules: another alert rule file.
        boards: folder of other dashboards.
        app_image: another image of the subject.
        lanes: how many scenarios run at a time.
        shard: only this part of the scenarios.
        self_test: try the stack's known-bad variants as well, each in the scenario that is meant to see it.
        lean, open_ended, notes, images, gate: see `Order`.
    """

    scenarios: tuple[Scenario, ...] = ()
    names: tuple[str, ...] = ()
    scenarios_folder: Path | None = None
    profile: str = "quick"
    time_scale: float | None = None
    seed: int | None = None
    stack: str | None = None
    reports: Path | None = None
    known_bad: tuple[str, ...] = ()
    rules: Path | None = None
    boards: Path | None = None
    app_image: str | None = None
    lanes: int = 1
    shard: Shard | None = None
    self_test: bool = False
    lean: bool = False
    open_ended: bool = False
    notes: tuple[str, ...] = ()
    images: Mapping[str, str] = dataclasses.field(default_factory=dict)
    gate: Gate | None = None


def order_of(options: Options) -> Order:
    """The order that the options and settings make.

    Raises:
        UsageError: an option or setting cannot be used; names it.
    """
    settings = harness_settings.load()
    folder = options.scenarios_folder or settings.scenarios
    scale = settings.time_scale if options.time_scale is None else options.time_scale
    if not (math.isfinite(scale) and scale > 0):
        raise UsageError(f"the time scale must be a number above zero, not {scale:g}")
    known = {} if options.scenarios or options.open_ended else known_scenarios(folder)
    scenarios = options.scenarios or (() if options.open_ended else choose(known, options.names))
    left_out: Mapping[str, tuple[str, ...]] = {}
    if options.profile in PROFILES and not (options.scenarios or options.names):
        scenarios, left_out = of_profile(scenarios, options.profile)
    stack = options.stack or settings.stack
    if options.self_test and options.known_bad:
        raise UsageError("--self-test tries the known-bad variants itself, beside the good one; leave --known-bad out")
    mistakes = mistakes_of(stack_module(stack), scenarios) if options.self_test else ()
    untried = mistakes_without(stack_module(stack), scenarios) if options.self_test else ()
    if lost := [one for one in untried if options.gate and one.scenario not in known]:
        raise UsageError(
            f"the stack {stack} has the known-bad variant {lost[0].name} seen by the scenario {lost[0].scenario}, "
            f"which is not in {folder}"
        )
    whole = tuple(scenario.name for scenario in scenarios)
    if options.shard:
        part = _part(options, scenarios, [one.scenario for one in mistakes], PlanRequest(time_scale=scale), stack)
        scenarios = tuple(scenario for scenario in scenarios if scenario.name in part)
    return Order(
        scenarios=scenarios,
        rows=requirement_rows(folder),
        profile=options.profile,
        time_scale=scale,
        seed=settings.seed if options.seed is None else options.seed,
        reports=(options.reports or settings.reports).resolve(),
        stack=stack,
        mistakes=tuple(mistake for mistake in mistakes if mistake.scenario in {one.name for one in scenarios}),
        shard=str(options.shard or ""),
        whole=whole if options.shard else (),
        known_bad=options.known_bad,
        rules=options.rules,
        boards=options.boards,
        app_image=options.app_image,
        lanes=carried(options.lanes),
        lean=options.lean,
        open_ended=options.open_ended,
        notes=(*options.notes, *_left_out(options.profile, left_out), *_untried(untried)),
        images=options.images,
        gate=options.gate,
    )


def _left_out(profile: str, names: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    """What the report says of scenarios that the profile does not run."""
    if names:
        told = ", ".join(f"{name} ({', '.join(runs) or 'by name alone'})" for name, runs in names.items())
        yield f"not looked at, as the profile {profile} leaves it out: {told}"


def _untried(mistakes: Sequence[Mistake]) -> Iterator[str]:
    """What the report says of known-bad variants that are not tried."""
    if mistakes:
        told = ", ".join(f"{one.name} ({one.scenario})" for one in mistakes)
        yield f"not tried, as their scenarios are not run, are the known-bad variants {told}"


def _part(
    options: Options, scenarios: Sequence[Scenario], tried: Sequence[str], request: PlanRequest, stack: str
) -> tuple[str, ...]:
    """The names that the shard runs; a scenario that known-bad variants are tried in takes as much longer."""
    shard = options.shard or Shard(number=1, of=1)
    plan = planned(stack, request)
    rules = planned_rules(plan)
    times = {one.name: expected_s(one, plan, rules, request.time_scale) for one in scenarios}
    return shard.part_of({name: time_s * (1 + tried.count(name)) for name, time_s in times.items()})


def usual_lanes() -> int:
    """Two lanes where there are two cores and the memory for two stacks, else one."""
    enough = (os.cpu_count() or 1) >= USUAL_LANES and _free_bytes() >= USUAL_LANES * STACK_BYTES
    return USUAL_LANES if enough else 1


def _free_bytes() -> int:
    """Memory that is free, or would be without caches."""
    try:
        text = Path("/proc/meminfo").read_text(encoding="ascii")
        return 1024 * int(text.partition("MemAvailable:")[2].split()[0])
    except (OSError, ValueError, IndexError):
        return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def carried(wanted: int) -> int:
    """The number of lanes, if this machine can carry so many whole stacks side by side.

    Raises:
        UsageError: it cannot; says what it has and what a stack needs.
    """
    if wanted < 1:
        raise UsageError(f"scenarios run in at least one lane, not {wanted}")
    cores, free_bytes = os.cpu_count() or 1, _free_bytes()
    if wanted > max(1, cores * LANES_PER_CORE) or (wanted > 1 and free_bytes < wanted * STACK_BYTES):
        raise UsageError(
            f"{wanted} stacks side by side are too many for {cores} cores and {free_bytes / 2**30:.1f} GiB of free "
            f"memory: a stack needs {1 / LANES_PER_CORE:g} of a core and {STACK_BYTES / 2**30:g} GiB"
        )
    return wanted


def prepare(options: Options, progress: Progress = silent, joint: Joint | None = None) -> Campaign:
    """A campaign that is ready to run: the order is sound, the engine answers, the images are there.

    Args:
        options: what the user chose.
        progress: told what takes time.
        joint: this process' part, where several work for one run.

    Raises:
        UsageError: the order cannot be used.
        InfrastructureError: no engine, or an image that cannot be had.
    """
    order = order_of(options)
    stack_module(order.stack)
    engine = ready_engine()
    images = images_of(order, engine.host, progress)
    campaign = Campaign(order, progress, joint)
    campaign.prepare(client(engine), images)
    return campaign


def images_of(order: Order, host: str, progress: Progress = silent) -> Mapping[str, Image]:
    """The images of the order's stack by catalogue key, made to be on the machine.

    Raises:
        InfrastructureError: one cannot be had; names it.
    """
    module = stack_module(order.stack)
    catalogue: Mapping[str, ImageSpec] = module.IMAGES
    subject: str = module.SUBJECT
    wanted = [spec for spec in catalogue.values() if not (order.app_image and spec.service == subject)]
    store = ImageStore(host, progress=progress)
    images = dict(store.ensure_all(wanted))
    if order.app_image:
        own = dataclasses.replace(catalogue[subject], official=order.app_image)
        images[subject] = store.named(own)
    return images
