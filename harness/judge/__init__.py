"""From a run folder to a judged report: only what lies in the folder counts."""

from harness.judge.merge import Merged, merge
from harness.judge.mistakes import judge_mistake
from harness.judge.run import SCHEMA_VERSION, judge_run
from harness.judge.scenario import LOADED_FILE, PLAN_FILE, judge_scenario, read_record
from harness.judge.stored import RUN_FILE

__all__ = [
    "LOADED_FILE",
    "PLAN_FILE",
    "RUN_FILE",
    "SCHEMA_VERSION",
    "Merged",
    "judge_mistake",
    "judge_run",
    "judge_scenario",
    "merge",
    "read_record",
]
