"""promtool and amtool for commands: the engine, and the stack's images that hold them."""

from __future__ import annotations

from harness import settings as harness_settings
from harness.alerts.tools import Toolbox
from harness.cli.console import Progress
from harness.errors import UsageError
from harness.machine.engine import client, ready_engine
from harness.machine.images import ImageStore
from harness.run.stacks import stack_module

HOLDERS = ("prometheus", "alertmanager")


def toolbox(stack: str | None, progress: Progress) -> Toolbox:
    """The tools, from images that are made where they are not on the machine yet.

    Args:
        stack: module that plans the stack; the settings' one without it.
        progress: told what takes time.

    Raises:
        UsageError: the stack has no such image.
        InfrastructureError: no engine, or an image that cannot be had.
    """
    name = stack or harness_settings.load().stack
    catalogue = stack_module(name).IMAGES
    if missing := [holder for holder in HOLDERS if holder not in catalogue]:
        raise UsageError(f"the stack module '{name}' has no image {', '.join(missing)}, which holds a tool for rules")
    engine = ready_engine()
    images = ImageStore(engine.host, progress=progress).ensure_all([catalogue[holder] for holder in HOLDERS])
    references = {holder: image.reference for holder, image in images.items()}
    return Toolbox(client=client(engine), images=references)
