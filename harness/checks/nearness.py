"""How near a silent alert came: what its rule compared, as a share of the threshold."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite
from typing import Any


def shares(data: Mapping[str, Any], from_s: float, until_s: float) -> list[float]:
    """The shares of its threshold that a recorded series of values reached between two times; 1 is the threshold.

    None of them where the rule does not compare with a positive number, or asks whether it is met exactly: there
    is no nearness then.

    Args:
        data: a line of the values: operator, threshold, samples.
        from_s: the first moment that counts, s since the epoch.
        until_s: the first one that counts no longer.
    """
    operator, threshold = data["operator"], float(data["threshold"])
    if operator not in {">", ">=", "<", "<="} or not threshold > 0:
        return []
    values = [float(value) for at, value in data["samples"] if from_s <= at < until_s]
    known = [value for value in values if isfinite(value)]
    if operator.startswith(">"):
        return [value / threshold for value in known]
    return [threshold / value for value in known if value > 0]
