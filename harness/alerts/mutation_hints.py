"""What a unit test would have to show for a mutant to be found out."""

from __future__ import annotations

from harness.alerts.mutants import Mutant

_HINTS = {
    "comparison": "a value just at the threshold, and one on either side of it, each with what the alert does then",
    "number": "a value between {before} and {after}, and what the alert does at it",
    "matcher": "series that {before} keeps out and that would change the outcome, beside those that it lets in",
    "window": "a single change, looked at when it has left one of {before} and {after} but not the other",
    "step": "a value that only one scrape shows, so that {after} and {before} do not see the same samples",
    "offset": "series that change once, looked at before {before} is over",
    "aggregation": "several series with values so far apart that {before} and {after} end on different sides",
    "grouping": "two instances that would not fire alone but do when they are counted together, or the reverse",
    "matching": "series on both sides whose labels agree under one of {before} and {after} only",
    "set": "series on one side only, on the other only, and on both, each with what the alert does",
    "side": "a case in which the side that was left out decides",
    "arithmetic": "values for which {before} and {after} end on different sides of the threshold",
    "function": "values for which {before} and {after} end on different sides of the threshold",
    "for": "the state of the alert at the evaluations {before} and {after} after the condition became true",
    "label": "the alert's labels once it fires ({before})",
    "rule": "any test in which {before} fires",
}


def would_kill(mutant: Mutant) -> str:
    """A sentence for the person who writes the missing test."""
    return f"missing: {_HINTS[mutant.kind].format(before=mutant.before, after=mutant.after)}"
