"""Locks between processes: one alone, or several that share."""

from __future__ import annotations

from pathlib import Path

from harness.errors import TimedOutError
from harness.machine.locks import exclusive, shared


def test_several_share_and_one_alone_waits_for_them(tmp_path: Path) -> None:
    """Sharers do not wait for each other; whoever wants it alone gets it when they have gone."""
    path = tmp_path / "a.lock"
    with shared(path, "it", within_s=1), shared(path, "it", within_s=1):
        assert not free(path, alone=True)
        assert free(path, alone=False)
    with exclusive(path, "it", within_s=1):
        assert not free(path, alone=False)
    assert free(path, alone=True)


def free(path: Path, *, alone: bool) -> bool:
    """Whether the lock can be had soon."""
    lock = exclusive if alone else shared
    try:
        with lock(path, "the others to go", within_s=0.2):
            return True
    except TimedOutError:
        return False
