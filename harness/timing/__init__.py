"""Time: what a loaded rule promises, and how durations are compressed."""

from harness.timing.bounds import (
    AT_ONCE,
    MEASURED,
    NO_ALLOWANCE,
    Allowance,
    Bounds,
    Deadlines,
    deadlines,
    derived,
    held_s,
    notified_within_s,
    resolved_within_s,
)
from harness.timing.compress_files import (
    checked_scale,
    compress_alertmanager,
    compress_prometheus,
    compress_rules,
    prometheus_flags,
)
from harness.timing.durations import from_seconds, to_seconds
from harness.timing.loaded import loaded_rules
from harness.timing.settings import CompressedSettings, compress_settings

__all__ = [
    "AT_ONCE",
    "MEASURED",
    "NO_ALLOWANCE",
    "Allowance",
    "Bounds",
    "CompressedSettings",
    "Deadlines",
    "checked_scale",
    "compress_alertmanager",
    "compress_prometheus",
    "compress_rules",
    "compress_settings",
    "deadlines",
    "derived",
    "from_seconds",
    "held_s",
    "loaded_rules",
    "notified_within_s",
    "prometheus_flags",
    "resolved_within_s",
    "to_seconds",
]
