"""Leadership terms only grow, and nothing is done in the name of an old one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice, pairwise
from typing import ClassVar

from harness.checks.final_log import Effect, Term, read_final
from harness.checks.reading import Reader, Speaker, counted, fault_at, watched
from harness.checks.story import AT_MOST, stories
from harness.model import Finding, FindingKind, Record, Verdict

# A commit and the begin of a term are both on the database's clock; an order's time is taken before its commit.
TERM_ALLOWANCE_S = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """Leadership terms in the order of their begin, and all effects in the order of their commit.

    Args:
        terms, effects: the rows.
        ended: whether the read of them came to its end.
    """

    terms: Sequence[Term]
    effects: Sequence[Effect]
    ended: bool


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
        seen = reader.once(read_terms)
        findings = [*_stale_effects(seen, record, speaker), *_disordered_terms(seen, speaker)]
        if seen.ended and seen.terms:
            findings += _foreign_effects(seen, record, speaker)
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
        seen = reader.once(read_terms)
        terms = seen.terms
        during = [term for term in terms if started_s < term.from_s <= ended_s]
        doubts = list(reader.damage)
        before = [term for term in terms if term.from_s <= started_s]
        acts = [effect for effect in seen.effects if started_s <= effect.at_s <= ended_s]
        if not before:
            doubts.append("no leader is known from before the baseline")
        if not acts:
            doubts.append("nothing was executed in the run, so nobody was seen to lead")
        findings = [_elections(during, record, speaker)] if during else []
        if before and not during:
            findings += _usurped(before[-1], acts, record, speaker)
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
    # Nobody acts twice by an election; that it came says that a lease was not renewed in time.
    return replace(speaker, kind=FindingKind.LIVENESS).says(
        Verdict.FAIL,
        f"The lead was taken anew {counted(len(during), 'time')}, first by {first.leader} as epoch {first.epoch}, "
        f"with {fault_at(record, first.from_s)} on.",
        upper=0.0,
        observed=float(len(during)),
        evidence=first.place,
    )


def _usurped(term: Term, acts: Sequence[Effect], record: Record, speaker: Speaker) -> Iterator[Finding]:
    """Effects by somebody else than the one who is said to have led."""
    wrong = [act for act in acts if (act.epoch, act.by) != (term.epoch, term.leader)]
    if wrong:
        first = wrong[0]
        yield speaker.says(
            Verdict.FAIL,
            f"{term.leader} led as epoch {term.epoch}, and {first.by} executed {counted(len(wrong), 'signal')} as "
            f"epoch {first.epoch}, with {fault_at(record, first.at_s)} on.",
            upper=0.0,
            observed=float(len(wrong)),
            evidence=first.place,
            stories=_stories(record, (row.id for row in wrong)),
        )


def read_terms(reader: Reader) -> Terms:
    """Leadership terms and effects of the last read of the databases; what is damaged is told by the reader."""
    log = reader.once(read_final)
    return Terms(
        terms=sorted(log.terms, key=lambda term: (term.from_s, term.epoch)),
        effects=sorted(log.effects, key=lambda effect: (effect.at_s, effect.epoch)),
        ended=log.claimed is not None,
    )


def _stale_effects(seen: Terms, record: Record, speaker: Speaker) -> Iterator[Finding]:
    newest, stale = -1, list[tuple[Effect, int]]()
    for effect in seen.effects:
        if effect.epoch < newest:
            stale.append((effect, newest))
        newest = max(newest, effect.epoch)
    if stale:
        first, after = stale[0]
        yield speaker.says(
            Verdict.FAIL,
            f"{counted(len(stale), 'effect')} under an old epoch, first epoch {first.epoch} after {after}, "
            f"with {fault_at(record, first.at_s)} on.",
            upper=0.0,
            observed=float(len(stale)),
            evidence=first.place,
            stories=_stories(record, (row.id for row, _ in stale)),
        )


def _foreign_effects(seen: Terms, record: Record, speaker: Speaker) -> Iterator[Finding]:
    """Effects that are not of the newest term at their time, or not by its leader."""
    terms, newest, wrong = seen.terms, -1, list[Effect]()
    for effect in seen.effects:
        while newest + 1 < len(terms) and terms[newest + 1].from_s < effect.at_s - TERM_ALLOWANCE_S:
            newest += 1
        at = max(newest, 0)
        while at < len(terms) and terms[at].from_s <= effect.at_s + TERM_ALLOWANCE_S:
            if (terms[at].epoch, terms[at].leader) == (effect.epoch, effect.by):
                break
            at += 1
        else:
            wrong.append(effect)
    if wrong:
        first = wrong[0]
        yield speaker.says(
            Verdict.FAIL,
            f"{counted(len(wrong), 'effect')} not in the name of the leader of their time, first {first.by} as epoch "
            f"{first.epoch}, with {fault_at(record, first.at_s)} on.",
            upper=0.0,
            observed=float(len(wrong)),
            evidence=first.place,
            stories=_stories(record, (row.id for row in wrong)),
        )


def _stories(record: Record, ids: Iterable[str]) -> tuple[str, ...]:
    return tuple(stories(record, islice(ids, AT_MOST)).values())


def _disordered_terms(seen: Terms, speaker: Speaker) -> Iterator[Finding]:
    for before, after in pairwise(sorted(seen.terms, key=lambda term: (term.epoch, term.from_s))):
        if before.epoch == after.epoch:
            message = f"Epoch {after.epoch} was given twice, to {before.leader} and to {after.leader}."
        elif after.from_s < before.from_s:
            message = f"Epoch {after.epoch} began before epoch {before.epoch}: epochs did not grow."
        else:
            continue
        yield speaker.says(Verdict.FAIL, message, evidence=f"{before.place}, {after.place}")
