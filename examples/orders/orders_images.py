"""Where the images come from: the order book is built from app/, the rest is what the harness brings along."""

from pathlib import Path

from harness.machine.images import ImageSpec
from stack.images import ALERTMANAGER, GRAFANA_WITH_PLUGINS, PROMETHEUS, PYTHON_BASE, SINK

ORDERS = ImageSpec(service="orders", context=Path(__file__).parent / "app", base=PYTHON_BASE)
WATCHERS = {spec.service: spec for spec in (PROMETHEUS, ALERTMANAGER, SINK, GRAFANA_WITH_PLUGINS)}
