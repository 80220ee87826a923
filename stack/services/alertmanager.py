"""Alertmanager with the routing tree, at production timing or compressed."""

from __future__ import annotations

from pathlib import Path

from harness.containers.plan import HttpReady, Service
from harness.timing import compress_alertmanager
from stack.services.prometheus import text_of

CONFIG = Path(__file__).parent.parent / "alertmanager" / "alertmanager.yml"
PORT = 9093


def alertmanager(time_scale: float) -> Service:
    """Alertmanager that tells the sink; alone, so it does not wait for a cluster to gather."""
    return Service(
        name="alertmanager",
        image="alertmanager",
        ready=HttpReady(port=PORT, path="/-/ready"),
        command=(
            "--config.file=/etc/alertmanager/alertmanager.yml",
            "--storage.path=/alertmanager",
            "--cluster.listen-address=",
        ),
        ports=(PORT,),
        files={
            "/etc/alertmanager/alertmanager.yml": compress_alertmanager(text_of(CONFIG), time_scale, file=str(CONFIG))
        },
    )
