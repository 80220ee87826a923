"""Panels that have nothing to show while nobody leads."""

# Nobody is named then, and the leader alone knows what was earned and what waits. Scenarios in which somebody leads all
# the time judge them without this.
OF_THE_LEADER = ("Leader", "Current Leader", "Total P/L", "Total P/L over Time", "Queue Length", "Queues")
