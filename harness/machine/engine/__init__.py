"""The container engine: found, told apart when it does not answer, and started where that is possible."""

from harness.machine.engine.address import Address, address
from harness.machine.engine.connect import client, environment, ready_engine, session
from harness.machine.engine.start import bring_up
from harness.machine.engine.state import EngineError, EngineState, EngineStatus
from harness.machine.engine.status import examine

__all__ = [
    "Address",
    "EngineError",
    "EngineState",
    "EngineStatus",
    "address",
    "bring_up",
    "client",
    "environment",
    "examine",
    "ready_engine",
    "session",
]
