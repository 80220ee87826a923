"""The timeline of a scenario: fault, traffic, alerts, notifications, panels and health on one time axis."""

from harness.report.timeline.draw import Timeline, draw

__all__ = ["Timeline", "draw"]
