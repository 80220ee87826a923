"""Tests of judging a run."""
