"""Limits on guessing: how often one address may try unknown codes and ask for letters.

How passwords are guarded, views.guessing says.

Each worker counts for itself, so that all of them together allow as many times more. Dividing the
limit would refuse an honest address whose requests all reach one worker.

Addresses are kept in memory only, as a keyed hash whose key is thrown away every day, so that
nothing can tell later who was here.
"""

from __future__ import annotations

import hmac
import secrets
from datetime import date
from ipaddress import IPv6Address, ip_address, ip_network

from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

UNKNOWN_CODES = parse("30 per minute")
LETTERS_ASKED = parse("5 per 10 minute")
KEY_BYTES = 32
# Whoever has one IPv6 address has 2**64 of them.
IPV6_PREFIX_BITS = 64


class Throttle:
    """Counts what each address does against one limit."""

    def __init__(self, limit: RateLimitItem) -> None:
        self._limit = limit
        self._limiter = FixedWindowRateLimiter(MemoryStorage())
        self._key = b""
        self._key_day = date.min

    def allows(self, address: str, today: date) -> bool:
        """Count one try from `address`; tell whether it is within the limit."""
        return self._limiter.hit(self._limit, self._pseudonym(address, today))

    def _pseudonym(self, address: str, today: date) -> str:
        if today != self._key_day:
            self._key, self._key_day = secrets.token_bytes(KEY_BYTES), today
        return hmac.new(self._key, network(address).encode(), "sha256").hexdigest()


def network(address: str) -> str:
    """Return the part of `address` that belongs to one subscriber; not an address gives ""."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return ""
    if isinstance(parsed, IPv6Address):
        return str(ip_network((parsed, IPV6_PREFIX_BITS), strict=False))
    return str(parsed)
