"""The model finds the known-bad variants of leading: what it cannot turn red on would be worth nothing."""

from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import initialize, run_state_machine_as_test
from test_election_model import Election
from test_known_bad_leading import standing
from trading_app.known_bad.fence_off import RulesWithoutFence
from trading_app.known_bad.redis_alone import RulesByLease
from trading_app.known_bad.wall_clock import RulesByClock
from world import NAMES, Instance, World, run_for


class Variant(Election):
    """The same three instances, all of one variant; they have begun to work, as in a scenario."""

    kinds: ClassVar[dict[str, Any]] = {}
    clock_stands: ClassVar[bool] = False

    @initialize()
    def begin(self) -> None:
        self.world = World()
        more: dict[str, Any] = {"clock": standing(self.world)} if self.clock_stands else {}
        self.instances = [Instance(self.world, name, **self.kinds, **more) for name in NAMES]
        self.highest_epoch = 0
        run_for(self.world, self.instances, 3)


class FenceOff(Variant):
    """Without Redis everybody acts."""

    kinds: ClassVar[dict[str, Any]] = {"rules": RulesWithoutFence, "fence": False}


class WallClock(Variant):
    """Time alone decides, and it stands still in a frozen instance."""

    kinds: ClassVar[dict[str, Any]] = {"rules": RulesByClock, "fence": False}
    clock_stands: ClassVar[bool] = True


class RedisAlone(Variant):
    """Without PostgreSQL the lease in Redis is enough."""

    kinds: ClassVar[dict[str, Any]] = {"rules": RulesByLease}


@pytest.mark.parametrize("variant", [FenceOff, WallClock, RedisAlone])
def test_the_model_finds_a_known_bad_variant(variant: type[Variant]) -> None:
    """Within as many examples as the good application has to pass."""
    with pytest.raises(AssertionError):
        run_state_machine_as_test(
            variant,
            settings=settings(
                max_examples=150,
                stateful_step_count=40,
                deadline=None,
                derandomize=True,
                database=None,
                phases=[Phase.generate],
                report_multiple_bugs=False,
                suppress_health_check=[HealthCheck.too_slow],
            ),
        )


def test_the_good_application_passes_the_same() -> None:
    """Begun in the same way, without a mistake: nothing is found."""
    run_state_machine_as_test(
        Variant,
        settings=settings(
            max_examples=60,
            stateful_step_count=40,
            deadline=None,
            database=None,
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )
