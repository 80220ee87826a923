"""After the last fault healed every service is well again, in time and for good."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar

from harness.checks.reading import Reader, Speaker, watched
from harness.errors import EvidenceError
from harness.measures import Measure
from harness.model import Finding, FindingKind, Record, Verdict
from harness.recorded import Observation, RuleTiming, Stream

CALL_S = 2.0  # the probe waits so long for an answer before it asks again


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovered:
    """Every service says that it is well within the bound after the last confirmed heal, and stays so.

    Without a fault it has to be well from the baseline on.

    Args:
        within_s: the bound, production s.
        mode: the mode that every service must say it is in; empty to ignore it.
        min_samples: the fewest samples a service must have after the heal.
    """

    within_s: float
    mode: str = "normal"
    min_samples: int = 3
    kind: ClassVar[FindingKind] = FindingKind.LIVENESS

    def judge(self, record: Record) -> Iterable[Finding]:
        """One finding a service."""
        speaker = Speaker(check="Recovered", kind=self.kind)
        healed_s = _healed(record)
        within_s = self.within_s / record.time_scale if record.faults else 0.0
        reader = Reader(record.history)
        samples = health_by_service(reader)
        if not record.expected.services:
            return speaker.doubts([*reader.damage, "the plan names no service whose health is owed"])
        services = sorted({*record.expected.services, *samples})
        after = {service: [one for one in samples.get(service, ()) if one.wall_s >= healed_s] for service in services}
        findings = [self._of_service(service, seen, healed_s, within_s, speaker) for service, seen in after.items()]
        holes = [hole for service, seen in after.items() for hole in _holes(service, seen, healed_s, record)]
        return [*findings, *speaker.doubts([*reader.damage, *holes])]

    def settles_within_s(self, rules: tuple[RuleTiming, ...], time_scale: float) -> float:
        """How long after the confirmed heal the services may still take, real s."""
        del rules
        return self.within_s / time_scale

    def _of_service(
        self, service: str, seen: list[Observation], healed_s: float, within_s: float, speaker: Speaker
    ) -> Finding:
        if len(seen) < self.min_samples:
            message = f"{service} was asked for its health {len(seen)} times after the heal, too few to tell."
            return speaker.says(Verdict.UNKNOWN, message, subject=service, evidence="health.jsonl")
        bad = [at for at, sample in enumerate(seen) if not self._is_well(sample)]
        last_bad = bad[-1] if bad else -1
        late_s = seen[last_bad].wall_s - healed_s if bad else 0.0
        back_s = seen[last_bad + 1].wall_s - healed_s if last_bad + 1 < len(seen) else None
        verdict, message = _judged(service, late_s, back_s, within_s, was_bad=bool(bad))
        return speaker.says(
            verdict,
            message,
            lower=0.0,
            upper=round(within_s, 3),
            observed=round(back_s if bad and back_s is not None else late_s, 3),
            evidence="health.jsonl",
            subject=service,
            measure=Measure.TIME_TO_RECOVER_S if bad and back_s is not None else None,
        )

    def _is_well(self, sample: Observation) -> bool:
        body = sample.data.get("body")
        mode = body.get("mode") if isinstance(body, Mapping) else None
        return bool(sample.data.get("ok")) and (not self.mode or mode == self.mode)


def _holes(service: str, seen: list[Observation], healed_s: float, record: Record) -> list[str]:
    """A sentence where a service was not asked often enough, up to the end, to say that it stayed well."""
    if "health_every_s" not in record.settings:
        raise EvidenceError("the run's settings have no health_every_s")
    longest_s = 2 * record.settings["health_every_s"] + CALL_S
    until_s = watched(record)[1]
    times = [healed_s, *(one.wall_s for one in seen if one.wall_s < until_s), until_s]
    hole_s = max(after - before for before, after in pairwise(times))
    if hole_s <= longest_s:
        return []
    return [f"{service} was not asked for {hole_s:.2f} s; without an answer each {longest_s:.2f} s nobody knows."]


def _judged(
    service: str, last_bad_s: float, back_s: float | None, within_s: float, *, was_bad: bool
) -> tuple[Verdict, str]:
    if not was_bad:
        return Verdict.PASS, f"{service} was well in every sample."
    if last_bad_s > within_s:
        return Verdict.FAIL, f"{service} was still not well {last_bad_s:.2f} s after the heal."
    if back_s is None:
        return (
            Verdict.UNKNOWN,
            f"{service} was not well in its last sample, and the run ended before its bound.",
        )
    if back_s > within_s:
        message = f"{service} became well between {last_bad_s:.2f} and {back_s:.2f} s after the heal: it was not"
        return Verdict.UNKNOWN, f"{message} asked often enough to tell whether that is in time."
    return Verdict.PASS, f"{service} was well again {back_s:.2f} s after the heal and stayed so."


def _healed(record: Record) -> float:
    if not record.faults:
        return watched(record)[0]
    healed = [fault.confirmed_healed_s for fault in record.faults]
    seen = [moment for moment in healed if moment is not None]
    if len(seen) < len(healed):
        raise EvidenceError("a fault was not seen to heal: recovery has no beginning")
    return max(seen)


def health_by_service(reader: Reader) -> dict[str, list[Observation]]:
    """The samples of each service's health, in the order in which they were taken."""
    samples: dict[str, list[Observation]] = defaultdict(list)
    for seen in reader.lines(Stream.HEALTH):
        if seen.kind == "sample":
            samples[str(seen.data.get("service"))].append(seen)
    return samples
