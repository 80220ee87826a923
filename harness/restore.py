"""Checks and faults as data and back: a run stores what it is judged by, so that it can be judged again anywhere."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any, get_type_hints

from harness.errors import EvidenceError
from harness.model import Check

DESCRIBED = {"type", "parameters"}  # the names of a value that `described` wrote


def check_name(check: Check) -> str:
    """How a check is called in reports: its class."""
    return type(check).__name__


def to_data(check: Check) -> dict[str, Any]:
    """A check as JSON-able data: where its class is, and its parameters."""
    if not is_dataclass(check):
        raise TypeError(f"{check!r} is no dataclass, so it cannot be stored with the run")
    return {
        "type": f"{type(check).__module__}:{type(check).__qualname__}",
        "parameters": {one.name: _stored(getattr(check, one.name)) for one in fields(check)},
    }


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
        parameters = {key: _frozen(value, where) for key, value in dict(data["parameters"]).items()}
        if unknown := parameters.keys() - known:
            raise TypeError(f"{name} takes no {', '.join(sorted(unknown))}")
        check = found(**parameters)
    except (ImportError, AttributeError, KeyError, TypeError, ValueError) as problem:
        raise EvidenceError(f"{where}: a check cannot be restored ({problem})") from problem
    if not isinstance(check, Check):
        raise EvidenceError(f"{where}: {data['type']} is no check")
    return check


def _stored(value: Any) -> Any:
    """A parameter as JSON-able data; values of classes of ours as `described` has them."""
    if isinstance(value, tuple | list):
        return [_stored(one) for one in value]
    if isinstance(value, Mapping):
        return {key: _stored(one) for key, one in value.items()}
    return described(value) if is_dataclass(value) else value


def _frozen(value: Any, where: str) -> Any:
    """JSON knows lists where checks hold tuples, and objects where they hold values of classes of ours."""
    if isinstance(value, list):
        return tuple(_frozen(one, where) for one in value)
    return restored(value, where) if isinstance(value, Mapping) and value.keys() == DESCRIBED else value


def described(value: Any) -> Any:
    """A frozen value as JSON-able data, each dataclass in it with where its class is.

    Raises:
        TypeError: there is something else in it than dataclasses, tuples, texts and numbers.
    """
    if is_dataclass(value) and not isinstance(value, type):
        parameters = {one.name: described(getattr(value, one.name)) for one in fields(value)}
        return {"type": f"{type(value).__module__}:{type(value).__qualname__}", "parameters": parameters}
    if isinstance(value, tuple | list):
        return [described(one) for one in value]
    if value is None or isinstance(value, str | int | float):
        return value
    raise TypeError(f"{value!r} cannot be stored with the run")


def restored(data: Any, where: str) -> Any:
    """The value that `described` described.

    Args:
        data: what was stored.
        where: the file it stands in, for the message.

    Raises:
        EvidenceError: no such class exists here, it takes other parameters, or one of another type.
    """
    if isinstance(data, list):
        return tuple(restored(one, where) for one in data)
    if not isinstance(data, Mapping):
        return data
    try:
        module, _, name = str(data["type"]).partition(":")
        found = getattr(importlib.import_module(module), name)
        if not (isinstance(found, type) and is_dataclass(found)):
            raise TypeError(f"{data['type']} is no such value")
        hints = get_type_hints(found)
        parameters = {key: restored(value, where) for key, value in dict(data["parameters"]).items()}
        for key, value in parameters.items():
            allowed = (int, float) if hints.get(key) is float else hints.get(key)
            if allowed in (str, int, (int, float)) and (not isinstance(value, allowed) or isinstance(value, bool)):
                raise TypeError(f"{key} is {value!r}")
        return found(**parameters)
    except (ImportError, AttributeError, KeyError, NameError, TypeError, ValueError) as problem:
        raise EvidenceError(f"{where}: a value cannot be restored ({problem})") from problem
