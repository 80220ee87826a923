"""What is held is what all movements add up to: nothing was moved and not booked, or booked and not moved."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from math import fsum
from typing import Any, ClassVar

from harness.checks.reading import Reader, Speaker, counted, finite
from harness.model import Finding, FindingKind, Record, Verdict
from harness.recorded import Stream

_Sums = defaultdict[str, defaultdict[str, list[float]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Balanced:
    """In the last read each account holds, of every amount, the sum of its movements.

    Args:
        holding: kind of the rows that say what an account holds.
        movement: kind of the rows that say what was moved, each once.
        by: the field that names the account, in both.
        amounts: the fields that have to add up, each by itself, in both.
        tolerance: how far a sum may be off, in the amounts' own units.
        min_movements: the fewest from which anything may be concluded.
    """

    holding: str
    movement: str
    by: str
    amounts: tuple[str, ...]
    tolerance: float = 0.01
    min_movements: int = 50
    kind: ClassVar[FindingKind] = FindingKind.SAFETY

    def judge(self, record: Record) -> Iterable[Finding]:
        """A FAIL for each account that is off, an UNKNOWN for what cannot be told, else one PASS."""
        speaker = Speaker(check="Balanced", kind=self.kind)
        reader = Reader(record.history)
        held, moved, doubts = self._read(reader)
        movements = sum(len(next(iter(sums.values()))) for sums in moved.values())
        if movements < self.min_movements:
            doubts.append(
                f"{counted(movements, self.movement)} moved something, too few to conclude from "
                f"(at least {self.min_movements})"
            )
        # Half a read shows no breach either: the movement that is missing may be the one that was not read.
        findings = [] if reader.damage else list(self._off(held, moved, speaker))
        findings += speaker.doubts([*reader.damage, *doubts])
        return findings or [
            speaker.says(
                Verdict.PASS,
                f"What {counted(len(held), self.holding)} hold is what {counted(movements, self.movement)} add up to, "
                f"to {self.tolerance:g}.",
                observed=float(len(held)),
                upper=self.tolerance,
                evidence="final.jsonl",
            )
        ]

    def _read(self, reader: Reader) -> tuple[_Sums, _Sums, list[str]]:
        """Amounts by account and name, of what is held and of what was moved, and why they cannot be relied on."""
        if not self.amounts:
            return _sums(), _sums(), ["no amount is named that has to add up"]
        held, moved = _sums(), _sums()
        counts: Counter[str] = Counter()
        told: Mapping[str, Any] | None = None
        doubts = []
        for place, seen in reader.only(Stream.FINAL, self.holding, self.movement, "end"):
            if seen.kind == "end":
                told = seen.data["counts"]
                continue
            counts[seen.kind] += 1
            account = str(seen.data[self.by])
            into = held if seen.kind == self.holding else moved
            if seen.kind == self.holding and account in held:
                doubts.append(f"{place}: {account} is held twice, which cannot be: the evidence is damaged")
            for name in self.amounts:
                into[account][name].append(finite(seen.data[name], f"{name} of {account} ({place})"))
        if told is None:
            reader.damage.append("final.jsonl has no end: the last read of the databases is incomplete")
        elif any(told.get(kind) != counts[kind] for kind in (self.holding, self.movement)):
            kinds = f"{self.holding} and {self.movement}"
            reader.damage.append(f"final.jsonl does not have as many rows of {kinds} as it says were read")
        return held, moved, doubts

    def _off(self, held: _Sums, moved: _Sums, speaker: Speaker) -> Iterator[Finding]:
        for account in sorted({*held, *moved}):
            has = {name: fsum(held[account][name]) for name in self.amounts}
            due = {name: fsum(moved[account][name]) for name in self.amounts}
            off = {name: abs(has[name] - due[name]) for name in self.amounts}
            worst = max(off.values())
            if worst > self.tolerance:
                told = ", ".join(
                    f"{has[name]:.4f} of {name} in place of {due[name]:.4f}"
                    for name in self.amounts
                    if off[name] > self.tolerance
                )
                yield speaker.says(
                    Verdict.FAIL,
                    f"{account} holds {told}, as its movements add up to: it is off by more than {self.tolerance:g}.",
                    upper=self.tolerance,
                    observed=round(worst, 6),
                    evidence="final.jsonl",
                    subject=account,
                )


def _sums() -> _Sums:
    return defaultdict(lambda: defaultdict(list))
