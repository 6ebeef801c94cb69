"""Slowing down whoever guesses a password or a code, without shutting out whose it is.

Failures are counted by key, and after a few free ones each further failure doubles the time to
wait. A device on which somebody has signed in before counts for itself, by its cookie: whatever
others do from elsewhere, its owner gets in. From an unknown device three keys count: account and
address together, the account, and the address. A link in a letter makes a device a known one.

What counts is the same whether or not there is such an account. Keys are kept in memory only,
hashed with a secret that is thrown away every day; each worker counts for itself.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from flask import abort, current_app, request

from views.devices import known_device
from views.errors import TOO_MANY_GUESSES, error_page
from views.filling import current_moment
from views.throttle import KEY_BYTES, network

TOO_MANY_REQUESTS = 429
MOST_KEYS = 100_000


@dataclass(frozen=True, slots=True)
class Rule:
    """So many failures are free; then one waits `first`, then twice as long, at most `longest`."""

    free: int
    first: timedelta = timedelta(minutes=1)
    longest: timedelta = timedelta(hours=1)

    def delay(self, failures: int) -> timedelta:
        """Return how long to wait after so many failures."""
        if failures < self.free:
            return timedelta()
        # Beyond the sixth doubling it is `longest` anyway.
        doubled: timedelta = self.first * 2 ** min(failures - self.free, 10)
        return min(doubled, self.longest)


RULES: Mapping[str, Rule] = {
    # A device that the owner has signed in on.
    "device": Rule(free=10),
    # Unknown devices: at one address with one account, with one account, at one address.
    "pair": Rule(free=5),
    "account": Rule(free=50),
    "address": Rule(free=20),
    # Second factors and confirmed passwords: only who is half in, or in, gets that far.
    "code": Rule(free=5),
}
# What a success makes forgotten. The others are not only about whoever has succeeded.
FORGOTTEN = frozenset({"device", "pair", "code"})

Key = tuple[str, ...]


@dataclass(slots=True)
class _Count:
    failures: int
    until: datetime


class Guesses:
    """Failures by key, of one kind of guessing."""

    def __init__(self) -> None:
        self._counts: dict[str, _Count] = {}
        self._key, self._day = b"", date.min

    def wait(self, keys: Sequence[Key], now: datetime) -> timedelta:
        """Return how long one still has to wait before the next try."""
        counts = [self._counts.get(self._hidden(key, now)) for key in keys]
        left = [count.until - now for count in counts if count]
        return max(left, default=timedelta())

    def failed(self, keys: Sequence[Key], now: datetime) -> None:
        """Count a failure."""
        for key in keys:
            hidden = self._hidden(key, now)
            failures = self._counts[hidden].failures + 1 if hidden in self._counts else 1
            self._counts[hidden] = _Count(failures, now + RULES[key[0]].delay(failures))
        if len(self._counts) > MOST_KEYS:
            self._counts = {k: count for k, count in self._counts.items() if count.until > now}

    def passed(self, keys: Sequence[Key], now: datetime) -> None:
        """Forget what was only about whoever has now succeeded."""
        for key in keys:
            if key[0] in FORGOTTEN:
                self._counts.pop(self._hidden(key, now), None)

    def _hidden(self, key: Key, now: datetime) -> str:
        if now.date() != self._day:
            self._key, self._day = secrets.token_bytes(KEY_BYTES), now.date()
            self._counts.clear()
        return hmac.new(self._key, "\0".join(key).encode(), "sha256").hexdigest()


def sign_in_keys(email: str) -> Sequence[Key]:
    """Return by what keys a try to sign in with this e-mail address counts."""
    email = email.strip().lower()
    device = known_device(email)
    if device:
        return [("device", email, device)]
    address = network(request.remote_addr or "")
    return [("pair", email, address), ("account", email), ("address", address)]


def code_keys(account: str) -> Sequence[Key]:
    """Return by what key a try counts of somebody who has shown a password already."""
    return [("code", account)]


def refuse_guessing(keys: Sequence[Key]) -> None:
    """Answer 429, saying how long to wait, when there were too many failures."""
    left = guesses().wait(keys, current_moment())
    if left <= timedelta():
        return
    seconds = int(left.total_seconds()) + 1
    response = error_page(TOO_MANY_REQUESTS, TOO_MANY_GUESSES, {"minutes": (seconds + 59) // 60})
    response.headers["Retry-After"] = str(seconds)
    abort(response)


def count_guess(keys: Sequence[Key], *, passed: bool) -> None:
    """Count a try that has failed, or forget earlier ones."""
    if passed:
        guesses().passed(keys, current_moment())
    else:
        guesses().failed(keys, current_moment())


def guesses() -> Guesses:
    """Return the failures that this process has counted."""
    found: Guesses = current_app.extensions["guesses"]
    return found
