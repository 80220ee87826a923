"""The engine: containers, faults, probes, evidence and verdicts; it knows nothing of trading."""

__version__ = "0.1.0"
