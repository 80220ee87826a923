"""Who led when, from the epochs that the database kept."""

from __future__ import annotations

from dataclasses import dataclass, field

from markupsafe import Markup

from harness.recorded import History, Observation, Stream
from harness.report.timeline.axis import Axis
from harness.report.timeline.lane import MOST_ROWS, ROW_BAR_PX, ROW_PX, Key, Lane, Stretch, row_title, row_y
from harness.report.timeline.recorded import collect, figure
from harness.report.timeline.svg import bar, joined, text

_CHAR_PX = 6.0
_MOST_EPOCHS = 500


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Epoch:
    """One term of a leader, from s since the epoch on."""

    from_s: float
    number: int
    leader: str


@dataclass(slots=True)
class Leaders:
    """Every epoch that was granted."""

    epochs: list[Epoch] = field(default_factory=list)
    gap: str = ""

    def take(self, seen: Observation) -> None:
        """Keep one line of the final reads."""
        if seen.kind == "epoch":
            from_s = figure(seen.data["from_s"])
            number, leader = int(seen.data["epoch"]), str(seen.data["leader"])
            self.epochs.append(Epoch(from_s=from_s, number=number, leader=leader))


def read_leaders(history: History) -> Leaders:
    """Read the epochs among the final reads of the databases."""
    leaders = Leaders()
    leaders.gap = collect(history, Stream.FINAL, leaders.take)
    return leaders


def leaders_lane(leaders: Leaders, axis: Axis) -> Lane:
    """One row a leader, a bar for each of its epochs; each lasts until the next one is granted."""
    terms = [term for term in _terms(leaders, axis) if term[2] > axis.start_s and term[1] < axis.end_s]
    if not terms:
        return Lane(name="leader", title="Leader", gap=leaders.gap, remark="no epoch was granted")
    names = sorted({epoch.leader for epoch, _, _ in terms})[:MOST_ROWS]
    more = f"only the last {_MOST_EPOCHS} epochs are drawn" if len(leaders.epochs) > _MOST_EPOCHS else ""
    return Lane(
        name="leader",
        title="Leader",
        height=len(names) * ROW_PX,
        body=joined(row_title(index, name) for index, name in enumerate(names))
        + joined(_bar(names.index(term[0].leader), term, axis) for term in terms if term[0].leader in names),
        keys=(Key(cls="lead", words="holds the epoch"),),
        gap=leaders.gap,
        remark=more,
        stretches=tuple(
            Stretch(words=f"{epoch.leader} leads, epoch {epoch.number}", from_s=from_s, to_s=to_s)
            for epoch, from_s, to_s in terms
        ),
    )


def _terms(leaders: Leaders, axis: Axis) -> list[tuple[Epoch, float, float]]:
    ordered = sorted(leaders.epochs)[-_MOST_EPOCHS:]
    ends = [*(epoch.from_s for epoch in ordered), axis.end_s][1:]
    return [(epoch, epoch.from_s, end_s) for epoch, end_s in zip(ordered, ends, strict=True)]


def _bar(row: int, term: tuple[Epoch, float, float], axis: Axis) -> Markup:
    epoch, from_s, to_s = term
    left, right, words = axis.x(from_s), axis.x(to_s), f"epoch {epoch.number}"
    drawn = bar(left, right - 1, row_y(row), ROW_BAR_PX, cls="lead", title=f"{epoch.leader}, {words}")
    fits = right - left > _CHAR_PX * len(words) + 8
    return drawn + text(left + 5, row_y(row) + 9.5, words, "in-bar") if fits else drawn
