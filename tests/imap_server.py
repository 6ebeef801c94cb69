"""A small IMAP server for tests, with one mailbox: what a mailbox reader asks, as RFC 3501 has it.

No package that is still looked after offers one.
"""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class Kept:
    """A message and its flags."""

    content: bytes
    flags: set[str] = field(default_factory=set)


@dataclass
class Imap:
    """The server: `keywords` tells whether it takes flags of others than its own."""

    messages: list[Kept]
    keywords: bool = True
    port: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"* OK ready\r\n")
        while line := (await reader.readline()).decode().strip():
            tag, command, rest = (*line.split(" ", 2), "")[:3]
            verb = f"{command} {rest.split(' ')[0]}" if command.upper() == "UID" else command
            for answer in self.answer(verb.upper(), rest):
                writer.write(answer + b"\r\n")
            writer.write(f"{tag} OK done\r\n".encode())
            await writer.drain()
            if verb.upper() == "LOGOUT":
                break
        writer.close()

    def answer(self, verb: str, rest: str) -> list[bytes]:
        answers = {
            "CAPABILITY": lambda: [b"* CAPABILITY IMAP4rev1"],
            "SELECT": self.select,
            "UID SEARCH": lambda: [self.search(rest)],
            "UID FETCH": lambda: self.fetch(rest),
            "UID STORE": lambda: self.store(rest),
            "LOGOUT": lambda: [b"* BYE"],
        }
        return answers.get(verb, list)()

    def select(self) -> list[bytes]:
        flags = rb"\Seen \*" if self.keywords else rb"\Seen"
        return [
            f"* {len(self.messages)} EXISTS".encode(),
            b"* OK [PERMANENTFLAGS (" + flags + b")] limited",
        ]

    def search(self, rest: str) -> bytes:
        unwanted = "PhieuRead" if "UNKEYWORD" in rest else r"\Seen"
        found = [str(n) for n, kept in enumerate(self.messages, 1) if unwanted not in kept.flags]
        return f"* SEARCH {' '.join(found)}".rstrip().encode()

    def fetch(self, rest: str) -> list[bytes]:
        found = re.search(r"(\d+) \(BODY\.PEEK\[\]<0\.(\d+)>\)", rest)
        assert found, rest
        content = self.messages[int(found[1]) - 1].content[: int(found[2])]
        head = f"* {found[1]} FETCH (UID {found[1]} BODY[]<0> {{{len(content)}}}\r\n"
        return [head.encode() + content + b")"]

    def store(self, rest: str) -> list[bytes]:
        found = re.search(r"(\d+) \+FLAGS \((.*)\)", rest)
        assert found, rest
        self.messages[int(found[1]) - 1].flags |= set(found[2].split())
        return []


@contextmanager
def imap_server(server: Imap) -> Iterator[Imap]:
    """Run the server until the end of the block; its port is in it."""
    loop = asyncio.new_event_loop()
    listening = loop.run_until_complete(asyncio.start_server(server.serve, "127.0.0.1", 0))
    server.port = listening.sockets[0].getsockname()[1]
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield server
    finally:
        loop.call_soon_threadsafe(listening.close)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.run_until_complete(asyncio.sleep(0.01))
        loop.close()
