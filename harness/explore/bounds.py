"""What a number of runs without a failure is worth."""

from __future__ import annotations

CONFIDENCE = 0.95


def upper_bound(clean: int) -> float:
    """The largest share of failing runs that is compatible with none in `clean`, at 95 % confidence.

    With a share p of failing runs, none in n has the probability (1-p)^n; the bound is where that falls below 5 %.

    Args:
        clean: runs, each drawn independently, none of which failed; 0 gives 1.
    """
    return 1.0 - (1.0 - CONFIDENCE) ** (1.0 / clean) if clean > 0 else 1.0


def rule_of_three(clean: int) -> float:
    """The same by the rule of three, 3/n (Hanley and Lippman-Hand, JAMA 249, 1983); near enough from 30 runs on."""
    return min(1.0, 3.0 / clean) if clean > 0 else 1.0


def confirmed(failed: int, left: int, *, least: int) -> bool | None:
    """Whether a failure that is run again is confirmed; None while that is open.

    Args:
        failed: how many of the runs failed so far.
        left: how many are still to come.
        least: how many have to fail.
    """
    if failed >= least:
        return True
    return None if failed + left >= least else False
