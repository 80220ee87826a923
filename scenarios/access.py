"""Who may look, and who may do more: nothing is broken, everybody tries everything."""

from harness.checks import Access, ExactlyOnce, LoadKept, NothingElseFires, Recovered
from harness.model import LoadProfile, Scenario

SCENARIO = Scenario(
    name="access",
    hypothesis="Strangers and wrong passwords are refused; a viewer sees every board and can change nothing; the role "
    "of the boards reads six tables of PostgreSQL and writes none; trading does not notice.",
    covers=("R-04", "R-70", "R-71"),
    load=LoadProfile(
        signals_per_s=20,
        viewers=0,
        nobody_looks="nothing is broken, and steady-state looks at the same boards; here every board is opened by "
        "those who may not do more",
    ),
    steady_s=60,
    checks=(Access(at_least=30), ExactlyOnce(), NothingElseFires(), Recovered(within_s=60, mode="redis"), LoadKept()),
)
