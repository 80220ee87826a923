"""Probes: each looks at one thing at a fixed rate and records what it saw, failures included."""
