"""A file while it comes in with a request: on the disk where it will stay, never in memory."""

from __future__ import annotations

import os
from io import BytesIO, FileIO
from pathlib import Path
from tempfile import mkstemp
from typing import IO, TYPE_CHECKING

from flask import Request, current_app

from services.attachments import INCOMING, LARGEST_BYTES, is_full, make_folder

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


class Incoming(FileIO):
    """A file without a name, which is gone when it is closed.

    Whatever happens to it, the rest of the request is read: of a file that is too large only so
    much is kept that this can be told, and when the disk is full (`is_cut_off`) nothing.
    """

    def __init__(self, folder: Path) -> None:
        self.is_cut_off = False
        self.room_bytes = LARGEST_BYTES + 1
        super().__init__(self._opened(folder), "r+b")

    def _opened(self, folder: Path) -> int:
        try:
            make_folder(folder)
            file, path = mkstemp(dir=folder)
            Path(path).unlink()
        except OSError as error:
            self._note_full(error)
            return os.open(os.devnull, os.O_RDWR)
        return file

    def write(self, chunk: ReadableBuffer) -> int:
        """Write what there is room for; the rest is as good as written."""
        wanted = memoryview(chunk).cast("B")
        left = wanted[: 0 if self.is_cut_off else self.room_bytes]
        self.room_bytes -= len(left)
        try:
            while left:
                left = left[super().write(left) :]
        except OSError as error:
            self._note_full(error)
            self.truncate(0)
        return len(wanted)

    def _note_full(self, error: OSError) -> None:
        if not is_full(error):
            raise error
        self.is_cut_off = True

    def __del__(self) -> None:
        """Close the file of a request that broke off."""
        self.close()


class ReceivingRequest(Request):
    """A request whose files are put where `FILES` says."""

    def _get_file_stream(
        self,
        total_content_length: int | None,
        content_type: str | None,
        filename: str | None = None,
        content_length: int | None = None,
    ) -> IO[bytes]:
        # A file input that was left blank is sent, too.
        return Incoming(current_app.config["FILES"] / INCOMING) if filename else BytesIO()
