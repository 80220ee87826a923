"""The words of the project as values: verdicts, findings, what a check may look at, scenarios."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum, StrEnum
from typing import ClassVar, Protocol, runtime_checkable

from harness.errors import ExitCode
from harness.measures import Measure
from harness.recorded import FaultWindow, History, Phase, RuleTiming

PROFILES = ("quick", "full")  # of the gate; see `Scenario.profiles`


class Verdict(Enum):
    """The closed set of judgements in their one order: PASS < UNKNOWN < FAIL; the worst wins."""

    PASS = ("pass", 0, ExitCode.PASS)
    UNKNOWN = ("unknown", 1, ExitCode.UNKNOWN)
    FAIL = ("fail", 2, ExitCode.FAIL)

    def __init__(self, word: str, rank: int, exit_code: ExitCode) -> None:
        self.word = word
        self.rank = rank
        self.exit_code = exit_code

    @classmethod
    def worst(cls, verdicts: Iterable[Verdict]) -> Verdict:
        """The worst of the verdicts; UNKNOWN where there is none, as nothing was looked at."""
        return max(verdicts, key=lambda verdict: verdict.rank, default=cls.UNKNOWN)

    @classmethod
    def from_word(cls, word: str) -> Verdict:
        """The verdict that a report calls `word`.

        Raises:
            ValueError: for any word outside the closed set.
        """
        for verdict in cls:
            if verdict.word == word:
                return verdict
        raise ValueError(f"no verdict is called {word!r}")


class FindingKind(StrEnum):
    """Which promise a finding speaks of."""

    ALERT = "alert"
    DASHBOARD = "dashboard"
    SAFETY = "safety"
    LIVENESS = "liveness"
    LOAD = "load"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a check concluded.

    Args:
        check: the check's name.
        kind: which promise it speaks of.
        verdict: the judgement.
        message: one sentence a trader understands.
        lower, upper: bounds of the observed value, in the message's unit; None where open.
        observed, measure: the value seen, and what it is: limits and earlier runs are held against it.
        evidence: where to look: "<stream>.jsonl:<line>" or a short quotation of the history.
        subject: what it is about (an alert's name, a panel's title), empty for the whole run.
        stories: the whole stories of the first few things that it names, each a text of some lines.
        timed: whether a machine that had no time can have brought it about; a rule that is not there it cannot.
    """

    check: str
    kind: FindingKind
    verdict: Verdict
    message: str
    lower: float | None = None
    upper: float | None = None
    observed: float | str | None = None
    evidence: str = ""
    subject: str = ""
    stories: tuple[str, ...] = ()
    measure: Measure | None = None
    timed: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadProfile:
    """What traffic flows while a scenario runs.

    Args:
        signals_per_s: base rate of open arrivals of trading signals; real, never compressed.
        arrivals: "poisson", "constant", or a shape of many times the rate such as "ramp:1x-10x/60s" and
            "burst:10x/5s/30s" (see `harness.shapes.shape`), counted from the start of the traffic in real s.
        viewers: people looking at every board.
        nobody_looks: why nobody does, where there are no viewers: the report's table of panels has a gap there.
        real_refresh: they look as often as the boards say in real seconds, not as often as the time scale makes of it.
    """

    signals_per_s: float = 20.0
    arrivals: str = "poisson"
    viewers: int = 1
    real_refresh: bool = False
    nobody_looks: str = ""

    @property
    def told(self) -> str:
        """The traffic, for people; who looks at what, as `GrafanaProbe.tabs` has it."""
        many = {0: "no viewer", 1: "1 viewer of every board"}
        viewers = many.get(self.viewers, f"{self.viewers} viewers: one of every board, each other one of one")
        return f"{self.signals_per_s:g} signals a second ({self.arrivals}), {viewers}"


def conditions(load: LoadProfile, subject_settings: Mapping[str, str]) -> tuple[str, ...]:
    """What a scenario runs under, for people: its traffic, and what is unusual of the application, if anything is."""
    own = ", ".join(f"{name}={value}" for name, value in subject_settings.items())
    return (load.told, *((f"the application has {own}",) if own else ()))


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedPanel:
    """A panel that viewers have to have loaded: its board's uid, its id, its title, and the queries it asks.

    `promql` are those of its queries that Prometheus answers, as they stand on the board.
    `refresh_s` is how often viewers load its board, real s; 0 for the setting `panel_refresh_s` of the run.
    `uncompressed_s` is how often they would without a time scale.
    """

    board: str
    panel: int
    title: str
    refs: tuple[str, ...]
    refresh_s: float = 0.0
    uncompressed_s: float = 0.0
    promql: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What the evidence of a run owes, from its plan: what is not there was not looked at.

    Args:
        load: the traffic that was asked for.
        services: those that had to be asked for their health.
        panels: those that had to be loaded.
        rules: alerts that had to be loaded by Prometheus.
        finals: kinds of rows that had to be read after the drain.
        faults: how many were planned.
        lingering: alerts that may outlast the run.
    """

    load: LoadProfile = field(default_factory=LoadProfile)
    services: tuple[str, ...] = ()
    panels: tuple[ExpectedPanel, ...] = ()
    rules: tuple[str, ...] = ()
    finals: tuple[str, ...] = ()
    faults: int = 0
    lingering: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """All that a check may look at: what was planned, when it happened, and the evidence.

    Args:
        scenario: the scenario's name.
        time_scale: k, the factor by which production durations were divided.
        rules: alerting rules as loaded by the run's Prometheus.
        phases, faults: what happened when.
        settings: the application and probe timings of the run (real s) by name, as stored with the run.
        expected: what the evidence owes, as stored with the run.
        history: the evidence.
    """

    scenario: str
    time_scale: float
    rules: tuple[RuleTiming, ...]
    phases: tuple[Phase, ...]
    faults: tuple[FaultWindow, ...]
    settings: Mapping[str, float]
    history: History
    expected: Expected = field(default_factory=Expected)

    def phase(self, name: str) -> Phase | None:
        """The phase of that name, or None where the run did not reach it."""
        return next((phase for phase in self.phases if phase.name == name), None)


@runtime_checkable
class Check(Protocol):
    """A pure function over a record. Its fields are its parameters; they are stored with the run.

    `kind` names the promise; a check that returns nothing or raises is UNKNOWN.
    """

    kind: ClassVar[FindingKind]

    def judge(self, record: Record) -> Iterable[Finding]:
        """The findings; reads only the record."""
        ...


@runtime_checkable
class Fault(Protocol):
    """Something that breaks a service or a link; how it is done is the business of `harness/faults/`."""

    kind: ClassVar[str]

    @property
    def target(self) -> str:
        """The service or link that breaks."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Timed:
    """A fault that comes and goes at a time of its own, whatever else is broken then.

    Args:
        fault: what breaks; how long it says that it stays does not count.
        at_s: when it is struck, production seconds from the act's beginning.
        for_s: how long after that it is mended, production seconds.
        touches: what it needs for itself besides its target, by name.
    """

    fault: Fault
    at_s: float
    for_s: float
    touches: tuple[str, ...] = ()

    @property
    def until_s(self) -> float:
        """When it is mended, production seconds from the act's beginning."""
        return self.at_s + self.for_s

    @property
    def needs(self) -> frozenset[str]:
        """What nobody else may break meanwhile."""
        return frozenset((self.fault.target, *self.touches))


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """Faults that are in place together: injected in this order, healed in the reverse one.

    Args:
        faults: what breaks.
        timed: in place of `faults`: what breaks and heals by the clock.
        steady_s: how long nothing is broken before it, in production seconds.
    """

    faults: tuple[Fault, ...] = ()
    timed: tuple[Timed, ...] = ()
    steady_s: float = 30.0

    @property
    def planned(self) -> tuple[Fault, ...]:
        """Every fault of the act."""
        return (*self.faults, *(one.fault for one in self.timed))


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One experiment: what is believed, what is broken, under which traffic, and how it is judged.

    Args:
        name: short, as typed on the command line.
        hypothesis: one sentence a trader understands.
        covers: requirement ids, for example ("R-42", "R-60").
        load: the traffic.
        faults: what breaks, injected in this order and healed in the reverse one; none for a control.
        then: further acts, each when the alerts of the one before have resolved. Faults are numbered through.
        lingering: alerts that outlast the run, as they look back further than anybody wants to wait; their end is
            judged in the replay at production timing.
        checks: what is judged; an empty list can never pass.
        steady_s: length of the baseline before the first fault, in production seconds.
        recovery_s: the longest recovery after healing, in production seconds.
        profiles: the profiles of the gate that run it; by its name it runs whatever they are.
        data: names of the stack's data sets that are loaded before the traffic begins.
        subject_settings: settings of the system under test that are other than usual here, each with its value; the
            stack says which there are.
    """

    name: str
    hypothesis: str
    covers: tuple[str, ...]
    load: LoadProfile
    checks: tuple[Check, ...]
    faults: tuple[Fault, ...] = ()
    then: tuple[Act, ...] = ()
    lingering: tuple[str, ...] = ()
    steady_s: float = 120.0
    recovery_s: float = 120.0
    profiles: tuple[str, ...] = PROFILES
    data: tuple[str, ...] = ()
    subject_settings: tuple[tuple[str, str], ...] = ()

    @property
    def acts(self) -> tuple[Act, ...]:
        """All acts; none for a control."""
        return (*((Act(faults=self.faults, steady_s=self.steady_s),) if self.faults else ()), *self.then)
