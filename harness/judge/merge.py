"""Several runs made into one report: each is judged again from its evidence, and what is missing is UNKNOWN."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from harness.errors import EvidenceError, UsageError
from harness.evidence import OBJECTIVES_FILE, RUN_FILE
from harness.judge import limits
from harness.judge.run import SCHEMA_VERSION, judge_run
from harness.judge.scenario import unjudged
from harness.judge.stored import read_run
from harness.model import Finding, Verdict
from harness.results import GateReport, PartResult, RequirementResult, ScenarioResult
from harness.seals import SEAL

SHARDS = "shards"  # what the report calls the scenario that says what is wrong with the parts
DEEPEST = 3  # folders between what was named and a run: <artefact>/<reports>/<run id>


PULLED = "pulled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One run that was judged.

    Args:
        folder: where it lies.
        report: what was found.
        shard: which part of a gate it says it is, as "2/4"; "1/1" for a whole one.
        whole: names of all scenarios of that gate.
    """

    folder: Path
    report: GateReport
    shard: str
    whole: tuple[str, ...]

    @property
    def number(self) -> int:
        """Which of the shards."""
        return int(self.shard.partition("/")[0])

    @property
    def of(self) -> int:
        """How many shards there are."""
        return int(self.shard.partition("/")[2])

    @property
    def names(self) -> tuple[str, ...]:
        """The scenarios that it judged."""
        return tuple(scenario.name for scenario in self.report.scenarios)


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """One report over several runs; `folders` says where the evidence of each of its scenarios lies."""

    report: GateReport
    folders: dict[str, Path]


def run_folders(named: Iterable[Path]) -> tuple[tuple[Path, ...], tuple[str, ...]]:
    """The runs at or below the folders that were named, each once, and a sentence for each folder without one.

    A run that lies there twice (archives follow `latest`) is the same run if its seal is the same.
    """
    found: dict[tuple[str, bytes], Path] = {}
    empty = []
    for folder in named:
        below = [path for depth in range(DEEPEST + 1) for path in sorted(folder.glob("*/" * depth + RUN_FILE))]
        if not below:
            empty.append(f"{folder} holds no run: nothing of it was judged")
        for path in below:
            seal = path.with_name(SEAL)
            sealed = seal.read_bytes() if seal.is_file() else str(path.resolve()).encode()
            found.setdefault((path.read_bytes().hex(), sealed), path.parent)
    return tuple(found.values()), tuple(empty)


def merge(named: Sequence[Path], *, run_id: str, seeds: Iterable[int] = ()) -> Merged:
    """One report over all runs at or below these folders: the worst verdict, and UNKNOWN where a part is missing.

    Args:
        named: folders.
        run_id: of the report.
        seeds: those that must be there; none for whichever are.

    Raises:
        UsageError: no folder was named, or none of them holds a run that can be judged.
    """
    folders, problems = run_folders(named)
    parts, unread = _judged(folders)
    told = [*problems, *unread]
    if not parts:
        raise UsageError(f"there is no run to merge: {'; '.join(told) or 'no folder was named'}")
    told += strange(parts, seeds)
    by_name = dict(_renamed(parts))
    scenarios = [scenario for _, scenario in by_name.values()]
    if told:
        scenarios.append(unjudged(SHARDS, told))
    return Merged(
        report=_report(parts, tuple(scenarios), run_id),
        folders={name: folder for name, (folder, _) in by_name.items()},
    )


def strange(parts: Sequence[Part], seeds: Iterable[int] = ()) -> list[str]:
    """Why these runs are not the parts of one gate, all of them and each once; a sentence each, none if they are."""
    by_seed: dict[int, list[Part]] = defaultdict(list)
    for part in parts:
        by_seed[part.report.seed].append(part)
    told = [f"there is no run with seed {seed}" for seed in sorted(set(seeds) - set(by_seed))]
    told += [f"seed {seed} was not asked for" for seed in sorted(set(by_seed) - set(seeds)) if set(seeds)]
    for seed, own in sorted(by_seed.items()):
        told += [f"seed {seed}: {problem}" for problem in _incomplete(own)]
    for part in parts[1:]:
        told += [
            f"{part.report.run_id} and {parts[0].report.run_id} differ in {what}" for what in _differs(parts[0], part)
        ]
    return told


def _judged(folders: Iterable[Path]) -> tuple[list[Part], list[str]]:
    parts, unread = [], []
    for folder in folders:
        try:
            run = read_run(folder)
            shard = run.shard or "1/1"
            _check(shard)
            part = Part(folder=folder, report=judge_run(folder), shard=shard, whole=run.whole or run.scenarios)
        except (EvidenceError, UsageError, ValueError) as damage:
            unread.append(f"the run in {folder.name} cannot be judged: {damage}")
            continue
        parts.append(part)
    return sorted(parts, key=lambda part: (part.report.seed, part.number, part.report.run_id)), unread


def _check(shard: str) -> None:
    number, _, of = shard.partition("/")
    if not (number.isdecimal() and of.isdecimal() and 1 <= int(number) <= int(of)):
        raise ValueError(f"it says that it is shard {shard!r}")


def _incomplete(parts: Sequence[Part]) -> Iterator[str]:
    """What is missing, there twice, or not of the same gate; of the runs with one seed."""
    first = parts[0]
    if any(part.of != first.of or sorted(part.whole) != sorted(first.whole) for part in parts):
        yield f"the runs are not parts of one gate: {', '.join(f'{one.report.run_id} is {one.shard}' for one in parts)}"
        return
    numbers = Counter(part.number for part in parts)
    judged = Counter(name for part in parts for name in part.names)
    lost = [name for name in first.whole if name not in judged]
    missing = [number for number in range(1, first.of + 1) if number not in numbers]
    for number in missing:
        yield f"shard {number} of {first.of} is missing"
    if lost:
        yield f"nobody judged {', '.join(lost)}"
    for number in sorted(number for number, times in numbers.items() if times > 1):
        runs = ", ".join(part.report.run_id for part in parts if part.number == number)
        yield f"shard {number} of {first.of} is there {numbers[number]} times ({runs}): which one counts?"
    if twice := sorted(name for name, times in judged.items() if times > 1):
        yield f"judged more than once: {', '.join(twice)}"
    if foreign := sorted(name for name in judged if name not in first.whole):
        yield f"judged and not in the gate: {', '.join(foreign)}"


def _differs(one: Part, other: Part) -> Iterator[str]:
    """What has to be the same in all parts.

    Images are told by their tags, as each machine builds its own; by their digests too where all were pulled.
    """
    before, after = one.report, other.report
    if before.profile != after.profile:
        yield f"the profile ({before.profile}, {after.profile})"
    if before.time_scale != after.time_scale:
        yield f"the time scale ({before.time_scale:g}, {after.time_scale:g})"
    for fact in ("image", "git_sha", "known_bad", "rules", "boards"):
        if before.subject.get(fact) != after.subject.get(fact):
            yield f"what was judged: {fact} is {before.subject.get(fact)!r} and {after.subject.get(fact)!r}"
    if _objectives(one) != _objectives(other):
        yield f"what has to be kept ({OBJECTIVES_FILE})"
    images = {entry.service: entry for entry in before.stack}
    for entry in after.stack:
        known = images.get(entry.service, entry)
        pulled = known.source == entry.source == PULLED
        if known.image != entry.image or (pulled and known.digest != entry.digest):
            yield f"the image of {entry.service}"


def _objectives(part: Part) -> bytes:
    """What a part had to keep; nothing where it was no gate."""
    try:
        return (part.folder / OBJECTIVES_FILE).read_bytes()
    except FileNotFoundError:
        return b""


def _renamed(parts: Sequence[Part]) -> Iterator[tuple[str, tuple[Path, ScenarioResult]]]:
    """Each scenario under a name that no other one has: with its seed where there are several, then with its run."""
    seeds = {part.report.seed for part in parts}
    times = Counter((scenario.name, part.report.seed) for part in parts for scenario in part.report.scenarios)
    for part in parts:
        seed = part.report.seed
        for scenario in part.report.scenarios:
            marks = [f"seed {seed}"] if len(seeds) > 1 else []
            marks += [f"run {part.report.run_id}"] if times[scenario.name, seed] > 1 else []
            name = f"{scenario.name} ({', '.join(marks)})" if marks else scenario.name
            yield name, (part.folder / "scenarios" / scenario.name, replace(scenario, name=name))


def _report(parts: Sequence[Part], scenarios: tuple[ScenarioResult, ...], run_id: str) -> GateReport:
    first, reports = parts[0].report, [part.report for part in parts]
    mistakes = tuple(mistake for report in reports for mistake in report.mistakes)
    beside = _parts(reports)
    verdicts = [
        *(one.verdict for one in scenarios),
        *(one.verdict for one in mistakes),
        *(one.verdict for one in beside),
    ]
    runs = ", ".join(f"{part.report.run_id} (shard {part.shard}, seed {part.report.seed})" for part in parts)
    entries = {entry.service: entry for report in reports for entry in report.stack}
    return GateReport(
        schema_version=SCHEMA_VERSION,
        # No better than any of its parts, whatever is made of them here.
        verdict=Verdict.worst([*verdicts, *(report.verdict for report in reports)]),
        run_id=run_id,
        seed=first.seed,
        profile=first.profile,
        time_scale=first.time_scale,
        started_at=min(report.started_at for report in reports),
        duration_s=max(report.duration_s for report in reports),
        subject=first.subject,
        stack=tuple(entries.values()),
        scenarios=scenarios,
        requirements=_requirements(reports, scenarios),
        notes=(f"merged from {len(parts)} runs, each judged again: {runs}", *_notes(reports)),
        mistakes=mistakes,
        parts=beside,
        not_looked_at=tuple(
            one
            for one in dict.fromkeys(one for report in reports for one in report.not_looked_at)
            if not limits.is_left_to_others(one)
        ),
    )


def _parts(reports: Sequence[GateReport]) -> tuple[PartResult, ...]:
    """What the parts found beside their scenarios, what several of them say once; and what each left to the others."""
    found: dict[str, list[Finding]] = defaultdict(list)
    for report in reports:
        for part in report.parts:
            found[part.name] += part.findings
    for seed in sorted({report.seed for report in reports}):
        own = [set(filter(limits.is_left_to_others, one.not_looked_at)) for one in reports if one.seed == seed]
        found[limits.NAME] += [limits.measured_by_nobody(left) for left in sorted(set.intersection(*own))]
    return tuple(PartResult(name=name, findings=tuple(dict.fromkeys(each))) for name, each in found.items() if each)


def _notes(reports: Iterable[GateReport]) -> Iterator[str]:
    """What the parts say of themselves, each once; which part of a whole they are is no longer of interest."""
    yield from dict.fromkeys(note for report in reports for note in report.notes if not note.startswith("shard "))


def _requirements(reports: Sequence[GateReport], scenarios: Sequence[ScenarioResult]) -> tuple[RequirementResult, ...]:
    rows = {row.id: row for report in reports for row in report.requirements}
    covered = {key: [one for one in scenarios if key in one.covers] for key in rows}
    return tuple(
        replace(
            row,
            verdict=Verdict.worst(one.verdict for one in covered[key]).word if covered[key] else "not covered",
            covered_by=tuple(one.name for one in covered[key]),
        )
        for key, row in rows.items()
    )
