"""Clients that save and send at full speed, and do not give up before they are told it is kept."""

from __future__ import annotations

import hashlib
import html
import itertools
import re
import threading
import time
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPResponse
from io import BytesIO
from random import Random
from urllib.parse import urlencode

from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

PATIENCE_SECONDS = 60.0
PAUSE_SECONDS = 0.05
# What a page says of itself; "unseen" is said only by browsers without a script.
HIDDEN = re.compile(r'<input type="hidden" name="(?!\w+-unseen)([\w-]+)" value="([^"]*)"')
KEPT_FILE = re.compile(r'name="remove" value="([^"]*)"')
RECEIPT = re.compile(r"/bien-nhan/(\w+)")
# So often a difficulty is sent once and not again, whatever becomes of it.
ABANDONED_SHARE = 0.3

Fields = Mapping[str, list[str]]
# Status, location and page.
Answer = tuple[int, str, str]


@dataclass(frozen=True)
class Form:
    """A form that a client fills: its address, what is typed, and the text that tells apart."""

    address: str
    typed: Fields
    marked: str


@dataclass(frozen=True)
class Acknowledged:
    """What a client was told is kept: its receipt, and the text that tells it apart.

    `tries` is how often it was sent; `sha256` that of the file with it, if any.
    """

    receipt: str
    mark: str
    tries: int
    sha256: str = ""


@dataclass
class Client:
    """One person with one link: to a report, of which there is one, and to difficulties."""

    name: str
    port: int
    report: Form
    difficulty: Form
    stop: threading.Event
    acknowledged: list[Acknowledged] = field(default_factory=list)
    # Sent once, and perhaps kept.
    abandoned: list[str] = field(default_factory=list)
    saved: int = 0
    # Requests that were cut off, the server having begun with them or not.
    cut: int = 0
    # What the draft must hold in the end; nothing once it was sent.
    draft: str | None = None
    problem: BaseException | None = None

    def __post_init__(self) -> None:
        self.random = Random(self.name)
        self.numbers = itertools.count(1)
        self.connection: HTTPConnection | None = None

    def run(self) -> None:
        """Save and send until it is time to stop, and what was begun is acknowledged."""
        try:
            while not self.stop.is_set():
                for _ in range(self.random.randint(1, 3)):
                    self.save()
                self.send_report()
                self.send_difficulty()
            self.save()
        except BaseException as problem:  # noqa: BLE001 - told by whoever waits for this thread
            self.problem = problem
        finally:
            self.hang_up()

    # --- acts -------------------------------------------------------------------------------------

    def save(self) -> None:
        """Save the draft; sometimes with a file."""
        mark = self._mark()
        files = {}
        if self.random.random() < ABANDONED_SHARE:
            files = {"tep_bao_cao": b"%PDF-1.7\n" + mark.encode() * 5000}
        fields = {**self._opened(self.report), self.report.marked: [mark], "action": ["save"]}
        self._insist(self.report.address, fields, files)
        self.saved += 1
        self.draft = mark

    def try_saving(self) -> Answer | None:
        """Save the draft once; return what the server says."""
        opened = self._opened(self.report)
        fields = {**opened, self.report.marked: [self._mark()], "action": ["save"]}
        return self._try("POST", self.report.address, fields, {})

    def send_report(self) -> None:
        """Send the report, until there is a receipt."""
        mark = self._mark()
        opened = self._opened(self.report)
        content = b"%PDF-1.7\n" + mark.encode() * 1000
        fields = {**opened, self.report.marked: [mark], "action": ["submit"]}
        location, tries = self._insist(self.report.address, fields, {"tep_bao_cao": content})
        sha256 = hashlib.sha256(content).hexdigest()
        self._keep(location, tries, mark, sha256)
        self.draft = None

    def send_difficulty(self) -> None:
        """Send a difficulty: until there is a receipt, or once."""
        mark = self._mark()
        opened = self._opened(self.difficulty)
        fields = {**opened, self.difficulty.marked: [mark], "action": ["submit"]}
        if self.random.random() > ABANDONED_SHARE:
            self._keep(*self._insist(self.difficulty.address, fields, {}), mark=mark)
            return
        answer = self._try("POST", self.difficulty.address, fields, {})
        if answer and answer[0] == 303:
            self._keep(answer[1], tries=1, mark=mark)
        else:
            self.abandoned.append(mark)

    def _mark(self) -> str:
        return f"{self.name}-{next(self.numbers)}"

    def _keep(self, location: str, tries: int, mark: str, sha256: str = "") -> None:
        found = RECEIPT.search(location)
        assert found, location
        self.acknowledged.append(Acknowledged(found[1], mark, tries, sha256))

    # --- requests ---------------------------------------------------------------------------------

    def _opened(self, form: Form) -> Fields:
        """Open the form; return what is typed and what the page itself says; files give way."""
        for _ in self._patiently():
            answer = self._try("GET", form.address, {}, {})
            if answer and answer[0] == 200:
                hidden = {n: [html.unescape(text)] for n, text in HIDDEN.findall(answer[2])}
                removed = {"remove": KEPT_FILE.findall(answer[2])}
                return {**form.typed, **hidden, **removed, "instance": [uuid.uuid4().hex]}
        raise AssertionError(f"{form.address} did not open")

    def _insist(self, address: str, fields: Fields, files: Mapping[str, bytes]) -> tuple[str, int]:
        """Send the same again and again until it is acknowledged; return where that leads."""
        for tries in self._patiently():
            answer = self._try("POST", address, fields, files)
            if answer and answer[0] == 303:
                return answer[1], tries
            assert answer is None or answer[0] == 503, answer
        raise AssertionError(f"{address} was not acknowledged")

    def _patiently(self) -> Iterator[int]:
        until = time.monotonic() + PATIENCE_SECONDS
        for tries in itertools.count(1):
            yield tries
            if time.monotonic() > until:
                return
            time.sleep(PAUSE_SECONDS)

    def _try(
        self, method: str, address: str, fields: Fields, files: Mapping[str, bytes]
    ) -> Answer | None:
        """Send one request; return status, location and page, or None when it was lost."""
        body, headers = _encoded(fields, files)
        try:
            response = self._send(method, address, body, headers)
            page = response.read().decode()
        except (OSError, HTTPException) as problem:
            self.cut += not isinstance(problem, ConnectionRefusedError)
            self.hang_up()
            return None
        return response.status, response.headers.get("Location", ""), page

    def _send(
        self, method: str, address: str, body: bytes, headers: Mapping[str, str]
    ) -> HTTPResponse:
        if self.connection is None:
            self.connection = HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_SECONDS)
        if method == "GET":
            self.connection.request(method, address)
        else:
            self.connection.request(method, address, body, dict(headers))
        return self.connection.getresponse()

    def hang_up(self) -> None:
        """Close the connection; the next request opens another."""
        if self.connection:
            self.connection.close()
        self.connection = None


def _encoded(fields: Fields, files: Mapping[str, bytes]) -> tuple[bytes, Mapping[str, str]]:
    if not files:
        kind = "application/x-www-form-urlencoded"
        return urlencode(fields, doseq=True).encode(), {"Content-Type": kind}
    parts = {name: FileStorage(BytesIO(content), f"{name}.pdf") for name, content in files.items()}
    boundary, body = encode_multipart({**fields, **parts})
    return body, {"Content-Type": f"multipart/form-data; boundary={boundary}"}
