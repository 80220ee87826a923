"""Nothing breaks: the control that every other run is read against."""

from harness.checks import (
    EpochsGrow,
    ExactlyOnce,
    KeepsTrading,
    LeaderUnchanged,
    LoadKept,
    NothingElseFires,
    Panels,
    Recovered,
    Vocabulary,
)
from harness.model import LoadProfile, Scenario
from stack.truths import TRUTH

SCENARIO = Scenario(
    name="steady-state",
    hypothesis="With nothing broken every acknowledged signal is executed exactly once by one leader, no alert "
    "fires, and every panel is filled, fresh and answers within 3 s.",
    covers=(
        *("R-03", "R-20", "R-21", "R-22", "R-23", "R-24", "R-25", "R-29", "R-30", "R-31", "R-32"),
        *("R-40", "R-43"),
    ),
    load=LoadProfile(signals_per_s=20),
    checks=(
        ExactlyOnce(),
        EpochsGrow(),
        LeaderUnchanged(),
        NothingElseFires(),
        Panels(within_s=3.0),
        TRUTH,
        Vocabulary(),
        # Without a fault it has to be well from the baseline on.
        Recovered(within_s=60, mode="redis"),
        LoadKept(),
        KeepsTrading(),
    ),
    steady_s=240,
)
