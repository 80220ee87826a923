"""Reading the end of a log without reading all of it."""

from __future__ import annotations

import os
from pathlib import Path


def last_lines(path: Path, count: int) -> str:
    """The last lines of a text file, empty where there is no such file.

    Args:
        path: the file.
        count: at most this many lines; of each, what lies in the file's last 64 KiB.
    """
    try:
        with path.open("rb") as file:
            size_bytes = file.seek(0, os.SEEK_END)
            file.seek(max(0, size_bytes - 65536))
            tail = file.read().decode("utf-8", "replace")
    except FileNotFoundError:
        return ""
    return "\n".join(tail.splitlines()[-count:])
