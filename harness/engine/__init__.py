"""The container engine: found, told apart when it does not answer, and started where that is possible."""

from harness.engine.address import Address, address
from harness.engine.connect import client, environment, ready_engine, session
from harness.engine.start import bring_up
from harness.engine.state import EngineError, EngineState, EngineStatus
from harness.engine.status import examine

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
