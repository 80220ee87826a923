"""Dashboards from files: read in the background after the start, and again when a file changes."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .errors import StartError
from .expansion import expand
from .provisioning import Log, documents

_UID = re.compile(r"[A-Za-z0-9_-]{1,40}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """One entry of `dashboards/*.yml`."""

    name: str
    path: Path
    folder: str = ""
    every_s: float = 10.0
    allow_ui_updates: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """One dashboard that loaded."""

    id: int
    uid: str
    title: str
    body: Mapping[str, Any]
    provider: Provider
    file: Path
    version: int = 1

    @property
    def slug(self) -> str:
        """The title as part of an address."""
        return re.sub(r"[^a-z0-9]+", "-", self.title.lower()).strip("-")

    @property
    def url(self) -> str:
        """Where a browser finds it."""
        return f"/d/{self.uid}/{self.slug}"


def providers(folder: Path, env: Mapping[str, str], log: Log) -> tuple[Provider, ...]:
    """Read the providers.

    Raises:
        StartError: unreadable YAML, a provider without name or path, a name used twice.
    """
    found: list[Provider] = []
    for path, document in documents(folder, log):
        for raw in document.get("providers") or []:
            entry = expand(raw, env) if isinstance(raw, dict) else {}
            where = (entry.get("options") or {}).get("path")
            if not entry.get("name") or not where or entry.get("type", "file") != "file":
                raise StartError(f"{path}: a provider needs a name, type file and options.path.")
            if entry["name"] in [known.name for known in found]:
                raise StartError(f"{path}: the provider name {entry['name']!r} is used twice.")
            found.append(
                Provider(
                    name=str(entry["name"]),
                    path=Path(where),
                    folder=str(entry.get("folder") or ""),
                    every_s=float(entry.get("updateIntervalSeconds") or 10),
                    allow_ui_updates=bool(entry.get("allowUiUpdates")),
                )
            )
    return tuple(found)


class Shelf:
    """The dashboards that are loaded now."""

    def __init__(self, known: tuple[Provider, ...], log: Log) -> None:
        self.providers = known
        self._log = log
        self._seen: dict[Path, tuple[int, int]] = {}
        self._by_file: dict[Path, Board] = {}
        self._ids: dict[str, int] = {}

    @property
    def boards(self) -> list[Board]:
        """All boards, by title."""
        return sorted(self._by_file.values(), key=lambda board: board.title)

    def by_uid(self, uid: str) -> Board | None:
        """The board with this uid, if it loaded."""
        return next((board for board in self._by_file.values() if board.uid == uid), None)

    def refresh(self) -> None:
        """Read what is new or changed; what is gone from disk goes from the shelf; a bad file is skipped."""
        for provider in self.providers:
            if not provider.path.is_dir():
                self._log(f"dashboard folder {provider.path} does not exist: the providers after it wait")
                return
            self._read_all(provider)

    def _read_all(self, provider: Provider) -> None:
        here = set()
        for path in sorted(provider.path.rglob("*.json")):
            if any(part.startswith(".") for part in path.relative_to(provider.path).parts[:-1]):
                continue
            here.add(path)
            self._read(provider, path)
        for path in [path for path, board in self._by_file.items() if board.provider == provider]:
            if path not in here:
                del self._by_file[path]
                self._seen.pop(path, None)

    def _read(self, provider: Provider, path: Path) -> None:
        try:
            stamp = path.stat()
            if self._seen.get(path) == (stamp.st_mtime_ns, stamp.st_size):
                return
            self._seen[path] = (stamp.st_mtime_ns, stamp.st_size)
            body = json.loads(path.read_text(encoding="utf-8"))
            self._keep(provider, path, body)
        except (OSError, ValueError) as error:
            self._log(f"dashboard {path} is skipped: {error}")

    def _keep(self, provider: Provider, path: Path, body: Any) -> None:
        title = str(body.get("title") or "").strip() if isinstance(body, dict) else ""
        if not title:
            raise ValueError("it has no title (is it wrapped in {'dashboard': ...}?)")
        uid = str(body.get("uid") or "")
        if not _UID.fullmatch(uid):
            raise ValueError(f"its uid {uid!r} is not 1 to 40 letters, digits, - or _")
        for other in self._by_file.values():
            if other.file != path and (
                other.uid == uid or (other.title, other.provider.folder) == (title, provider.folder)
            ):
                raise ValueError(f"its uid or title is that of {other.file}")
        before = self._by_file.get(path)
        self._by_file[path] = Board(
            id=self._ids.setdefault(uid, len(self._ids) + 1),
            uid=uid,
            title=title,
            body=body,
            provider=provider,
            file=path,
            version=before.version + 1 if before else 1,
        )
