"""The control: nothing is broken, and somebody looks at the board."""

from harness.checks import ExactlyOnce, LoadKept, NothingElseFires, Panels, Recovered
from harness.model import LoadProfile, Scenario

SCENARIO = Scenario(
    name="quiet-day",
    hypothesis="On a quiet day each order is kept once, nobody is woken, and the board shows it.",
    covers=("O-1", "O-3"),
    load=LoadProfile(signals_per_s=20),
    checks=(
        ExactlyOnce(events=False, epochs=False, shipped=False),
        Recovered(within_s=0),
        LoadKept(),
        NothingElseFires(),
        Panels(),
    ),
    steady_s=150,
)
