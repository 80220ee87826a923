"""The command line: thin commands over plain functions, one way out for every error."""

from harness.cli.app import main

__all__ = ["main"]
