"""Blank public forms, handed out at the door without going through the application each time.

A blank form is the same for everybody but for its instance, so a worker keeps it for a moment, as
it is and compressed, and only puts a fresh instance into it.
"""

from __future__ import annotations

import struct
import time
import zlib
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

# The instance in a page marks one opened form, so a copy must not be shared nor be shown to the
# next person at the same screen. Going back in the browser still finds what was typed.
PAGE_HEADERS = (
    ("Content-Type", "text/html; charset=utf-8"),
    ("Cache-Control", "private, no-cache"),
    ("Vary", "Accept-Encoding"),
)
# So long a worker relies on what it knows of a link before it looks again; sending always looks.
KNOWN_SECONDS = 1.0
# RFC 1952: magic number, deflate, no flags, no time, best compression, unknown system.
GZIP_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff"


class BlankPage:
    """A page in two parts, and what it takes to put an instance between them."""

    def __init__(self, before: bytes, after: bytes) -> None:
        self._before = before
        self._after = after
        self._packed_before = GZIP_HEADER + _deflated(before, zlib.Z_FULL_FLUSH)
        self._packed_after = _deflated(after, zlib.Z_FINISH)
        self._checksum_before = zlib.crc32(before)

    def plain(self, instance: bytes) -> bytes:
        """Return the page."""
        return self._before + instance + self._after

    def packed(self, instance: bytes) -> bytes:
        """Return the page compressed: only the instance is new, as a stored block (RFC 1951)."""
        size = len(instance)
        checksum = zlib.crc32(self._after, zlib.crc32(instance, self._checksum_before))
        length = len(self._before) + size + len(self._after)
        return b"".join(
            (
                self._packed_before,
                struct.pack("<BHH", 0, size, size ^ 0xFFFF),
                instance,
                self._packed_after,
                struct.pack("<II", checksum, length),
            )
        )


def _deflated(text: bytes, flush: int) -> bytes:
    packer = zlib.compressobj(zlib.Z_BEST_COMPRESSION, zlib.DEFLATED, -zlib.MAX_WBITS)
    return packer.compress(text) + packer.flush(flush)


class BlankPages:
    """The layer in front of the application; `new_instance` makes the ids of opened forms."""

    def __init__(self, inner: WSGIApplication, new_instance: Callable[[], str]) -> None:
        self._inner = inner
        self._new_instance = new_instance
        self._pages: dict[str, tuple[float, BlankPage]] = {}

    def keep(self, path: str, page: BlankPage) -> None:
        """Keep the page of `path` for a moment."""
        self._pages[path] = (time.monotonic() + KNOWN_SECONDS, page)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer with a kept page, or let the application answer."""
        until, page = self._pages.get(environ["PATH_INFO"], (0.0, None))
        plain_get = environ["REQUEST_METHOD"] == "GET" and not environ.get("QUERY_STRING")
        if page is None or not plain_get or until < time.monotonic():
            return self._inner(environ, start_response)
        instance = self._new_instance().encode()
        if "gzip" in environ.get("HTTP_ACCEPT_ENCODING", ""):
            body, encoding = page.packed(instance), [("Content-Encoding", "gzip")]
        else:
            body, encoding = page.plain(instance), []
        size = ("Content-Length", str(len(body)))
        start_response("200 OK", [*PAGE_HEADERS, size, *encoding])
        return [body]
