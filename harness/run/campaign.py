"""A campaign: scenarios one after another, each on a stack of its own, then the judgement and the report."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import docker
import docker.errors

from harness import report
from harness.containers.contract import unlooked
from harness.containers.identity import new_run_id
from harness.containers.plan import PlanRequest, StackPlan
from harness.containers.sweep import sweep
from harness.errors import HarnessError, InfrastructureError, Interrupted, UsageError
from harness.evidence import UNDO_LOG
from harness.interrupt import interruptible, shielded
from harness.journal import Journal
from harness.judge import RUN_FILE, judge_run, judge_scenario
from harness.machine.images import Image
from harness.machine.locks import exclusive
from harness.mistakes import Mistake
from harness.model import Scenario
from harness.progress import Progress, silent
from harness.results import GateReport, MistakeResult, ScenarioResult, StackEntry
from harness.run.experiment import run_scenario
from harness.run.gate import machine_class, toolbox
from harness.run.lab import Lab
from harness.run.lanes import Job, run_in_lanes
from harness.run.offline import Looked
from harness.run.provenance import stack_entries
from harness.run.run_file import RunFile
from harness.run.self_test import run_mistake
from harness.run.stacks import planned
from harness.run.wanted import Joint, Order
from harness.seals import seal_run

NUMBERS_A_PROCESS = 10_000
JOINING = "joining.lock"
JOIN_WITHIN_S = 300.0


class Campaign:
    """One run of an order. `prepare` fails before anything is started; `run` leaves nothing behind."""

    def __init__(self, order: Order, progress: Progress = silent, joint: Joint | None = None) -> None:
        self._order = order
        self._progress = progress
        self._joint = joint
        self.run_id = joint.run_id if joint else new_run_id()
        self.folder = order.reports / self.run_id
        self._begun_s = time.time()
        self._started: list[str] = []
        self._stopped = False
        # Numbers of stacks and of undo entries: those of several processes must not meet.
        self._first = joint.number * NUMBERS_A_PROCESS if joint else 0
        self._stacks = self._first
        self._lock = threading.Lock()

    def prepare(self, client: docker.DockerClient, images: Mapping[str, Image]) -> None:
        """Check the order, make the run's folder and sweep what dead runs left.

        Raises:
            UsageError: a configuration file, setting or known-bad name cannot be used.
            InfrastructureError: the folder cannot be written.
        """
        if not (self._order.scenarios or self._order.open_ended):
            raise UsageError("there is no scenario to run")
        self._client, self._images = client, images
        plan = self._plan()
        for scenario in self._order.scenarios:
            if scenario.subject_settings:
                self._plan(scenario)  # what the stack cannot set is said before anything starts
        entries = stack_entries(plan, images)
        order = self._order
        self._file = RunFile(
            run_id=self.run_id,
            begun_s=self._begun_s,
            order=order,
            images=images,
            entries=entries,
            machine=machine_class(client, entries, order.time_scale, order.lanes, order.shard),
            unlooked=() if order.lean else unlooked(plan),
        )
        self._journal = Journal.beginning_at(self.folder / UNDO_LOG, self._first + 1)
        if self._joint:
            with exclusive(self.folder / JOINING, "another process to have prepared the run", within_s=JOIN_WITHIN_S):
                if not (self.folder / RUN_FILE).is_file():
                    self._begin(client)
            return
        self._begin(client)

    def _begin(self, client: docker.DockerClient) -> None:
        """Sweep what dead runs left, and write down what this one is to do."""
        swept = Counter(leftover.run_id for leftover in sweep(client))
        for run_id, count in swept.items():
            self._progress(f"swept what run {run_id} left behind: {count} containers and networks")
        try:
            self.folder.mkdir(parents=True, exist_ok=self._joint is not None)
            self._write_run()
            if self._order.gate:
                self._order.gate.begin(self.folder, self._order.profile, self._file.machine)
            _point_latest(self.folder)
        except OSError as problem:
            raise InfrastructureError(f"{self.folder} cannot be written: {problem}") from problem

    def run_one(self, scenario: Scenario, seed: int | None = None) -> HarnessError | None:
        """Run one scenario; what ended it early is returned unless it ends the campaign.

        Args:
            scenario: one of the order's, or another one where that is open-ended.
            seed: of its traffic; None for that of the order.

        Raises:
            InfrastructureError: the engine is gone, the disk is full, or the stack does not start.
            Interrupted: the user asked for it.
        """
        with self._lock:
            self._started.append(scenario.name)
        folder = self.folder / "scenarios" / scenario.name
        return self._run_once(scenario, folder, partial(self._plan, scenario), self._progress, seed)

    def try_mistake(self, mistake: Mistake, scenario: Scenario) -> MistakeResult:
        """Run a known-bad variant until the scenario that is meant to see it does, or its runs are used up.

        Raises:
            InfrastructureError: as `run_one`.
            Interrupted: the user asked for it.
        """

        def once(folder: Path) -> HarnessError | None:
            return self._run_once(
                scenario,
                folder,
                partial(self._plan, scenario, mistake.switches),
                lambda line: self._progress(f"known-bad {mistake.name}: {line}"),
            )

        result = run_mistake(mistake, self.folder, self.run_id, once)
        self._progress(f"known-bad {mistake.name}: {'caught' if result.seen_by else 'NOT CAUGHT'}: {result.message}")
        return result

    def _run_once(
        self,
        scenario: Scenario,
        folder: Path,
        plan: Callable[[], StackPlan],
        progress: Progress,
        seed: int | None = None,
    ) -> HarnessError | None:
        with self._lock:
            self._stacks += 1
            number = self._stacks
            if self._joint is None:
                self._write_run()
        lab = Lab(
            client=self._client,
            images={key: image.reference for key, image in self._images.items()},
            plan=plan,
            run_id=self.run_id,
            time_scale=self._order.time_scale,
            seed=self._order.seed if seed is None else seed,
            journal=self._journal.branch(),
            progress=progress,
        )
        try:
            run_scenario(lab, scenario, folder, number)
        except (docker.errors.DockerException, OSError) as problem:
            raise InfrastructureError(f"{scenario.name}: {problem}{self._if_engine_is_gone()}") from problem
        except HarnessError as problem:
            progress(f"{scenario.name} ended early: {problem}")
            if gone := self._if_engine_is_gone():
                raise InfrastructureError(f"{scenario.name}: {problem}{gone}") from problem
            if not _stack_was_up(folder):
                raise
            return problem
        return None

    @property
    def is_joint(self) -> bool:
        """Whether other processes work for the same run."""
        return self._joint is not None

    @property
    def order(self) -> Order:
        """What was asked for."""
        return self._order

    @property
    def entries(self) -> tuple[StackEntry, ...]:
        """Where each service's image came from; known once it is prepared."""
        return self._file.entries

    def judge_one(self, scenario: Scenario) -> ScenarioResult:
        """Judge one scenario that has run."""
        return judge_scenario(self.folder / "scenarios" / scenario.name)

    def finish(self) -> GateReport:
        """Judge what was recorded and write the report.

        Raises:
            InfrastructureError: the report cannot be written.
        """
        with shielded():
            try:
                self._write_run(duration_s=round(time.time() - self._begun_s, 3))
            except OSError as problem:
                raise InfrastructureError(f"the report in {self.folder} cannot be written: {problem}") from problem
            judged = concluded(self.folder)
            try:
                if self._order.gate:
                    self._order.gate.end(self.folder, judged, self._file.machine)
            except OSError as problem:
                raise InfrastructureError(f"the history beside {self.folder} cannot be written: {problem}") from problem
            return judged

    def run(self) -> GateReport:
        """Run every scenario, then judge and report; a campaign that is broken off reports what it has.

        A gate looks first at what needs nothing started; what it finds there stands against starting anything.

        Raises:
            HarnessError: see `run_one`; the report has been written.
        """
        with interruptible():
            try:
                if self._may_start():
                    run_in_lanes(self._jobs(), self._order.lanes)
            except (HarnessError, Interrupted):
                with suppress(HarnessError):
                    self.finish()
                raise
            return self.finish()

    def _may_start(self) -> bool:
        order = self._order
        if order.gate is None:
            return True
        of = Looked(
            stack=order.stack,
            time_scale=order.time_scale,
            scenarios=order.gate.scenarios,
            rules=order.rules,
            boards=order.boards,
        )
        tools = toolbox(self._client, self._images)
        self._stopped = not order.gate.look(self.folder, order.profile, of, tools, self._progress)
        if self._stopped:
            self._progress("nothing is started: the offline checks stand against it")
        return not self._stopped

    def _jobs(self) -> list[Job]:
        """The scenarios, and after them what tests the gate."""
        jobs = [Job(scenario=one, run=partial(self.run_one, one)) for one in self._order.scenarios]
        by_name = {scenario.name: scenario for scenario in self._order.scenarios}
        for mistake in self._order.mistakes:
            scenario = by_name[mistake.scenario]
            jobs.append(Job(scenario=scenario, run=partial(self.try_mistake, mistake, scenario)))
        return jobs

    def _plan(self, scenario: Scenario | None = None, switches: tuple[str, ...] = ()) -> StackPlan:
        order = self._order
        known_bad = (*order.known_bad, *switches)
        request = PlanRequest(
            time_scale=order.time_scale,
            known_bad=known_bad,
            subject_settings=scenario.subject_settings if scenario else (),
            rules=order.rules,
            boards=order.boards,
            lean=order.lean,
        )
        return planned(order.stack, request)

    def _if_engine_is_gone(self) -> str:
        """What to do when the engine no longer answers; empty while it does."""
        try:
            self._client.ping()
        except (docker.errors.DockerException, OSError):
            return "; the container engine no longer answers: start it ('harness setup'), then 'harness sweep'"
        return ""

    def _write_run(self, **more: Any) -> None:
        self._file.write(self.folder, self._started, stopped=self._stopped, **more)


def concluded(folder: Path) -> GateReport:
    """Seal, judge and report a run that has ended.

    Raises:
        InfrastructureError: the report cannot be written.
    """
    with shielded():
        try:
            seal_run(folder)
            judged = judge_run(folder)
            report.write(judged, folder)
        except OSError as problem:
            raise InfrastructureError(f"the report in {folder} cannot be written: {problem}") from problem
        return judged


def _stack_was_up(folder: Path) -> bool:
    """Whether a scenario came so far that what ended it says something of that scenario alone."""
    phases = folder / "phases.jsonl"
    return phases.is_file() and '"warm-up"' in phases.read_text(encoding="utf-8")


def _point_latest(folder: Path) -> None:
    """Make reports/latest point to the run; two runs at once each do so in one step, the later one stays."""
    draft = folder.parent / f".latest-{folder.name}"
    draft.symlink_to(folder.name)
    draft.replace(folder.parent / "latest")
