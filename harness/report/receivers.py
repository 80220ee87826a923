"""Who should have been told of an alert, by the routes that the run loaded."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from harness.errors import EvidenceError
from harness.evidence import read_json


def receivers(folder: Path) -> Mapping[str, tuple[str, ...]]:
    """Channels by alert, from the scenario's `loaded.json`; nothing where that cannot be read.

    The page only draws them: what an unreadable file means for the verdict is for the checks to say.
    """
    try:
        rules = read_json(folder / "loaded.json")["rules"]
        return {str(rule["alert"]): tuple(map(str, rule["receivers"])) for rule in rules}
    except (EvidenceError, LookupError, TypeError):
        return {}
