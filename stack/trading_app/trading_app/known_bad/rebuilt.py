"""A part again, as another class."""

from dataclasses import fields
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

T = TypeVar("T")


def rebuilt(kind: type[T], part: "DataclassInstance", **more: Any) -> T:
    """The fields of `part`, and `more`, as a `kind`."""
    return kind(**{one.name: getattr(part, one.name) for one in fields(part)}, **more)
