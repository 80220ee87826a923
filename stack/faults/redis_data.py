"""Redis comes back with other data than it had when it went: with none, or with a dump of former days."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import ClassVar

from redis import Redis, RedisError

from harness.containers import ready
from harness.containers.running import RunningStack
from harness.errors import InfrastructureError
from harness.faults.hold import For, Hold
from harness.faults.remembered import Remembered
from harness.poll import Seen, until
from stack.faults.ghosts import KEY
from stack.faults.live_redis import SERVICE, live_redis
from stack.faults.resynchronised import leader_of_the_record, state_of_the_leader

DUMP, KEPT = "/data/dump.rdb", "/data/kept.rdb"  # the first is what Redis loads when it starts
SAVES_WITHIN_S = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Dump:
    """What a dump holds: the lease in it, and how many keys."""

    lease: str
    keys: int


_DUMPS: Remembered[_Dump] = Remembered()
_RAN: Remembered[str] = Remembered()


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptDump:
    """A dump of Redis as it is now is put aside, with all its ends of life taken out.

    A dump forgets when it is loaded what has ended meanwhile. This one remembers everything, as one does that is loaded
    at once, or whose lease was written without an end.
    """

    kind: ClassVar[str] = "kept-dump"
    target: str = SERVICE
    hold: Hold = field(default_factory=lambda: For(production_s=0))

    def strike(self, stack: RunningStack) -> None:
        """Save it and put it aside; Redis itself goes on as it was."""
        with live_redis(stack) as redis, _nothing_saved_meanwhile(redis):
            _DUMPS.keep(stack, SERVICE, _save(redis))
            _run(stack, f"cp {DUMP} {KEPT}")

    def effect(self, stack: RunningStack) -> str:
        """The file is there."""
        _run(stack, f"test -s {KEPT}")
        kept = _kept(stack)
        return f"a dump of {kept.keys} keys is put aside, in which {KEY} is {kept.lease}"

    def mend(self, stack: RunningStack) -> None:
        """Delete it."""
        _run(stack, f"rm -f {KEPT}")

    def healed(self, stack: RunningStack) -> str:
        """It is gone."""
        _run(stack, f"test ! -e {KEPT}")
        _DUMPS.forget(stack, SERVICE)
        return "the dump is deleted"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Replaced:
    """What both have in common: Redis is killed, its dump is another, and it starts again."""

    target: str = SERVICE
    hold: Hold = field(default_factory=lambda: For(production_s=60))

    def mend(self, stack: RunningStack) -> None:
        """Start it, in case that was cut short: its data are the application's to put right."""
        stack.container(SERVICE).start()

    def healed(self, stack: RunningStack) -> str:
        """Redis answers, and lease and live state are the leader's of the record."""
        answer = ready.answers(stack, stack.plan.service(SERVICE))
        return f"{answer}; {state_of_the_leader(stack)}"

    def _replace(self, stack: RunningStack, script: str) -> None:
        """Run a script on its files; a kill leaves them so, where an orderly stop would save once more."""
        with live_redis(stack) as redis:
            _RAN.keep(stack, self, _told(redis, "run_id"))
            with _nothing_saved_meanwhile(redis):
                _run(stack, script)
                container = stack.container(SERVICE)
                container.kill(signal="SIGKILL")
        container.start()

    def _loaded(self, stack: RunningStack) -> int:
        """How many keys it began with."""
        with live_redis(stack) as redis:
            if _told(redis, "run_id") == _RAN.get(stack, self):
                raise Seen(f"{SERVICE} has not started again")
            return int(_told(redis, "rdb_last_load_keys_loaded"))


@dataclass(frozen=True, slots=True, kw_only=True)
class EmptiedRedis(_Replaced):
    """Redis is killed and starts without its data."""

    kind: ClassVar[str] = "emptied-redis"

    def strike(self, stack: RunningStack) -> None:
        """Delete its dump, kill it, start it."""
        self._replace(stack, f"rm -f {DUMP}")

    def effect(self, stack: RunningStack) -> str:
        """Another process runs, and it began with nothing."""
        loaded = self._loaded(stack)
        if loaded:
            raise InfrastructureError(f"{SERVICE} began with {loaded} keys, and was to begin with none")
        return f"{SERVICE} started again and loaded no key"


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoredRedis(_Replaced):
    """Redis is killed and starts with the dump that `KeptDump` put aside, when another instance leads since."""

    kind: ClassVar[str] = "restored-redis"

    def strike(self, stack: RunningStack) -> None:
        """Put the dump in place, kill Redis, start it.

        Raises:
            InfrastructureError: there is no such dump, or its leader leads still: it would not be old.
        """
        kept, (leader, _) = _kept(stack), leader_of_the_record(stack)
        if kept.lease.rpartition(":")[0] == leader:
            raise InfrastructureError(f"{leader} leads, as {KEY} says in the dump: that dump is not old")
        self._replace(stack, f"cp {KEPT} {DUMP}")

    def effect(self, stack: RunningStack) -> str:
        """Another process runs, and it began with all that was in the dump."""
        loaded, kept = self._loaded(stack), _kept(stack)
        if loaded != kept.keys:
            raise InfrastructureError(f"{SERVICE} began with {loaded} keys, and the dump has {kept.keys}")
        return f"{SERVICE} started again with {loaded} keys of former days, {KEY} among them as {kept.lease}"


@contextmanager
def _nothing_saved_meanwhile(redis: Redis) -> Iterator[None]:
    """Redis saves by itself every now and then, and would put a dump of today in the place of another.

    A process that was killed meanwhile forgets it, as the next one reads its settings anew.
    """
    usual = redis.config_get("save")["save"] or ""
    redis.config_set("save", "")
    try:
        until("Redis to have saved", lambda: _told(redis, "rdb_bgsave_in_progress") == "0", within_s=SAVES_WITHIN_S)
        yield
    finally:
        with suppress(RedisError):
            redis.config_set("save", usual)


def _save(redis: Redis) -> _Dump:
    """Save without ends of life. Redis does what came in one piece without listening to anybody else meanwhile."""
    keys = [str(key) for key in redis.scan_iter(match="*")]
    ends = {key: left_ms for key in keys if (left_ms := int(str(redis.pttl(key)))) >= 0}
    piece = redis.pipeline(transaction=False)
    for key in ends:
        piece.persist(key)
    piece.get(KEY)
    piece.dbsize()
    piece.save()
    for key, left_ms in ends.items():
        piece.pexpire(key, max(1, left_ms))
    told = piece.execute()
    lease, keys_saved = told[len(ends)], told[len(ends) + 1]
    if lease is None:
        raise Seen(f"there was no {KEY} to save")
    return _Dump(lease=str(lease), keys=int(keys_saved))


def _kept(stack: RunningStack) -> _Dump:
    kept = _DUMPS.get(stack, SERVICE)
    if kept is None:
        raise InfrastructureError("no dump of Redis was put aside: KeptDump has to be struck before")
    return kept


def _told(redis: Redis, fact: str) -> str:
    """One line of what Redis tells of itself."""
    facts = redis.info()
    if not isinstance(facts, dict) or fact not in facts:
        raise InfrastructureError(f"{SERVICE} does not tell its {fact}")
    return str(facts[fact])


def _run(stack: RunningStack, script: str) -> None:
    done = stack.container(SERVICE).exec_run(["sh", "-c", script])
    if done.exit_code:
        output = done.output if isinstance(done.output, bytes) else b"".join(done.output)
        told = " ".join(output.decode(errors="replace").split())
        raise InfrastructureError(f"{SERVICE}: {script}: {told or f'exit code {done.exit_code}'}")
