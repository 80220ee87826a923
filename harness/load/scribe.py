"""Writes the client's stream to the disk, as a process of its own.

A write to a file can wait for a busy disk, for a second and more, and the generator with it. So the generator hands its
lines to a pipe, which is read here. What is in the pipe outlives the generator, however it dies: the scribe writes all
of it and ends when nobody holds the other end any more.
"""

from __future__ import annotations

import os
import signal
import sys

_AT_A_TIME = 1 << 16


def main() -> int:
    """Append stdin to the file that is named, through to the disk."""
    for number in (signal.SIGINT, signal.SIGTERM):  # it ends with its pipe, when all is written
        signal.signal(number, signal.SIG_IGN)
    path = sys.argv[1]
    try:
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        while piece := os.read(0, _AT_A_TIME):
            while piece:
                piece = piece[os.write(file, piece) :]
        os.fsync(file)
    except OSError as problem:
        sys.stderr.write(f"{path} cannot be written: {problem}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
