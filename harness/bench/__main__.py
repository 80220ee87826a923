"""`python -m harness.bench freeze | ceiling`: what the load generator is worth, as tables in Markdown."""

from __future__ import annotations

import argparse
import sys

from harness.bench.freeze import FULL, SHORT, compare
from harness.bench.generator import ceiling
from harness.errors import HarnessError


def main() -> int:
    """Measure one of the two; 0 when it is as it should be, 1 when not."""
    parser = argparse.ArgumentParser(prog="python -m harness.bench", description=__doc__)
    parser.add_argument("what", choices=("freeze", "ceiling"))
    parser.add_argument("--short", action="store_true", help="freeze: 15 s instead of 60 s; ceiling: steps of 3 s")
    options = parser.parse_args()
    try:
        if options.what == "freeze":
            found = compare(SHORT if options.short else FULL)
            good = found.ours_true and found.stock_wrong
            lines = [*found.lines(), "", f"Lateness p99 {found.lateness_p99_ms:.2f} ms, dropped {found.dropped}."]
        else:
            limit = ceiling(
                seconds=3.0 if options.short else 10.0,
                progress=lambda line: print(line, file=sys.stderr),  # noqa: T201
            )
            good, lines = limit.good, list(limit.lines())
    except HarnessError as problem:
        print(problem, file=sys.stderr)  # noqa: T201 - a command
        return int(problem.exit_code)
    print("\n".join(lines))  # noqa: T201 - a command
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
