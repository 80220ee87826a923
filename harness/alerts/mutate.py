"""How good are the tests of alert rules? Every mutant against the unit tests, survivors against recorded runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from harness.alerts.mutants import Mutant, RuleFile, mutants_of, rewritten, rules_text
from harness.alerts.mutation_equivalent import Claim, recognised
from harness.alerts.mutation_hints import would_kill
from harness.alerts.mutation_tests import CaseFile, Verdict, touching, verdicts
from harness.alerts.tools import Toolbox
from harness.errors import ExitCode, UsageError

TARGET_SCORE = 0.95
LONGEST_S = 600.0  # of the one call of promtool; all our mutants take half a minute on two cores
# promtool says success on one output and failure on the other: only within one process do they stay in order.
COMMAND = ("sh", "-c", 'exec promtool test rules "$@" 2>&1', "promtool")
RULES = "rules.yml"

Progress = Callable[[str], None]
Replay = Callable[[Sequence[str]], Sequence[str | None]]


class Fate(Enum):
    """What became of a mutant."""

    KILLED = "killed by a unit test"
    KILLED_BY_RUN = "killed by a recorded run"
    EQUIVALENT = "means the same"
    SURVIVED = "survived"
    NO_RULE = "is no rule that loads"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One mutant and its end.

    Args:
        mutant: the change.
        fate: what became of it.
        why: the test or the promise that killed it, the reason why it means the same, or what is missing.
        disproved: it was said to mean the same, for this reason, and it does not.
    """

    mutant: Mutant
    fate: Fate
    why: str
    disproved: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutation:
    """All mutants of some rule files, and the score."""

    outcomes: tuple[Outcome, ...]

    def of(self, *fates: Fate) -> tuple[Outcome, ...]:
        """The outcomes with one of these fates."""
        return tuple(outcome for outcome in self.outcomes if outcome.fate in fates)

    @property
    def disproved(self) -> tuple[Outcome, ...]:
        """Mutants that were said to mean the same and do not."""
        return tuple(outcome for outcome in self.outcomes if outcome.disproved)

    @property
    def killed(self) -> int:
        """How many mutants were found out."""
        return len(self.of(Fate.KILLED, Fate.KILLED_BY_RUN))

    @property
    def meaningful(self) -> int:
        """How many mutants change the meaning of their rule."""
        return self.killed + len(self.of(Fate.SURVIVED))

    @property
    def score(self) -> float:
        """Share of the mutants with another meaning that were found out; 0 where there is none."""
        return self.killed / self.meaningful if self.meaningful else 0.0

    @property
    def exit_code(self) -> ExitCode:
        """0 where the score is at least `TARGET_SCORE` and every claim of sameness holds."""
        good = self.score >= TARGET_SCORE and not self.disproved
        return ExitCode.PASS if good else ExitCode.FAIL


def mutate(
    file: RuleFile,
    tests: Sequence[CaseFile],
    toolbox: Toolbox,
    *,
    claims: Sequence[Claim] = (),
    replay: Replay | None = None,
    progress: Progress = lambda _: None,
) -> Mutation:
    """Try every mutant of a rule file.

    Args:
        file: the rules.
        tests: promtool's unit tests of them.
        toolbox: where promtool runs.
        claims: mutants that are said to mean the same.
        replay: says of rule files (YAML) which promise each breaks in recorded runs. The first is the original, and a
            run whose promises that one breaks already tells nothing. Asked for the survivors.
        progress: told what takes time.

    Raises:
        UsageError: the rules cannot be mutated, their tests fail as they are, or a claim fits no mutant.
        InfrastructureError: promtool cannot be run.
    """
    mutants = mutants_of(file)
    reasons = _reasons(file, mutants, claims)
    call = _Call.of(file, mutants, tests)
    progress(f"{file.name}: {len(mutants)} mutants against {len(call.names)} files of unit tests")
    said = toolbox.run("prometheus", (*COMMAND, *call.names), call.files, LONGEST_S)
    found = verdicts(said.output, call.names)
    _refuse_failing(file, call, found)
    outcomes = [_by_tests(mutant, reasons[mutant.id], call.verdicts_of(mutant, found)) for mutant in mutants]
    left = [outcome.mutant for outcome in outcomes if outcome.fate is Fate.SURVIVED]
    if replay is not None and left:
        progress(f"{file.name}: {len(left)} survivors against the recorded runs")
        _, *broken = replay([rules_text(file), *(rules_text(file, mutant) for mutant in left)])
        told = {mutant.id: sentence for mutant, sentence in zip(left, broken, strict=True) if sentence}
        outcomes = [_by_run(outcome, told.get(outcome.mutant.id)) for outcome in outcomes]
    return Mutation(outcomes=tuple(outcomes))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Call:
    """The one call of promtool: its files, and which tests belong to which mutant; "" is the original."""

    files: Mapping[str, str]
    tests: Mapping[str, tuple[str, ...]]

    @classmethod
    def of(cls, file: RuleFile, mutants: Sequence[Mutant], tests: Sequence[CaseFile]) -> _Call:
        """Everything below a folder for each mutant, with those assertions that the change can break."""
        files: dict[str, str] = {}
        names: dict[str, tuple[str, ...]] = {}
        cut = {rule: _cut(file, rule, tests) for rule in {mutant.rule for mutant in mutants}}
        original = (None, tuple(tests), rules_text(rewritten(file)))
        changed = [(one, *_for_mutant(file, one, cut[one.rule])) for one in mutants]
        for number, (mutant, its_tests, text) in enumerate((original, *changed)):
            folder = f"m{number:05}"
            files[f"{folder}/{RULES}"] = text
            own = {f"{folder}/test_{test.name}": test.text(RULES) for test in its_tests}
            files.update(own)
            names[mutant.id if mutant else ""] = tuple(own)
        return cls(files=files, tests=names)

    @property
    def names(self) -> list[str]:
        """The test files in order."""
        return [name for own in self.tests.values() for name in own]

    def verdicts_of(self, mutant: Mutant | None, found: Mapping[str, Verdict]) -> Iterator[Verdict]:
        """What was said of the tests of one mutant, or of the original."""
        return (found[name] for name in self.tests[mutant.id if mutant else ""])


def _cut(file: RuleFile, rule: str, tests: Sequence[CaseFile]) -> tuple[CaseFile, ...]:
    alerts = file.alerts()
    cut = (touching(test, rule, recording=rule not in alerts, alerts=alerts) for test in tests)
    return tuple(test for test in cut if test is not None)


def _for_mutant(file: RuleFile, mutant: Mutant, tests: tuple[CaseFile, ...]) -> tuple[tuple[CaseFile, ...], str]:
    whole = any(test.whole for test in tests)
    return tests, rules_text(file, mutant, only=None if whole else mutant.rule)


def _reasons(file: RuleFile, mutants: Sequence[Mutant], claims: Sequence[Claim]) -> dict[str, str]:
    """Why a mutant means the same, by its id; empty where it does not."""
    names = {mutant.rule for mutant in mutants}
    for claim in claims:
        if names & set(claim.rules) and not any(claim.holds_for(mutant) for mutant in mutants):
            raise UsageError(
                f"{file.name}: no mutant of {', '.join(claim.rules)} is like {', '.join(claim.changes)} "
                f"at {claim.place}; take the claim that it means the same out"
            )
    return {mutant.id: _reason(file, mutant, claims) for mutant in mutants}


def _reason(file: RuleFile, mutant: Mutant, claims: Sequence[Claim]) -> str:
    claimed = [claim.why for claim in claims if claim.holds_for(mutant)]
    if claimed or not mutant.place:
        return claimed[0] if claimed else ""
    group, rule = mutant.at
    return recognised(mutant, str(file.groups[group]["rules"][rule]["expr"]))


def _refuse_failing(file: RuleFile, call: _Call, found: Mapping[str, Verdict]) -> None:
    for verdict in call.verdicts_of(None, found):
        if not verdict.passed:
            raise UsageError(f"{file.name}: its unit tests fail before anything is changed: {verdict.failed}")


def _by_tests(mutant: Mutant, same: str, found: Iterator[Verdict]) -> Outcome:
    failed = [verdict for verdict in found if not verdict.passed]
    broken = [verdict for verdict in failed if verdict.loads]
    if broken:
        return Outcome(mutant=mutant, fate=Fate.KILLED, why=broken[0].failed, disproved=same)
    if failed:
        return Outcome(mutant=mutant, fate=Fate.NO_RULE, why=failed[0].failed)
    if same:
        return Outcome(mutant=mutant, fate=Fate.EQUIVALENT, why=same)
    return Outcome(mutant=mutant, fate=Fate.SURVIVED, why=would_kill(mutant))


def _by_run(outcome: Outcome, broken: str | None) -> Outcome:
    if outcome.fate is Fate.SURVIVED and broken:
        return Outcome(mutant=outcome.mutant, fate=Fate.KILLED_BY_RUN, why=broken)
    return outcome
