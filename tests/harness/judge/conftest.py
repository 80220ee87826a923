"""The folder of a good run, to be spoilt."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from harness.bench.judging import write_history
from harness.evidence import write_json
from harness.seals import seal_run

SIGNALS = 100


@pytest.fixture(scope="session")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a good run of one scenario with 100 signals, written once; nobody changes it."""
    run = tmp_path_factory.mktemp("good") / "20260101-000000-abcdef"
    write_history(run / "scenarios" / "bench", lines=SIGNALS * 7)
    write_json(
        run / "run.json",
        {
            "schema_version": 1,
            "run_id": run.name,
            "profile": "quick",
            "seed": 1,
            "time_scale": 15.0,
            "started_at": "2026-01-01T00:00:00.000+00:00",
            "subject": {"image": "app", "digest": "sha256:0", "git_sha": "0", "known_bad": []},
            "stack": [],
            "scenarios": ["bench"],
            "requirements": [{"id": "R-43", "row": "Nothing twice, nothing lost"}],
        },
    )
    seal_run(run)
    return run


@pytest.fixture
def folder(good: Path, tmp_path: Path) -> Path:
    """The good run in a folder that is the test's own."""
    return Path(shutil.copytree(good, tmp_path / good.name))
