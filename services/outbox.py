"""The journal of letters on their way, and the carrier that writes it; one at a time of each.

Whoever delivers holds the journal, and so does its carrier. When a worker is killed, the carrier
still ends what it has begun, and the next worker waits for it; then the journal says what happened.
"""

from __future__ import annotations

import base64
import fcntl
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from email.message import EmailMessage
from email.utils import parseaddr
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from services.carrier import HANDING, UNKNOWN, UNREACHABLE, MailServer, Outcome, final_outcome

ROOT = Path(__file__).parent.parent
STEP_SECONDS = 0.05
LOST = Outcome(UNKNOWN)


@dataclass(frozen=True, slots=True)
class Journal:
    """The open journal. `is_new` when there was none before: then nothing is known of the past."""

    file: int
    is_new: bool

    def outcomes(self) -> Mapping[int, Outcome]:
        """Return what became of each letter that was handed over, by its id.

        A letter that is not there has not been handed over for certain.
        """
        found: dict[int, Outcome] = {}
        for line in self._lines():
            step = json.loads(line)
            if step["step"] == HANDING:
                found[step["letter"]] = LOST
            else:
                found[step["letter"]] = final_outcome(step["code"], step["said"])
        return found

    def _lines(self) -> list[bytes]:
        content = os.pread(self.file, os.fstat(self.file).st_size, 0)
        # The last line is not whole when the machine stopped: then its step was not taken either.
        return content.split(b"\n")[:-1]

    def clear(self) -> None:
        """Forget everything, once it is in the database."""
        os.ftruncate(self.file, 0)
        os.fsync(self.file)


@contextmanager
def held_journal(path: Path, patience_seconds: float) -> Iterator[Journal | None]:
    """Hold the journal until the end of the block; None when somebody else holds it for so long."""
    is_new = not path.exists()
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    try:
        yield Journal(file, is_new) if _locked(file, patience_seconds) else None
    finally:
        os.close(file)


def _locked(file: int, patience_seconds: float) -> bool:
    until = time.monotonic() + patience_seconds
    while True:
        with suppress(BlockingIOError):
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        if time.monotonic() > until:
            return False
        time.sleep(STEP_SECONDS)


class Carrier:
    """A process that hands letters in, with a session of its own: what kills us misses it."""

    def __init__(self, server: MailServer, journal: Journal) -> None:
        self._server = server
        self._journal = journal

    def __enter__(self) -> Self:
        """Start the process."""
        command = [sys.executable, "-m", "services.carrier", str(self._journal.file)]
        self._process = subprocess.Popen(  # noqa: S603 - a program of our own
            command,
            cwd=ROOT,
            pass_fds=(self._journal.file,),
            start_new_session=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
        self._say(asdict(self._server))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Let the process end."""
        with suppress(BrokenPipeError):
            self._process.communicate()

    def carry(self, letter_id: int, to: str, message: EmailMessage) -> Outcome:
        """Have a letter handed in and return what became of it."""
        self._say(
            {
                "id": letter_id,
                "sender": parseaddr(self._server.sender)[1],
                "to": to,
                "message": base64.b64encode(message.as_bytes()).decode("ascii"),
            }
        )
        answer = self._process.stdout.readline() if self._process.stdout else ""
        if answer:
            return Outcome(**json.loads(answer))
        # The process was killed. Before it has noted the letter, nothing was handed over.
        return self._journal.outcomes().get(letter_id, Outcome(UNREACHABLE, "carrier ended"))

    def _say(self, said: Mapping[str, Any]) -> None:
        if self._process.stdin:
            with suppress(BrokenPipeError):
                self._process.stdin.write(json.dumps(said) + "\n")
                self._process.stdin.flush()
