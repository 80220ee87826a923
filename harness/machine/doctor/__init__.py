"""What this machine has of what a gate needs, what is missing, and what to do about it."""

from harness.machine.doctor.needs import examine
from harness.machine.doctor.render import as_json, print_report
from harness.machine.doctor.report import Level, Line, Report

__all__ = ["Level", "Line", "Report", "as_json", "examine", "print_report"]
