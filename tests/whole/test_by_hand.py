"""`harness stack up | status | down`: a stack to explore by hand."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator

import pytest
import requests

from harness.settings import REPOSITORY

BOARDS = ["high-availability", "instance-state", "performance", "trade-state", "trading-system-monitoring"]
pytestmark = [pytest.mark.containers, pytest.mark.timeout(900)]


def harness(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run one command; Grafana takes a free port, as another stack may have the usual one."""
    return subprocess.run(
        [sys.executable, "-m", "harness", *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=REPOSITORY,
        env=os.environ | {"CHAOS_GRAFANA_PORT": "0"},
        timeout=600,
    )


@pytest.fixture
def stack() -> Iterator[str]:
    """The output of `stack up`; the stack is removed afterwards."""
    up = harness("stack", "up")
    assert up.returncode == 0, up.stderr
    yield up.stdout
    harness("stack", "down", run_id_of(up.stdout))


def run_id_of(told: str) -> str:
    """The run id in the output of `stack up`."""
    return told.split()[1]


def test_a_stack_stays_and_goes(stack: str) -> None:
    """It outlives its command, its addresses answer with the logins told, and `down` leaves nothing."""
    run_id = run_id_of(stack)
    line = next(line for line in stack.splitlines() if line.split()[:2] == ["grafana", "3000"])
    address, login = re.findall(r"(127\.0\.0\.1:\d+)\s+(.*)", line)[0]
    user, _, password = login.partition(" / ")
    boards = requests.get(f"http://{address}/api/search", auth=(user, password), timeout=10)
    assert sorted(board["uid"] for board in boards.json()) == BOARDS
    assert requests.get(f"http://{address}/api/search", timeout=10).status_code == 401
    urls = [line.strip() for line in stack.splitlines() if "/d/" in line]
    assert sorted(urls) == [f"http://{address}/d/{uid}" for uid in BOARDS]
    assert [requests.get(url, auth=(user, password), timeout=10).status_code for url in urls] == [200] * len(BOARDS)
    assert line in harness("stack", "status", run_id).stdout
    assert "removed 12" in harness("stack", "down", run_id).stdout
    gone = harness("stack", "status", run_id)
    assert gone.returncode == 2
    assert run_id in gone.stderr
