"""Data sources from `datasources/*.yml`, under the rules that Grafana applies at start."""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from .errors import StartError
from .expansion import expand
from .plugins import ALIASES
from .sources import DataSource

Log = Callable[[str], None]


def documents(folder: Path, log: Log) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Every YAML file of a provisioning folder, in order of name.

    Raises:
        StartError: a file is not YAML, or its version of the format is not 1.
    """
    if not folder.is_dir():
        log(f"provisioning folder {folder} does not exist: nothing is read from it")
        return
    for path in sorted(folder.iterdir()):
        if path.suffix in (".yml", ".yaml"):
            yield path, _document(path)


def _document(path: Path) -> dict[str, Any]:
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=_LOADER)  # noqa: S506 - a safe loader
    except (OSError, yaml.YAMLError) as error:
        raise StartError(f"{path} cannot be read as YAML: {' '.join(str(error).split())}.") from error
    if not isinstance(content, dict):
        raise StartError(f"{path} holds no mapping.")
    if content.get("apiVersion") != 1:
        raise StartError(f"{path} has no `apiVersion: 1`; the older format is not read by this stand-in.")
    return content


_LOADER: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def data_sources(folder: Path, env: Mapping[str, str], log: Log) -> tuple[DataSource, ...]:
    """Read all data sources.

    Args:
        folder: `.../provisioning/datasources`.
        env: for the variables in values.
        log: told about what real Grafana would not say, such as a variable that is unset.

    Raises:
        StartError: what stops Grafana at start: unreadable YAML, two defaults, a uid or name twice.
    """
    found: list[DataSource] = []
    for path, document in documents(folder, log):
        for raw in document.get("datasources") or []:
            found.append(_data_source(path, raw, env, len(found) + 1, log))
    _no_duplicates(found)
    return tuple(sorted(found, key=lambda source: source.name))


def _data_source(path: Path, raw: Any, env: Mapping[str, str], number: int, log: Log) -> DataSource:
    if not isinstance(raw, dict) or not raw.get("name") or not raw.get("type"):
        raise StartError(f"{path}: data source {number} needs a name and a type.")
    entry = expand(raw, env)
    name, kind = str(entry["name"]), str(entry["type"])
    secure = {str(key): str(value) for key, value in (entry.get("secureJsonData") or {}).items()}
    for key in (key for key, value in secure.items() if not value):
        log(f"{path}: {key} of data source {name} is empty: is its environment variable set?")
    return DataSource(
        id=number,
        uid=str(entry.get("uid") or "P" + hashlib.sha256(name.encode()).hexdigest()[:16].upper()),
        name=name,
        type=ALIASES.get(kind, kind),
        access=str(entry.get("access") or "proxy"),
        url=str(entry.get("url") or ""),
        user=str(entry.get("user") or ""),
        database=str(entry.get("database") or ""),
        basic_auth=bool(entry.get("basicAuth")),
        basic_auth_user=str(entry.get("basicAuthUser") or ""),
        is_default=bool(entry.get("isDefault")),
        read_only=not entry.get("editable"),
        org_id=int(entry.get("orgId") or 1),
        json_data=entry.get("jsonData") or {},
        secure=secure,
    )


def _no_duplicates(found: list[DataSource]) -> None:
    defaults = [source.name for source in found if source.is_default]
    if len(defaults) > 1:
        raise StartError(f"Two data sources are the default: {', '.join(defaults)}. Mark only one with isDefault.")
    for what in ("uid", "name"):
        values = [getattr(source, what) for source in found]
        twice = sorted({value for value in values if values.count(value) > 1})
        if twice:
            raise StartError(f"The data source {what} {twice[0]!r} is used twice.")
