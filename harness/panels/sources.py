"""Which data source a panel or target means, and how that source wants its queries."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.panels.intervals import parse_duration_ms

MIXED, DASHBOARD, EXPRESSION = "-- Mixed --", "-- Dashboard --", "__expr__"
INTERNAL = frozenset({"-- Grafana --", "grafana"})
_LOWEST = {"prometheus": "15s", "grafana-postgresql-datasource": "1m", "postgres": "1m"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A data source as the API lists it; `number` is its deprecated numeric id."""

    uid: str
    type: str
    number: int = 0
    lowest_ms: int = 1

    @property
    def reference(self) -> dict[str, str]:
        """How a query names it."""
        return {"type": self.type, "uid": self.uid}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """All data sources of a Grafana."""

    by_uid: Mapping[str, Source]
    by_name: Mapping[str, Source]
    default: Source | None

    @staticmethod
    def from_api(listed: Sequence[Mapping[str, Any]]) -> Sources:
        """Read the answer of GET /api/datasources."""
        made = [(entry, _source(entry)) for entry in listed]
        return Sources(
            by_uid={source.uid: source for _, source in made},
            by_name={str(entry["name"]): source for entry, source in made},
            default=next((source for entry, source in made if entry.get("isDefault")), None),
        )

    def named(self, reference: object, fill: Callable[[str], str]) -> Source:
        """The source a panel or target refers to; an unknown uid is kept, so that the server can refuse it.

        Args:
            reference: `{"type", "uid"}`, the older plain name, or nothing for the default.
            fill: fills variables such as `${source}` in.
        """
        wanted = reference.get("uid") if isinstance(reference, Mapping) else reference
        uid = fill(str(wanted)) if wanted else ""
        if uid in ("", "default"):
            return self.default or Source(uid="", type="")
        kind = str(reference.get("type") or "") if isinstance(reference, Mapping) else ""
        return self.by_uid.get(uid) or self.by_name.get(uid) or Source(uid=uid, type=kind)


def _source(entry: Mapping[str, Any]) -> Source:
    kind = str(entry["type"])
    lowest = str((entry.get("jsonData") or {}).get("timeInterval") or _LOWEST.get(kind, ""))
    return Source(
        uid=str(entry["uid"]),
        type=kind,
        number=int(entry.get("id") or 0),
        lowest_ms=parse_duration_ms(lowest.lstrip("<>")) if lowest else 1,
    )
