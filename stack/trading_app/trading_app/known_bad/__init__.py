"""Known-bad variants: deliberate mistakes, off unless TRADING_KNOWN_BAD names them.

They exist to show that a checker turns red. Each is one file with one `apply`, which replaces a part of the
good application; the good code has no branch for any of them.
"""

from collections.abc import Callable

from trading_app.errors import SettingsError
from trading_app.known_bad import fence_off, unique_off
from trading_app.parts import Choices

VARIANTS: dict[str, Callable[[Choices], Choices]] = {
    "fence-off": fence_off.apply,
    "unique-off": unique_off.apply,
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


def chosen(names: tuple[str, ...]) -> Choices:
    """The parts with the named mistakes built in; the good ones for no name."""
    choices = Choices()
    for name in names:
        choices = VARIANTS[name](choices)
    return choices
