"""Instances killed at chosen points: as leader, before an answer, between a commit and what follows it."""

from harness.checks import EpochsGrow, ExactlyOnce, LoadKept, NothingElseFires, Recovered, Reported, TakenOver
from harness.faults.commits import HoldCommits
from harness.faults.container import Kill
from harness.faults.hold import For
from harness.faults.network import CutLink
from harness.faults.triggered import Sees, When
from harness.model import Act, LoadProfile, Scenario
from stack.books import POSITIONS_BALANCE
from stack.faults.late_commits import LateCommits
from stack.faults.positions import ManyPositions

WAITS = "SELECT count(*) > 0, count(*) FROM pg_stat_activity WHERE wait_event = "
UNANSWERED = f"{WAITS}'SyncRep' AND application_name = '{{leader}}:api'"
UNCOMMITTED = f"{WAITS}'PgSleep' AND application_name = '{{leader}}:execution'"
UNSHIPPED = (
    "SELECT count(*) > 0, count(*) FROM outbox WHERE shipped_at IS NULL AND payload->>'executed_by' = '{leader}'"
)
DEAD = For(production_s=35)  # longer than the lease, so that another one takes over
AT_ONCE = For(production_s=0)
POSITIONS, CODE = ("recovery", "positions"), ("recovery", "error_code")

SCENARIO = Scenario(
    name="crash-points",
    hypothesis="A leader killed as it is, with a signal accepted and not answered, with orders committed and nothing "
    "after, or with executions not yet shipped, is replaced, and recovers with 4 as with 50 open positions; no "
    "acknowledged signal is lost, executed or shipped twice, and positions are what the executions make them.",
    covers=("R-40", "R-43", "R-44", "R-46", "R-66"),
    load=LoadProfile(
        signals_per_s=20,
        viewers=0,
        nobody_looks="boards with an instance killed are looked at in boards-under-faults; without viewers recovery "
        "has the processors for its own timing",
    ),
    faults=(Kill(target="{leader}", hold=DEAD),),
    then=(
        Act(
            faults=(
                When(
                    seen=Sees(what="a signal that {leader} committed and did not answer", sql=UNANSWERED),
                    under=HoldCommits(),
                    fault=Kill(target="{leader}", hold=AT_ONCE),
                ),
            )
        ),
        Act(
            faults=(
                When(
                    seen=Sees(what="orders that {leader} asked to commit and was not told of", sql=UNCOMMITTED),
                    under=LateCommits(instance="{leader}"),
                    fault=Kill(target="{leader}", hold=DEAD),
                ),
            )
        ),
        Act(
            faults=(
                ManyPositions(count=46),  # beside the four that are traded
                When(
                    seen=Sees(what="executions that {leader} has not shipped", sql=UNSHIPPED),
                    under=CutLink(target="{leader}:clickhouse"),
                    fault=Kill(target="{leader}", hold=DEAD),
                ),
            )
        ),
    ),
    # Each crash may change the leader, and more than three changes are flapping: it looks back an hour.
    lingering=("LeadershipFlapping",),
    checks=(
        ExactlyOnce(),
        EpochsGrow(),
        POSITIONS_BALANCE,
        *(TakenOver(fault=number, within_s=45) for number in (0, 2, 4)),
        Reported(figure=POSITIONS, at_least=0, at_most=0),
        *(Reported(figure=POSITIONS, fault=number, at_least=4, at_most=4) for number in (0, 1, 2)),
        Reported(figure=POSITIONS, fault=4, at_least=50, at_most=50),
        *(Reported(figure=CODE, fault=number, word="NONE") for number in (0, 1, 2, 4)),
        *(Reported(figure=("recovery", "time_ms"), fault=number, at_most=500) for number in (0, 1, 2, 4)),
        # Whether an instance is gone for the minute that these wait hangs on how quickly it starts; instances-gone
        # judges them.
        NothingElseFires(possible=("InstanceDown", "StaleHeartbeat", "LeadershipFlapping", "MultipleLeadersFenced")),
        Recovered(within_s=60, mode="redis"),
        LoadKept(),
    ),
    steady_s=60,
    recovery_s=60,
)
