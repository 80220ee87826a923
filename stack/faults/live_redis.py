"""Redis of the stack, as the harness works on it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisGoneError
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as RedisSilentError
from redis.retry import Retry

from harness.containers.running import RunningStack
from harness.errors import InfrastructureError
from harness.poll import Seen

SERVICE, PORT = "redis", 6379
CALL_S = 5.0


def client_of(stack: RunningStack) -> Redis:
    """A client with the rights of the application's user, straight and not through any link; opens nothing yet."""
    host, port = stack.endpoint(SERVICE, PORT)
    login = stack.plan.logins[SERVICE]
    return Redis(
        host=host,
        port=port,
        username=login.user,
        password=login.password,
        socket_timeout=CALL_S,
        socket_connect_timeout=CALL_S,
        retry=Retry(NoBackoff(), 0),
        decode_responses=True,
    )


@contextmanager
def live_redis(stack: RunningStack) -> Iterator[Redis]:
    """A client for a moment, whose errors are told as the harness's.

    Raises:
        Seen: Redis does not answer; may be tried again.
        InfrastructureError: it refused a call of the harness.
    """
    client = client_of(stack)
    try:
        yield client
    except (RedisGoneError, RedisSilentError) as silence:
        raise Seen(f"{SERVICE} does not answer the harness: {silence}") from silence
    except RedisError as refused:
        raise InfrastructureError(f"{SERVICE} refused a call of the harness: {refused}") from refused
    finally:
        client.close()
