"""Requests one after the other, large files meanwhile: whoever reads slowly holds nobody up.

The server sends an answer from the thread that made it, as fast as it is taken. So there are more
threads than the one that answers, and what is large is left to them.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

# So many large files are on their way at once, in one process; a further one has to wait.
SENT_AT_ONCE = 4
# One that answers, those that send, and one to say no with.
THREADS = SENT_AT_ONCE + 2
# What is smaller goes to the server as a whole, which sends it by itself.
LARGE_BYTES = 4 * 1024 * 1024
BUSY = "Đang có nhiều tệp lớn được tải về; vui lòng thử lại sau ít phút."
BUSY_HEADERS = [
    ("Content-Type", "text/plain; charset=utf-8"),
    ("Content-Length", str(len(BUSY.encode()))),
    ("Retry-After", "60"),
    ("Cache-Control", "no-store"),
]


class Sent:
    """A large answer on its way; `done` is called once, at its end or when nobody wants it."""

    def __init__(self, pieces: Iterable[bytes], done: Callable[[], None]) -> None:
        self._pieces, self._done = pieces, done
        self._open = True

    def __iter__(self) -> Iterator[bytes]:
        """Yield the pieces."""
        try:
            yield from self._pieces
        finally:
            self.close()

    def close(self) -> None:
        """Let go of the file and of the place among those that are sent."""
        if self._open:
            self._open = False
            _close(self._pieces)
            self._done()


def in_turns(inner: WSGIApplication) -> WSGIApplication:
    """Return `inner` answering one request at a time, whatever the number of threads."""
    turn, places = threading.RLock(), threading.BoundedSemaphore(SENT_AT_ONCE)

    def outer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        begun: list[Any] = []

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            begun[:] = (status, headers, exc_info)
            return None

        with turn:
            pieces = inner(environ, start)
            if not is_large(begun[1]):
                start_response(*begun)
                return _whole(pieces)
        if places.acquire(blocking=False):
            start_response(*begun)
            return Sent(pieces, places.release)
        _close(pieces)
        start_response("503 Service Unavailable", BUSY_HEADERS)
        return [BUSY.encode()]

    return outer


def is_large(headers: Iterable[tuple[str, str]]) -> bool:
    """Tell whether an answer is too large to be given away as a whole."""
    sizes = (value for name, value in headers if name == "Content-Length")
    return int(next(sizes, "0")) > LARGE_BYTES


def _whole(pieces: Iterable[bytes]) -> list[bytes]:
    if isinstance(pieces, list):
        return pieces
    try:
        return list(pieces)
    finally:
        _close(pieces)


def _close(pieces: Iterable[bytes]) -> None:
    close = getattr(pieces, "close", None)
    if close is not None:
        close()
