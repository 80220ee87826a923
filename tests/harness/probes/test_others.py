"""What other programs used is told from what the run used."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import docker.errors
import pytest

from harness.containers.identity import OWNER_LABEL, RUN_LABEL, Owner
from harness.evidence import FolderHistory, Recorder
from harness.probes.others import OthersProbe, Ours, ours_of, strangers_to, used_between
from harness.processes import PROC, Process, process
from harness.recorded import Stream

MINE, THEIRS = "a" * 64, "b" * 64
NOBODY = Ours(containers=frozenset(), owners=frozenset())


def one(pid: int, parent: int, own: int = 0, children: int = 0, name: str = "", started: int = 5) -> Process:
    """A process."""
    return Process(
        pid=pid, parent=parent, name=name or f"p{pid}", state="S", own_ticks=own, children_ticks=children,
        started_ticks=started,
    )  # fmt: skip


def by_number(*found: Process) -> dict[int, Process]:
    """A look."""
    return {each.pid: each for each in found}


def tell(proc: Path, pid: int, parent: int, name: str, container: str = "", ticks: int = 0) -> None:
    """Let a made-up system tell of a process."""
    (proc / str(pid)).mkdir(parents=True, exist_ok=True)
    line = f"{pid} ({name}) S {parent} " + "0 " * 9 + f"{ticks} 0 0 0 0 0 0 0 77 0"
    (proc / str(pid) / "stat").write_text(line, encoding="ascii")
    (proc / str(pid) / "cgroup").write_text(f"9:cpu:/docker/{container}\n0::/\n", encoding="ascii")


def test_strangers_are_who_is_left(tmp_path: Path) -> None:
    """Neither the run's processes and all that they started, nor its containers, the engine and the kernel."""
    for pid, parent, name, container in (
        (1, 0, "init", ""),
        (2, 0, "kthreadd", ""),
        (9, 2, "kworker/0:1", ""),
        (20, 1, "make", ""),
        (21, 20, "harness", ""),
        (22, 21, "load", ""),
        (23, 22, "sender", ""),
        (25, 1, "dockerd", ""),
        (26, 25, "exe", ""),
        (30, 1, "containerd-shim", ""),
        (31, 30, "postgres", MINE),
        (32, 30, "postgres", THEIRS),
        (40, 1, "compiler", ""),
    ):
        tell(tmp_path, pid, parent, name, container)
    found = strangers_to(Ours(containers=frozenset({MINE}), owners=frozenset({21})), tmp_path)
    assert sorted(found) == [1, 20, 32, 40]


def test_time_is_counted_once() -> None:
    """Each look adds what is new: own time, children that came and went, a new program with all of its time."""
    before = by_number(one(10, 1, own=100, children=50), one(11, 10, own=20))
    after = by_number(one(10, 1, own=103, children=57), one(11, 10, own=24), one(12, 10, own=6, children=1))
    assert used_between(before, after) == Counter({"p10": 10, "p11": 4, "p12": 7})


def test_who_ended_is_not_counted_again_in_the_parents_account() -> None:
    """The parent is credited with all that its child ever used; what was known of it came before."""
    before = by_number(one(10, 1), one(11, 10, own=500, children=30))
    assert used_between(before, by_number(one(10, 1, children=533))) == Counter({"p10": 3})
    whole_family = by_number(one(10, 1), one(11, 10, own=500), one(12, 11, own=70))
    assert used_between(whole_family, by_number(one(10, 1, children=575))) == Counter({"p10": 5})


def test_who_lost_its_parent_is_left_out_when_it_ends() -> None:
    """The first process buries anybody's children: also containers and their hours."""
    before = by_number(one(1, 0, own=5), one(11, 1, own=500))
    assert used_between(before, by_number(one(1, 0, own=6, children=9000))) == Counter({"p1": 1})


def test_a_number_that_is_used_again_is_another_process() -> None:
    """Its time begins anew."""
    assert used_between(by_number(one(11, 1, own=500)), by_number(one(11, 1, own=7, started=9))) == Counter({"p11": 7})


def test_nothing_used_is_nothing_told() -> None:
    """Nobody is named who did nothing."""
    same = by_number(one(10, 1, own=5), one(11, 10))
    assert used_between(same, same) == Counter()


def test_the_record_says_who_and_how_much(tmp_path: Path) -> None:
    """Beside what was idle, in seconds of one processor; a look without an answer of the engine begins anew."""
    proc, per_s = tmp_path / "proc", os.sysconf("SC_CLK_TCK")
    answers: list[Ours | None] = [NOBODY, NOBODY, None, NOBODY]
    probe, recorder = OthersProbe(ours=lambda: answers.pop(0), proc=proc), Recorder(tmp_path / "run")
    for look in range(4):
        tell(proc, 40, 1, "compiler", ticks=look * per_s)
        idle, stolen = look * 3 * per_s, look * per_s
        (proc / "stat").write_text(f"cpu {look * 5 * per_s} 0 0 {idle} 0 0 0 {stolen} 0 0\n", encoding="ascii")
        probe.sample(recorder)
    recorder.close()
    (told,) = FolderHistory(folder=tmp_path / "run").read(Stream.COST)
    assert {name: told.data[name] for name in ("others_s", "idle_s", "all_s", "most")} == {
        "others_s": 1.0, "idle_s": 3.0, "all_s": 9.0, "most": "compiler",
    }  # fmt: skip


@pytest.mark.skipif(not PROC.exists(), reason="this system has no /proc: nothing tells what other programs use")
def test_a_program_of_this_machine_is_seen_unless_it_is_ours() -> None:
    """A real child that computes is a stranger to a run that did not start it, and none to one that did."""
    burn = "import time\nprint(flush=True)\nwhile time.process_time() < 0.3: pass\nprint(flush=True)\ninput()"
    with subprocess.Popen([sys.executable, "-c", burn], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout
        child.stdout.readline()
        before = strangers_to(NOBODY)
        child.stdout.readline()
        now = process(child.pid)
        assert now
        used = used_between({child.pid: before[child.pid]}, {child.pid: strangers_to(NOBODY)[child.pid]})
        assert used.total() >= 0.2 * os.sysconf("SC_CLK_TCK")
        assert child.pid not in strangers_to(Ours(containers=frozenset(), owners=frozenset({os.getpid()})))
        child.communicate(b"\n")


def test_a_run_is_all_of_its_stacks() -> None:
    """Containers of another run are not this one's, though its id may begin alike; every owner's process is.

    So are tools that one of these processes runs in a container.
    """
    owner = Owner.this_process().label

    def container(name: str, run_id: str, owned_by: str) -> dict[str, Any]:
        return {"Id": name, "Labels": {RUN_LABEL: run_id, OWNER_LABEL: owned_by}}

    client = Mock()
    client.api.containers.return_value = [
        container("first", "run-1", owner),
        container("second", "run-2", owner.replace(f"{os.getpid()}/", "4321/", 1)),
        container("whole", "run", "unreadable"),
        container("other", "runner-1", owner.replace(f"{os.getpid()}/", "8765/", 1)),
        container("tool", "another-id", owner.replace(f"{os.getpid()}/", "4321/", 1)),
    ]
    assert ours_of(client, "run") == Ours(
        containers=frozenset({"first", "second", "whole", "tool"}), owners=frozenset({os.getpid(), 4321})
    )


def test_an_engine_that_does_not_answer_tells_nothing() -> None:
    """Everybody would be a stranger."""
    client = Mock()
    client.api.containers.side_effect = docker.errors.APIError("busy")
    assert ours_of(client, "run") is None
