"""Prometheus and Alertmanager as clockwork: scrapes and evaluations on grids with any offset, in whole ms.

It follows Prometheus' alerting rule (package rules, `AlertingRule.Eval`): a series that becomes true is pending
since this evaluation, fires at the first one at which `for` has passed, and after it became false keeps firing
until `keep_firing_for` has passed since the first false evaluation. Alertmanager flushes a new group after
group_wait and then each group_interval (package dispatch, `aggrGroup.run`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Clockwork:
    """All in ms. `scrape_takes` is how long after its start a scrape's sample can be seen."""

    scrape: int
    scrape_offset: int
    scrape_takes: int
    evaluation: int
    evaluation_offset: int
    hold: int
    keep: int
    window: int
    group_wait: int
    group_interval: int

    def life(self, true_from: int, true_until: int) -> Life:
        """What happens to an alert whose condition holds from one moment to another."""
        seen = self._seen(true_from, true_until)
        active: int | None = None
        pending = firing = kept_since = -1
        for number in range(5_000):
            now = self.evaluation_offset + number * self.evaluation
            if seen(now):
                kept_since = -1
                if active is None:
                    active = pending = now
            elif firing >= 0:
                kept_since = now if kept_since < 0 else kept_since
                if now - kept_since >= self.keep:
                    return self._told(pending, firing, now)
            if active is not None and firing < 0 and now - active >= self.hold:
                firing = now
        raise AssertionError("the alert never resolved")

    def _seen(self, true_from: int, true_until: int) -> Callable[[int], bool]:
        def true_at(sample: int) -> bool:
            return true_from <= sample < true_until

        def seen(now: int) -> bool:
            newest = (now - self.scrape_takes - self.scrape_offset) // self.scrape
            sample = self.scrape_offset + newest * self.scrape
            oldest = now - self.window if self.window else sample
            while sample >= oldest:
                if true_at(sample):
                    return True
                sample -= self.scrape
            return False

        return seen

    def _told(self, pending: int, firing: int, resolved: int) -> Life:
        notified = firing + self.group_wait
        ticks = max(0, -(-(resolved - notified) // self.group_interval))
        return Life(
            pending=pending,
            firing=firing,
            notified=notified,
            resolved=resolved,
            resolved_notified=notified + ticks * self.group_interval,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """When each step happened, ms."""

    pending: int
    firing: int
    notified: int
    resolved: int
    resolved_notified: int
