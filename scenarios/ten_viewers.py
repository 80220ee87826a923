"""Ten people look at the boards at once: nothing is broken."""

from harness.checks import EpochsGrow, ExactlyOnce, LeaderUnchanged, LoadKept, NothingElseFires, Panels, Recovered
from harness.model import LoadProfile, Scenario
from stack.truths import TRUTH

SCENARIO = Scenario(
    name="ten-viewers",
    hypothesis="With ten people at the boards, each tab refreshed in real time, every panel is filled, fresh and "
    "answers within 3 s; trading does not notice them.",
    covers=("R-31", "R-32", "R-65"),
    load=LoadProfile(signals_per_s=20, viewers=10, real_refresh=True),
    checks=(
        ExactlyOnce(),
        EpochsGrow(),
        LeaderUnchanged(),
        NothingElseFires(),
        Panels(within_s=3.0),
        TRUTH,
        Recovered(within_s=60, mode="redis"),
        LoadKept(),
    ),
    steady_s=1125,  # 75 real seconds: two looks at boards that are refreshed each half minute
    profiles=("full",),
)
