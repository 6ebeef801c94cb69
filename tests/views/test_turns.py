"""One request is answered at a time, and whoever reads slowly holds nobody up."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from werkzeug.test import create_environ
from werkzeug.wrappers import Request, Response

from views.turns import BUSY, LARGE_BYTES, SENT_AT_ONCE, Sent, in_turns

PATIENCE_SECONDS = 20.0
Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def ask(application: Application, path: str) -> tuple[str, Iterable[bytes]]:
    """Return the status of an answer, and what is to be sent."""
    said: list[str] = []

    def start(status: str, _headers: object, _exc_info: object = None) -> None:
        said.append(status)

    pieces = application(create_environ(path), start)
    return said[0], pieces


@Request.application
def files(request: Request) -> Response:
    """Answer with a small page or with a large file."""
    if request.path == "/small":
        return Response([b"a", b"b"])
    pieces: Iterator[bytes] = iter([b"x" * LARGE_BYTES, b"y"])
    return Response(pieces, headers={"Content-Length": str(LARGE_BYTES + 1)})


def test_a_small_answer_is_whole_and_a_large_one_is_sent_piece_by_piece() -> None:
    application = in_turns(files)
    assert ask(application, "/small") == ("200 OK", [b"a", b"b"])
    status, pieces = ask(application, "/large")
    assert status == "200 OK"
    assert isinstance(pieces, Sent)
    assert sum(map(len, pieces)) == LARGE_BYTES + 1


def test_others_are_answered_while_files_are_sent() -> None:
    application = in_turns(files)
    slow = [iter(ask(application, "/large")[1]) for _ in range(SENT_AT_ONCE)]
    assert {len(next(pieces)) for pieces in slow} == {LARGE_BYTES}
    assert ask(application, "/small")[0] == "200 OK"


def test_only_so_many_files_are_sent_at_once() -> None:
    application = in_turns(files)
    sent = [ask(application, "/large")[1] for _ in range(SENT_AT_ONCE)]
    status, pieces = ask(application, "/large")
    assert status == "503 Service Unavailable"
    assert b"".join(pieces).decode() == BUSY
    # One that is taken to its end, and one that nobody has begun to take.
    assert list(sent[0])
    sent[1].close()
    sent[1].close()
    for _ in range(2):
        assert ask(application, "/large")[0] == "200 OK"
    assert ask(application, "/large")[0] == "503 Service Unavailable"


def test_one_request_is_answered_at_a_time() -> None:
    first_is_in, go_on = threading.Event(), threading.Event()
    order: list[str] = []

    @Request.application
    def slow(request: Request) -> Response:
        order.append(f"{request.path} begins")
        first_is_in.set()
        assert go_on.wait(PATIENCE_SECONDS)
        order.append(f"{request.path} ends")
        return Response("")

    application = in_turns(slow)
    threads = [threading.Thread(target=ask, args=(application, path)) for path in ("/a", "/b")]
    threads[0].start()
    assert first_is_in.wait(PATIENCE_SECONDS)
    threads[1].start()
    threads[1].join(0.2)
    assert order == ["/a begins"]
    go_on.set()
    for thread in threads:
        thread.join(PATIENCE_SECONDS)
    assert order == ["/a begins", "/a ends", "/b begins", "/b ends"]
