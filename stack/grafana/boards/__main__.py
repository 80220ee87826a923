"""Write every board to grafana/dashboards/<uid>.json; with `--check` only say which file is out of date."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import Dashboard

from .high_availability import high_availability
from .instance_state import instance_state
from .performance import performance
from .trade_state import trade_state
from .trading_system import trading_system

BOARDS: tuple[Callable[[], Dashboard], ...] = (
    trade_state,
    performance,
    instance_state,
    high_availability,
    trading_system,
)
FOLDER = Path(__file__).parents[3] / "grafana" / "dashboards"


def as_json(board: Dashboard) -> str:
    """The file's text: stable, so that a change of a board is a change of its lines."""
    return json.dumps(board, cls=JSONEncoder, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def main(arguments: list[str]) -> int:
    """Write or check the files. Returns 1 if a check finds one that differs."""
    stale = []
    for make in BOARDS:
        board = make()
        path, text = FOLDER / f"{board.uid}.json", as_json(board)
        if path.is_file() and path.read_text(encoding="utf-8") == text:
            continue
        stale.append(path.name)
        if "--check" not in arguments:
            path.write_text(text, encoding="utf-8")
    done = "out of date" if "--check" in arguments else "written"
    print(f"{done}: {', '.join(stale)}" if stale else "every board is up to date")  # noqa: T201 - a command's output
    return 1 if stale and "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
