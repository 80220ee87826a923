"""The history of one judgement: what one check made of a stream, the others need not make again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from harness.checks.reading import Reader
from harness.evidence import FolderHistory


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedHistory(FolderHistory):
    """A folder's evidence that no longer grows, with what was made of it so far."""

    views: dict[Callable[[Reader], Any], tuple[Any, tuple[str, ...]]] = field(
        default_factory=dict, repr=False, compare=False
    )
