"""Structured log: one JSON object a line on standard output."""

import json
import logging
import sys
import traceback
from datetime import UTC, datetime
from typing import Any


class Log:
    """Writes events of one instance; fields must be JSON values."""

    def __init__(self, instance: str) -> None:
        self._instance = instance

    def info(self, event: str, **fields: Any) -> None:
        """Something worth knowing."""
        self._write("info", event, fields)

    def warning(self, event: str, **fields: Any) -> None:
        """Something an operator should look at."""
        self._write("warning", event, fields)

    def error(self, event: str, **fields: Any) -> None:
        """Something that should not happen."""
        self._write("error", event, fields)

    def defect(self, event: str, error: Exception, **fields: Any) -> None:
        """An exception that nobody expected, with its traceback."""
        told = "".join(traceback.format_exception(error))
        self._write("error", event, {**fields, "error": repr(error), "traceback": told})

    def _write(self, level: str, event: str, fields: dict[str, Any]) -> None:
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        line = {"time": now, "level": level, "instance": self._instance, "event": event, "fields": fields}
        sys.stdout.write(json.dumps(line, default=str) + "\n")
        sys.stdout.flush()


class LibraryHandler(logging.Handler):
    """Passes what libraries log at WARNING and above into the same stream."""

    def __init__(self, log: Log) -> None:
        super().__init__(logging.WARNING)
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record of a library."""
        self._log.warning("library", logger=record.name, message=record.getMessage())
