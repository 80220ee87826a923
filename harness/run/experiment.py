"""One scenario through its phases: everything that is seen goes to the evidence, nothing is judged here."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from harness.alerts.replay import write_replay
from harness.alerts.tools import Toolbox
from harness.checks import Truth
from harness.containers.running import RunningStack
from harness.errors import InfrastructureError, TimedOutError, UsageError
from harness.evidence import STACK_FILE, Recorder, write_json
from harness.faults.aim import aimed, player
from harness.faults.base import StackFault
from harness.faults.inject import injected
from harness.faults.timed import ByTheClock
from harness.interrupt import shielded
from harness.judge import LOADED_FILE
from harness.model import Act, Scenario
from harness.poll import Seen, until
from harness.probes.database import Databases
from harness.probes.prometheus import (
    record_alert_series,
    record_metric_series,
    record_rule_values,
    record_shown_metrics,
    record_told,
)
from harness.recorded import RuleTiming, Stream, act_phase
from harness.run.lab import Lab
from harness.run.loading import data_of, load
from harness.run.plan_file import write_plan
from harness.run.settle import after_healing_s, settles_within_s
from harness.run.signs import SeenSince
from harness.run.steady import is_healthy, nothing_is_active, wait_steady
from harness.run.watch import Watch
from harness.seals import seal

STEADY_WITHIN_S = 60.0


def run_scenario(lab: Lab, scenario: Scenario, folder: Path, number: int) -> None:
    """Run one scenario and leave its evidence, sealed, in `folder`.

    Args:
        lab: what it runs in.
        scenario: what to do.
        folder: reports/<run id>/scenarios/<name>.
        number: of the scenario in the run; part of its stack's name.

    Raises:
        HarnessError: it could not be run to its end. What was recorded stays; the seal says why it ended.
    """
    plan = lab.plan().for_load(scenario.load)
    data_of(scenario, plan)  # a set that there is not is told before anything is started
    recorder = Recorder(folder)
    ended = "the harness ended before it could say why"
    try:
        write_plan(folder, lab, scenario, plan)
        with ExitStack() as undone:
            stack = RunningStack(
                plan=plan,
                images=lab.images,
                run_id=f"{lab.run_id}-{number}",
                client=lab.client,
                progress=lambda line: lab.progress(f"{scenario.name}: {line}"),
            )
            experiment = Experiment(lab=lab, scenario=scenario, stack=stack, recorder=recorder)
            with lab.its_turn_to_start(), experiment.phase("preflight"):
                begun = time.monotonic()
                undone.enter_context(stack)
                up_s = round(time.monotonic() - begun, 3)
                loaded_s = load(Databases(stack=stack), data_of(scenario, plan), stack.progress)
                write_json(folder / STACK_FILE, {"up_s": up_s, "services_s": stack.started_s, "loaded_s": loaded_s})
                undone.callback(stack.save_logs, folder / "logs")
                undone.callback(experiment.undo_everything)
            experiment.run()
        ended = "complete"
    except BaseException as problem:
        ended = str(problem) or type(problem).__name__
        raise
    finally:
        with shielded():
            recorder.close()
            seal(folder, ended)


@dataclass(slots=True, kw_only=True)
class Experiment:
    """The phases of one scenario on a stack that is up."""

    lab: Lab
    scenario: Scenario
    stack: RunningStack
    recorder: Recorder
    _from_s: float = 0.0
    _rules: tuple[RuleTiming, ...] = ()
    _watch: Watch | None = None

    @property
    def watch(self) -> Watch:
        """The probes and the traffic; there from the warm-up on."""
        if self._watch is None:
            raise InfrastructureError("the watch has not begun")
        return self._watch

    def run(self) -> None:
        """Warm-up, baseline, faults, recovery, quiesce."""
        self._watch = Watch(lab=self.lab, scenario=self.scenario, stack=self.stack, recorder=self.recorder)
        self._from_s = time.time()
        acts = self.scenario.acts
        self.recorder.write(Stream.FAULTS, "planned", faults=sum(len(act.planned) for act in acts))
        with self.watch:
            with self.phase("warm-up"):
                self.watch.start_traffic()
                wait_steady(self.stack, self.watch.prometheus, within_s=STEADY_WITHIN_S)
                self._everybody_plays()
                until("what the start set off to be resolved", self.watch.all_resolved, within_s=STEADY_WITHIN_S)
                rules = self._rules = self.watch.loaded_rules()
                write_json(self.recorder.folder / LOADED_FILE, {"rules": [asdict(rule) for rule in rules]})
            with self.phase("baseline"):
                self.watch.start_viewers()
                self.watch.try_access()
                self._pass(self.scenario.steady_s)
            struck = 0
            for number, act in enumerate(acts, start=1):
                if number > 1:
                    self._calm(number, act, rules)
                self._break_and_heal(number, act, struck, rules)
                struck += len(act.planned)
            with self.phase("recover"):
                self._recover(rules)
            with self.phase("quiesce"):
                self._quiesce()
        if self.stack.plan.production:  # nobody watches any more: how long promtool takes is not part of the run
            write_replay(self.recorder.folder, self.recorder, Toolbox(client=self.lab.client, images=self.lab.images))

    def _everybody_plays(self) -> None:
        """Where no query tells the steady state, each role has to be played before anything is aimed at it."""
        for role in () if self.stack.plan.steady else self.stack.plan.roles:
            player(self.stack, role, within_s=STEADY_WITHIN_S)

    def undo_everything(self) -> None:
        """Undo whatever is still open; a failure becomes evidence."""
        with shielded():
            for problem in self.lab.journal.undo_all():
                self.recorder.write(
                    Stream.FAULTS, "undo_failed", fault=-1, fault_kind="undo", target="", detail=problem
                )

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Record a phase's start and end."""
        self.lab.progress(f"{self.scenario.name}: {name}")
        from_s = time.time()
        self.recorder.write(Stream.PHASES, "start", name=name)
        try:
            yield
        finally:
            self.recorder.write(Stream.PHASES, "end", name=name)
            if self._watch is not None:
                self._watch.phase_ended(name, from_s)

    def _calm(self, number: int, act: Act, rules: tuple[RuleTiming, ...]) -> None:
        """Between two acts: what the last one set off has to be over, so that nothing is blamed on the next."""
        with self.phase(act_phase("calm", number)):
            self._settle(rules)
            self._pass(act.steady_s)

    def _break_and_heal(self, number: int, act: Act, struck: int, rules: tuple[RuleTiming, ...]) -> None:
        if act.timed:
            if act.faults:
                raise UsageError(f"scenario {self.scenario.name}: act {number} has faults with times and without")
            self._by_the_clock(number, act, struck)
            return
        with ExitStack() as faults:
            with self.phase(act_phase("inject", number)):
                asked_s = time.time()
                aimed_at = self._inject_all(act, struck, faults)
            with self.phase(act_phase("hold", number)):
                self._hold(aimed_at, asked_s, rules)
            self.lab.progress(f"{self.scenario.name}: {act_phase('heal', number)}")
            self.recorder.write(Stream.PHASES, "start", name=act_phase("heal", number))
        self.recorder.write(Stream.PHASES, "end", name=act_phase("heal", number))

    def _by_the_clock(self, number: int, act: Act, struck: int) -> None:
        """Faults strike and are mended one by one in the hold; healing is over when the last is seen to be healed."""
        with self.phase(act_phase("inject", number)):
            faults = ByTheClock(
                act.timed,
                struck,
                stack=self.stack,
                journal=self.lab.journal,
                recorder=self.recorder,
                time_scale=self.lab.time_scale,
            )
        with ExitStack() as playing:
            with self.phase(act_phase("hold", number)):
                playing.enter_context(faults)
                faults.play(self.watch.check_alive)
            with self.phase(act_phase("heal", number)):
                faults.wait_healed(self.watch.check_alive)

    def _inject_all(self, act: Act, struck: int, faults: ExitStack) -> list[StackFault]:
        aimed_at = []
        for number, planned in enumerate(act.faults, start=struck):
            fault = aimed(planned, self.stack)
            if not isinstance(fault, StackFault):
                raise UsageError(f"scenario {self.scenario.name}: {fault!r} is no fault that can be injected")
            faults.enter_context(
                injected(fault, number, stack=self.stack, journal=self.lab.journal, recorder=self.recorder)
            )
            aimed_at.append(fault)
        return aimed_at

    def _hold(self, faults: list[StackFault], asked_s: float, rules: tuple[RuleTiming, ...]) -> None:
        """Hold until every fault has been in place for long enough; what was told before `asked_s` does not count."""
        struck_s = time.monotonic()
        holds = [fault.hold for fault in faults]
        longest_s = max(hold.at_most_s(self.lab.time_scale) for hold in holds)

        signs = SeenSince(watch=self.watch, asked_s=asked_s, channels={rule.alert: rule.receivers for rule in rules})

        def over() -> bool:
            held_s = time.monotonic() - struck_s
            self.watch.check_alive()
            return all(hold.over(held_s, self.lab.time_scale, signs) for hold in holds)

        until("the faults to have been held", over, within_s=longest_s + 5, every_s=0.05)

    def _recover(self, rules: tuple[RuleTiming, ...]) -> None:
        """Go on until everything is as before; that it never gets so is for the checks to say."""
        if self.scenario.acts:
            self._pass(after_healing_s(self.scenario, self.stack.plan, self.lab.time_scale) * self.lab.time_scale)
        self._settle(rules)

    def _settle(self, rules: tuple[RuleTiming, ...]) -> None:
        scenario, k = self.scenario, self.lab.time_scale
        bound_s = max(scenario.recovery_s / k, settles_within_s(scenario.checks, rules, k))

        def recovered() -> bool:
            self.watch.check_alive()
            for target in self.stack.plan.health:
                is_healthy(self.stack, target)
            if self.stack.plan.has_alerts:
                nothing_is_active(self.watch.prometheus, but=scenario.lingering)
            return self.watch.all_resolved(but=scenario.lingering)

        try:
            until("everything to be as before the fault", recovered, within_s=bound_s)
        except TimedOutError as late:
            self.lab.progress(f"{scenario.name}: {late}")

    def _quiesce(self) -> None:
        self.watch.stop_traffic()
        databases = Databases(stack=self.stack, loaded=data_of(self.scenario, self.stack.plan))
        try:
            databases.wait_drained()
        except TimedOutError as late:
            self.lab.progress(f"{self.scenario.name}: {late}")
        databases.record_all(self.recorder)
        self.watch.stop_viewers()
        until_s = time.time()
        if not self.stack.plan.has_alerts:
            return
        record_alert_series(self.watch.prometheus, self.recorder, self._from_s, until_s)
        shown = [name for check in self.scenario.checks if isinstance(check, Truth) for name in check.metrics]
        record_shown_metrics(self.watch.prometheus, self.recorder, shown, until_s)
        record_told(self.watch.prometheus, self.recorder, self._from_s, until_s)
        record_metric_series(self.watch.prometheus, self.recorder, self._rules, self._from_s, until_s)
        record_rule_values(self.watch.prometheus, self.recorder, self._rules, self._from_s, until_s)

    def _pass(self, production_s: float) -> None:
        """Let time pass under traffic, watching that it flows."""
        end = time.monotonic() + production_s / self.lab.time_scale

        def over() -> bool:
            self.watch.check_alive()
            if (left := end - time.monotonic()) > 0:
                raise Seen(f"{left:.1f} s left")
            return True

        until("the time to pass", over, within_s=production_s / self.lab.time_scale + 5)
