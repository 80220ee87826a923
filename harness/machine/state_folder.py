"""Where the harness keeps what belongs to the machine, not to a run: locks, build logs, engine log."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path


def state_folder(environment: Mapping[str, str] | None = None) -> Path:
    """The folder, made if absent: $XDG_STATE_HOME/chaos-harness, by default ~/.local/state/chaos-harness.

    Args:
        environment: variables to read; this process's own when not given.
    """
    variables = os.environ if environment is None else environment
    root = variables.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    folder = Path(root) / "chaos-harness"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
