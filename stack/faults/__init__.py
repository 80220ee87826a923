"""Faults of this system: what only somebody who knows its tables and keys can break."""
