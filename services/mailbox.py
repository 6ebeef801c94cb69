"""The mailbox to which letters come back, read through IMAP (RFC 3501)."""

from __future__ import annotations

import imaplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from services.carrier import LOOPBACK, TIMEOUT_SECONDS

SCHEMES = {"imap": 143, "imaps": 993}
# Enough to tell what came back; the rest of a message is not fetched.
MOST_BYTES = 512 * 1024
MOST_MESSAGES = 200
# Marks what has been read here, so that nothing is read twice and people see what is new to them.
READ = "PhieuRead"


@dataclass(frozen=True, slots=True)
class MailboxPlace:
    """Where the mailbox is; `encrypted` from the first byte on."""

    host: str
    port: int
    folder: str
    user: str
    password: str
    encrypted: bool


def mailbox_place(address: str) -> MailboxPlace:
    """Return the mailbox behind `imaps://user:password@host:port/FOLDER`, or imap://.

    Raises ValueError when it is no such address.
    """
    parts = urlsplit(address)
    if parts.scheme not in SCHEMES or not parts.hostname or not parts.username:
        raise ValueError("IMAP_URL must look like imaps://user:password@host:port/FOLDER")
    return MailboxPlace(
        parts.hostname,
        parts.port or SCHEMES[parts.scheme],
        unquote(parts.path.strip("/")) or "INBOX",
        unquote(parts.username),
        unquote(parts.password or ""),
        parts.scheme == "imaps",
    )


class Mailbox:
    """An open mailbox."""

    def __init__(self, connection: imaplib.IMAP4) -> None:
        self._connection = connection
        flags = b" ".join(
            flag for flag in connection.response("PERMANENTFLAGS")[1] if isinstance(flag, bytes)
        )
        # A server that takes no marks of ours: what was read then counts as seen.
        self._mark = READ if b"\\*" in flags else r"\Seen"
        self._wanted = f"UNKEYWORD {READ}" if self._mark == READ else "UNSEEN"

    def messages(self) -> Iterator[tuple[str, bytes]]:
        """Yield what has not been read here: a number to mark it by, and its first bytes."""
        _, found = self._connection.uid("SEARCH", self._wanted)
        for number in (found[0] or b"").decode("ascii").split()[:MOST_MESSAGES]:
            _, parts = self._connection.uid("FETCH", number, f"(BODY.PEEK[]<0.{MOST_BYTES}>)")
            contents = [part[1] for part in parts if isinstance(part, tuple)]
            yield number, contents[0] if contents else b""

    def mark(self, number: str, *, seen: bool) -> None:
        """Mark a message as read here, once what it says is stored; maybe as seen by people."""
        flags = {self._mark, r"\Seen"} if seen else {self._mark}
        self._connection.uid("STORE", number, "+FLAGS", f"({' '.join(sorted(flags))})")


@contextmanager
def opened(place: MailboxPlace) -> Iterator[Mailbox]:
    """Open the mailbox. Raises OSError or imaplib.IMAP4.error."""
    connection = _connected(place)
    try:
        connection.login(place.user, place.password)
        answer, said = connection.select(f'"{place.folder}"')
        if answer != "OK":
            raise imaplib.IMAP4.error(f"no folder {place.folder}: {said!r}")
        yield Mailbox(connection)
    finally:
        with suppress(OSError, imaplib.IMAP4.error):
            connection.logout()


def _connected(place: MailboxPlace) -> imaplib.IMAP4:
    context = ssl.create_default_context()
    if place.encrypted:
        return imaplib.IMAP4_SSL(
            place.host, place.port, ssl_context=context, timeout=TIMEOUT_SECONDS
        )
    connection = imaplib.IMAP4(place.host, place.port, timeout=TIMEOUT_SECONDS)
    if place.host not in LOOPBACK:
        # A password does not leave the machine in the clear.
        connection.starttls(context)
    return connection
