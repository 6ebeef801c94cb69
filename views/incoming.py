"""A file while it comes in with a request: on the disk where it will stay, never in memory."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO, FileIO
from pathlib import Path
from tempfile import mkstemp
from typing import IO, TYPE_CHECKING

from flask import Request, current_app

from services.attachments import INCOMING, LARGEST_BYTES, MOST_FILES, is_full, make_folder

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


# So much of one request is put on the disk: the largest files for two questions.
MOST_BYTES_AT_ONCE = 2 * MOST_FILES * LARGEST_BYTES


@dataclass(slots=True)
class Room:
    """How many bytes more the files of a request may take on the disk."""

    left_bytes: int = MOST_BYTES_AT_ONCE


class Incoming(FileIO):
    """A file without a name, which is gone when it is closed.

    Whatever happens to it, the rest of the request is read. Of a file that is too large only so
    much is kept that this can be told. When there is no room for all of it nothing is: `problem` is
    then the code of the Problem, `disk_full` or `request_too_large`.
    """

    def __init__(self, folder: Path, room: Room) -> None:
        self.problem: str | None = None
        self.room = room
        self.wanted_bytes = LARGEST_BYTES + 1
        super().__init__(self._opened(folder), "r+b")

    def _opened(self, folder: Path) -> int:
        try:
            make_folder(folder)
            file, path = mkstemp(dir=folder)
            Path(path).unlink()
        except OSError as error:
            self.problem = _problem_with(error)
            return os.open(os.devnull, os.O_RDWR)
        return file

    def write(self, chunk: ReadableBuffer) -> int:
        """Write what is wanted of it; the rest is as good as written."""
        whole = memoryview(chunk).cast("B")
        wanted = whole[: self.wanted_bytes]
        if self.problem is None and len(wanted) > self.room.left_bytes:
            self._give_up("request_too_large")
        if self.problem is None:
            self._write(wanted)
        return len(whole)

    def _write(self, left: memoryview) -> None:
        self.wanted_bytes -= len(left)
        self.room.left_bytes -= len(left)
        try:
            while left:
                left = left[super().write(left) :]
        except OSError as error:
            self._give_up(_problem_with(error))

    def _give_up(self, problem: str) -> None:
        self.problem = problem
        self.truncate(0)

    def __del__(self) -> None:
        """Close the file of a request that broke off."""
        self.close()


def _problem_with(error: OSError) -> str:
    """Return the code of the Problem with a disk that is full; anything else is raised again."""
    if is_full(error):
        return "disk_full"
    raise error


class ReceivingRequest(Request):
    """A request whose files are put where `FILES` says."""

    def _get_file_stream(
        self,
        total_content_length: int | None,
        content_type: str | None,
        filename: str | None = None,
        content_length: int | None = None,
    ) -> IO[bytes]:
        if not filename:
            # A file input that was left blank is sent, too.
            return BytesIO()
        return Incoming(current_app.config["FILES"] / INCOMING, self.room)

    @cached_property
    def room(self) -> Room:
        """The room that all the files of the request share."""
        return Room()
