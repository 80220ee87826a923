"""Reading the fields of a JSON object with suspicion: each error names the field and what it holds."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from harness.errors import EvidenceError
from harness.report.text import cut, wall_s

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Fields:
    """The fields of one object; every method raises EvidenceError where the field is not as its name says."""

    values: Mapping[str, Any]
    name: str

    def text(self, key: str) -> str:
        """A field that is a string."""
        value = self._get(key)
        if not isinstance(value, str):
            raise self._wrong(key, "a string")
        return value

    def text_or_empty(self, key: str) -> str:
        """A string; empty where the field is left out."""
        return self.text(key) if key in self.values else ""

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of strings."""
        value = self._get(key)
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            raise self._wrong(key, "a list of strings")
        return tuple(value)

    def integer(self, key: str) -> int:
        """A whole number."""
        value = self._get(key)
        if not isinstance(value, int) or isinstance(value, bool):
            raise self._wrong(key, "a whole number")
        return value

    def figure(self, key: str) -> float:
        """A finite number."""
        value = self._get(key)
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise self._wrong(key, "a finite number")
        return value

    def figure_or_none(self, key: str) -> float | None:
        """A finite number, or null."""
        return None if self._get(key) is None else self.figure(key)

    def flag_or_none(self, key: str) -> bool | None:
        """True, false, or null."""
        value = self._get(key)
        if value is not None and not isinstance(value, bool):
            raise self._wrong(key, "true, false or null")
        return value

    def figure_or_text(self, key: str) -> float | str | None:
        """A finite number, a string, or null."""
        return self.text(key) if isinstance(self._get(key), str) else self.figure_or_none(key)

    def moment(self, key: str) -> float:
        """An ISO-8601 time, as s since the epoch."""
        return self.converted(key, wall_s)

    def moment_or_none(self, key: str) -> float | None:
        """An ISO-8601 time as s since the epoch, or None for null."""
        return None if self._get(key) is None else self.moment(key)

    def mapping(self, key: str) -> Mapping[str, Any]:
        """A JSON object."""
        value = self._get(key)
        if not isinstance(value, dict):
            raise self._wrong(key, "an object")
        return value

    def part(self, key: str) -> Fields:
        """A JSON object, with its own name for errors."""
        return Fields(self.mapping(key), f"{self.name}: {key}")

    def parts(self, key: str) -> tuple[Fields, ...]:
        """A list of JSON objects, each with its own name for errors."""
        value = self._get(key)
        if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
            raise self._wrong(key, "a list of objects")
        return tuple(Fields(each, f"{self.name}: {key}[{index}]") for index, each in enumerate(value))

    def converted(self, key: str, convert: Callable[[str], T]) -> T:
        """A string, converted; whatever the conversion refuses is not what the field should hold."""
        text = self.text(key)
        try:
            return convert(text)
        except (ValueError, OverflowError) as refusal:
            raise EvidenceError(f"{self.name}: {key} cannot be read: {refusal}") from refusal

    def _get(self, key: str) -> Any:
        if key not in self.values:
            raise EvidenceError(f"{self.name} has no {key}: it is damaged, or was not written by this harness")
        return self.values[key]

    def _wrong(self, key: str, wanted: str) -> EvidenceError:
        return EvidenceError(f"{self.name}: {key} is not {wanted} but {cut(repr(self.values[key]), 60)}")
