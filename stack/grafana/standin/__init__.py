"""A stand-in for Grafana 10.4.0 where its image cannot be had: same provisioning, same read-only HTTP API.

It is NOT Grafana and says so in its version, in a header of every answer and on its pages.
It runs the panels' queries on the real data sources; what it cannot do, it refuses.
"""

VERSION = "10.4.0-standin"
"""What /api/health answers: the release that is imitated, and that this is an imitation."""

STANDIN_HEADER = "X-Grafana-Standin"
"""Header set on every answer, so that nobody takes one for Grafana's own."""
