"""The load generator as it is used: a child process against a server on loopback."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from harness.errors import InfrastructureError, UsageError
from harness.load.run import LoadRun
from harness.load.spec import LoadSpec, Target
from harness.poll import until
from harness.processes import process
from tests.harness.load.loopback_server import Behaviour, Reply, Server, serving


def spec(tmp_path: Path, *urls: str, **changes: Any) -> LoadSpec:
    """A second of 100 requests to these servers, with some values changed."""
    targets = tuple(Target(name=f"trading-{number}", base_url=url) for number, url in enumerate(urls, start=1))
    fields: dict[str, Any] = {
        "targets": targets, "rate_per_s": 100.0, "out": tmp_path / "client.jsonl", "id_prefix": "run",
        "arrivals": "constant", "duration_s": 1.0, "timeout_s": 30.0,
    }  # fmt: skip
    return LoadSpec(**(fields | changes))


def recorded(tmp_path: Path) -> list[dict[str, Any]]:
    """What the generator recorded."""
    return [json.loads(line) for line in (tmp_path / "client.jsonl").read_text().splitlines()]


def after(event: threading.Event, longest_s: float) -> Behaviour:
    """A behaviour that answers once the event is set, at the latest after some seconds."""

    def wait(_body: dict[str, Any]) -> Reply:
        event.wait(longest_s)
        return Reply()

    return wait


def finished(load: LoadSpec) -> dict[str, Any]:
    """The summary of the traffic, run to its end."""
    with LoadRun(load) as run:
        return dict(run.wait())


def gone(pid: int) -> bool:
    """True when the process ended (whoever has to collect it)."""
    found = process(pid)
    return found is None or found.state == "Z"


def test_every_arrival_is_recorded_and_sent_once_to_the_instances_in_turn(tmp_path: Path) -> None:
    """100/s for 1 s are 100 requests with ids of their own, spread evenly, each with one outcome after its invoke."""
    with serving() as one, serving() as two:
        summary = finished(spec(tmp_path, one.url, two.url))
    assert {name: summary[name] for name in ("scheduled", "sent", "completed", "dropped", "ok")} == {
        "scheduled": 100, "sent": 100, "completed": 100, "dropped": 0, "ok": 100,
    }  # fmt: skip
    assert sorted(one.ids() + two.ids()) == sorted(f"run-{number}" for number in range(100))
    assert len(one.received) == len(two.received) == 50
    assert max(one.connections, two.connections) < 20  # used again: quick requests share a handful
    assert one.paths == {"/signals"}
    *lines, last = recorded(tmp_path)
    assert last["kind"] == "summary"
    assert Counter(line["kind"] for line in lines) == {"invoke": 100, "ok": 100}
    begun: set[str] = set()
    for line in lines:
        assert (line["id"] in begun) == (line["kind"] != "invoke")
        begun.add(line["id"])
    assert {line["to"] for line in lines if line["kind"] == "invoke"} == {"trading-1", "trading-2"}


def test_due_times_follow_the_schedule_not_the_answers(tmp_path: Path) -> None:
    """Answers that take 0.5 s do not slow down 100 arrivals in a second."""
    never = threading.Event()
    with serving(after(never, 0.5)) as server:
        finished(spec(tmp_path, server.url))
    due_s = [line["due_s"] for line in recorded(tmp_path) if line["kind"] == "invoke"]
    left_s = [line["t"] for line in recorded(tmp_path) if line["kind"] == "invoke"]
    assert due_s[-1] - due_s[0] == pytest.approx(0.99, abs=0.001)
    assert left_s[-1] - left_s[0] < 5


def behave(body: dict[str, Any]) -> Reply:
    """A behaviour for each kind of answer, by the number of the request."""
    kinds = [
        Reply(), Reply(status=409, body="taken"), Reply(status=429), Reply(status=503), Reply(status=500),
        Reply(status=302), Reply(status=0, then="reset"), Reply(status=0, then="close"),
        Reply(status=200, promised_bytes=500, then="close"), Reply(status=503, promised_bytes=500, then="close"),
    ]  # fmt: skip
    number: int = body["index"]
    return kinds[number % len(kinds)]


def test_outcomes_say_only_what_is_known_and_nothing_is_sent_twice(tmp_path: Path) -> None:
    """Acknowledged, refused and unknown are told apart; a lost connection never leads to a hidden second try."""
    with serving(behave) as server:
        finished(spec(tmp_path, server.url))
    ends = [line for line in recorded(tmp_path) if line["kind"] in {"ok", "fail", "info"}]
    by_number = {number: {end["kind"] for end in ends if end["id"].endswith(str(number))} for number in range(10)}
    assert by_number == {
        0: {"ok"}, 1: {"fail"}, 2: {"fail"}, 3: {"fail"}, 4: {"info"},
        5: {"info"}, 6: {"info"}, 7: {"info"}, 8: {"info"}, 9: {"info"},
    }  # fmt: skip
    assert Counter(server.ids()) == {f"run-{number}": 1 for number in range(100)}
    assert server.paths == {"/signals"}
    refused = next(end for end in ends if end["id"] == "run-1")
    assert (refused["status"], refused["error"]) == (409, "409 taken")


def test_a_connection_closed_while_idle_costs_no_request(tmp_path: Path) -> None:
    """A server that hangs up after each answer makes no outcome unknown, and gets no request twice."""
    with serving(lambda _body: Reply(then="close")) as server:
        summary = finished(spec(tmp_path, server.url, rate_per_s=40.0))
    assert (summary["ok"], summary["info"], summary["fail"]) == (40, 0, 0)
    assert Counter(server.ids()) == {f"run-{number}": 1 for number in range(40)}


def test_an_instance_that_is_not_there_surely_took_nothing(tmp_path: Path) -> None:
    """A refused connection is a failure, not an unknown; the other instance gets its share all the same."""
    with socket.create_server(("127.0.0.1", 0)) as closed, serving() as server:
        address = f"http://127.0.0.1:{closed.getsockname()[1]}"
        closed.close()
        summary = finished(spec(tmp_path, address, server.url))
    assert (summary["ok"], summary["fail"], summary["info"]) == (50, 50, 0)
    refused = [line for line in recorded(tmp_path) if line["kind"] == "fail"]
    assert all(line["status"] is None and line["error"].startswith("not sent:") for line in refused)


def test_no_answer_in_time_is_unknown(tmp_path: Path) -> None:
    """A request that hangs is given up after the timeout, counted from the moment it left."""
    never = threading.Event()
    with serving(after(never, 5)) as server:
        summary = finished(spec(tmp_path, server.url, timeout_s=0.5, rate_per_s=20.0))
        never.set()
    assert (summary["ok"], summary["info"], summary["completed"]) == (0, 20, 0)
    given_up = [line for line in recorded(tmp_path) if line["kind"] == "info"]
    assert all(line["error"] == "no answer within 0.5 s" and 490 <= line["ms"] < 3000 for line in given_up)


def test_a_freeze_shows_in_the_latency(tmp_path: Path) -> None:
    """One second of freeze in four: a quarter of the arrivals were due in it, and waited since then."""
    gate = threading.Event()
    gate.set()

    with serving(after(gate, 5)) as server, LoadRun(spec(tmp_path, server.url, duration_s=4.0)) as run:
        until("100 requests", lambda: len(server.received) >= 100, within_s=30)
        gate.clear()
        time.sleep(1.0)  # the dose
        gate.set()
        summary = run.wait()
    assert summary["ok"] == 400
    assert summary["latency_ms"]["p50"] < 500
    # 100 of 400 waited 1000, 990, 980 ... ms: of all, a tenth waited 600 ms or more, a hundredth 960.
    assert 500 < summary["latency_ms"]["p90"] < 2000
    assert 900 < summary["latency_ms"]["p99"] < 3000


def test_a_late_generator_says_so_and_its_delay_counts(tmp_path: Path) -> None:
    """What the generator itself was late stands in the lateness and in the latency: it hides nothing."""
    with serving() as server:
        summary = finished(spec(tmp_path, server.url, payload="tests.harness.load.stuck_payload:stuck"))
    assert summary["sent"] == 100
    assert summary["lateness_ms"]["max"] >= 380
    assert summary["lateness_ms"]["p99"] >= 300
    assert summary["latency_ms"]["p99"] >= 300


def test_arrivals_without_room_are_counted_as_dropped(tmp_path: Path) -> None:
    """A generator that may not send an arrival says so; sent and dropped add up to scheduled."""
    never = threading.Event()
    with serving(after(never, 5)) as server:
        summary = finished(spec(tmp_path, server.url, timeout_s=1.0, most_in_flight=5))
        never.set()
        until("the server to have read them all", lambda: len(server.received) == summary["sent"], within_s=30)
    assert summary["scheduled"] == 100
    assert summary["dropped"] >= 80
    assert summary["sent"] + summary["dropped"] == 100


def test_stop_ends_the_arrivals_and_waits_for_what_is_open(tmp_path: Path) -> None:
    """After `stop` every request that left has its outcome, none was dropped, and stopping again changes nothing."""
    hold = threading.Event()
    with serving(after(hold, 0.4)) as server:
        with LoadRun(spec(tmp_path, server.url, duration_s=None)) as run:
            until("50 requests", lambda: len(server.received) >= 50, within_s=30)
            run.check_alive()
            summary = run.stop()
            assert run.stop() == summary
            run.check_alive()
        assert summary["ok"] == summary["sent"] == summary["scheduled"] == len(server.received)
    assert summary["dropped"] == 0
    assert recorded(tmp_path)[-1]["kind"] == "summary"
    assert gone(run.pid)


def test_a_killed_generator_is_told_with_its_last_words(tmp_path: Path) -> None:
    """When the child dies, the harness says how, and does not pass the record off as whole."""
    with serving() as server:
        run = LoadRun(spec(tmp_path, server.url, duration_s=None))
        run.start()
        os.kill(run.pid, signal.SIGKILL)
        with pytest.raises(InfrastructureError, match=r"killed by signal 9; its last words"):
            until("the death to be told", run.check_alive, within_s=30)
        with pytest.raises(InfrastructureError, match="killed by signal 9"):
            run.stop()


def test_an_unwritable_record_ends_the_traffic(tmp_path: Path) -> None:
    """A disk that is full ends the run with the file's name."""
    (tmp_path / "client.jsonl").symlink_to("/dev/full")
    with (
        serving() as server,
        pytest.raises(InfrastructureError, match=r"client\.jsonl cannot be written"),
        LoadRun(spec(tmp_path, server.url)) as run,
    ):
        run.wait()


def test_an_unknown_payload_is_refused_before_a_process_starts(tmp_path: Path) -> None:
    """A wrong dotted path is bad input."""
    with pytest.raises(UsageError, match=r"no\.such"):
        LoadRun(spec(tmp_path, "http://127.0.0.1:1", payload="no.such:thing")).start()


def test_the_child_ends_itself_at_its_bound(tmp_path: Path) -> None:
    """A generator that nobody stops does not outlive `longest_s`."""
    with serving() as server:
        run = LoadRun(spec(tmp_path, server.url, duration_s=None, longest_s=5.0))
        run.start()
        until("the child to end", lambda: gone(run.pid), within_s=30)
        with pytest.raises(InfrastructureError, match="bound of its life"):
            run.stop()


PARENT = """
import sys, time
from pathlib import Path
from harness.load.run import LoadRun
from harness.load.spec import LoadSpec
run = LoadRun(LoadSpec.from_json(sys.argv[1]))
run.start()
print(run.pid, flush=True)
time.sleep(60)
"""


def test_the_child_dies_with_a_killed_parent(tmp_path: Path) -> None:
    """Kill -9 of the harness leaves no load generator behind, and no summary that would look complete."""
    with serving() as server:
        load = spec(tmp_path, server.url, duration_s=None)
        parent = subprocess.Popen(
            [sys.executable, "-c", PARENT, load.to_json()],
            stdout=subprocess.PIPE,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        )
        try:
            assert parent.stdout is not None
            child = int(parent.stdout.readline())
            assert not gone(child)
            until(
                "the first request to be recorded", lambda: load.out.is_file() and load.out.stat().st_size, within_s=20
            )
        finally:
            parent.kill()
            parent.communicate()
        until("the child to end", lambda: gone(child), within_s=30)
    assert recorded(tmp_path)[-1]["kind"] != "summary"


def test_the_parent_imports_neither_locust_nor_gevent() -> None:
    """Gevent's patching would break the harness: only the child loads it."""
    code = (
        "import sys, harness.load.run, harness.load.spec, stack.traffic; "
        "print([name for name in ('locust', 'gevent', 'geventhttpclient') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        check=True,
        text=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert done.stdout.strip() == "[]"


def streams(server: Server) -> Counter[str]:
    """How many requests each stream of ids has sent."""
    return Counter(request_id.rpartition("-")[0] for request_id in server.ids())


def test_locust_works_by_hand(tmp_path: Path) -> None:
    """`locust -f harness/load/locustfile.py` sends a stream for each user, and stops in order."""
    with serving() as server:
        locust = subprocess.Popen(
            [
                sys.executable, "-m", "locust", "-f", "harness/load/locustfile.py", "--headless", "-u", "2", "-r", "2",
                "--host", server.url, "--rate", "30", "--payload", "stack.traffic:signal",
                "--client-log", str(tmp_path / "client.jsonl"),
            ],
            stderr=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            cwd=Path(__file__).parents[3],
        )  # fmt: skip
        try:
            until("two streams", lambda: sum(count >= 5 for count in streams(server).values()) == 2, within_s=60)
            locust.terminate()
            _, messages = locust.communicate(timeout=30)
        finally:
            locust.kill()
            locust.communicate()
    assert locust.returncode == 0, messages.decode()
    summaries = [line for line in recorded(tmp_path) if line["kind"] == "summary"]
    assert sum(summary["sent"] for summary in summaries) == len(server.received) == len(set(server.ids()))
    assert [summary["ok"] for summary in summaries] == [summary["sent"] for summary in summaries]
    assert len(streams(server)) == len(summaries) == 2


def test_workers_share_one_schedule_and_their_histograms_are_added(tmp_path: Path) -> None:
    """With two worker processes each arrival is sent once, by one of them; the master's summary is the sum."""
    out, merged = tmp_path / "client.jsonl", tmp_path / "merged.json"
    with serving() as server:
        locust = subprocess.Popen(
            [
                sys.executable, "-m", "locust", "-f", "harness/load/locustfile.py", "--headless", "-u", "2", "-r", "2",
                "--processes", "2", "--host", server.url, "--rate", "30", "--arrivals", "constant",
                "--client-log", str(out), "--summary", str(merged),
            ],
            stderr=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            cwd=Path(__file__).parents[3],
        )  # fmt: skip
        try:
            until("requests of both", lambda: len(server.received) >= 100, within_s=90)
            locust.send_signal(signal.SIGTERM)
            _, messages = locust.communicate(timeout=60)
        finally:
            locust.kill()
            locust.communicate()
        received = server.ids()
    parts = [
        [json.loads(line) for line in tmp_path.joinpath(f"client-{n}.jsonl").read_text().splitlines()] for n in (0, 1)
    ]
    numbers = [{int(line["id"].rpartition("-")[2]) for line in part if line["kind"] == "invoke"} for part in parts]
    assert all(number % 2 == share for share in (0, 1) for number in numbers[share]), messages.decode()
    assert len(received) == len(set(received)) == len(numbers[0]) + len(numbers[1])
    told = json.loads(merged.read_text())["SignalStream"]
    assert (told["workers"], told["reported"], told["whole"]) == (2, 2, True)
    assert told["sent"] == told["ok"] == len(received)
    assert told["latency_ms"]["max"] == max(part[-1]["latency_ms"]["max"] for part in parts)
