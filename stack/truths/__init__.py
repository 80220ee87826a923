"""What each panel of the boards has to show, as it follows from what was sent and from what the databases hold.

Three grades, told panel by panel in docs/dashboards.md: *known* from what the harness sent and read for itself; *said*
by the instances when they are asked for their health, on another way than Prometheus; *scraped*, which only proves that
the panel shows what the instance told. A test holds every query of every panel to one of them, or to a reason in
`UNTOLD`.
"""

from __future__ import annotations

from collections.abc import Mapping

from harness.checks import Truth
from harness.checks.truth import Promise
from stack.truths.high_availability import HIGH_AVAILABILITY
from stack.truths.instance_state import INSTANCE_STATE
from stack.truths.performance import PERFORMANCE_BOARD
from stack.truths.trade_state import TRADE_STATE
from stack.truths.trading_system import TRADING_SYSTEM
from stack.truths.words import LATENCY_BUCKETS_S, SYSTEM

__all__ = ["LATENCY_BUCKETS_S", "PROMISES", "TRUTH", "UNTOLD"]

PROMISES: tuple[Promise, ...] = (*TRADE_STATE, *PERFORMANCE_BOARD, *INSTANCE_STATE, *HIGH_AVAILABILITY, *TRADING_SYSTEM)

# What nobody but the panel's own source knows, by board, panel and query; a query of "" is all of them.
UNTOLD: Mapping[tuple[str, str, str], str] = {
    (SYSTEM, "Model State", ""): "nothing that the harness sends or reads says which models there are",
    (SYSTEM, "Model Quality", ""): "the figures are the application's own reckoning over its newest 500 orders",
    (SYSTEM, "Win Rate", ""): "as of Model Quality",
    (SYSTEM, "Confidence", ""): "as of Model Quality",
}

TRUTH = Truth(promises=PROMISES)
