"""What stands at the root of a compound file (OLE), the shell of .doc and .xls.

[MS-CFB] 2.2 (header), 2.3 (sectors that follow each other), 2.6 (directory). Only the directory is
read, sector by sector, and never more of it than an office program writes.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import IO

SIGNATURE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_SECTOR_SHIFTS = (9, 12)
_SHIFT, _FIRST_OF_DIRECTORY, _FIRST_OF_TABLES, _TABLES = 30, 48, 68, 76
_HEADER_BYTES, _TABLES_IN_HEADER = 512, 109
_NUMBER = struct.Struct("<I")
_LARGEST_SECTOR = 0xFFFFFFFA
_ENTRY_BYTES = 128
# Length of the name, then at 68 the entries before and after this one, and the first one below.
_NAME_LENGTH, _RELATIVES = struct.Struct("<H"), struct.Struct("<III")
_NAME_LENGTH_AT, _RELATIVES_AT, _LONGEST_NAME = 64, 68, 62
# An office file has some dozens of entries; a directory is as long as all its storages together.
MOST_ENTRIES = 20_000
MOST_TABLES = 100


class CompoundError(ValueError):
    """A file that begins like a compound file and is none."""


def root_names(file: IO[bytes]) -> frozenset[str]:
    """Return the names of the streams and storages at the root. Raises CompoundError."""
    try:
        return frozenset(_Compound(file).names())
    except (struct.error, LookupError, UnicodeDecodeError, OverflowError) as error:
        raise CompoundError from error


class _Compound:
    """Sectors of a compound file, each read when it is asked for."""

    def __init__(self, file: IO[bytes]) -> None:
        file.seek(0)
        self.file, self.header = file, file.read(_HEADER_BYTES)
        shift = self.header[_SHIFT]
        if not self.header.startswith(SIGNATURE) or shift not in _SECTOR_SHIFTS:
            raise CompoundError
        self.sector_bytes = 1 << shift
        self.tables = list(self._tables())

    def names(self) -> Iterator[str]:
        """Yield the names at the root: a tree of entries that name each other by their number."""
        entries = b"".join(self._chain(_number(self.header, _FIRST_OF_DIRECTORY)))
        waiting, seen = [_relatives(entries, 0)[2]], {0}
        while waiting:
            entry = waiting.pop()
            if entry < _LARGEST_SECTOR and entry not in seen:
                seen.add(entry)
                yield _name(entries, entry)
                waiting += _relatives(entries, entry)[:2]

    def _sector(self, number: int) -> bytes:
        self.file.seek((number + 1) * self.sector_bytes)
        return self.file.read(self.sector_bytes)

    def _tables(self) -> Iterator[int]:
        """Yield the sectors that say which sector follows which: first those of the header."""
        for index in range(_TABLES_IN_HEADER):
            yield _number(self.header, _TABLES + index * _NUMBER.size)
        more = _number(self.header, _FIRST_OF_TABLES)
        last = self.sector_bytes // _NUMBER.size - 1
        for _ in range(MOST_TABLES):
            if more >= _LARGEST_SECTOR:
                return
            sector = self._sector(more)
            yield from (_number(sector, index * _NUMBER.size) for index in range(last))
            more = _number(sector, last * _NUMBER.size)

    def _chain(self, number: int) -> Iterator[bytes]:
        """Yield a sector and those that follow it."""
        per_table = self.sector_bytes // _NUMBER.size
        for _ in range(MOST_ENTRIES * _ENTRY_BYTES // self.sector_bytes):
            if number >= _LARGEST_SECTOR:
                return
            yield self._sector(number)
            table = self._sector(self.tables[number // per_table])
            number = _number(table, number % per_table * _NUMBER.size)
        raise CompoundError


def _number(content: bytes, at: int) -> int:
    return int(_NUMBER.unpack_from(content, at)[0])


def _relatives(entries: bytes, entry: int) -> tuple[int, ...]:
    return _RELATIVES.unpack_from(entries, entry * _ENTRY_BYTES + _RELATIVES_AT)


def _name(entries: bytes, entry: int) -> str:
    start = entry * _ENTRY_BYTES
    (length,) = _NAME_LENGTH.unpack_from(entries, start + _NAME_LENGTH_AT)
    return entries[start : start + max(0, min(length - 2, _LONGEST_NAME))].decode("utf-16-le")
