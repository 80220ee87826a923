"""Grafana: boards as code, provisioning checks, and the stand-in."""
