"""Nothing is acknowledged while what would keep it is seen to be away."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from harness.checks.client_log import FAIL, OK, ClientLog, Request, read_client
from harness.checks.reading import Reader, Speaker, counted, fault_of, watched
from harness.checks.story import AT_MOST, stories
from harness.errors import EvidenceError
from harness.model import Finding, FindingKind, Record, Verdict
from harness.recorded import FaultWindow


@dataclass(frozen=True, slots=True, kw_only=True)
class NothingAcknowledged:
    """No request is acknowledged that was sent and answered while the record of all requests was away.

    An acknowledgement promises that the request is kept. With nothing there to keep it the promise is empty, also
    where it happens to come true later. What was sent before the fault was seen to be on, or answered after its
    healing began, says nothing.

    Args:
        fault: which of the scenario's faults takes the record away, from 0.
        together: further faults that have to be on with it before the record is away.
        only_target: it is away from one instance alone: the one that the fault's target begins with, before a colon.
        min_asked: the fewest requests sent meanwhile from which anything may be concluded.
    """

    fault: int = 0
    together: tuple[int, ...] = ()
    only_target: bool = False
    min_asked: int = 10
    kind: ClassVar[FindingKind] = FindingKind.SAFETY

    def judge(self, record: Record) -> Iterable[Finding]:
        """FAIL for acknowledgements, UNKNOWN where the outage was not seen or nobody asked, else PASS."""
        faults = [fault_of(number, "NothingAcknowledged", record) for number in (self.fault, *self.together)]
        outage = _outage(faults, faults[0].target.partition(":")[0] if self.only_target else "", record)
        speaker = Speaker(check="NothingAcknowledged", kind=self.kind, subject=outage.what)
        reader = Reader(record.history)
        client = reader.once(read_client)
        asked = outage.asked(client)
        promised = [one for one, request in asked.items() if outage.is_promise(request)]
        findings = [_broken(promised, asked, outage, record, speaker)] if promised else []
        if len(asked) < self.min_asked:
            few = f"with {outage.what} on {counted(len(asked), 'request')} went to {outage.whom}"
            findings += speaker.doubts([f"{few}, too few to conclude from (at least {self.min_asked})"])
        findings += speaker.doubts(reader.damage)
        return findings or [
            speaker.says(
                Verdict.PASS,
                f"With {outage.what} on {outage.whom} acknowledged none of {counted(len(asked), 'request')}.",
                upper=0.0,
                observed=0.0,
                evidence="client.jsonl",
            )
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Outage:
    """While the record was surely away, wall clock s; from one instance, or from all where it has no name."""

    what: str
    instance: str
    from_s: float
    until_s: float

    @property
    def whom(self) -> str:
        return self.instance or "the instances"

    def asked(self, client: ClientLog) -> dict[str, Request]:
        """The requests that were sent meanwhile, without those that surely never left."""
        return {
            one: request
            for one, request in client.requests.items()
            if request.sent_line
            and self.from_s < request.sent_s < self.until_s
            and self.instance in {"", request.to}
            and not (request.outcome == FAIL and request.status is None)
        }

    def is_promise(self, request: Request) -> bool:
        """True when it was acknowledged while the record was still away."""
        return request.outcome == OK and request.answered_s < self.until_s


def _outage(faults: list[FaultWindow], instance: str, record: Record) -> _Outage:
    """From when all the faults were seen to be on until the first began to heal.

    Raises:
        EvidenceError: one was not seen to take effect, or the run's times cannot be relied on.
    """
    until_s = watched(record)[1]
    for fault in faults:
        if fault.confirmed_s is None:
            raise EvidenceError(f"the {fault.kind} of {fault.target} was not seen to take effect: nothing was away")
    return _Outage(
        what=" and ".join(f"{fault.kind} of {fault.target}" for fault in faults),
        instance=instance,
        from_s=max(fault.confirmed_s for fault in faults if fault.confirmed_s is not None),
        until_s=min(until_s if fault.healed_s is None else fault.healed_s for fault in faults),
    )


def _broken(
    promised: list[str], asked: dict[str, Request], outage: _Outage, record: Record, speaker: Speaker
) -> Finding:
    named = [
        f"{one} by {request.to} (client.jsonl:{request.sent_line} and {request.answered_line})"
        for one in promised[:AT_MOST]
        for request in (asked[one],)
    ]
    more = f" and {len(promised) - AT_MOST} more" if len(promised) > AT_MOST else ""
    return speaker.says(
        Verdict.FAIL,
        f"With {outage.what} on {counted(len(promised), 'request')} of {len(asked)} "
        f"{'was' if len(promised) == 1 else 'were'} acknowledged, with nothing there to keep them: "
        f"{', '.join(named)}{more}.",
        upper=0.0,
        observed=float(len(promised)),
        evidence=f"client.jsonl:{asked[promised[0]].answered_line}",
        stories=tuple(stories(record, promised[:AT_MOST]).values()),
    )
