"""Nothing happens, for longer than any test of the whole looks: it is ended from outside."""

from harness.checks import ExactlyOnce
from harness.model import LoadProfile, Scenario

SCENARIO = Scenario(
    name="long-calm",
    hypothesis="While nothing is broken no signal is executed twice or lost.",
    covers=("R-43",),
    load=LoadProfile(signals_per_s=20),
    checks=(ExactlyOnce(),),
    steady_s=9000,
)
