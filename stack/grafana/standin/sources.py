"""A provisioned data source, as the server knows it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class DataSource:
    """One entry of `datasources/*.yml`, environment variables expanded, plugin id canonical."""

    id: int
    uid: str
    name: str
    type: str
    access: str = "proxy"
    url: str = ""
    user: str = ""
    database: str = ""
    basic_auth: bool = False
    basic_auth_user: str = ""
    is_default: bool = False
    read_only: bool = True
    org_id: int = 1
    json_data: Mapping[str, Any] = field(default_factory=dict)
    secure: Mapping[str, str] = field(default_factory=dict, repr=False)

    def number(self, key: str, default: float) -> float:
        """A number of jsonData, given as a number or as digits in quotes."""
        value = self.json_data.get(key)
        return float(value) if value not in (None, "") else default
