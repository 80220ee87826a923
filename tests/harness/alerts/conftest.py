"""The tools, from the images that are on the machine or made for it."""

from __future__ import annotations

import pytest

from harness.alerts.tools import Toolbox
from harness.machine.engine import client, ready_engine
from harness.machine.images import ImageStore
from stack.images import CATALOGUE


@pytest.fixture(scope="session")
def toolbox() -> Toolbox:
    """Promtool and amtool."""
    engine = ready_engine()
    had = ImageStore(engine.host).ensure_all([CATALOGUE["prometheus"], CATALOGUE["alertmanager"]])
    return Toolbox(client=client(engine), images={key: image.reference for key, image in had.items()})
