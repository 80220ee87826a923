"""The leader's lease in Redis: `tss:leader` = `<instance>:<epoch>`, changed by compare-and-change scripts."""

from dataclasses import dataclass

from trading_app.redis_client import RedisClient

LEASE_KEY = "tss:leader"

# owner() and is_past() of rules.py, for the scripts: ours if the instance is ours and the epoch is not a later one.
_OURS = """
local held = redis.call('get', KEYS[1])
local function ours(epoch)
    local name, number = string.match(held, '^(.*):(%d+)$')
    return name == ARGV[1] and tonumber(number) <= epoch
end
local function past(epoch)
    local number = tonumber(string.match(held, ':(%d+)$'))
    return number ~= nil and number > 0 and number < epoch
end
"""
TAKE = (
    _OURS
    + """
if not held or ours(math.huge) or held == ARGV[3] then
    redis.call('set', KEYS[1], ARGV[1] .. ':0', 'PX', ARGV[2])
    return 1
end
return 0
"""
)
RENEW = (
    _OURS
    + """
if not held or ours(tonumber(ARGV[3])) or past(tonumber(ARGV[3])) then
    held = ARGV[1] .. ':' .. ARGV[3]
    redis.call('set', KEYS[1], held, 'PX', ARGV[2])
end
return held
"""
)
RELEASE = (
    _OURS
    + """
if held and ours(tonumber(ARGV[3])) then redis.call('del', KEYS[1]) end
return held
"""
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RedisLease:
    """The lease as one instance uses it; `ttl_s` is its length in seconds."""

    redis: RedisClient
    instance_id: str
    ttl_s: float
    renew_lua: str = RENEW
    release_lua: str = RELEASE

    async def holder(self) -> str | None:
        """The value of the lease."""
        return await self.redis.get(LEASE_KEY)

    async def take(self, replaceable: str | None) -> bool:
        """Take the lease if it is free, ours, or still exactly `replaceable`."""
        return bool(await self._run(TAKE, replaceable or ""))

    async def renew(self, epoch: int) -> str | None:
        """Extend our lease, or take it again if it is gone or of a past epoch; return who holds it now."""
        return str(await self._run(self.renew_lua, str(epoch)))

    async def release(self, epoch: int) -> None:
        """Delete the lease if it is ours and not of a later epoch."""
        await self._run(self.release_lua, str(epoch))

    async def _run(self, lua: str, last: str) -> object:
        ttl_ms = str(max(1, int(self.ttl_s * 1000)))
        return await self.redis.script(lua, [LEASE_KEY], [self.instance_id, ttl_ms, last])
