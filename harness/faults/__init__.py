"""Faults: one small file a mechanism. A fault says what it breaks, how its effect shows, and how it is mended."""
