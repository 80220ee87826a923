"""Application timings at another time scale, with a floor where a shorter time would break what it is for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from harness.errors import UsageError
from harness.timing.compress_files import checked_scale


@dataclass(frozen=True, slots=True, kw_only=True)
class CompressedSettings:
    """Real seconds by name, and which of them were held at their floor."""

    values: Mapping[str, float]
    floored: tuple[str, ...]


def compress_settings(
    production: Mapping[str, float], k: float, *, floors: Mapping[str, float] | None = None
) -> CompressedSettings:
    """Production timings divided by k.

    Args:
        production: s by name.
        k: the time scale.
        floors: the shortest useful value, s, by name; without one there is no floor. A production value that
            is already below its floor stays as it is.

    Raises:
        UsageError: k is no time scale, or a floor names no setting.
    """
    checked_scale(k)
    floors = floors or {}
    strangers = sorted(floors.keys() - production.keys())
    if strangers:
        raise UsageError(f"there is a floor for {', '.join(strangers)}, but no such setting")
    values = {name: _at_least(floors.get(name, 0.0), value, k) for name, value in production.items()}
    floored = tuple(name for name, value in production.items() if values[name] > value / k)
    return CompressedSettings(values=values, floored=floored)


def _at_least(floor: float, production: float, k: float) -> float:
    return max(production / k, min(floor, production))
