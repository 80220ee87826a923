"""The parts of a run that traffic is judged by: before the faults, with them on, and after; wall clock s."""

from __future__ import annotations

from dataclasses import dataclass

from harness.checks.reading import traffic_until, watched
from harness.errors import EvidenceError
from harness.model import Record
from harness.recorded import FaultWindow


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A stretch of the run; a steady one has one state of affairs, the others lie between two.

    One after a heal may be brief: it lasts until the alerts are over.
    """

    name: str
    from_s: float
    until_s: float
    steady: bool = True
    after_heal: bool = False

    @property
    def length_s(self) -> float:
        """How long it is, s."""
        return max(0.0, self.until_s - self.from_s)


def spans(record: Record) -> tuple[Span, ...]:
    """From the start of the baseline until the traffic was stopped, without a gap and in order.

    Raises:
        EvidenceError: a phase is missing, or a fault was not seen to take effect and heal.
    """
    from_s, until_s = watched(record)[0], traffic_until(record)
    if not record.faults:
        return (Span(name="in the whole run", from_s=from_s, until_s=until_s),)
    numbers = sorted({fault.act for fault in record.faults})
    acts = [[fault for fault in record.faults if fault.act == number] for number in numbers]
    found: list[Span] = []
    for number, faults in enumerate(acts, start=1):
        found += _act(faults, f" of act {number}" if len(acts) > 1 else "", from_s, is_first=number == 1)
        from_s = found[-1].until_s
    return (*found, Span(name="after the heal", from_s=from_s, until_s=until_s, after_heal=True))


def _act(faults: list[FaultWindow], of: str, from_s: float, *, is_first: bool) -> tuple[Span, ...]:
    """From the end of the act before until this one is healed."""
    asked_s = min(fault.asked_s for fault in faults)
    name = "before the fault" if is_first else f"before the fault{of}"
    before = Span(name=name, from_s=from_s, until_s=asked_s, after_heal=not is_first)
    if any(fault.timed for fault in faults):
        healed_s = max(_seen(fault.confirmed_healed_s) for fault in faults)
        return before, Span(name=f"while faults{of} came and went", from_s=asked_s, until_s=healed_s, steady=False)
    confirmed_s = max(_seen(fault.confirmed_s) for fault in faults)
    healing_s = min(_seen(fault.healed_s) for fault in faults)
    healed_s = max(_seen(fault.confirmed_healed_s) for fault in faults)
    return (
        before,
        Span(name=f"while the fault{of} took effect", from_s=asked_s, until_s=confirmed_s, steady=False),
        Span(name=f"with the fault{of} on", from_s=confirmed_s, until_s=healing_s),
        Span(name=f"while the fault{of} healed", from_s=healing_s, until_s=healed_s, steady=False),
    )


def _seen(moment_s: float | None) -> float:
    if moment_s is None:
        raise EvidenceError("a fault was not seen to take effect and heal: before and after cannot be told apart")
    return moment_s
