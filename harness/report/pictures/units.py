"""Values with their units, in the manner of Grafana's panels; a unit that is not known is put behind the number."""

from __future__ import annotations

from collections.abc import Sequence

_SHORT = ((1e12, " Tri"), (1e9, " Bil"), (1e6, " Mil"), (1e3, " K"))
_BYTES = ((2.0**40, " TiB"), (2.0**30, " GiB"), (2.0**20, " MiB"), (2.0**10, " KiB"))
_SECONDS = ((86400.0, " d"), (3600.0, " h"), (60.0, " min"))
_BEHIND = {
    "percent": "%",
    "cps": " c/s",
    "ops": " ops/s",
    "reqps": " req/s",
    "rps": " rd/s",
    "wps": " wr/s",
    "hertz": " Hz",
}
_BEFORE = {"currencyUSD": "$", "currencyEUR": "€", "currencyGBP": "£"}


def with_unit(value: float, unit: str) -> str:
    """A number as a panel shows it.

    Args:
        value: the number.
        unit: Grafana's id of its unit; empty for none.
    """
    if unit in ("", "none", "string"):
        return _plain(value)
    if unit == "short":
        return _scaled(value, _SHORT)
    if unit == "percentunit":
        return f"{_plain(value * 100)}%"
    if unit in ("bytes", "decbytes"):
        return _scaled(value, _BYTES, " B")
    if unit == "s":
        return f"{_plain(value * 1000)} ms" if 0 < abs(value) < 1 else _scaled(value, _SECONDS, " s")
    if unit == "ms":
        return with_unit(value / 1000, "s") if abs(value) >= 1000 else f"{_plain(value)} ms"
    if unit in _BEFORE:
        return f"{'-' if value < 0 else ''}{_BEFORE[unit]}{_scaled(abs(value), _SHORT)}"
    if unit.startswith("prefix:"):
        return unit.removeprefix("prefix:") + _plain(value)
    behind = unit.removeprefix("suffix:") if unit.startswith("suffix:") else _BEHIND.get(unit, f" {unit}")
    return _plain(value) + behind


def _scaled(value: float, scale: Sequence[tuple[float, str]], least: str = "") -> str:
    for size, name in scale:
        if abs(value) >= size:
            return _plain(value / size) + name
    return _plain(value) + least


def _plain(value: float) -> str:
    """At most four digits that say something, more where the number is whole."""
    if value == round(value) and abs(value) < 1e15:
        return f"{value:.0f}"
    return f"{value:.0f}" if abs(value) >= 1000 else f"{value:.4g}"
