"""Settings from the environment, under the names of the official image (GF_SECTION_KEY)."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from .errors import StartError

_USED = {
    "GF_SECURITY_ADMIN_USER",
    "GF_SECURITY_ADMIN_PASSWORD",
    "GF_SECURITY_DISABLE_BRUTE_FORCE_LOGIN_PROTECTION",
    "GF_SERVER_HTTP_ADDR",
    "GF_SERVER_HTTP_PORT",
    "GF_PATHS_PROVISIONING",
    "GF_USERS_AUTO_ASSIGN_ORG_ROLE",
    "GF_AUTH_ANONYMOUS_ENABLED",
    "GF_DATAPROXY_TIMEOUT",
    "GF_DATAPROXY_DIALTIMEOUT",
    "GF_DATAPROXY_ROW_LIMIT",
}
# Inside its container; the engine publishes the port on loopback only.
_EVERY_ADDRESS = "0.0.0.0"  # noqa: S104
ROLES = ("Viewer", "Editor", "Admin")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How this server runs. Defaults are those of Grafana 10.4's conf/defaults.ini."""

    admin_user: str
    admin_password: str
    provisioning: Path
    host: str = _EVERY_ADDRESS
    port: int = 3000
    new_user_role: str = "Viewer"
    brute_force_guard: bool = True
    proxy_timeout_s: float = 30.0
    dial_timeout_s: float = 10.0
    row_limit: int = 1_000_000
    ignored: tuple[str, ...] = ()


def from_environment(env: Mapping[str, str]) -> Settings:
    """Read the settings.

    Args:
        env: the process environment; `GF_X__FILE` names a file that holds the value of `GF_X`.

    Raises:
        StartError: a value is missing, malformed, or asks for something the stand-in does not have.
    """
    values = _with_files(env)
    if _flag(values, "GF_AUTH_ANONYMOUS_ENABLED"):
        raise StartError("GF_AUTH_ANONYMOUS_ENABLED=true is refused: the stand-in has no anonymous access.")
    return Settings(
        admin_user=values.get("GF_SECURITY_ADMIN_USER") or "admin",
        admin_password=_password(values),
        provisioning=Path(values.get("GF_PATHS_PROVISIONING") or "/etc/grafana/provisioning"),
        host=values.get("GF_SERVER_HTTP_ADDR") or _EVERY_ADDRESS,
        port=int(_number(values, "GF_SERVER_HTTP_PORT", 3000)),
        new_user_role=_role(values),
        brute_force_guard=not _flag(values, "GF_SECURITY_DISABLE_BRUTE_FORCE_LOGIN_PROTECTION"),
        proxy_timeout_s=_number(values, "GF_DATAPROXY_TIMEOUT", 30),
        dial_timeout_s=_number(values, "GF_DATAPROXY_DIALTIMEOUT", 10),
        row_limit=int(_number(values, "GF_DATAPROXY_ROW_LIMIT", 1_000_000)),
        ignored=tuple(sorted(key for key in values if key.startswith("GF_") and key not in _USED)),
    )


def _with_files(env: Mapping[str, str]) -> dict[str, str]:
    values = {key: value for key, value in env.items() if not key.endswith("__FILE")}
    for key, path in env.items():
        if key.startswith("GF_") and key.endswith("__FILE"):
            try:
                values[key.removesuffix("__FILE")] = Path(path).read_text(encoding="utf-8").strip()
            except OSError as error:
                raise StartError(f"{key} names {path}, which cannot be read: {error.strerror}.") from error
    return values


def _password(values: Mapping[str, str]) -> str:
    password = values.get("GF_SECURITY_ADMIN_PASSWORD", "")
    if password in ("", "admin"):
        raise StartError("GF_SECURITY_ADMIN_PASSWORD is unset or the default: set a password of your own.")
    return password


def _role(values: Mapping[str, str]) -> str:
    role = values.get("GF_USERS_AUTO_ASSIGN_ORG_ROLE") or "Viewer"
    if role not in ROLES:
        raise StartError(f"GF_USERS_AUTO_ASSIGN_ORG_ROLE is {role!r}: it must be one of {', '.join(ROLES)}.")
    return role


def _flag(values: Mapping[str, str], key: str) -> bool:
    return values.get(key, "").strip().lower() in ("true", "1", "yes", "on")


def _number(values: Mapping[str, str], key: str, default: float) -> float:
    text = values.get(key) or str(default)
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if number <= 0:
        raise StartError(f"{key} is {text!r}: it must be a number above zero.")
    return number
