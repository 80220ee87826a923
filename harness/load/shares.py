"""One schedule for several worker processes: who sends which arrivals, and one summary of all.

The master counts the workers that have users once all are there, and tells each its number, how many there are, and
one beginning. Worker i of n sends every n-th arrival from the i-th on; so none is sent twice and none is left out.
Each worker hands its histograms whole to the master, which adds them up.
"""

from __future__ import annotations

import json
import logging
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

from gevent.event import AsyncResult, Event
from locust.exception import StopUser
from locust.runners import MasterRunner, WorkerRunner

from harness.errors import InfrastructureError
from harness.load.spec import LoadSpec
from harness.load.tally import merged
from harness.poll import until

# Messages between the processes of a run.
SHARE, END, SUMMARY = "harness_share", "harness_end", "harness_summary"
# From the master's word to the first arrival: more than a message needs to reach every worker.
_HEAD_START_S = 1.0
_TOLD_WITHIN_S = 60.0
_log = logging.getLogger(__name__)


class Shares:
    """A worker's side: waits for its share, once a run and class, and reports what became of it."""

    def __init__(self, runner: WorkerRunner, end: Callable[[], None]) -> None:
        self._runner = runner
        self._told: dict[str, AsyncResult[Mapping[str, Any]]] = {}
        self._taken: set[str] = set()
        self._end = end
        _listen(runner, SHARE, self._on_share)
        _listen(runner, END, self._on_end)

    @classmethod
    def of(cls, runner: Any) -> Self | None:
        """The shares of a worker; None where one process does all."""
        return getattr(runner, "harness_shares", None) if isinstance(runner, WorkerRunner) else None

    @classmethod
    def install(cls, runner: WorkerRunner, end: Callable[[], None]) -> None:
        """Listen to the master from now on; `end` ends the arrivals."""
        runner.harness_shares = cls(runner, end)  # type: ignore[attr-defined]

    def begin(self) -> None:
        """A new run: what was told for the last one is forgotten."""
        self._told.clear()
        self._taken.clear()

    def own(self, name: str, spec: LoadSpec) -> LoadSpec:
        """A spec cut down to this worker's share.

        Args:
            name: of the user class.
            spec: of one user; the schedule is that of all users together.

        Raises:
            StopUser: another user of this process has taken the share.
        """
        if name in self._taken:
            raise StopUser
        self._taken.add(name)
        share = self._told.setdefault(name, AsyncResult()).get(timeout=_TOLD_WITHIN_S)
        if share is None:
            raise InfrastructureError("the master gave out an empty share")
        number = int(share["number"])
        out = spec.out.with_name(f"{spec.out.stem}-{number}{spec.out.suffix}") if spec.recorded else spec.out
        return replace(
            spec,
            rate_per_s=spec.rate_per_s * int(share["users"]),
            share=(number, int(share["count"])),
            start_s=float(share["start_s"]),
            id_prefix=f"hand-{share['run']}",
            seed=int(share["seed"]),
            out=out,
        )

    def report(self, name: str, summary: Mapping[str, Any]) -> None:
        """Hand a summary to the master."""
        self._runner.send_message(SUMMARY, {"name": name, "summary": json.dumps(summary)})

    def _on_share(self, environment: Any, msg: Any, **_: Any) -> None:
        del environment
        self._told.setdefault(msg.data["name"], AsyncResult()).set(msg.data)

    def _on_end(self, environment: Any, msg: Any, **_: Any) -> None:
        del environment, msg
        self._end()


class Master:
    """The master's side: gives out the shares, and adds up what comes back."""

    def __init__(self, runner: MasterRunner) -> None:
        self._runner = runner
        self._given: dict[str, int] = {}
        self._finished = False
        self._summaries: dict[str, list[Mapping[str, Any]]] = {}
        self._told = Event()
        _listen(runner, SUMMARY, self._on_summary)

    def begin(self) -> None:
        """A new run."""
        self._finished = False
        self._given.clear()
        self._summaries.clear()

    def give_out(self, users: int) -> None:
        """Tell every worker that has users its part; once a run, as a schedule that has begun cannot be cut anew.

        Args:
            users: how many there are; Locust says so before every worker has told which of them it has.

        Raises:
            TimedOutError: the workers did not tell in time; then none sends anything.
        """
        if self._given:
            _log.warning("users were added to a run that shares one schedule: they send nothing")
            return
        until("the workers to tell their users", lambda: self._users() == users, within_s=_TOLD_WITHIN_S / 2)
        start_s, run = time.time() + _HEAD_START_S, uuid.uuid4().hex[:12]
        options: Any = self._runner.environment.parsed_options
        counts = {client.id: dict(client.user_classes_count) for client in self._runner.clients.values()}
        for name in sorted({name for of_client in counts.values() for name in of_client}):
            with_users = sorted(client for client, of_client in counts.items() if of_client.get(name))
            users = sum(counts[client][name] for client in with_users)
            self._given[name] = len(with_users)
            for number, client in enumerate(with_users):
                data = {"name": name, "number": number, "count": len(with_users), "users": users,
                        "start_s": start_s, "run": f"{run}-{name}", "seed": options.seed}  # fmt: skip
                self._runner.send_message(SHARE, data, client)

    def _users(self) -> int:
        return sum(sum(client.user_classes_count.values()) for client in self._runner.clients.values())

    def summary(self) -> Mapping[str, Any]:
        """The merged summary of each user class, and whether every worker told its part."""
        return {
            name: {"workers": count, "reported": len(told := self._summaries.get(name, [])),
                   "whole": len(told) == count, **(merged(told) if told else {})}
            for name, count in sorted(self._given.items())
        }  # fmt: skip

    def finish(self, path: Path | None, within_s: float) -> None:
        """End all arrivals, wait for the workers' summaries, write the sum to a file and say it in a few lines.

        Locust's own reports come every three seconds and, at the end, after half a second at most: too early for
        requests that are still open. So this is done before Locust stops anything.

        Args:
            path: of the file; none without it.
            within_s: a worker that told nothing by then is missing in the sum, which says so.
        """
        if self._finished or not self._given:
            return
        self._finished = True
        self._runner.send_message(END, None)
        deadline_s = time.monotonic() + within_s
        while time.monotonic() < deadline_s and not all(one["whole"] for one in self.summary().values()):
            self._told.clear()
            self._told.wait(timeout=max(deadline_s - time.monotonic(), 0.0))
        summary = self.summary()
        for name, one in summary.items():
            missing = "" if one["whole"] else f"; {one['workers'] - one['reported']} told nothing: NOT whole"
            _log.warning(
                "%s: %s of %s workers reported%s; scheduled %s, sent %s, completed %s, dropped %s, latency ms %s",
                name, one["reported"], one["workers"], missing, *(one.get(key) for key in
                ("scheduled", "sent", "completed", "dropped", "latency_ms")),
            )  # fmt: skip
        if path is not None:
            path.write_text(json.dumps(summary, indent=1) + "\n", encoding="utf-8")

    def _on_summary(self, environment: Any, msg: Any, **_: Any) -> None:
        del environment
        self._summaries.setdefault(msg.data["name"], []).append(json.loads(msg.data["summary"]))
        self._told.set()


def _listen(runner: Any, message: str, listener: Any) -> None:
    runner.register_message(message, listener)
