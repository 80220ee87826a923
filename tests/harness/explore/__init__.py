"""Tests of random campaigns: the pure parts, and the search on models of failures."""
