"""The commands of the Redis traffic: those that redis-benchmark sends, each as often, drawn by seed and number."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from harness.errors import UsageError

Command = tuple[str, ...]
_STRIDE: Final = 1_000_003
KINDS: Final = ("PING", "SET", "GET", "INCR", "LPUSH", "RPUSH", "LPOP", "RPOP", "SADD", "SPOP", "HSET", "ZADD",
                "ZPOPMIN", "LRANGE", "MSET")  # fmt: skip
# What redis-benchmark measures with LRANGE_100 and MSET.
_RANGE: Final = "99"
_MSET_KEYS: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Mix:
    """Which commands, on which keys.

    Args:
        commands: drawn with equal chance; naming one twice doubles its share.
        pipeline: commands of one arrival, sent together and answered together.
        keys: how many keys of each kind there are.
        value_bytes: length of what is stored (redis-benchmark: 3).
        prefix: begins every key, so that nobody else's is touched.
    """

    commands: tuple[str, ...] = KINDS
    pipeline: int = 1
    keys: int = 1000
    value_bytes: int = 3
    prefix: str = "harness-load"

    def __post_init__(self) -> None:
        """Refuse what cannot be sent.

        Raises:
            UsageError: names the value.
        """
        if unknown := [one for one in self.commands if one not in KINDS]:
            raise UsageError(f"the Redis command {unknown[0]!r} is not in the mix; there are {', '.join(KINDS)}")
        if not self.commands:
            raise UsageError("the mix has no Redis command")
        if not (1 <= self.pipeline <= 10_000 and 1 <= self.keys <= 10_000_000 and 1 <= self.value_bytes <= 1 << 20):
            raise UsageError(
                f"a pipeline of {self.pipeline}, {self.keys} keys and values of {self.value_bytes} bytes: "
                "1 to 10,000, 1 to 10,000,000 and 1 to 1,048,576 can be sent"
            )

    def of(self, seed: int, index: int) -> list[Command]:
        """The commands of one arrival; the same seed and index give the same ones."""
        draw = random.Random(seed * _STRIDE + index)  # noqa: S311 - repeatable, not secret
        return [self._command(draw) for _ in range(self.pipeline)]

    def every_key(self) -> Iterator[str]:
        """All keys that the mix may have written."""
        for kind in ("string", "count", "list", "set", "hash", "sorted"):
            names = range(self.keys) if kind in {"string", "count"} else range(1)
            yield from (self._key(kind, number) for number in names)

    def _key(self, kind: str, number: int = 0) -> str:
        return f"{self.prefix}:{kind}:{number}"

    def _command(self, draw: random.Random) -> Command:
        name = self.commands[int(draw.random() * len(self.commands))]
        number = int(draw.random() * self.keys)
        value = "x" * self.value_bytes
        if name == "MSET":
            pairs = (self._key("string", (number + more) % self.keys) for more in range(_MSET_KEYS))
            return (name, *(text for key in pairs for text in (key, value)))
        kind, arguments = {
            "PING": ("", ()),
            "SET": ("string", (value,)),
            "GET": ("string", ()),
            "INCR": ("count", ()),
            "LPUSH": ("list", (value,)),
            "RPUSH": ("list", (value,)),
            "LPOP": ("list", ()),
            "RPOP": ("list", ()),
            "LRANGE": ("list", ("0", _RANGE)),
            "SADD": ("set", (str(number),)),
            "SPOP": ("set", ()),
            "HSET": ("hash", (str(number), value)),
            "ZADD": ("sorted", (str(number), str(number))),
            "ZPOPMIN": ("sorted", ()),
        }[name]
        if not kind:
            return (name,)
        return (name, self._key(kind, number if kind in {"string", "count"} else 0), *arguments)
