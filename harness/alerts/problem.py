"""One thing that is wrong with alert rules, told so that somebody can mend it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What is wrong, where, and what to do.

    Args:
        file: the file that it stands in.
        what: what is wrong.
        do: what to do about it.
        group, rule: where in the file; empty where it is about more than one.
    """

    file: str
    what: str
    do: str
    group: str = ""
    rule: str = ""

    def __str__(self) -> str:
        """One line."""
        where = [
            self.file,
            *(f"{name} {value}" for name, value in (("group", self.group), ("rule", self.rule)) if value),
        ]
        return f"{', '.join(where)}: {self.what.rstrip('.')}. {self.do.rstrip('.')}."
