"""The boards of a folder as they lie there, held against the data sources that are provisioned beside them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from grafana_foundation_sdk.models import units

from harness.errors import UsageError
from harness.panels.lint import problems, twice

# A plugin that Grafana 10 loads under another id than the one that provisioning may name.
_LOADED_AS = {"postgres": "grafana-postgresql-datasource"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Linted:
    """What was looked at, and one sentence a problem."""

    boards: int
    panels: int
    problems: tuple[str, ...]


def lint_files(boards: Path, data_sources: Path) -> Linted:
    """All problems of the boards of a folder.

    Args:
        boards: folder with a JSON file a board.
        data_sources: folder with Grafana's provisioning files of data sources.

    Raises:
        UsageError: a folder is not there, or a provisioning file cannot be read.
    """
    if not boards.is_dir():
        raise UsageError(f"{boards} is no folder with boards")
    sources = source_types(data_sources)
    found: list[str] = []
    read: list[Mapping[str, Any]] = []
    for path in sorted(boards.rglob("*.json")):
        try:
            board = json.loads(path.read_text(encoding="utf-8"))
            told = problems(board, sources, known_units())
        except (OSError, UnicodeDecodeError, ValueError) as damage:
            found.append(f"{path.name}: it cannot be read: {damage}")
            continue
        except (AttributeError, KeyError, TypeError) as damage:
            found.append(f"{path.name}: it is no board: {damage}")
            continue
        read.append(board)
        found += [f"{path.name}: {one}" for one in told]
    panels = sum(len(board.get("panels") or ()) for board in read)
    return Linted(boards=len(read), panels=panels, problems=(*found, *twice(read)))


def source_types(folder: Path) -> Mapping[str, str]:
    """The type of each provisioned data source, by uid.

    Raises:
        UsageError: the folder is not there, or a file of it cannot be read.
    """
    if not folder.is_dir():
        raise UsageError(f"{folder} is no folder with provisioned data sources")
    sources = [one for path in sorted(folder.glob("*.y*ml")) for one in _listed(path)]
    types = {str(one.get("uid")): str(one.get("type")) for one in sources}
    return {uid: _LOADED_AS.get(kind, kind) for uid, kind in types.items()}


def _listed(path: Path) -> Iterator[Mapping[str, Any]]:
    try:
        yield from yaml.safe_load(path.read_text(encoding="utf-8"))["datasources"]
    except (OSError, UnicodeDecodeError, yaml.YAMLError, KeyError, TypeError) as damage:
        raise UsageError(f"{path} cannot be read: {damage}") from damage


@cache
def known_units() -> frozenset[str]:
    """The ids of the units that Grafana knows."""
    return frozenset(value for name, value in vars(units).items() if name[0].isupper() and isinstance(value, str)) | {
        "none"
    }
