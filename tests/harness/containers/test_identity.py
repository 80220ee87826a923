"""Who owns a resource can be told after its process is gone."""

from __future__ import annotations

import dataclasses
import os
import subprocess
import sys

from harness.containers.identity import KEEP_LABEL, OWNER_LABEL, Owner, labels, new_run_id


def test_this_process_is_alive() -> None:
    """The owner written on a label is recognised as alive while it runs."""
    owner = Owner.from_label(labels("run")[OWNER_LABEL])
    assert owner is not None
    assert owner.pid == os.getpid()
    assert owner.alive


def test_a_process_that_ended_is_not_alive() -> None:
    """The label of a process that has ended is recognised as abandoned."""
    printed = subprocess.run(
        [sys.executable, "-c", "from harness.containers.identity import Owner; print(Owner.this_process().label)"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    owner = Owner.from_label(printed)
    assert owner is not None
    assert not owner.alive


def test_a_reused_process_number_is_not_taken_for_the_owner() -> None:
    """Another process with the same number, or another boot, does not keep leftovers alive."""
    owner = Owner.this_process()
    assert not dataclasses.replace(owner, started_ticks=owner.started_ticks - 1).alive
    assert not dataclasses.replace(owner, boot_id="another").alive


def test_what_cannot_be_seen_from_here_is_left_alone() -> None:
    """A process in another PID namespace, or on another machine sharing the engine, is not taken for dead."""
    gone = dataclasses.replace(Owner.this_process(), started_ticks=1)
    assert not gone.alive
    assert dataclasses.replace(gone, namespace="pid:[1]").alive
    assert dataclasses.replace(gone, host="another").alive


def test_foreign_labels_have_no_owner() -> None:
    """A label that is not ours is not read as an owner."""
    assert Owner.from_label("") is None
    assert Owner.from_label("one/two/three") is None


def test_run_ids_differ() -> None:
    """Two runs started in one second do not share an id."""
    assert len({new_run_id() for _ in range(100)}) == 100


def test_only_kept_resources_say_so() -> None:
    """A stack that is kept on purpose is marked, others are not."""
    assert KEEP_LABEL in labels("run", keep=True)
    assert KEEP_LABEL not in labels("run")
