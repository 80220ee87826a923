"""Checks as data and back: a run stores the checks it is judged by, so that it can be judged again anywhere."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import asdict, fields, is_dataclass
from typing import Any

from harness.errors import EvidenceError
from harness.model import Check


def check_name(check: Check) -> str:
    """How a check is called in reports: its class."""
    return type(check).__name__


def to_data(check: Check) -> dict[str, Any]:
    """A check as JSON-able data: where its class is, and its parameters."""
    if not is_dataclass(check):
        raise TypeError(f"{check!r} is no dataclass, so it cannot be stored with the run")
    return {"type": f"{type(check).__module__}:{type(check).__qualname__}", "parameters": asdict(check)}


def from_data(data: Mapping[str, Any], where: str) -> Check:
    """The check that `to_data` described.

    Args:
        data: what was stored.
        where: the file it stands in, for the message.

    Raises:
        EvidenceError: no such check exists here, or it takes other parameters.
    """
    try:
        module, _, name = str(data["type"]).partition(":")
        found = getattr(importlib.import_module(module), name)
        if not (isinstance(found, type) and is_dataclass(found)):
            raise TypeError(f"{data['type']} is no check")
        known = {one.name for one in fields(found)}
        parameters = {key: _frozen(value) for key, value in dict(data["parameters"]).items()}
        if unknown := parameters.keys() - known:
            raise TypeError(f"{name} takes no {', '.join(sorted(unknown))}")
        check = found(**parameters)
    except (ImportError, AttributeError, KeyError, TypeError, ValueError) as problem:
        raise EvidenceError(f"{where}: a check cannot be restored ({problem})") from problem
    if not isinstance(check, Check):
        raise EvidenceError(f"{where}: {data['type']} is no check")
    return check


def _frozen(value: Any) -> Any:
    """JSON knows lists where checks hold tuples."""
    return tuple(_frozen(one) for one in value) if isinstance(value, list) else value
