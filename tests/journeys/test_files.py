"""A unit sends and fetches the largest files; the server stays as small as it was."""

from __future__ import annotations

import http.client
import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

from flask import Flask

from services.attachments import LARGEST_BYTES, MOST_FILES
from settings import Settings
from tests.browser.installation import serve
from tests.office_files import PDF
from tests.stored import open_round

BOUNDARY = "x" * 30
CHUNK = bytes(256 * 1024)
# What a server may grow by while 100 MB go through it.
MOST_GROWTH_KB = 16 * 1024


def parts() -> Iterator[bytes]:
    """Yield the parts of a form with as many of the largest files as a question takes."""
    yield head('name="action"') + b"save"
    for number in range(MOST_FILES):
        yield head(f'name="tep_bao_cao"; filename="{number}.pdf"')
        first = PDF + f"% {number}".encode()
        yield first
        left = LARGEST_BYTES - len(first)
        while left:
            yield CHUNK[:left]
            left -= min(left, len(CHUNK))
    yield f"\r\n--{BOUNDARY}--\r\n".encode()


def head(disposition: str) -> bytes:
    return f"\r\n--{BOUNDARY}\r\nContent-Disposition: form-data; {disposition}\r\n\r\n".encode()


def largest_kb(address: str) -> dict[int, int]:
    """Return the most memory that each process of the server at an address has ever had."""
    port = f"\0PORT={urlsplit(address).port}\0".encode()
    found: dict[int, int] = {}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if port in b"\0" + (process / "environ").read_bytes() + b"\0":
                status = (process / "status").read_text()
                found[int(process.name)] = int(re.findall(r"VmHWM:\s+(\d+)", status)[0])
        except (OSError, IndexError):
            continue
    return found


def connect(address: str) -> http.client.HTTPConnection:
    return http.client.HTTPConnection(urlsplit(address).netloc, timeout=120)


def fetch(connection: http.client.HTTPConnection, address: str) -> bytes:
    connection.request("GET", address)
    return connection.getresponse().read()


def test_a_hundred_megabytes_come_and_go_in_little_memory(app: Flask, settings: Settings) -> None:
    code = open_round(app)
    with serve(settings) as running, closing(connect(running.address)) as connection:
        fetch(connection, f"/{code}?all=1")
        before = largest_kb(running.address)
        assert len(before) >= 2
        connection.putrequest("POST", f"/{code}?all=1")
        connection.putheader("Content-Type", f"multipart/form-data; boundary={BOUNDARY}")
        connection.putheader("Content-Length", str(sum(map(len, parts()))))
        connection.endheaders()
        for part in parts():
            connection.send(part)
        answer = connection.getresponse()
        assert (answer.status, answer.read()[:1]) == (303, b"<")
        page = fetch(connection, f"/{code}?all=1").decode()
        files = re.findall(r'href="(/[^"]+/tep/[^"]+)"', page)
        assert len(files) == MOST_FILES
        for number, address in enumerate(files):
            content = fetch(connection, address)
            assert content.startswith(PDF + f"% {number}".encode())
            assert len(content) == LARGEST_BYTES
        after = largest_kb(running.address)
        assert {pid: after[pid] - before[pid] < MOST_GROWTH_KB for pid in before} == dict.fromkeys(
            before, True
        )
