"""Traffic: open arrivals on a schedule, sent by a child process, every request recorded."""
