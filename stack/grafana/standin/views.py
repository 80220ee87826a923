"""The JSON that the API shows of boards and data sources."""

import hashlib
from typing import Any

from .access import User
from .dashboards import Board
from .sources import DataSource

_TYPE_NAMES = {
    "prometheus": "Prometheus",
    "grafana-postgresql-datasource": "PostgreSQL",
    "grafana-clickhouse-datasource": "ClickHouse",
    "redis-datasource": "Redis",
    "yesoreyeram-infinity-datasource": "Infinity",
}


def hit(board: Board) -> dict[str, Any]:
    """A search result; what tells of its folder is there when it has one."""
    return _folder(board.provider.folder) | {
        "id": board.id,
        "uid": board.uid,
        "title": board.title,
        "uri": f"db/{board.slug}",
        "url": board.url,
        "slug": "",
        "type": "dash-db",
        "tags": list(board.body.get("tags") or []),
        "isStarred": False,
        "sortMeta": 0,
    }


def _folder(title: str) -> dict[str, Any]:
    if not title:
        return {}
    uid = hashlib.sha256(title.encode()).hexdigest()[:14]
    number = int(uid[:7], 16)  # Grafana counts its folders; here a name has always the same number
    return {"folderId": number, "folderUid": uid, "folderTitle": title, "folderUrl": f"/dashboards/f/{uid}"}


def board(board: Board, user: User) -> dict[str, Any]:
    """A board with what Grafana knows about it; nothing in it is resolved."""
    provisioned = not board.provider.allow_ui_updates
    meta = {
        "type": "db",
        "canSave": user.role != "Viewer",
        "canEdit": user.role != "Viewer",
        "canAdmin": user.role == "Admin",
        "canStar": True,
        "canDelete": user.role != "Viewer",
        "slug": board.slug,
        "url": board.url,
        "version": board.version,
        "folderTitle": board.provider.folder or "General",
        "provisioned": provisioned,
        "provisionedExternalId": str(board.file.relative_to(board.provider.path)),
    }
    return {"meta": meta, "dashboard": {**board.body, "id": board.id, "version": board.version}}


def source_in_list(source: DataSource) -> dict[str, Any]:
    """A data source as the list shows it."""
    return {
        "id": source.id,
        "uid": source.uid,
        "orgId": source.org_id,
        "name": source.name,
        "type": source.type,
        "typeName": _TYPE_NAMES.get(source.type, source.type),
        "typeLogoUrl": "",
        "access": source.access,
        "url": source.url,
        "user": source.user,
        "database": source.database,
        "basicAuth": source.basic_auth,
        "isDefault": source.is_default,
        "jsonData": dict(source.json_data),
        "readOnly": source.read_only,
    }


def source_alone(source: DataSource) -> dict[str, Any]:
    """A data source on its own; of secrets only that they are set."""
    alone = source_in_list(source) | {
        "basicAuthUser": source.basic_auth_user,
        "withCredentials": False,
        "secureJsonFields": {key: True for key, value in source.secure.items() if value},
        "version": 1,
    }
    del alone["typeName"]
    return alone
