"""Known-bad variants: deliberate mistakes, off unless TRADING_KNOWN_BAD names them.

They exist to show that a checker turns red. Each is one file with one `apply`, which takes the parts of the good
application and gives them back with some replaced; the good code has no branch for any of them. Several can be on at
once; where two replace the same part, the later by name wins.
"""

from collections.abc import Callable

from trading_app.errors import SettingsError
from trading_app.known_bad import (
    ack_before_commit,
    blind_lease,
    fence_off,
    late_positions,
    no_admission,
    redis_alone,
    ship_twice,
    skip_validation,
    unique_off,
    wall_clock,
)
from trading_app.parts import Parts
from trading_app.settings import Settings

VARIANTS: dict[str, Callable[[Parts, Settings], Parts]] = {
    "ack-before-commit": ack_before_commit.apply,
    "blind-lease": blind_lease.apply,
    "fence-off": fence_off.apply,
    "late-positions": late_positions.apply,
    "no-admission": no_admission.apply,
    "redis-alone": redis_alone.apply,
    "ship-twice": ship_twice.apply,
    "skip-validation": skip_validation.apply,
    "unique-off": unique_off.apply,
    "wall-clock": wall_clock.apply,
}


def parse(text: str) -> tuple[str, ...]:
    """Variant names of a comma list, sorted; empty for none.

    Raises:
        SettingsError: a name is unknown.
    """
    names = sorted({name.strip() for name in text.split(",") if name.strip()})
    if unknown := [name for name in names if name not in VARIANTS]:
        told = f"TRADING_KNOWN_BAD names unknown variants {', '.join(unknown)}; known are {', '.join(VARIANTS)}"
        raise SettingsError(told)
    return tuple(names)


def built_in(names: tuple[str, ...], parts: Parts, settings: Settings) -> Parts:
    """The parts with the named mistakes built in; the same parts for no name."""
    for name in names:
        parts = VARIANTS[name](parts, settings)
    return parts
