"""Student's t: how far one more figure may stray from a few others before it is no chance."""

from __future__ import annotations

from math import atan, cos, pi, sin, sqrt

_HALVINGS = 80


def quantile(share: float, degrees: int) -> float:
    """The value below which a Student's t of so many degrees of freedom lies with this probability.

    Args:
        share: the probability, from one half to below 1.
        degrees: of freedom, at least 1.
    """
    high = 1.0
    while _below(high, degrees) < share and high < 1e12:
        high *= 2
    low = 0.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if _below(middle, degrees) < share else (low, middle)
    return high


def _below(t: float, degrees: int) -> float:
    """The distribution function at t >= 0: Abramowitz and Stegun, Mathematical Functions, 26.7.3 and 26.7.4."""
    angle = atan(t / sqrt(degrees))
    if degrees % 2:
        term, total = cos(angle), 0.0
        for step in range(1, degrees - 1, 2):
            total += term
            term *= cos(angle) ** 2 * (step + 1) / (step + 2)
        within = 2 / pi * (angle + (sin(angle) * total if degrees > 1 else 0.0))
    else:
        term, total = 1.0, 0.0
        for step in range(0, degrees - 1, 2):
            total += term
            term *= cos(angle) ** 2 * (step + 1) / (step + 2)
        within = sin(angle) * total
    return 0.5 + within / 2
