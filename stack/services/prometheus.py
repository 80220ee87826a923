"""Prometheus with the alert rules, at production timing or compressed."""

from __future__ import annotations

from pathlib import Path

import yaml

from harness.containers.plan import HttpReady, Service
from harness.errors import UsageError
from harness.timing import compress_prometheus, compress_rules, prometheus_flags

CONFIG = Path(__file__).parent.parent / "prometheus" / "prometheus.yml"
RULES = Path(__file__).parent.parent / "prometheus" / "rules" / "portfolio_manager.yml"
PORT = 9090
# Metrics that measure real work: a recovery reads the same rows at any time scale.
REAL_TIME = ("portfolio_manager_recovery_time_ms",)

# Counters whose events follow the application's timings, which are compressed; signals come at their real rate.
EVENTS = ("portfolio_manager_*",)


def prometheus(time_scale: float, rules: Path | None = None) -> Service:
    """Prometheus scraping the application.

    It needs nobody: after its start it takes 5 s (fixed in its discovery) until it scrapes at all, and the others
    start meanwhile. Alerts on their absence may fire in that time; the warm-up waits until those are resolved.

    Args:
        time_scale: k; every duration of configuration and rules is divided by it.
        rules: another rule file.

    Raises:
        UsageError: a file does not load or cannot be compressed; names file, group and rule.
    """
    rules = rules or RULES
    return Service(
        name="prometheus",
        image="prometheus",
        ready=HttpReady(port=PORT, path="/-/ready"),
        command=(
            "--config.file=/etc/prometheus/prometheus.yml",
            "--storage.tsdb.path=/prometheus",
            "--web.enable-admin-api",
            *prometheus_flags(time_scale),
        ),
        ports=(PORT,),
        files={
            "/etc/prometheus/prometheus.yml": compress_prometheus(text_of(CONFIG), time_scale, file=str(CONFIG)),
            "/etc/prometheus/rules/portfolio_manager.yml": compress_rules(
                text_of(rules), time_scale, file=str(rules), real_time=REAL_TIME, events=EVENTS
            ),
        },
    )


def production_files(rules: Path | None = None) -> dict[str, str]:
    """The configuration as it is in production, by path."""
    rules = rules or RULES
    return {"prometheus.yml": text_of(CONFIG), f"rules/{rules.name}": text_of(rules)}


def own_alerts() -> tuple[str, ...]:
    """The alerts of the stack's own rule file: what any rule file put in its place must hold as well."""
    groups = yaml.safe_load(text_of(RULES))["groups"]
    return tuple(rule["alert"] for group in groups for rule in group["rules"] if "alert" in rule)


def text_of(path: Path) -> str:
    """A configuration file's text.

    Raises:
        UsageError: it cannot be read.
    """
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        raise UsageError(f"{path} cannot be read: {problem}") from problem
