"""File names that people see: made safe for every system, and sent with their accents."""

import re
from decimal import Decimal
from pathlib import PurePosixPath
from urllib.parse import quote

from language.numbers import format_number
from language.text import clean, fold

LONGEST_NAME = 150
# Linux keeps names of 255 bytes, and browsers add a number to the second one of a name.
LONGEST_BYTES = 240
LONGEST_SUFFIX = 10
NAMELESS = "không tên"
KILOBYTE = 1024

# Windows reserves the first nine; lone surrogates have no UTF-8; the last ones turn text around.
UNSAFE = re.compile(
    '[\\\\/:*?"<>|\x00-\x1f\x7f-\x9f\ud800-\udfff\u200e\u200f\u202a-\u202e\u2066-\u2069]'
)


def shown_name(name: str) -> str:
    """Return a file name to keep and show: NFC, at most 150 characters, no reserved sign.

    The end of a long name goes, not its suffix. Never a path: files are stored under
    their digest.
    """
    safe = UNSAFE.sub("-", clean(name)).strip(". ")
    suffix = PurePosixPath(safe).suffix
    if len(suffix) > LONGEST_SUFFIX:
        suffix = ""
    stem = safe.removesuffix(suffix)[: LONGEST_NAME - len(suffix)].rstrip(". ")
    return stem + suffix or NAMELESS


def show_size(size_bytes: int, language: str = "vi") -> str:
    """Return the size of a file as people write it, rounded up: 12 KB, 3,4 MB, 72 GB."""
    kilobytes = -(-size_bytes // KILOBYTE)
    if kilobytes < KILOBYTE:
        return f"{kilobytes} KB"
    unit, size = ("MB", KILOBYTE**2) if size_bytes < KILOBYTE**3 else ("GB", KILOBYTE**3)
    tenths = Decimal(-(-size_bytes * 10 // size)) / 10
    return f"{format_number(tenths, int(tenths % 1 != 0), language)} {unit}"


def _fitting(name: str) -> str:
    """Return a name that file systems keep: its end goes when it has too many bytes."""
    suffix = PurePosixPath(name).suffix
    if len(suffix) > LONGEST_SUFFIX:
        suffix = ""
    room = LONGEST_BYTES - len(suffix.encode())
    stem = name.removesuffix(suffix).encode()[:room].decode(errors="ignore")
    return stem.rstrip(". ") + suffix or NAMELESS


def content_disposition(name: str) -> str:
    """Return the header value that saves a download under `name` (RFC 6266, RFC 8187).

    An ASCII name comes first, with đ written d (Werkzeug drops it), then the name in UTF-8. Every
    download is called by this function.
    """
    shown = _fitting(shown_name(name))
    plain = fold(shown).encode("ascii", "ignore").decode()
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(shown, safe='')}"
