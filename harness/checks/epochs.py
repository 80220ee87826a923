"""Leadership terms only grow, and nothing is done in the name of an old one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import ClassVar

from harness.checks.reading import Reader, Speaker, counted, fault_at, watched
from harness.model import Finding, FindingKind, Observation, Record, Stream, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """One leadership term as the database recorded it."""

    epoch: int
    leader: str
    from_s: float
    place: str


@dataclass(slots=True)
class _Terms:
    terms: list[Term] = field(default_factory=list)
    # when each effect was committed, under which epoch, and where that stands
    effects: list[tuple[float, int, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class EpochsGrow:
    """No effect was made under an old epoch, and each epoch belongs to one leader.

    Args:
        min_effects: the fewest effects from which anything may be concluded.
    """

    min_effects: int = 50
    kind: ClassVar[FindingKind] = FindingKind.SAFETY

    def judge(self, record: Record) -> Iterable[Finding]:
        """A FAIL for each breach, else one PASS."""
        speaker = Speaker(check="EpochsGrow", kind=self.kind)
        reader = Reader(record.history)
        seen = _read(reader)
        findings = [*_stale_effects(seen, record, speaker), *_disordered_terms(seen, speaker)]
        doubts = list(reader.damage)
        if len(seen.effects) < self.min_effects:
            doubts.append(f"{len(seen.effects)} effects are too few to conclude from ({self.min_effects} needed)")
        if not seen.terms:
            doubts.append("final.jsonl tells of no leadership term")
        findings += speaker.doubts(doubts)
        return findings or [
            speaker.says(
                Verdict.PASS,
                f"{counted(len(seen.effects), 'effect')} in {counted(len(seen.terms), 'leadership term')}, "
                "none under an old one.",
                observed=float(len(seen.terms)),
                evidence="final.jsonl",
            )
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaderUnchanged:
    """One leader held its term through the whole run: no election where none is due."""

    kind: ClassVar[FindingKind] = FindingKind.SAFETY

    def judge(self, record: Record) -> Iterable[Finding]:
        """A FAIL when terms began after the baseline did."""
        speaker = Speaker(check="LeaderUnchanged", kind=self.kind)
        started_s, ended_s = watched(record)
        reader = Reader(record.history)
        terms = sorted(_read(reader, effects=False).terms, key=lambda term: term.from_s)
        during = [term for term in terms if started_s < term.from_s <= ended_s]
        doubts = list(reader.damage)
        if not any(term.from_s <= started_s for term in terms):
            doubts.append("no leader is known from before the baseline")
        findings = [_elections(during, record, speaker)] if during else []
        findings += speaker.doubts(doubts)
        return findings or [
            speaker.says(
                Verdict.PASS,
                f"{terms[-1].leader} led all the time, as epoch {terms[-1].epoch}.",
                observed=0.0,
            )
        ]


def _elections(during: list[Term], record: Record, speaker: Speaker) -> Finding:
    first = during[0]
    return speaker.says(
        Verdict.FAIL,
        f"The lead was taken anew {counted(len(during), 'time')}, first by {first.leader} as epoch {first.epoch}, "
        f"with {fault_at(record, first.from_s)} on.",
        upper=0.0,
        observed=float(len(during)),
        evidence=first.place,
    )


def _read(reader: Reader, *, effects: bool = True) -> _Terms:
    seen, ended = _Terms(), False
    for place, line in reader.only(Stream.FINAL, "epoch", "end", *(["effect"] if effects else [])):
        if line.kind == "effect":
            seen.effects.append((float(line.data["at_s"]), int(line.data["epoch"]), place))
        elif line.kind == "epoch":
            seen.terms.append(_term(line, place))
        else:
            ended = True
    if not ended:
        reader.damage.append("final.jsonl has no end: the last read of the databases is incomplete")
    seen.effects.sort()
    return seen


def _term(line: Observation, place: str) -> Term:
    return Term(
        epoch=int(line.data["epoch"]),
        leader=str(line.data["leader"]),
        from_s=float(line.data["from_s"]),
        place=place,
    )


def _stale_effects(seen: _Terms, record: Record, speaker: Speaker) -> Iterator[Finding]:
    newest, stale = -1, []
    for at_s, epoch, place in seen.effects:
        if epoch < newest:
            stale.append((at_s, epoch, newest, place))
        newest = max(newest, epoch)
    if stale:
        at_s, epoch, after, place = stale[0]
        yield speaker.says(
            Verdict.FAIL,
            f"{counted(len(stale), 'effect')} under an old epoch, first epoch {epoch} after {after}, "
            f"with {fault_at(record, at_s)} on.",
            upper=0.0,
            observed=float(len(stale)),
            evidence=place,
        )


def _disordered_terms(seen: _Terms, speaker: Speaker) -> Iterator[Finding]:
    for before, after in pairwise(sorted(seen.terms, key=lambda term: (term.epoch, term.from_s))):
        if before.epoch == after.epoch:
            message = f"Epoch {after.epoch} was given twice, to {before.leader} and to {after.leader}."
        elif after.from_s < before.from_s:
            message = f"Epoch {after.epoch} began before epoch {before.epoch}: epochs did not grow."
        else:
            continue
        yield speaker.says(Verdict.FAIL, message, evidence=f"{before.place}, {after.place}")
