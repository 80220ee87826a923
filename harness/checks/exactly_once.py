"""Nothing acknowledged is lost, nothing is executed twice, nothing refused or unknown is executed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from harness.checks.client_log import FAIL, INFO, OK, ClientLog, read_client
from harness.checks.reading import Reader, Speaker, counted
from harness.checks.story import AT_MOST, stories
from harness.checks.tally import NEEDED, SHIPPING, Kept, kept
from harness.model import Finding, FindingKind, Record, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Breach:
    """One way to break the promise: a sentence, and the ids that broke it."""

    sentence: str
    ids: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExactlyOnce:
    """Every acknowledged request has exactly one effect, with its event, and reached the analytics store.

    A request that nobody knows of has at most one, a refused one none, and nothing is there that was not sent.
    Every effect was made under an epoch that existed, by the leader that held it.

    Args:
        min_ok: the fewest acknowledged requests from which anything may be concluded.
        min_filled_share: the least share of orders that were filled; a rejected one is not shipped, so a run of
            nothing else shows nothing about it.
        shipped: filled orders must have left the outbox and reached the analytics store.
        events: each execution must have its event; False for an application that writes none.
        epochs: each must have been made under an epoch, by its leader; False for an application without leaders.
    """

    min_ok: int = 50
    min_filled_share: float = 0.5
    shipped: bool = True
    events: bool = True
    epochs: bool = True
    kind: ClassVar[FindingKind] = FindingKind.SAFETY

    def judge(self, record: Record) -> Iterable[Finding]:
        """A FAIL for each kind of breach, an UNKNOWN for what cannot be told, else one PASS."""
        speaker = Speaker(check="ExactlyOnce", kind=self.kind)
        reader = Reader(record.history)
        left_out = {*(() if self.events else ("event",)), *(() if self.epochs else ("epoch",))}
        needed = {*record.expected.finals, *NEEDED, *(SHIPPING if self.shipped else ())} - left_out
        client, state = reader.once(read_client), kept(reader, needed)
        acknowledged = len(client.of(OK))
        doubts = list(reader.damage)
        if acknowledged < self.min_ok:
            doubts.append(
                f"{acknowledged} requests were acknowledged, too few to conclude from (at least {self.min_ok})"
            )
        if state.filled < self.min_filled_share * state.effects.total():
            doubts.append(f"{state.filled} of {state.effects.total()} orders were filled, too few to conclude from")
        breaches = [breach for breach in self._breaches(client, state) if breach.ids]
        told = stories(record, {one: None for breach in breaches for one in breach.ids[:AT_MOST]})
        findings = [_finding(breach, told, speaker) for breach in breaches]
        findings += speaker.doubts(doubts)
        return findings or [_passed(client, acknowledged, speaker)]

    def _breaches(self, client: ClientLog, state: Kept) -> Iterator[Breach]:
        yield Breach(sentence="executed more than once", ids=_twice(state))
        yield Breach(
            sentence="refused and executed all the same",
            ids=[one for one in client.of(FAIL) if one in state.effects],
        )
        if client.summary is not None:
            yield Breach(
                sentence="executed although nobody sent them",
                ids=[one for one in state.effects if one not in client.requests],
            )
            yield Breach(
                sentence="kept by the database although nobody sent them",
                ids=[one for one in state.accepted if one not in client.requests and one not in state.effects],
            )
        if state.finished:
            yield from self._missing(client, state)

    def _missing(self, client: ClientLog, state: Kept) -> Iterator[Breach]:
        acknowledged = dict.fromkeys(client.of(OK))
        if self.epochs:
            yield Breach(sentence="executed in the name of a leader that never was", ids=state.foreign)
        yield Breach(
            sentence="acknowledged and not in the database",
            ids=[one for one in acknowledged if one not in state.accepted],
        )
        yield Breach(
            sentence="acknowledged and never executed",
            ids=[one for one in acknowledged if one not in state.effects],
        )
        yield Breach(
            sentence="kept by the database and never executed",
            ids=[one for one in state.accepted if one not in state.effects and one not in acknowledged],
        )
        yield Breach(
            sentence="executed without having been kept",
            ids=[one for one in state.effects if one not in state.accepted],
        )
        if self.events:
            yield Breach(
                sentence="executed without their event",
                ids=[one for one in state.effects if one not in state.events],
            )
        yield Breach(sentence="recorded with rows that do not belong to their order", ids=state.mismatched)
        if self.shipped:
            yield Breach(sentence="still in the outbox after the drain", ids=state.unshipped)
            yield Breach(sentence="executed and never put into the outbox", ids=state.unqueued)
            yield Breach(sentence="executed and not in the analytics store", ids=state.unstored)
            yield Breach(sentence="rejected and shipped all the same", ids=state.undue)


def _twice(state: Kept) -> list[str]:
    """Ids with several effects, events, or rows in the analytics store; one alone gives it away."""
    found = (
        one
        for counts in (state.effects, state.events, state.queued, state.shipped)
        if counts.total() > len(counts)  # else each has one, as nearly always
        for one, n in counts.items()
        if n > 1
    )
    return list(dict.fromkeys(found))


def _finding(breach: Breach, told: Mapping[str, str], speaker: Speaker) -> Finding:
    number = len(breach.ids)
    named = ", ".join(breach.ids[:AT_MOST]) + (f" and {number - AT_MOST} more" if number > AT_MOST else "")
    return speaker.says(
        Verdict.FAIL,
        f"{counted(number, 'signal')} {'was' if number == 1 else 'were'} {breach.sentence}: {named}.",
        upper=0.0,
        observed=float(number),
        evidence="client.jsonl, final.jsonl",
        stories=tuple(told[one] for one in breach.ids[:AT_MOST]),
    )


def _passed(client: ClientLog, acknowledged: int, speaker: Speaker) -> Finding:
    message = (
        f"{counted(acknowledged, 'acknowledged signal')}, each executed exactly once; of {len(client.of(INFO))} with "
        f"no answer none was executed twice, and none of {len(client.of(FAIL))} refused ones was executed."
    )
    return speaker.says(Verdict.PASS, message, observed=float(acknowledged), evidence="client.jsonl, final.jsonl")
