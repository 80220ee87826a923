"""The module that plans the stack, by its name."""

from __future__ import annotations

import importlib
from typing import Any

from harness.errors import UsageError


def stack_module(name: str) -> Any:
    """The module that plans the stack.

    Raises:
        UsageError: it cannot be imported, or plans nothing.
    """
    try:
        module = importlib.import_module(name)
    except ImportError as missing:
        raise UsageError(f"the stack module '{name}' cannot be imported: {missing}") from missing
    for needed in ("plan", "IMAGES", "SUBJECT"):
        if not hasattr(module, needed):
            raise UsageError(f"the stack module '{name}' has no '{needed}'")
    return module
