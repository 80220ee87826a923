"""The services of these tests, started once; instances are kept between tests that leave them as they are."""

from collections.abc import Iterator

import pytest
from services import Services

NAMES = ("trading-1", "trading-2", "trading-3")


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
    yield running
    remove_instances(running)


@pytest.fixture
def three(running: Services) -> Services:
    """Three instances, one of them leading."""
    for name in NAMES:
        if name not in running.containers:
            running.app(name)
    running.ready(*NAMES)
    return running


def remove_instances(services: Services) -> None:
    """Remove all instances of the application."""
    for name in [name for name in services.containers if name.startswith("trading-")]:
        services.remove(name)
