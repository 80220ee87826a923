"""Sample runs, each made once a session; tests read them and change only copies."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.results import GateReport
from tests.harness.report.sample import write_sample

Sample = tuple[GateReport, Path]


@pytest.fixture(scope="session")
def healthy(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    """A run in which everything held."""
    return write_sample(tmp_path_factory.mktemp("healthy"), "healthy")


@pytest.fixture(scope="session")
def failed(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    """A run with a signal executed twice and an alert that did not reach everybody."""
    return write_sample(tmp_path_factory.mktemp("failed"), "failed")


@pytest.fixture(scope="session")
def unknown(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    """A run whose panels were not recorded and whose client history is cut in half."""
    return write_sample(tmp_path_factory.mktemp("unknown"), "unknown")
