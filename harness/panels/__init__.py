"""From a dashboard's JSON to the requests a browser would send, and from an answer to what a panel shows.

Pure: no network, no clock. The contract is Grafana 10.4's; the same bodies go to it and to its stand-in.
Every panel counts as visible; those inside collapsed rows are left out, as a browser does until one opens.
"""

from harness.panels.answers import LastValue, TargetAnswer, read_answer
from harness.panels.intervals import Span, parse_duration_ms, round_interval_ms
from harness.panels.requests import PanelRequest, default_span, panel_requests

__all__ = [
    "LastValue",
    "PanelRequest",
    "Span",
    "TargetAnswer",
    "default_span",
    "panel_requests",
    "parse_duration_ms",
    "read_answer",
    "round_interval_ms",
]
