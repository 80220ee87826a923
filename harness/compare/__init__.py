"""This run against the runs that passed before it: what was measured, what noise is, what is a shift."""

from harness.compare.history import Baseline, Past, append, baseline_of, read_history
from harness.compare.measures import BETWEEN, Measured, measured
from harness.compare.shift import Shift, shift_of

__all__ = [
    "BETWEEN",
    "Baseline",
    "Measured",
    "Past",
    "Shift",
    "append",
    "baseline_of",
    "measured",
    "read_history",
    "shift_of",
]
