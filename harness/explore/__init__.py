"""Random campaigns: schedules of faults drawn from a seed, run, confirmed, shrunk and kept."""
