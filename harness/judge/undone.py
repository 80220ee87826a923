"""Whether everything that a run broke was mended, by its undo log."""

from __future__ import annotations

from pathlib import Path

from harness.errors import EvidenceError
from harness.evidence import UNDO_LOG
from harness.journal import left_open, undo_failures


def undo_problems(folder: Path, *, faults_planned: bool) -> tuple[str, ...]:
    """One sentence for each thing that is, or may be, still broken.

    Args:
        folder: reports/<run id>.
        faults_planned: whether any scenario planned a fault, so that a log has to be there.
    """
    path = folder / UNDO_LOG
    if not path.is_file():
        return (f"{UNDO_LOG} is missing, though faults were planned",) if faults_planned else ()
    try:
        still_open, failures = left_open(path), undo_failures(path)
    except EvidenceError as damage:
        return (str(damage),)
    return (
        *(f"'{what}' was done and never undone ({UNDO_LOG})" for what in still_open),
        *(f"undoing '{what}' failed ({UNDO_LOG})" for what in failures),
    )
