"""Reference trading application: acknowledges signals when durable; one leader executes each exactly once."""

__version__ = "0.1.0"
