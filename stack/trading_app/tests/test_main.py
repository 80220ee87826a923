"""The server's loop: who connects in a rush gets in."""

import asyncio
import socket
from contextlib import ExitStack

import uvicorn
from test_http import application
from trading_app.main import _config

CROWD = 200


async def crowded() -> int:
    """Turns of a loop, always busy with something, until a crowd that connected at once has been answered."""
    answered, turns = 0, 0

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal answered
        await reader.readline()
        writer.close()
        answered += 1

    async with await asyncio.start_server(answer, "127.0.0.1", 0, backlog=uvicorn.Config("x").backlog) as server:
        address = server.sockets[0].getsockname()
        with ExitStack() as crowd:
            for _ in range(CROWD):  # all before the loop turns again
                crowd.enter_context(socket.create_connection(address)).sendall(b"hello\n")
            while answered < CROWD and turns < 10 * CROWD:
                turns += 1
                await asyncio.sleep(0)
    return turns


def test_a_crowd_gets_in_within_a_few_turns_of_the_loop() -> None:
    """On a busy loop a turn takes long: one that lets in one connection a turn is a queue that nobody sees."""
    with asyncio.Runner(loop_factory=_config(application()).get_loop_factory()) as runner:
        assert runner.run(crowded()) < CROWD / 4


def test_connections_outlive_the_pauses_of_their_clients() -> None:
    """A connection that the server closes between two rushes loses the first request of the second one."""
    assert _config(application()).timeout_keep_alive >= 60
