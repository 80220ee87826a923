"""Where the boards of a kept stack are."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import docker.errors
import pytest

from harness.run import kept

RUN_ID = "20260101-000000-abcdef"


def engine(*, runs: bool) -> Any:
    """An engine with Grafana's container on port 3001, or without it."""

    def get(name: str) -> SimpleNamespace:
        if not runs or name != f"chaos-{RUN_ID}-grafana":
            raise docker.errors.NotFound(name)
        return SimpleNamespace(
            attrs={"NetworkSettings": {"Ports": {"3000/tcp": [{"HostIp": "127.0.0.1", "HostPort": "3001"}]}}}
        )

    return SimpleNamespace(containers=SimpleNamespace(get=get))


@pytest.fixture
def keep(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Writes down what is known of a kept stack."""
    monkeypatch.setattr(kept, "state_folder", lambda: tmp_path)

    def write(**facts: Any) -> Path:
        path = tmp_path / "stacks" / f"{RUN_ID}.json"
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps({"logins": {"grafana": ["admin", "s3cret"]}, "ports": {}} | facts))
        return path

    return write


def test_each_board_has_an_address(keep: Any) -> None:
    """The published port, the board's uid, who logs in, and the file with the password; not the password itself."""
    path = keep(boards=["trade-state", "performance"])
    found = kept.boards(engine(runs=True), RUN_ID)
    assert found is not None
    assert found.urls == ("http://127.0.0.1:3001/d/trade-state", "http://127.0.0.1:3001/d/performance")
    assert found.user == "admin"
    assert str(path) in found.password_in
    assert "s3cret" not in repr(found)


def test_no_grafana_no_addresses(keep: Any) -> None:
    """A stack that is down, one without boards, and one kept before boards were written down tell none."""
    keep(boards=["trade-state"])
    assert kept.boards(engine(runs=False), RUN_ID) is None
    keep(boards=[])
    assert kept.boards(engine(runs=True), RUN_ID) is None
    keep()
    assert kept.boards(engine(runs=True), RUN_ID) is None
