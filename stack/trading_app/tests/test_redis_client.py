"""How long a Redis may take for its answers before it counts as gone."""

import asyncio

import pytest
from trading_app.errors import UnavailableError
from trading_app.redis_client import RedisClient

TIMEOUT_S = 0.3


async def asked(answers_in_s: float) -> str | None:
    """What a new client gets from a Redis that takes so long for each answer, and answers OK to everything."""
    ended = asyncio.Event()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while said := await reader.read(4096):
            await asyncio.sleep(answers_in_s)
            writer.write(b"%1\r\n+proto\r\n:3\r\n" if b"HELLO" in said else b"+OK\r\n" * said.count(b"*"))
        writer.close()
        ended.set()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    client = RedisClient(host="127.0.0.1", port=port, password="secret", timeout_s=TIMEOUT_S)
    try:
        return await client.get("key")
    finally:
        await client.close()
        async with asyncio.timeout(2):
            await ended.wait()
            server.close()
            await server.wait_closed()


def test_answers_that_are_each_in_time_are_enough() -> None:
    """Also on a new connection: it does not ask for anything but its login before."""
    assert asyncio.run(asked(TIMEOUT_S * 0.75)) == "OK"


def test_an_answer_that_is_late_is_none() -> None:
    """Who waits longer than the limit does not get it."""
    with pytest.raises(UnavailableError):
        asyncio.run(asked(TIMEOUT_S * 1.2))
