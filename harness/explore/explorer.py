"""A random campaign: schedules one after another until the time is over or one fails; that one is looked into."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from harness.errors import HarnessError, InfrastructureError, Interrupted
from harness.explore import pages
from harness.explore.acting import acting_share
from harness.explore.bundle import Bundle, write_bundle
from harness.explore.hunt import Hunt
from harness.explore.moments import failed_at_s
from harness.explore.result import DRAWN, Explored, Failure, Trial
from harness.explore.schedule import Schedule, draw, scenario_of
from harness.explore.vocabulary import Vocabulary
from harness.interrupt import interruptible, shielded
from harness.model import Verdict
from harness.progress import Progress, silent
from harness.results import ScenarioResult
from harness.run.campaign import Campaign
from harness.run.lanes import work_off

BUNDLES = "bundles"
MOST_RUNS = 100_000  # of a campaign that has only a time


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a random campaign is asked for.

    Args:
        seed: of the schedules.
        minutes: no run is begun that would probably end later.
        shrink_minutes: the same for looking into a failure, counted from when it was found.
        most_runs: how many schedules at most; 0 for as many as there is time for.
        faults: fewest and most of a schedule.
        runs: how often a failing schedule is run again.
        least: how often it then has to fail to be confirmed.
    """

    seed: int
    minutes: float
    shrink_minutes: float = 15.0
    most_runs: int = 0
    faults: tuple[int, int] = (20, 28)
    runs: int = 3
    least: int = 2


class Explorer:
    """One campaign on a prepared one that is open-ended. What was found is written also when it is broken off."""

    def __init__(self, campaign: Campaign, vocabulary: Vocabulary, wish: Wish, progress: Progress = silent) -> None:
        self._campaign, self._vocabulary, self._wish, self._progress = campaign, vocabulary, wish, progress
        self._begun_s = time.monotonic()
        self._trials: list[Trial] = []
        self._failures: list[Failure] = []

    def run(self) -> Explored:
        """Draw, run, look into the first failure, report.

        Raises:
            HarnessError: no stack can be started, or the engine is gone; the report has been written.
            Interrupted: the user asked for it; likewise.
        """
        with interruptible():
            try:
                self._draw_and_run()
                self._look_into()
            except (HarnessError, Interrupted) as ended:
                with suppress(HarnessError):
                    self._finish(str(ended))
                raise
            return self._finish()

    def _draw_and_run(self) -> None:
        wish, longest_s = self._wish, [0.0]
        numbers = iter(range(1, (wish.most_runs or MOST_RUNS) + 1))
        until_s = self._begun_s + wish.minutes * 60

        def take() -> int | None:
            late = time.monotonic() + longest_s[0] > until_s
            failed = any(trial.result.verdict is Verdict.FAIL for trial in self._trials)
            return None if late or failed else next(numbers, None)

        def do(number: int) -> None:
            begun_s = time.monotonic()
            schedule = draw(self._vocabulary, wish.seed, number, faults=wish.faults)
            trial = self._try(f"draw-{number:03}", DRAWN, schedule)
            longest_s[0] = max(longest_s[0], time.monotonic() - begun_s)
            self._progress(
                f"{trial.name}: {trial.result.verdict.word} with {len(schedule.faults)} faults, "
                f"{time.monotonic() - begun_s:.0f} s"
            )

        work_off(take, do, self._campaign.order.lanes)

    def _try(self, name: str, why: str, schedule: Schedule) -> Trial:
        scenario = scenario_of(schedule, self._vocabulary, name)
        self._campaign.run_one(scenario, seed=schedule.traffic_seed)
        with shielded():
            result = self._campaign.judge_one(scenario)
            acting = acting_share(result, self._evidence(name))
            trial = Trial(name=name, why=why, schedule=schedule, result=result, acting=acting)
            self._trials.append(trial)
        return trial

    def _look_into(self) -> None:
        failed = [trial for trial in self._trials if trial.result.verdict is Verdict.FAIL]
        if not failed:
            return
        found = min(failed, key=lambda trial: len(trial.schedule.faults))
        findings = [one for one in found.result.findings if one.verdict is Verdict.FAIL]
        self._progress(f"{found.name} failed: {findings[0].check}: {findings[0].message}")
        self._failures.append(Failure(found=found, again=0, runs=0, confirmed=False, shrunk=found.schedule))
        hunt = Hunt(
            found=found,
            run=self._try,
            moment_s=failed_at_s(found.result, self._evidence(found.name), self._campaign.order.time_scale),
            runs=self._wish.runs,
            least=self._wish.least,
            until_s=time.monotonic() + self._wish.shrink_minutes * 60,
            lanes=self._campaign.order.lanes,
            progress=self._progress,
        )
        try:
            self._failures[-1] = hunt.look_into()
        finally:
            with shielded():
                self._keep_bundle()

    def _keep_bundle(self) -> None:
        failure = self._failures[-1]
        folder = self._campaign.folder / BUNDLES / failure.found.name
        shrunk = self._bundle(failure, failure.shrunk, f"{failure.found.name}-shrunk")
        whole = self._bundle(failure, failure.found.schedule, failure.found.name)
        try:
            write_bundle(folder, shrunk, whole, self._evidence(self._last_failing(failure)))
        except OSError as problem:
            raise InfrastructureError(f"the bundle {folder} cannot be written: {problem}") from problem
        self._failures[-1] = replace(failure, bundle=f"{BUNDLES}/{failure.found.name}")

    def _bundle(self, failure: Failure, schedule: Schedule, name: str) -> Bundle:
        order, found = self._campaign.order, failure.found
        findings = [one for one in found.result.findings if one.verdict is Verdict.FAIL]
        return Bundle(
            name=name,
            schedule=schedule,
            stack=order.stack,
            time_scale=order.time_scale,
            known_bad=order.known_bad,
            images={entry.service: entry.digest for entry in self._campaign.entries},
            found={
                "run_id": self._campaign.run_id,
                "seed": self._wish.seed,
                "name": found.name,
                "faults": len(found.schedule.faults),
                "failed": [f"{one.check}: {one.message}" for one in findings],
                "whole_failed_again": [failure.again, failure.runs],
                "shrunk_failed_again": [failure.shrunk_again, failure.shrunk_runs],
                "minimal": failure.minimal,
            },
        )

    def _last_failing(self, failure: Failure) -> str:
        """The run whose history goes with the bundle: the last that failed on the schedule that is left."""
        failing = [
            trial.name
            for trial in self._trials
            if trial.schedule == failure.shrunk and trial.broken & failure.found.broken
        ]
        return failing[-1] if failing else failure.found.name

    def _evidence(self, name: str) -> Path:
        return self._campaign.folder / "scenarios" / name

    def _finish(self, ended: str = "") -> Explored:
        """Judge everything once more as a whole, and write all pages."""
        with shielded():
            judged = self._campaign.finish()
            results = {result.name: result for result in judged.scenarios}
            explored = Explored(
                seed=self._wish.seed,
                trials=tuple(_judged(trial, results) for trial in self._trials),
                failures=tuple(replace(one, found=_judged(one.found, results)) for one in self._failures),
                duration_s=time.monotonic() - self._begun_s,
                ended=ended,
            )
            try:
                pages.write(explored, judged, self._campaign.folder)
            except OSError as problem:
                raise InfrastructureError(
                    f"the report in {self._campaign.folder} cannot be written: {problem}"
                ) from problem
            return explored


def _judged(trial: Trial, results: dict[str, ScenarioResult]) -> Trial:
    """The trial with what the whole run says against it, as that something was not undone."""
    return replace(trial, result=results.get(trial.name, trial.result))
