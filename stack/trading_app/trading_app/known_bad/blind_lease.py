"""KNOWN BAD, blind-lease: the lease in Redis is extended and deleted without comparing whose it is.

Plain SET and DEL, as most first versions have them. A leader never learns that somebody else has the lease: it
writes its own name over it and leads on. One that was replaced and steps down deletes the lease of whoever came after.
"""

from dataclasses import replace

from trading_app.parts import Parts
from trading_app.settings import Settings

EXTEND_ANYWAY = """
redis.call('set', KEYS[1], ARGV[1] .. ':' .. ARGV[3], 'PX', ARGV[2])
return redis.call('get', KEYS[1])
"""
DELETE_ANYWAY = "return redis.call('del', KEYS[1])"


def apply(parts: Parts, _: Settings) -> Parts:
    """Build the mistake in."""
    return replace(parts, lease=replace(parts.lease, renew_lua=EXTEND_ANYWAY, release_lua=DELETE_ANYWAY))
