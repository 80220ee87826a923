"""Leadership and the fate of signals when instances and Redis fail under traffic."""

import time
from functools import partial

import pytest
from conftest import NAMES
from services import Services, eventually
from traffic import Traffic

pytestmark = pytest.mark.containers


def assert_exactly_once(services: Services, traffic: Traffic) -> None:
    """Every acknowledged signal has one order, every other at most one, and no order an epoch out of turn."""
    assert len(traffic.acknowledged) > 20
    prefix = traffic.prefix

    def executed() -> dict[str, int]:
        counted = "SELECT signal_id, count(*) FROM orders WHERE signal_id LIKE %s GROUP BY signal_id"
        return dict(services.rows(counted, f"{prefix}-%"))

    def missing() -> set[str]:
        return set(traffic.acknowledged) - set(executed())

    eventually("every acknowledged signal is executed", lambda: not missing())
    assert [one for one, count in executed().items() if count != 1] == []
    assert set(executed()) <= set(traffic.acknowledged) | set(traffic.unknown)
    in_order = "SELECT epoch FROM execution_events WHERE signal_id LIKE %s ORDER BY event_id"
    epochs = [epoch for (epoch,) in services.rows(in_order, f"{prefix}-%")]
    assert epochs == sorted(epochs)


def test_redis_outage_keeps_trading_under_the_same_epoch(patient: Services) -> None:
    """Redis stops and comes back empty under traffic: no election, no loss, no double; boards are fed again."""
    epoch = patient.rows("SELECT epoch FROM leadership")
    with Traffic(patient, NAMES, 60, "redis-outage") as traffic:
        eventually("traffic flows", lambda: len(traffic.acknowledged) > 20)
        patient.containers["redis"].kill()
        eventually("fallback", lambda: all(patient.metric(n, "portfolio_manager_fallback_mode") for n in NAMES))
        during = len(traffic.acknowledged)
        eventually("signals flow in fallback", lambda: len(traffic.acknowledged) > during + 60)
        assert not traffic.unknown
        patient.containers["redis"].start()
        eventually("normal", lambda: not any(patient.metric(n, "portfolio_manager_fallback_mode") for n in NAMES))
    assert_exactly_once(patient, traffic)
    assert patient.rows("SELECT epoch FROM leadership") == epoch
    leader, ((number,),) = patient.leaders(*NAMES), epoch
    eventually("the lease again", lambda: patient.redis("GET", "tss:leader") == f"{leader[0]}:{number}")
    eventually("the live state", lambda: patient.redis("HGET", "tss:state", "pending_signals") == "0")
    eventually("heartbeats", lambda: all(patient.redis("EXISTS", f"tss:heartbeat:{n}") == "1" for n in NAMES))


def test_killed_leader_loses_and_doubles_nothing(three: Services) -> None:
    """The leader is killed twice under traffic: another takes over in seconds, everything is executed exactly once."""
    with Traffic(three, NAMES, 90, "killed") as traffic:
        for _ in range(2):
            sent = len(traffic.acknowledged)
            eventually("traffic flows", partial(traffic.has_acknowledged, sent + 30))
            (leader,) = eventually("one leads", lambda: three.leaders(*NAMES))
            three.containers[leader].kill()
            others = [name for name in NAMES if name != leader]
            eventually("another leads", partial(three.leaders, *others), within_s=6)
            three.containers[leader].start()
            three.ready(*NAMES)
    assert_exactly_once(three, traffic)


def test_frozen_leader_wakes_up_fenced(three: Services) -> None:
    """A leader frozen past its lease is replaced and does no harm when it goes on."""
    with Traffic(three, NAMES, 60, "frozen-leader") as traffic:
        eventually("traffic flows", lambda: len(traffic.acknowledged) > 20)
        (leader,) = eventually("one leads", lambda: three.leaders(*NAMES))
        three.containers[leader].pause()
        others = [name for name in NAMES if name != leader]
        eventually("another leads", lambda: three.leaders(*others), within_s=8)
        three.containers[leader].unpause()
        assert len(eventually("one leads", lambda: three.leaders(*NAMES))) == 1
    assert_exactly_once(three, traffic)


@pytest.mark.parametrize("attempt", range(4))  # the leader's own synchronisation may notice first
def test_no_effect_under_an_epoch_that_the_record_has_left(three: Services, attempt: int) -> None:
    """A signal that appears in the moment the record moves on is not executed by the leader of before."""
    signal_id = f"moved-on-{attempt}"
    with three.connect() as conn, conn.transaction():
        conn.execute(
            "INSERT INTO trading_signals (signal_id, asset, side, price, quantity, confidence, strategy_id, timestamp,"
            " accepted_by) VALUES (%s, 'BTCUSDT', 'BUY', 1, 1, 1, 'test', now(), 'test')",
            [signal_id],
        )
        conn.execute("INSERT INTO pending_signals (signal_id) VALUES (%s)", [signal_id])
        moved = conn.execute(
            "UPDATE leadership SET leader_id = 'elsewhere', epoch = epoch + 1, lease_until = now() RETURNING epoch"
        ).fetchone()
    assert moved is not None
    written = "SELECT epoch FROM orders WHERE signal_id = %s"
    ((epoch,),) = eventually("it is executed", lambda: three.rows(written, signal_id))
    assert epoch > moved[0]


def test_foreign_lease_is_a_split_brain_and_is_resolved(three: Services) -> None:
    """A lease overwritten with another name demotes the leader at once; one leader with a new epoch follows."""
    ((epoch,),) = three.rows("SELECT epoch FROM leadership")
    three.redis("SET", "tss:leader", "intruder:999")
    eventually("a new epoch", lambda: three.rows("SELECT epoch FROM leadership")[0][0] > epoch, within_s=8)
    (leader,) = eventually("one leads", lambda: three.leaders(*NAMES))
    eventually("the lease is theirs", lambda: three.redis("GET", "tss:leader").startswith(f"{leader}:"))


def test_stop_is_graceful_and_quick(services: Services) -> None:
    """SIGTERM ends the leader with exit code 0 in under two seconds, and the next one leads without waiting."""
    for name in NAMES:
        services.app(name, LEASE_TTL_S=90, DB_LEASE_TTL_S=90)
    services.ready(*NAMES)
    (leader,) = services.leaders(*NAMES)
    began = time.monotonic()
    services.containers[leader].stop(timeout=5)
    assert time.monotonic() - began < 2.5
    assert services.containers[leader].wait()["StatusCode"] == 0
    others = [name for name in NAMES if name != leader]
    eventually("another leads, its lease given back", lambda: services.leaders(*others), within_s=30)
