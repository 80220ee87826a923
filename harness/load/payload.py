"""What is posted: a factory of request bodies, named by its dotted path."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from typing import Any

from harness.errors import UsageError

# (seed, index of the arrival, id of the request, when it is due as s since the epoch) -> JSON object.
# The same arguments must give the same body.
Payload = Callable[[int, int, str, float], Mapping[str, Any]]


def numbered(_seed: int, index: int, request_id: str, due_s: float) -> Mapping[str, Any]:
    """A body that only numbers itself, for servers that take any."""
    return {"id": request_id, "index": index, "due_s": due_s}


def load_payload(dotted: str) -> Payload:
    """Import a factory, for example "package.module:function".

    Raises:
        UsageError: there is no such module or function; names it.
    """
    module, separator, name = dotted.partition(":")
    if not (module and separator and name):
        raise UsageError(f"the payload {dotted!r} does not read as package.module:function")
    try:
        factory = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError) as missing:
        raise UsageError(f"the payload {dotted!r} cannot be loaded: {missing}") from missing
    if not callable(factory):
        raise UsageError(f"the payload {dotted!r} is not a function")
    checked: Payload = factory
    return checked
