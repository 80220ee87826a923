"""Each known-bad variant makes its mistake on real services; the test of the good application is named beside it."""

import pytest
from conftest import NAMES, remove_instances
from services import Services, eventually
from traffic import Traffic

pytestmark = pytest.mark.containers

EPOCH = "SELECT epoch FROM leadership"
SHIPPED = "SELECT uniqExact(execution_id), count() FROM executions FINAL WHERE signal_id LIKE 'shipped-%'"


def three_of(services: Services, variant: str) -> str:
    """Three instances with the variant; the leader's name."""
    for name in NAMES:
        services.app(name, KNOWN_BAD=variant)
    services.ready(*NAMES)
    (leader,) = eventually("one leads", lambda: services.leaders(*NAMES))
    return leader


def others_than(leader: str) -> list[str]:
    """The other two."""
    return [name for name in NAMES if name != leader]


def old_epochs(services: Services, prefix: str) -> list[int]:
    """Epochs of what was executed after something under a later one."""
    sql = (
        "SELECT epoch FROM (SELECT epoch, max(epoch) OVER (ORDER BY event_id) AS newest FROM execution_events"
        " WHERE signal_id LIKE %s) AS executed WHERE epoch < newest"
    )
    return [epoch for (epoch,) in services.rows(sql, f"{prefix}-%")]


def shipped(services: Services) -> list[int]:
    """Executions in ClickHouse, and the rows that count as one each."""
    return [int(number) for number in services.clickhouse(SHIPPED).split()]


def test_wall_clock_acts_in_an_old_epoch_after_a_freeze(services: Services) -> None:
    """A leader frozen past its lease executes when it wakes (good: test_frozen_leader_wakes_up_fenced)."""
    leader = three_of(services, "wall-clock")
    with Traffic(services, NAMES, 30, "stood-still") as traffic:
        eventually("traffic flows", lambda: traffic.has_acknowledged(20))
        services.containers[leader].pause()
        eventually("another leads", lambda: services.leaders(*others_than(leader)), within_s=8)
        services.containers[leader].unpause()
        eventually("an old epoch", lambda: old_epochs(services, "stood-still"), within_s=5)
        eventually("one leads", lambda: len(services.leaders(*NAMES)) == 1)


def test_redis_alone_executes_what_it_kept_in_an_old_epoch(services: Services) -> None:
    """Signals taken without PostgreSQL are executed after another has led.

    Good: test_nothing_is_acknowledged_without_postgres.
    """
    leader = three_of(services, "redis-alone")
    with Traffic(services, NAMES, 30, "before") as traffic:
        eventually("traffic flows", lambda: traffic.has_acknowledged(20))
    services.containers["postgres"].kill()
    kept = [services.send(leader, f"kept-{n}").status_code for n in range(3)]
    refused = services.send(others_than(leader)[0], "refused").status_code
    services.containers[leader].pause()
    services.containers["postgres"].start()
    with Traffic(services, tuple(others_than(leader)), 30, "kept") as traffic:
        eventually("another leads", lambda: services.leaders(*others_than(leader)), within_s=8)
        sent = "SELECT 1 FROM orders WHERE signal_id LIKE 'kept-0-%'"
        eventually("signals flow under it", lambda: services.rows(sent))
        services.containers[leader].unpause()
        eventually("an old epoch", lambda: len(old_epochs(services, "kept")) >= 3)
    assert (kept, refused >= 503) == ([201] * 3, True)


def test_ack_before_commit_loses_what_postgres_did_not_take(services: Services) -> None:
    """Signals acknowledged while PostgreSQL is down are never stored.

    Good: test_nothing_is_acknowledged_without_postgres.
    """
    services.app("trading-1", KNOWN_BAD="ack-before-commit")
    services.ready("trading-1")
    services.containers["postgres"].kill()
    assert services.send("trading-1", "lost").status_code == 201
    eventually("it has noticed", lambda: not services.healthy("trading-1"))
    services.containers["postgres"].start()
    services.ready("trading-1")
    assert services.send("trading-1", "taken").status_code == 201
    stored = "SELECT signal_id FROM trading_signals WHERE signal_id IN ('lost', 'taken')"
    assert eventually("a later one is stored", lambda: services.rows(stored)) == [("taken",)]


@pytest.mark.parametrize(("variant", "doubles"), [("", False), ("ship-twice", True)])
def test_ship_twice_counts_executions_twice(services: Services, variant: str, doubles: bool) -> None:
    """What ClickHouse took without answering is there twice under ship-twice, and once in the good application."""
    services.clickhouse("DROP TABLE IF EXISTS executions")
    three_of(services, variant)
    with Traffic(services, NAMES, 30, f"shipped-{variant}") as traffic:
        eventually("traffic flows", lambda: traffic.has_acknowledged(20))
        services.containers["clickhouse"].pause()
        failed = [services.containers[name].logs for name in NAMES]
        eventually("an answer is missed", lambda: any(b"shipping_failed" in logs() for logs in failed))
        services.containers["clickhouse"].unpause()
    eventually("all are executed", lambda: services.rows("SELECT count(*) FROM pending_signals") == [(0,)])
    ((number,),) = services.rows("SELECT count(*) FROM orders WHERE signal_id LIKE %s", f"shipped-{variant}-%")
    eventually("all are shipped", lambda: shipped(services)[0] == number, within_s=15)
    assert (shipped(services)[1] > number) is doubles
    remove_instances(services)  # one that still reads would create it again, in the shape of its variant
    services.clickhouse("DROP TABLE executions")


def test_blind_lease_hides_a_split_brain(services: Services) -> None:
    """A lease overwritten with another name is written over, and nobody steps down.

    Good: test_foreign_lease_is_a_split_brain_and_is_resolved.
    """
    leader = three_of(services, "blind-lease")
    epoch = services.rows(EPOCH)
    # Who leads by the record says so before its lease is written.
    ours = eventually("the leader's lease", lambda: services.redis("GET", "tss:leader"))
    services.redis("SET", "tss:leader", "intruder:999")
    eventually("the lease is the leader's again", lambda: services.redis("GET", "tss:leader") == ours)
    assert (services.rows(EPOCH), services.leaders(*NAMES)) == (epoch, [leader])


def test_blind_lease_deletes_the_successors(services: Services) -> None:
    """A leader replaced while frozen deletes the lease of the one after it; the good scripts leave it alone."""
    # Redis may answer late: a leader that gave up on it when it woke would leave the lease alone.
    services.app("trading-1", KNOWN_BAD="blind-lease", LEASE_TTL_S=60, REDIS_TIMEOUT_S=10)
    services.ready("trading-1")
    services.containers["trading-1"].pause()
    services.app("trading-2", KNOWN_BAD="blind-lease", LEASE_TTL_S=60, LEASE_RENEW_S=30)
    services.ready("trading-2")
    eventually("it has the lease", lambda: services.redis("GET", "tss:leader").startswith("trading-2:"))
    services.containers["trading-1"].unpause()
    eventually("the lease is gone", lambda: services.redis("EXISTS", "tss:leader") == "0", within_s=5)
    assert services.leaders("trading-1", "trading-2") == ["trading-2"]


def test_skip_validation_trades_on_a_damaged_book(services: Services) -> None:
    """A stored margin that is off halts nobody (good: test_damaged_book_halts_trading)."""
    services.app("trading-1", KNOWN_BAD="skip-validation")
    services.ready("trading-1")
    services.send("trading-1", "damaged-book", asset="DAMAGED")
    eventually("a position", lambda: services.rows("SELECT 1 FROM positions WHERE asset = 'DAMAGED'"))
    services.rows("UPDATE positions SET margin = margin + 0.02 WHERE asset = 'DAMAGED' RETURNING 1")
    try:
        services.containers["trading-1"].kill()
        services.containers["trading-1"].start()
        services.ready("trading-1")
        assert services.metric("trading-1", "portfolio_manager_recovery_error_code") == 0
        assert services.send("trading-1", "traded-on").status_code == 201
    finally:
        services.rows("UPDATE positions SET margin = margin - 0.02 WHERE asset = 'DAMAGED' RETURNING 1")
