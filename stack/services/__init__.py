"""Builders: each makes one service of the stack from its configuration in `stack/<service>/`."""
