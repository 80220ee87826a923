"""What the evidence holds that right answers follow from: rows, the services' own word, samples of Prometheus."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from itertools import accumulate
from math import inf
from typing import Any, TypeVar, cast

from harness.checks.client_log import OK, read_client
from harness.checks.reading import Reader, finite
from harness.errors import EvidenceError
from harness.model import Record
from harness.recorded import Stream

T = TypeVar("T")
CLIENT = "client"
SCRAPE_DURATION = "scrape_duration_seconds"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row of evidence and where it stands."""

    data: Mapping[str, Any]
    place: str

    def number(self, name: str) -> float:
        """A figure of it.

        Raises:
            EvidenceError: it is missing or no number.
        """
        if name not in self.data:
            raise EvidenceError(f"{self.place} has no {name}: a right answer cannot follow from it")
        return finite(self.data[name], f"{self.place}: {name}")

    def known(self, name: str) -> bool:
        """Whether a field has a value.

        Raises:
            EvidenceError: there is no such field: whoever read the row did not ask.
        """
        if name not in self.data:
            raise EvidenceError(f"{self.place} has no {name}: a right answer cannot follow from it")
        return self.data[name] is not None

    def word(self, name: str) -> str:
        """A word of it.

        Raises:
            EvidenceError: it is missing.
        """
        if name not in self.data:
            raise EvidenceError(f"{self.place} has no {name}: a right answer cannot follow from it")
        return str(self.data[name])


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """One service's own word, said at some moment between two times, wall clock s."""

    from_s: float
    until_s: float
    data: Mapping[str, Any]
    place: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Samples:
    """One series as Prometheus recorded it, in the order of its times."""

    labels: Mapping[str, str]
    times: tuple[float, ...]
    values: tuple[float, ...]
    place: str


@dataclass(slots=True, kw_only=True)
class Facts:
    """The evidence of one run, each part read when it is first asked for.

    Args:
        record: the run.
        reader: remembers damage.
        allowance_s: what a busy machine takes for what is due at once: the way from a commit into a counter, of a
            scrape into the store, of an answer through a socket.
    """

    record: Record
    reader: Reader
    allowance_s: float
    _made: dict[Hashable, Any] = field(default_factory=dict)

    def once(self, key: Hashable, make: Callable[[], T]) -> T:
        """What `make` makes, made once."""
        if key not in self._made:
            self._made[key] = make()
        return cast("T", self._made[key])

    def setting(self, name: str) -> float:
        """A timing of the run, real s.

        Raises:
            EvidenceError: it has none of that name.
        """
        if name not in self.record.settings:
            raise EvidenceError(f"the run's settings have no {name}")
        return self.record.settings[name]

    @property
    def scrape_s(self) -> float:
        """How far Prometheus' scrapes lie apart, real s."""
        return self.setting("scrape_interval_s")

    def rows(self, kind: str) -> list[Row]:
        """The last rows of a kind, or for `CLIENT` the requests that were accepted.

        Raises:
            EvidenceError: such rows were not read.
        """
        if kind == CLIENT:
            return self.once(CLIENT, self._requests)
        final = self.once("final", self._final)
        if kind not in final:
            raise EvidenceError(f"final.jsonl has no rows of {kind}: a right answer cannot follow from them")
        return final[kind]

    def _final(self) -> dict[str, list[Row]]:
        rows: dict[str, list[Row]] = defaultdict(list)
        counts: Mapping[str, int] | None = None
        for place, seen in self.reader.numbered(Stream.FINAL):
            if seen.kind == "end":
                counts = dict(seen.data["counts"])
            else:
                rows[seen.kind].append(Row(data=seen.data, place=place))
        if counts is None or {kind: len(found) for kind, found in rows.items()} != {
            k: n for k, n in counts.items() if n
        }:
            raise EvidenceError("final.jsonl is not whole: the last read of the databases is incomplete")
        return {kind: rows[kind] for kind in counts}

    def _requests(self) -> list[Row]:
        """Each accepted request: sent at `at_s`, acknowledged at `by_s` (None where nobody was told), to `by`."""
        accepted = {row.word("id") for row in self.rows("accepted")}
        return [
            Row(
                data={
                    "id": name,
                    "at_s": request.sent_s,
                    "by_s": request.answered_s if request.outcome == OK else None,
                    "due_s": request.due_s,
                    "by": request.to,
                },
                place=f"client.jsonl:{request.sent_line}",
            )
            for name, request in self.reader.once(read_client).requests.items()
            if request.outcome == OK or name in accepted
        ]

    def health(self) -> Mapping[str, list[Health]]:
        """Every sample of each service, in order.

        Raises:
            EvidenceError: a service that owes its word gave none.
        """
        return self.once("health", self._health)

    def _health(self) -> Mapping[str, list[Health]]:
        said: dict[str, list[Health]] = {name: [] for name in self.record.expected.services}
        for place, seen in self.reader.only(Stream.HEALTH, "sample"):
            took_s = finite(seen.data["ms"], f"{place}: ms", at_least=0.0) / 1000
            one = Health(from_s=seen.wall_s - took_s, until_s=seen.wall_s, data=seen.data, place=place)
            said.setdefault(str(seen.data["service"]), []).append(one)
        if silent := [name for name, samples in said.items() if not samples]:
            raise EvidenceError(f"health.jsonl has no word of {', '.join(silent)}")
        return said

    def said(self, service: str, from_s: float, until_s: float) -> list[Health]:
        """What a service said around a window, from the sample before to the one after; nothing without both."""
        samples = self.health()[service]
        starts = self.once(("starts", service), lambda: [one.from_s for one in samples])
        ends = self.once(("ends", service), lambda: [one.until_s for one in samples])
        first, last = bisect_right(ends, from_s) - 1, bisect_left(starts, until_s)
        return samples[first : last + 1] if first >= 0 and last < len(samples) else []

    def samples(self, metric: str) -> list[Samples]:
        """Every series of a metric, as recorded for the panels.

        Raises:
            EvidenceError: it was not recorded.
        """
        found = self.once("series", self._series).get(metric)
        if not found:
            raise EvidenceError(f"series.jsonl has no {metric}: what Prometheus told the panel is not known")
        return found

    def _series(self) -> dict[str, list[Samples]]:
        found: dict[str, list[Samples]] = defaultdict(list)
        ended = False
        for place, seen in self.reader.only(Stream.SERIES, "shown", "end"):
            ended = ended or seen.kind == "end"
            if seen.kind == "end":
                continue
            labels = dict(seen.data["labels"])
            found[str(labels.pop("__name__"))].append(
                Samples(
                    labels={str(name): str(label) for name, label in labels.items()},
                    times=tuple(finite(at, f"{place}: a time", at_least=0.0) for at, _ in seen.data["samples"]),
                    values=tuple(finite(value, f"{place}: a sample") for _, value in seen.data["samples"]),
                    place=place,
                )
            )
        if not ended:
            raise EvidenceError("series.jsonl has no end: the record of the series is incomplete")
        return dict(found)

    def reached(self, instance: str, from_s: float, until_s: float) -> bool:
        """Whether every scrape of an instance that panels can have shown in a window got an answer.

        Raises:
            EvidenceError: the scrapes were not recorded.
        """
        return all(up == 1 for at, up in self._ups(instance) if from_s - self.scrape_s <= at <= until_s)

    def scrape_ends(self, instance: str) -> tuple[float, ...]:
        """By when each of the `scrapes` had read what it shows: its own time and how long it took.

        Raises:
            EvidenceError: the scrapes were not recorded.
        """
        return self.once(("scrape ends", instance), lambda: self._scrape_ends(instance))

    def _scrape_ends(self, instance: str) -> tuple[float, ...]:
        took_s = {
            at: length_s
            for one in self.samples(SCRAPE_DURATION)
            if one.labels.get("instance") == instance
            for at, length_s in zip(one.times, one.values, strict=True)
        }
        return tuple(at + took_s.get(at, self.allowance_s) for at in self.scrapes(instance))

    def stored_s(self, labels: Mapping[str, str], asked_s: float) -> float:
        """The newest scrape of a target whose samples surely were in the store when somebody asked; its own time.

        Samples bear the time at which their scrape began and are stored when it ended: one that times out is stored
        that much later.

        Args:
            labels: of the target, or of a series of it.
            asked_s: when the store was asked, wall clock s.

        Returns:
            Wall clock s; minus infinity if there was none.

        Raises:
            EvidenceError: how long scrapes took was not recorded.
        """
        ends, newest = self.once(("stored", frozenset(labels.items())), lambda: self._stored(labels))
        ended = bisect_right(ends, asked_s - self.allowance_s)
        return newest[ended - 1] if ended else -inf

    def _stored(self, labels: Mapping[str, str]) -> tuple[list[float], list[float]]:
        """When scrapes ended, in order, and the newest of all that had ended by then."""
        ended = sorted(
            (at + took_s, at)
            for one in self.samples(SCRAPE_DURATION)
            if all(labels.get(name, label) == label for name, label in one.labels.items())
            for at, took_s in zip(one.times, one.values, strict=True)
        )
        return [end_s for end_s, _ in ended], list(accumulate((at for _, at in ended), max))

    def failed_before_s(self, instance: str, until_s: float) -> float:
        """When the newest scrape of an instance before a time failed, as it may have been down; minus infinity if none.

        Raises:
            EvidenceError: the scrapes were not recorded.
        """
        failed = self.once(("failed", instance), lambda: self._failed(instance))
        at = bisect_left(failed, until_s)
        return failed[at - 1] if at else -inf

    def _failed(self, instance: str) -> list[float]:
        return [at for at, up in self._ups(instance) if up != 1]

    def scrapes(self, instance: str) -> tuple[float, ...]:
        """When Prometheus scraped an instance and got an answer, wall clock s.

        Raises:
            EvidenceError: that was not recorded.
        """
        return self.once(("scrapes", instance), lambda: self._scrapes(instance))

    def _scrapes(self, instance: str) -> tuple[float, ...]:
        if not (ups := self._ups(instance)):
            raise EvidenceError(f"series.jsonl has no scrape of {instance}")
        return tuple(at for at, up in ups if up == 1)

    def _ups(self, instance: str) -> list[tuple[float, float]]:
        """Each scrape of an instance, and whether it was answered (1), in order."""
        return self.once(
            ("up", instance),
            lambda: sorted(
                pair
                for one in self.samples("up")
                if one.labels.get("instance") == instance
                for pair in zip(one.times, one.values, strict=True)
            ),
        )
