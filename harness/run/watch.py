"""Everything that looks and drives while a scenario runs: traffic, probes, viewers."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import ExitStack
from types import TracebackType

import requests

from harness import loopback
from harness.checks import Access
from harness.containers.running import RunningStack
from harness.errors import InfrastructureError, UsageError
from harness.evidence import Recorder, stream_path
from harness.load.run import LoadRun
from harness.load.spec import LoadSpec, Target
from harness.model import Scenario
from harness.probes.access import try_all
from harness.probes.frames import Album
from harness.probes.grafana import GrafanaProbe
from harness.probes.health import HealthProbe
from harness.probes.notifications import NotificationsProbe
from harness.probes.others import OthersProbe, ours_of
from harness.probes.processors import ProcessorsProbe
from harness.probes.prometheus import Prometheus, RulesProbe
from harness.probes.sampler import Probe, Sampler
from harness.recorded import RuleTiming, Stream
from harness.run.lab import Lab
from harness.timing import loaded_rules

NOTIFICATIONS_EVERY_S = 0.25
CALL_S = 5.0
MOST_VIEWERS = 100  # each is a thread of the harness, and more measure the harness
ALERT_STREAMS = (Stream.RULES, Stream.ALERTS, Stream.SERIES, Stream.VALUES, Stream.REPLAY, Stream.NOTIFICATIONS)


class Watch:
    """Traffic and probes of one scenario; a context manager that stops whatever is still running."""

    def __init__(self, *, lab: Lab, scenario: Scenario, stack: RunningStack, recorder: Recorder) -> None:
        self._lab, self._scenario, self._stack, self._recorder = lab, scenario, stack, recorder
        self._open = ExitStack()
        self._viewers = ExitStack()
        self._samplers: list[Sampler] = []
        self._tabs: list[Sampler] = []
        self._load: LoadRun | None = None
        self._album: Album | None = None
        self.prometheus = Prometheus(base_url=_address(stack, "prometheus", 9090))
        self._notifications = NotificationsProbe(base_url=_address(stack, "sink", 8080), every_s=NOTIFICATIONS_EVERY_S)

    def __enter__(self) -> Watch:
        settings = self._stack.plan.settings
        probes: list[Probe] = [
            HealthProbe(
                target=target, base_url=self._stack.url(target.service, target.port), every_s=settings["health_every_s"]
            )
            for target in self._stack.plan.health
        ]
        probes += [ProcessorsProbe(), OthersProbe(ours=lambda: ours_of(self._lab.client, self._lab.run_id))]
        if self._stack.plan.has_alerts:
            probes += [
                RulesProbe(prometheus=self.prometheus, every_s=settings["rules_every_s"]),
                self._notifications,
            ]
        else:
            for stream in ALERT_STREAMS:
                self._recorder.write(stream, "nobody", why="the stack is one without alerts")
        for probe in probes:
            self._sample(probe, self._open)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with ExitStack() as everything:
            everything.push(self._open)
            everything.push(self._viewers)
            everything.callback(self.stop_traffic)
            everything.pop_all().__exit__(kind, error, trace)

    def start_traffic(self) -> None:
        """Begin the scenario's signals."""
        plan, load = self._stack.plan, self._scenario.load
        spec = LoadSpec(
            targets=tuple(
                Target(name=name, base_url=self._stack.url(name, plan.traffic.port)) for name in plan.traffic.services
            ),
            rate_per_s=load.signals_per_s,
            out=stream_path(self._recorder.folder, Stream.CLIENT),
            id_prefix=f"{self._lab.run_id}-{self._scenario.name}",
            payload=plan.traffic.payload,
            path=plan.traffic.path,
            arrivals=load.arrivals,
            seed=self._lab.seed,
        )
        self._load = LoadRun(spec)
        self._load.start()

    def stop_traffic(self) -> None:
        """End the arrivals and wait for the open requests; may be called again."""
        if self._load is not None:
            load, self._load = self._load, None
            load.stop()

    def try_access(self) -> None:
        """Make the stack's attempts, where the scenario judges them."""
        if any(isinstance(check, Access) for check in self._scenario.checks):
            try_all(self._stack, self._stack.plan.attempts, self._recorder)
        else:
            self._recorder.write(Stream.ACCESS, "nobody", why="the scenario judges no access")

    def start_viewers(self) -> None:
        """Begin to look at the boards."""
        load = self._scenario.load
        nobody = "" if load.viewers else load.nobody_looks or "the scenario asks for no viewer"
        nobody = nobody or ("" if self._stack.plan.panels else "the stack is one without boards")
        if nobody:
            for stream in (Stream.PANELS, Stream.FRAMES):
                self._recorder.write(stream, "nobody", why=nobody)
            return
        viewers = self._scenario.load.viewers
        if not 1 <= viewers <= MOST_VIEWERS:
            raise UsageError(
                f"scenario {self._scenario.name} asks for {viewers} viewers; there are 0 to {MOST_VIEWERS}"
            )
        self._album = Album(self._recorder, moments=2 + len(self._scenario.acts))
        self._viewers.callback(self._album.close)
        tabs = GrafanaProbe.tabs(self._stack, time_scale=self._lab.time_scale, viewers=viewers, album=self._album)
        for number, tab in enumerate(tabs):  # opened one after the other
            self._viewers.callback(tab.record_end, self._recorder)
            self._tabs.append(self._sample(tab, self._viewers, after_s=tab.every_s * number / len(tabs)))

    def phase_ended(self, name: str, from_s: float) -> None:
        """Let the first viewer's pictures be taken, where the phase is one that has some."""
        if self._album is not None:
            self._album.cut(name, from_s)

    def stop_viewers(self) -> None:
        """Stop looking at the boards and at the sink, with a last look at each; all tabs together, as they are many."""
        for sampler in self._tabs:
            sampler.stop()
        self._viewers.close()
        self._open.close()
        if self._stack.plan.has_alerts:
            self._notifications.record_end(self._recorder)

    def _sample(self, probe: Probe, until_closed: ExitStack, after_s: float = 0.0) -> Sampler:
        sampler = until_closed.enter_context(Sampler(probe, self._recorder, after_s=after_s))
        self._samplers.append(sampler)
        return sampler

    def check_alive(self) -> None:
        """Raise if the load generator died or a probe broke.

        Raises:
            InfrastructureError: with the last words.
        """
        for sampler in self._samplers:
            sampler.check_alive()
        if self._load is not None:
            self._load.check_alive()

    def was_told(self, alert: str, *, since_s: float, channels: Collection[str]) -> bool:
        """True once these channels received a firing notification of the alert after a wall time."""
        return self._notifications.seen(alert, "firing", since_s=since_s, channels=channels)

    def all_resolved(self, but: Collection[str] = ()) -> bool:
        """True while nothing that was told to be firing, apart from `but`, still awaits its resolved notice."""
        return self._notifications.all_resolved(but)

    def loaded_rules(self) -> tuple[RuleTiming, ...]:
        """The alerting rules as Prometheus and Alertmanager loaded them.

        Raises:
            InfrastructureError: Alertmanager does not answer.
        """
        if not self._stack.plan.has_alerts:
            return ()
        try:
            answer = loopback.get(self._stack.url("alertmanager", 9093) + "/api/v2/status", timeout=CALL_S)
            alertmanager = answer.json()
        except (requests.RequestException, ValueError) as problem:
            raise InfrastructureError(f"Alertmanager does not tell its configuration: {problem}") from problem
        return loaded_rules({"data": self.prometheus.rules()}, self.prometheus.config(), alertmanager)


def _address(stack: RunningStack, service: str, port: int) -> str:
    """Where it is reached; empty in a stack without it, where nobody asks it."""
    return stack.url(service, port) if any(one.name == service for one in stack.plan.services) else ""
