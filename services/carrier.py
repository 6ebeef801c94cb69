"""The process that hands letters to a mail server; it outlives a worker that is killed.

Only the standard library is imported, so that it starts in a moment. Run as a program it is given
the journal's file descriptor, then on standard input the server and a letter a line, as JSON.
"""

from __future__ import annotations

import base64
import json
import os
import re
import smtplib
import ssl
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

# So long a mail server may be silent.
TIMEOUT_SECONDS = 10.0
# Many look into a letter before they take it (RFC 5321, 4.5.3.2.6, would wait twice as long).
FINAL_TIMEOUT_SECONDS = 300.0
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
OK, WILL_FORWARD, GO_ON, TRANSIENT, GOOD_BYE, PERMANENT = 250, 251, 354, 400, 421, 500

# What became of a letter.
SENT = "sent"
ADDRESS_REFUSED = "address_refused"
REFUSED = "refused"
DELAYED = "delayed"
# The server could not be spoken to: nothing is wrong with the letter.
UNREACHABLE = "unreachable"
# Handed over, but the server has not said whether it takes it.
UNKNOWN = "unknown"

# The steps that the journal keeps.
HANDING, REPLIED = "handing", "replied"
_LINE_BEGINS_WITH_DOT = re.compile(rb"(?m)^\.")


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where letters are handed in, and whom they are from: `Name <address>`.

    `encrypted` from the first byte on; otherwise as soon as the server offers it.
    """

    host: str
    port: int
    sender: str
    encrypted: bool = False
    user: str = ""
    password: str = ""

    @property
    def is_near(self) -> bool:
        """Whether the server runs on this very machine, where nobody listens in."""
        return self.host in LOOPBACK


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a letter, one of the words above, and what the server said."""

    result: str
    problem: str = ""


# --- speaking with the server ---------------------------------------------------------------------


def connect(server: MailServer) -> smtplib.SMTP:
    """Return a connection, encrypted and signed in. Raises OSError."""
    if server.encrypted:
        context = ssl.create_default_context()
        connection: smtplib.SMTP = smtplib.SMTP_SSL(
            server.host, server.port, timeout=TIMEOUT_SECONDS, context=context
        )
    else:
        connection = smtplib.SMTP(server.host, server.port, timeout=TIMEOUT_SECONDS)
    try:
        if not server.encrypted:
            _encrypt(connection, server)
        if server.user:
            connection.login(server.user, server.password)
    except BaseException:
        connection.close()
        raise
    return connection


def _encrypt(connection: smtplib.SMTP, server: MailServer) -> None:
    """Encrypt the connection when it leaves the machine; never send a password without."""
    if server.is_near:
        return
    connection.ehlo()
    if connection.has_extn("starttls"):
        connection.starttls(context=ssl.create_default_context())
    elif server.user:
        raise smtplib.SMTPNotSupportedError("the server offers no encryption for the password")


def final_outcome(code: int, said: str) -> Outcome:
    """Return what a server's answer to the whole letter means (RFC 5321, 4.2.1)."""
    if code == OK:
        return Outcome(SENT)
    return Outcome(REFUSED if code >= PERMANENT else DELAYED, f"{code} {said}")


class Courier:
    """Carries letters over one connection, and keeps in the journal how far each is."""

    def __init__(self, server: MailServer, journal: int) -> None:
        self._server = server
        self._journal = journal
        self._connection: smtplib.SMTP | None = None

    def carry(self, letter: Mapping[str, Any]) -> Outcome:
        """Hand one letter to the server and return what became of it; raises nothing of SMTP."""
        try:
            if self._connection is None:
                self._connection = connect(self._server)
            return self._hand_over(self._connection, letter)
        except OSError as error:
            self._disconnect()
            return Outcome(UNREACHABLE, f"{type(error).__name__}: {error}")
        except ValueError as error:
            self._disconnect()
            return Outcome(ADDRESS_REFUSED, str(error))

    def _hand_over(self, connection: smtplib.SMTP, letter: Mapping[str, Any]) -> Outcome:
        connection.ehlo_or_helo_if_needed()
        refusal = self._address(connection, letter["sender"], letter["to"])
        if refusal:
            connection.rset()
            return refusal
        connection.send(_stuffed(base64.b64decode(letter["message"])))
        self._note(letter["id"], HANDING)
        try:
            code, said = _end(connection)
        except OSError as error:
            self._disconnect()
            return Outcome(UNKNOWN, f"{type(error).__name__}: {error}")
        text = _text(said)
        with suppress(OSError):
            # A full disk must not make it look as if nothing had been handed over.
            self._note(letter["id"], REPLIED, code=code, said=text)
        if code == GOOD_BYE:
            self._disconnect()
        return final_outcome(code, text)

    def _address(self, connection: smtplib.SMTP, sender: str, to: str) -> Outcome | None:
        """Say whom the letter is from and to; return why it cannot go on, if so."""
        code, said = connection.mail(sender)
        if code != OK:
            # About the sender, which is a setting: all letters would fail alike.
            raise smtplib.SMTPSenderRefused(code, said, sender)
        code, said = connection.rcpt(to)
        if code == GOOD_BYE:
            raise smtplib.SMTPServerDisconnected(_text(said))
        if code not in (OK, WILL_FORWARD):
            result = ADDRESS_REFUSED if code >= PERMANENT else DELAYED
            return Outcome(result, f"{code} {_text(said)}")
        code, said = connection.docmd("DATA")
        return None if code == GO_ON else final_outcome(code, _text(said))

    def _note(self, letter_id: int, step: str, **more: Any) -> None:
        """Write a step into the journal and wait until it is on the disk."""
        at = datetime.now(UTC).isoformat()
        line = json.dumps({"letter": letter_id, "step": step, "at": at, **more})
        os.write(self._journal, f"{line}\n".encode())
        os.fsync(self._journal)

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _end(connection: smtplib.SMTP) -> tuple[int, bytes]:
    """Send the last line, after which the letter is the server's; return its answer."""
    if connection.sock:
        connection.sock.settimeout(FINAL_TIMEOUT_SECONDS)
    connection.send(b".\r\n")
    answer = connection.getreply()
    if connection.sock:
        connection.sock.settimeout(TIMEOUT_SECONDS)
    return answer


def _stuffed(message: bytes) -> bytes:
    """Return a message as it is sent: whole lines, a dot before each that begins with one."""
    ended = message if message.endswith(b"\r\n") else message + b"\r\n"
    return _LINE_BEGINS_WITH_DOT.sub(b"..", ended)


def _text(said: bytes) -> str:
    return said.decode("utf-8", "replace")


def main() -> None:
    """Carry what comes on standard input until it ends; answer each letter with a line."""
    server = MailServer(**json.loads(sys.stdin.readline()))
    courier = Courier(server, int(sys.argv[1]))
    for line in sys.stdin:
        outcome = courier.carry(json.loads(line))
        answer = json.dumps({"result": outcome.result, "problem": outcome.problem})
        sys.stdout.write(f"{answer}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
