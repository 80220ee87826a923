"""What every fault is: four short steps, each of which can be asked again."""

from __future__ import annotations

from typing import ClassVar, Protocol, runtime_checkable

from harness.containers.running import RunningStack
from harness.faults.hold import Hold


@runtime_checkable
class StackFault(Protocol):
    """A fault on a running stack. `kind` is its name in reports.

    `strike` is called once, after its undo was written down. `effect` and `healed` return what proves them and
    raise `Seen` until then. `mend` is idempotent and may be called when `strike` never happened or failed.
    """

    kind: ClassVar[str]

    @property
    def target(self) -> str:
        """The service or link that breaks."""
        ...

    @property
    def hold(self) -> Hold:
        """How long it stays."""
        ...

    def strike(self, stack: RunningStack) -> None:
        """Break it."""
        ...

    def effect(self, stack: RunningStack) -> str:
        """The proof that it is broken now."""
        ...

    def mend(self, stack: RunningStack) -> None:
        """Put it right."""
        ...

    def healed(self, stack: RunningStack) -> str:
        """The proof that it works again."""
        ...
