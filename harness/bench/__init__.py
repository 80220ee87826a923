"""The figures that this project watches: speed is seen here, tests assert behaviour."""

from harness.bench.figures import Figure, as_json, as_table
from harness.bench.measure import measure

__all__ = ["Figure", "as_json", "as_table", "measure"]
