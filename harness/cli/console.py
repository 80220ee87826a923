"""Progress on the terminal: lines with the seconds since the start; plain when nobody watches."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

from rich.console import Console

Progress = Callable[[str], None]


def progress_lines() -> Progress:
    """A function that prints a line to stderr, with the seconds since this call."""
    begun = time.monotonic()
    console = Console(stderr=True, highlight=False, soft_wrap=True)

    def say(line: str) -> None:
        elapsed = f"{time.monotonic() - begun:7.1f} s"
        if console.is_terminal:
            console.print(f"[dim]{elapsed}[/dim]  ", line, sep="", markup=True)
        else:
            sys.stderr.write(f"{elapsed}  {line}\n")
            sys.stderr.flush()

    return say
