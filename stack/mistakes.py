"""The mistakes that a gate on this stack has to see, each with the scenario and the check that see it.

How each comes to light is told in docs/decisions/known-bad.md, of boards in board-mutants.md.
"""

from __future__ import annotations

from harness.mistakes import Mistake

MISTAKES = (
    # Uniqueness alone is never put to the test while the fence holds, and the fence alone still lets it refuse.
    Mistake(
        name="fence-off-unique-off",
        switches=("fence-off", "unique-off"),
        scenario="redis-outage",
        caught_by=("ExactlyOnce",),
    ),
    Mistake(
        name="fence-off", switches=("fence-off",), scenario="redis-outage", caught_by=("EpochsGrow", "ExactlyOnce")
    ),
    Mistake(name="wall-clock", switches=("wall-clock",), scenario="leader-frozen", caught_by=("EpochsGrow",)),
    Mistake(
        name="redis-alone",
        switches=("redis-alone",),
        scenario="leader-cut-off",
        caught_by=("EpochsGrow", "NothingAcknowledged"),
    ),
    Mistake(name="blind-lease", switches=("blind-lease",), scenario="lease-stolen", caught_by=("TakenOver",)),
    Mistake(
        name="ack-before-commit",
        switches=("ack-before-commit",),
        scenario="sources-down",
        caught_by=("NothingAcknowledged", "ExactlyOnce"),
    ),
    Mistake(name="ship-twice", switches=("ship-twice",), scenario="watchers-hang", caught_by=("ExactlyOnce",)),
    Mistake(name="late-positions", switches=("late-positions",), scenario="crash-points", caught_by=("Balanced",)),
    Mistake(name="no-admission", switches=("no-admission",), scenario="load-burst", caught_by=("Overload",)),
    Mistake(name="skip-validation", switches=("skip-validation",), scenario="troubled-recovery", caught_by=("Alert",)),
    # Boards: one that shows nothing, and one that shows something wrong.
    Mistake(
        name="board-renamed-metric", switches=("board-renamed-metric",), scenario="steady-state", caught_by=("Panels",)
    ),
    Mistake(name="board-average", switches=("board-average",), scenario="steady-state", caught_by=("Truth",)),
)
