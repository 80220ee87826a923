"""Pictures of every panel as it was at a few moments of a scenario, drawn from the recorded answers."""

from harness.report.pictures.writing import Pictured, write_pictures

__all__ = ["Pictured", "write_pictures"]
