"""The load of the generator's own benches: GETs at even distances, without a record of each."""

from __future__ import annotations

from pathlib import Path

from harness.load.spec import LoadSpec, Target


def plain_gets(url: str, folder: Path, *, rate_per_s: float, duration_s: float, timeout_s: float) -> LoadSpec:
    """The generator's orders.

    Args:
        url: of the server.
        folder: takes the generator's files.
        rate_per_s: requests per second.
        duration_s: of the schedule, s.
        timeout_s: for a whole answer, s.
    """
    return LoadSpec(
        targets=(Target(name="server", base_url=url),),
        rate_per_s=rate_per_s,
        duration_s=duration_s,
        out=folder / "client.jsonl",
        id_prefix="bench",
        method="GET",
        path="/",
        body="",
        headers=(),
        arrivals="constant",
        timeout_s=timeout_s,
        recorded=False,
    )
