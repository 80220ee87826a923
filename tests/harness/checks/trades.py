"""Histories of signals: what the client was told and what the databases held in the end."""

from __future__ import annotations

from collections import Counter

from harness.recorded import Stream
from tests.harness.checks.story import BEGIN_S, Story


class Trades:
    """Builds the client's stream and the last read of the databases."""

    def __init__(self, *, leader: str = "trading-1", epoch: int = 1) -> None:
        self.story = Story()
        self._counts: Counter[str] = Counter()
        self._sent = 0
        self._answered = 0
        self._outcomes: Counter[str] = Counter()
        self.term(epoch=epoch, leader=leader, from_s=-50.0)

    def sent(
        self, signal: str, outcome: str | None, *, at_s: float = 10.0, to: str = "trading-1", after_s: float = 0.01
    ) -> Trades:
        """The client sent a signal; `outcome` is ok, fail, info, unsent, or None where nothing came back.

        It was due when it was sent, and its outcome known `after_s` seconds later.
        """
        self._sent += 1
        self.story.line(Stream.CLIENT, "invoke", at_s, {"id": signal, "due_s": BEGIN_S + at_s, "to": to})
        if outcome:
            status = {"ok": 201, "fail": 503}.get(outcome)
            self._answered += status is not None
            outcome = "fail" if outcome == "unsent" else outcome
            answer = {"id": signal, "ms": 1000 * after_s, "status": status}
            self.story.line(Stream.CLIENT, outcome, at_s + after_s, answer)
            self._outcomes[outcome] += 1
        return self

    def accepted(self, signal: str) -> Trades:
        """The database holds the signal."""
        return self._row("accepted", id=signal)

    def executed(
        self,
        signal: str,
        *,
        effect: str = "",
        epoch: int = 1,
        by: str = "trading-1",
        at_s: float = 11.0,
        shipped: bool = True,
        event: bool = True,
        status: str = "filled",
    ) -> Trades:
        """An effect of the signal with all that belongs to it."""
        effect = effect or f"order-{signal}"
        one = {"id": signal, "effect_id": effect}
        self._row("effect", **one, epoch=epoch, by=by, at_s=BEGIN_S + at_s, status=status)
        if event:
            self._row("event", **one, event_id=f"event-{effect}", epoch=epoch)
        if status == "filled":
            self._row("outbox", **one, event_id=f"event-{effect}", shipped=shipped)
            if shipped:
                self._row("shipped", **one, event_id=f"event-{effect}")
        return self

    def done(self, signal: str, *, epoch: int = 1, by: str = "trading-1", at_s: float = 11.0) -> Trades:
        """A signal as it should go: acknowledged, accepted, executed once."""
        return self.sent(signal, "ok", at_s=at_s - 1).accepted(signal).executed(signal, epoch=epoch, by=by, at_s=at_s)

    def term(self, *, epoch: int, leader: str, from_s: float) -> Trades:
        """A leadership term."""
        return self._row("epoch", epoch=epoch, leader=leader, from_s=BEGIN_S + from_s)

    def end(self) -> Story:
        """The story with both streams closed."""
        summary = {
            "scheduled": self._sent,
            "sent": self._sent,
            "completed": self._answered,
            **{kind: self._outcomes[kind] for kind in ("ok", "fail", "info")},
            "dropped": 0,
            "lateness_ms": {"p50": 0.1, "p99": 1.0, "max": 2.0},
        }
        self.story.line(Stream.CLIENT, "summary", 590.0, summary)
        kinds = ("accepted", "effect", "event", "outbox", "shipped", "epoch")
        counts = {kind: self._counts[kind] for kind in kinds}
        self.story.line(Stream.FINAL, "end", 595.0, {"counts": counts})
        return self.story

    def _row(self, kind: str, **fields: object) -> Trades:
        self._counts[kind] += 1
        self.story.line(Stream.FINAL, kind, 590.0, fields)
        return self
