"""The services of these tests, started once; instances are kept between tests that leave them as they are."""

from collections.abc import Iterator

import pytest
from services import Services, eventually

KEY = "tss:leader"
NAMES = ("trading-1", "trading-2", "trading-3")
# For tests whose claim is not about deadlines: a machine that stands still for a second or two breaks none of these.
PATIENT = {"DB_TIMEOUT_S": 8, "DB_LEASE_TTL_S": 16, "LEASE_TTL_S": 4, "ACCEPT_WITHIN_S": 8}


@pytest.fixture(scope="session")
def started() -> Iterator[Services]:
    """PostgreSQL, Redis and ClickHouse, running."""
    with Services() as services:
        yield services


@pytest.fixture
def running(started: Services) -> Services:
    """The same, with whatever an earlier test stopped or froze going again."""
    for container in started.containers.values():
        container.reload()
        if container.status == "paused":
            container.unpause()
        elif container.status != "running":
            container.start()
    return started


@pytest.fixture
def services(running: Services) -> Iterator[Services]:
    """Services without instances; those that the test starts are removed after it."""
    remove_instances(running)
    free_lead(running)
    yield running
    remove_instances(running)


@pytest.fixture
def three(running: Services) -> Services:
    """Three instances, one of them leading."""
    there = [name for name in NAMES if name in running.containers]
    if not there:
        free_lead(running)
    for name in NAMES:
        if name not in there:
            running.app(name)
    running.ready(*NAMES)
    return running


@pytest.fixture
def patient(services: Services) -> Services:
    """Three instances whose deadlines are out of reach, one of them leading; removed after the test."""
    for name in NAMES:
        services.app(name, **PATIENT)
    services.ready(*NAMES)
    return services


def remove_instances(services: Services) -> None:
    """Remove all instances of the application."""
    for name in [name for name in services.containers if name.startswith("trading-")]:
        services.remove(name)


def free_lead(services: Services) -> None:
    """End the lease of an instance that is not there any more: nobody need wait for it."""
    ended = "UPDATE leadership SET lease_until = now() WHERE id = 1 RETURNING id"
    eventually("the record's lease has ended", lambda: services.rows(ended))
    eventually("the lease in Redis is gone", lambda: services.redis("DEL", KEY) in ("0", "1"))
