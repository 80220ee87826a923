"""Checks: pure functions from a record to findings, one file a promise; nothing here starts anything."""

from harness.checks.access import Access
from harness.checks.alert import Alert
from harness.checks.balanced import Balanced
from harness.checks.dashboards import Panels
from harness.checks.epochs import EpochsGrow, LeaderUnchanged
from harness.checks.exactly_once import ExactlyOnce
from harness.checks.faults import FaultsTookEffect
from harness.checks.inhibited import Inhibited
from harness.checks.leader_kept import LeaderKept
from harness.checks.load import LoadKept
from harness.checks.overload import Overload
from harness.checks.panel_acts import Breaks
from harness.checks.recovered import Recovered
from harness.checks.reported import Reported
from harness.checks.silence import NothingElseFires
from harness.checks.silent import Silent
from harness.checks.taken_over import TakenOver
from harness.checks.trading import KeepsTrading
from harness.checks.truth import Truth
from harness.checks.unacknowledged import NothingAcknowledged
from harness.checks.vocabulary import Vocabulary

__all__ = [
    "Access",
    "Alert",
    "Balanced",
    "Breaks",
    "EpochsGrow",
    "ExactlyOnce",
    "FaultsTookEffect",
    "Inhibited",
    "KeepsTrading",
    "LeaderKept",
    "LeaderUnchanged",
    "LoadKept",
    "NothingAcknowledged",
    "NothingElseFires",
    "Overload",
    "Panels",
    "Recovered",
    "Reported",
    "Silent",
    "TakenOver",
    "Truth",
    "Vocabulary",
]
