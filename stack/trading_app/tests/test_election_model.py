"""Leader election under every fault of the model, in any order, with clocks that run at different speeds."""

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from world import NAMES, Instance, World, leaders, run_for

WHO = st.sampled_from(range(len(NAMES)))
LEG = st.sampled_from(["sync", "lease"])
SERVICE = st.sampled_from(["postgres", "redis"])
# Half of the margin that the rules leave for clocks.
RATE = st.sampled_from([0.96, 1.0, 1.04])


class Election(RuleBasedStateMachine):
    """Three instances, cut links, late answers, crashes, a Redis that forgets or lies."""

    @initialize(rates=st.tuples(RATE, RATE, RATE))
    def begin(self, rates: tuple[float, float, float]) -> None:
        self.world = World()
        self.instances = [Instance(self.world, n, rate) for n, rate in zip(NAMES, rates, strict=True)]
        self.highest_epoch = 0

    @rule(seconds=st.floats(0.01, 2.5))
    def time_passes(self, seconds: float) -> None:
        self.world.now += seconds

    @rule(who=WHO, leg=LEG)
    def step_begins(self, who: int, leg: str) -> None:
        self.instances[who].start(leg)

    @rule(who=WHO, leg=LEG)
    def step_goes_on(self, who: int, leg: str) -> None:
        self.instances[who].resume(leg)

    @rule(who=WHO, leg=LEG)
    def whole_step(self, who: int, leg: str) -> None:
        self.instances[who].run(leg)

    @rule(seconds=st.floats(0.1, 3))
    def everybody_works(self, seconds: float) -> None:
        run_for(self.world, self.instances, seconds)

    @rule(who=WHO)
    def effect(self, who: int) -> None:
        self.instances[who].act()

    @rule(who=WHO, service=SERVICE)
    def link_cut(self, who: int, service: str) -> None:
        self.world.cut.add((NAMES[who], service))

    @rule(who=WHO, service=SERVICE)
    def link_healed(self, who: int, service: str) -> None:
        self.world.cut.discard((NAMES[who], service))

    @rule(service=SERVICE)
    def service_gone(self, service: str) -> None:
        self.world.cut |= {(name, service) for name in NAMES}

    @rule(service=SERVICE)
    def service_back(self, service: str) -> None:
        self.world.cut -= {(name, service) for name in NAMES}

    @rule(who=WHO, seconds=st.floats(0.1, 5))
    def frozen(self, who: int, seconds: float) -> None:
        """One stands still, in the middle of whatever it does, while the others work."""
        run_for(self.world, [one for at, one in enumerate(self.instances) if at != who], seconds)

    @rule(who=WHO, leg=LEG)
    def answer_lost(self, who: int, leg: str) -> None:
        """What was asked for happens, and whoever asked never learns of it."""
        one, service = self.instances[who], "postgres" if leg == "sync" else "redis"
        one.run(leg)  # a step under way gets its answer
        one.start(leg)
        one.resume(leg)  # to the point where the request travels
        one.resume(leg)  # to the point where the answer does
        self.world.cut.add((one.name, service))
        one.run(leg)
        self.world.cut.discard((one.name, service))

    @rule()
    def redis_forgets(self) -> None:
        self.world.redis = None

    @rule(value=st.sampled_from(["a:1", "b:7", "intruder:99", "c:0", "nonsense"]), ttl_s=st.sampled_from([2.0, 1e9]))
    def redis_lies(self, value: str, ttl_s: float) -> None:
        self.world.set_redis(value, ttl_s)

    @rule(who=WHO)
    def crash(self, who: int) -> None:
        self.instances[who].restart()

    @invariant()
    def one_acts_at_most(self) -> None:
        assert len(leaders(self.instances)) <= 1

    @invariant()
    def acts_only_inside_its_lease(self) -> None:
        for one in self.instances:
            epoch = one.coordinator.authority()
            if epoch is not None:
                assert (self.world.leader, self.world.epoch) == (one.name, epoch)
                assert self.world.lease_until is not None
                assert self.world.now < self.world.lease_until

    @invariant()
    def epochs_only_grow_and_have_one_owner(self) -> None:
        assert self.world.epoch >= self.highest_epoch
        self.highest_epoch = self.world.epoch
        assert self.world.effects == sorted(self.world.effects, key=lambda effect: effect[0])
        owners = dict(self.world.effects)
        assert all(owners[epoch] == name for epoch, name in self.world.effects)

    def teardown(self) -> None:
        """Once everything works again there is one leader, known to Redis too, and it stays."""
        self.world.cut.clear()
        run_for(self.world, self.instances, 10)
        epoch = self.world.epoch
        run_for(self.world, self.instances, 10)
        assert leaders(self.instances) == [self.world.leader]
        assert self.world.epoch == epoch
        assert self.world.redis_value() == f"{self.world.leader}:{epoch}"
        for one in self.instances:
            one.restart()  # closes steps that were left half-way


TestElection = Election.TestCase
TestElection.settings = settings(
    max_examples=150,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
