"""A campaign: scenarios one after another, each on a stack of its own, then the judgement and the report."""

from __future__ import annotations

import hashlib
import importlib
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import docker
import docker.errors

from harness import report
from harness.containers.identity import new_run_id
from harness.containers.plan import PlanRequest, StackPlan
from harness.containers.sweep import sweep
from harness.errors import HarnessError, InfrastructureError, Interrupted, UsageError
from harness.evidence import UNDO_LOG, write_json
from harness.interrupt import interruptible, shielded
from harness.journal import Journal
from harness.judge import RUN_FILE, SCHEMA_VERSION, judge_run, judge_scenario
from harness.machine.images import Image
from harness.model import Scenario
from harness.progress import Progress, silent
from harness.results import GateReport, ScenarioResult, StackEntry
from harness.run.experiment import run_scenario
from harness.run.lab import Lab
from harness.run.lanes import run_in_lanes
from harness.seals import seal_run
from harness.settings import REPOSITORY


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What a campaign is asked to do.

    Args:
        scenarios: to run, in this order.
        rows: requirement rows for the report.
        profile: its name in the report.
        time_scale: k.
        seed: of the traffic.
        reports: folder that takes the run's folder.
        stack: module with `plan(request)`, `IMAGES` (specs by key) and `SUBJECT` (the key being judged).
        known_bad: wrong variants of the subject.
        rules: another rule file.
        app_image: image of the subject in place of the stack's own.
        lanes: how many scenarios run at a time, each on a stack of its own.
        lean: on stacks without what only watches.
        open_ended: which scenarios there are is decided on the way.
        notes: what the report says of the run beforehand.
        images: digests that services are expected to run from; the report says where it is another.
    """

    scenarios: tuple[Scenario, ...]
    rows: tuple[Mapping[str, str], ...]
    profile: str
    time_scale: float
    seed: int
    reports: Path
    stack: str
    known_bad: tuple[str, ...] = ()
    rules: Path | None = None
    app_image: str | None = None
    lanes: int = 1
    lean: bool = False
    open_ended: bool = False
    notes: tuple[str, ...] = ()
    images: Mapping[str, str] = field(default_factory=dict)


class Campaign:
    """One run of an order. `prepare` fails before anything is started; `run` leaves nothing behind."""

    def __init__(self, order: Order, progress: Progress = silent) -> None:
        self._order = order
        self._progress = progress
        self.run_id = new_run_id()
        self.folder = order.reports / self.run_id
        self._begun_s = time.time()
        self._started: list[str] = []
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
        self._entries = _entries(self._plan(), images)
        swept = Counter(leftover.run_id for leftover in sweep(client))
        for run_id, count in swept.items():
            self._progress(f"swept what run {run_id} left behind: {count} containers and networks")
        try:
            self.folder.mkdir(parents=True)
            self._write_run()
            _point_latest(self.folder)
        except OSError as problem:
            raise InfrastructureError(f"{self.folder} cannot be written: {problem}") from problem
        self._journal = Journal(path=self.folder / UNDO_LOG)

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
            number = len(self._started)
            self._write_run()
        lab = Lab(
            client=self._client,
            images={key: image.reference for key, image in self._images.items()},
            plan=self._plan,
            run_id=self.run_id,
            time_scale=self._order.time_scale,
            seed=self._order.seed if seed is None else seed,
            journal=self._journal.branch(),
            progress=self._progress,
        )
        try:
            run_scenario(lab, scenario, self.folder / "scenarios" / scenario.name, number)
        except (docker.errors.DockerException, OSError) as problem:
            raise InfrastructureError(f"{scenario.name}: {problem}{self._if_engine_is_gone()}") from problem
        except HarnessError as problem:
            self._progress(f"{scenario.name} ended early: {problem}")
            if gone := self._if_engine_is_gone():
                raise InfrastructureError(f"{scenario.name}: {problem}{gone}") from problem
            if not self._stack_was_up(scenario):
                raise
            return problem
        return None

    @property
    def order(self) -> Order:
        """What was asked for."""
        return self._order

    @property
    def entries(self) -> tuple[StackEntry, ...]:
        """Where each service's image came from; known once it is prepared."""
        return self._entries

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
                seal_run(self.folder)
                judged = judge_run(self.folder)
                report.write(judged, self.folder)
            except OSError as problem:
                raise InfrastructureError(f"the report in {self.folder} cannot be written: {problem}") from problem
            return judged

    def run(self) -> GateReport:
        """Run every scenario, then judge and report; a campaign that is broken off reports what it has.

        Raises:
            HarnessError: see `run_one`; the report has been written.
        """
        with interruptible():
            try:
                run_in_lanes(self._order.scenarios, self.run_one, self._order.lanes)
            except (HarnessError, Interrupted):
                with suppress(HarnessError):
                    self.finish()
                raise
            return self.finish()

    def _plan(self) -> StackPlan:
        order = self._order
        request = PlanRequest(
            time_scale=order.time_scale, known_bad=order.known_bad, rules=order.rules, lean=order.lean
        )
        plan: StackPlan = stack_module(order.stack).plan(request)
        return plan

    def _if_engine_is_gone(self) -> str:
        """What to do when the engine no longer answers; empty while it does."""
        try:
            self._client.ping()
        except (docker.errors.DockerException, OSError):
            return "; the container engine no longer answers: start it ('harness setup'), then 'harness sweep'"
        return ""

    def _stack_was_up(self, scenario: Scenario) -> bool:
        phases = self.folder / "scenarios" / scenario.name / "phases.jsonl"
        return phases.is_file() and '"warm-up"' in phases.read_text(encoding="utf-8")

    def _write_run(self, **more: Any) -> None:
        order = self._order
        write_json(
            self.folder / RUN_FILE,
            {
                "schema_version": SCHEMA_VERSION,
                "run_id": self.run_id,
                "profile": order.profile,
                "seed": order.seed,
                "time_scale": order.time_scale,
                "started_at": datetime.fromtimestamp(self._begun_s, UTC).isoformat(timespec="milliseconds"),
                "subject": self._subject(),
                "stack": [asdict(entry) for entry in self._entries],
                "scenarios": list(dict.fromkeys([*(one.name for one in order.scenarios), *self._started])),
                "requirements": list(order.rows),
                "notes": [*order.notes, *_notes(order, self._entries)],
                **more,
            },
        )

    def _subject(self) -> dict[str, Any]:
        image = self._images[stack_module(self._order.stack).SUBJECT]
        return {
            "image": image.reference,
            "digest": image.digest,
            "git_sha": _git_sha(),
            "known_bad": list(self._order.known_bad),
            "rules": _described(self._order.rules),
        }


def _entries(plan: StackPlan, images: Mapping[str, Image]) -> tuple[StackEntry, ...]:
    """Where each service's image came from."""
    return tuple(
        StackEntry(
            service=service.name,
            image=images[service.image].reference,
            digest=images[service.image].digest,
            version=images[service.image].version,
            source=images[service.image].source.value,
        )
        for service in plan.services
    )


def _notes(order: Order, entries: tuple[StackEntry, ...]) -> Iterator[str]:
    """What a reader has to know before the verdict means anything."""
    if order.rules:
        yield f"judged with another rule file: {order.rules}"
    if order.lean:
        yield "on stacks without what only watches: alerts and boards were not looked at"
    for entry in entries:
        if (then := order.images.get(entry.service, entry.digest)) != entry.digest:
            yield f"{entry.service} runs from another image than expected: {entry.digest}, not {then}"


def _described(rules: Path | None) -> str:
    """A rule file that took the place of the stack's own, with its hash; empty when none did."""
    if rules is None:
        return ""
    return f"{rules} sha256:{hashlib.sha256(rules.read_bytes()).hexdigest()[:16]}"


def stack_module(name: str) -> Any:
    """The module that plans the stack.

    Raises:
        UsageError: it cannot be imported, or plans nothing.
    """
    try:
        module = importlib.import_module(name)
    except ImportError as missing:
        raise UsageError(f"the stack module '{name}' cannot be imported: {missing}") from missing
    for needed in ("plan", "IMAGES", "SUBJECT"):
        if not hasattr(module, needed):
            raise UsageError(f"the stack module '{name}' has no '{needed}'")
    return module


def _point_latest(folder: Path) -> None:
    """Make reports/latest point to the run; two runs at once each do so in one step, the later one stays."""
    draft = folder.parent / f".latest-{folder.name}"
    draft.symlink_to(folder.name)
    draft.replace(folder.parent / "latest")


def _git_sha() -> str:
    """The commit of the harness and its reference application; with "+" where files differ from it."""
    try:
        sha = _git("rev-parse", "HEAD")
        return f"{sha}+" if _git("status", "--porcelain") else sha
    except (OSError, subprocess.SubprocessError):
        return "unknown"


def _git(*arguments: str) -> str:
    done = subprocess.run(
        ["git", "-C", str(REPOSITORY), *arguments], capture_output=True, text=True, check=True, timeout=10
    )
    return done.stdout.strip()
