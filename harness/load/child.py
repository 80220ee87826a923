"""The load generator's process: Locust with one stream of open arrivals, told what to do on its stdin.

First line of stdin: the spec as JSON. It says `started` on stdout when traffic begins.
SIGTERM ends the traffic in an orderly way; the end of stdin ends the process at once.
"""

from __future__ import annotations

import gc
import json
import logging
import os
import resource
import signal
import sys

from harness.errors import ExitCode, HarnessError
from harness.load.priority import go_first
from harness.load.spec import LoadSpec

_START_WITHIN_S = 60


def main() -> int:
    """Run the traffic of one spec; returns an exit code of the harness."""
    parent = os.getppid()
    signal.alarm(_START_WITHIN_S)  # the lifeline is not there yet
    spec = LoadSpec.from_json(_first_line())
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    _allow_many_connections()
    go_first()
    try:
        _run(spec, parent)
    except HarnessError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    return ExitCode.PASS


def _first_line() -> str:
    # Unbuffered, so that nothing of the pipe is held back from the lifeline.
    line = bytearray()
    while not line.endswith(b"\n"):
        piece = os.read(sys.stdin.fileno(), 1)
        if not piece:
            raise SystemExit("no spec on stdin: this is started by the harness, by hand use locust -f")
        line += piece
    return line.decode()


def _allow_many_connections() -> None:
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 65536 if hard == resource.RLIM_INFINITY else min(65536, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _run(spec: LoadSpec, parent: int) -> None:
    # Locust patches the process for gevent when it is imported: here and nowhere in the parent.
    import gevent  # noqa: PLC0415
    from locust import events  # noqa: PLC0415
    from locust.env import Environment  # noqa: PLC0415

    from harness.load import lifeline  # noqa: PLC0415
    from harness.load.locustfile import end_arrivals  # noqa: PLC0415
    from harness.load.users import CLASSES, DeskStream, Stream, on  # noqa: PLC0415

    lifeline.hold(sys.stdin.fileno(), parent, spec.longest_s)
    signal.alarm(0)
    broken: list[Exception] = []
    on(events.user_error)(lambda exception, **_: broken.append(exception))
    Stream.spec = spec
    alone = {stream.mix[0][0]: stream for stream in CLASSES.values() if len(stream.mix) == 1}
    stream = alone[spec.mix[0][0]] if len(spec.mix) == 1 else DeskStream
    environment = Environment(user_classes=[stream], events=events)
    runner = environment.create_local_runner()
    gevent.signal_handler(signal.SIGTERM, end_arrivals)
    gc.collect()
    gc.freeze()  # what is loaded by now stays; scanning it again would only make requests late
    runner.start(1, spawn_rate=1)
    if runner.spawning_greenlet is not None:
        runner.spawning_greenlet.join()
    _say("started")
    while not runner.user_greenlets.join(timeout=spec.progress_s or None):
        for traffic in Stream.running:
            _say(json.dumps(traffic.glance()))
    if broken:
        raise broken[0]


def _say(word: str) -> None:
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
