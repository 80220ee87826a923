"""Nothing breaks: the control that every other run is read against."""

from harness.checks import (
    EpochsGrow,
    ExactlyOnce,
    LeaderUnchanged,
    LoadKept,
    NothingElseFires,
    Panels,
)
from harness.model import LoadProfile, Scenario

SCENARIO = Scenario(
    name="steady-state",
    hypothesis="With nothing broken every acknowledged signal is executed exactly once by one leader, no alert "
    "fires, and every panel is filled, fresh and answers within 3 s.",
    covers=("R-03", "R-20", "R-32", "R-40", "R-43"),
    load=LoadProfile(signals_per_s=20),
    checks=(
        ExactlyOnce(),
        EpochsGrow(),
        LeaderUnchanged(),
        NothingElseFires(),
        Panels(within_s=3.0),
        LoadKept(),
    ),
    steady_s=240,
)
