"""Reads an .xls workbook with xlrd, after its records have been counted.

[MS-XLS] 2.4: a record is a type and a length, two bytes each, and its content; that of a cell
begins with its row and its column.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from io import StringIO

from xlrd import open_workbook
from xlrd.biffh import (
    XL_CELL_BOOLEAN,
    XL_CELL_DATE,
    XL_CELL_ERROR,
    XL_CELL_NUMBER,
    XL_CELL_TEXT,
    XLRDError,
    error_text_from_code,
)
from xlrd.book import Book as XlrdBook
from xlrd.compdoc import CompDocError
from xlrd.sheet import Sheet as XlrdSheet

from forms.findings import Count
from forms.formats import limits
from forms.formats.grid import Book, Budget, Grid, number_text, refuse

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# Streams of an OLE file by which it is known, in UTF-16 as they stand in its directory.
_STREAMS = (
    ("EncryptedPackage", "encrypted", ""),
    ("_VBA_PROJECT_CUR", "macros", ""),
    ("WordDocument", "unreadable", "Word .doc"),
    ("PowerPoint Document", "unreadable", "PowerPoint .ppt"),
)
# xlrd trusts what it reads, and so fails in many ways over a file that lies.
_XLRD_FAILURES = (
    XLRDError,
    CompDocError,
    struct.error,
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    MemoryError,
    NotImplementedError,
    RecursionError,
    TypeError,
    ValueError,
)
_RECORD = struct.Struct("<HH")
_PLACE = struct.Struct("<HH")
_BOUNDSHEET, _BEGIN, _END = 0x85, (0x09, 0x209, 0x409, 0x809), 0x0A
# LABELSST, NUMBER, RK, MULRK, LABEL, RSTRING, FORMULA and BOOLERR, old ones too.
_CELLS = frozenset(
    {0xFD, 0x03, 0x203, 0x7E, 0x27E, 0xBD, 0x04, 0x204, 0xD6, 0x06, 0x206, 0x406, 0x05, 0x205}
)
_MULRK = 0xBD
_MULRK_CELL = 6


def read_xls(source: bytes, wanted: Callable[[str], bool]) -> Book:
    """Return the sheets whose names are `wanted`, and the names of the others.

    Raises UnreadableFile for everything that is not a workbook, or is more than a form can be.
    """
    for stream, key, name in _STREAMS:
        if stream.encode("utf-16-le") in source:
            raise refuse(key, **({"detail": name} if name else {}))
    try:
        with open_workbook(
            file_contents=source, logfile=StringIO(), on_demand=True, ragged_rows=True
        ) as book:
            return _book(book, wanted)
    except _XLRD_FAILURES as error:
        raise refuse("encrypted" if "encrypted" in str(error) else "broken") from error


def _book(book: XlrdBook, wanted: Callable[[str], bool]) -> Book:
    names = [str(name) for name in book.sheet_names()]
    if len(names) > limits.MOST_SHEETS:
        raise refuse("too_many_sheets", limit=Count(limits.MOST_SHEETS))
    budget = Budget()
    chosen = [i for i, name in enumerate(names) if wanted(name) or len(names) == 1]
    grids = tuple(_grid(book, index, names[index], budget) for index in chosen)
    return Book(grids, tuple(name for i, name in enumerate(names) if i not in chosen))


def _grid(book: XlrdBook, index: int, title: str, budget: Budget) -> Grid:
    # xlrd keeps a row as a list up to its last cell: a cell in the last column of every row would
    # be 65536 times 256 of them.
    probe = Grid(title, Budget(cells=budget.cells))
    start = book._sh_abs_posn[index]  # noqa: SLF001 - where a sheet begins has no public name
    for row, column in _places(book.mem or b"", start):
        probe.claim(row + 1, column)
    sheet = book.sheet_by_index(index)
    grid = Grid(title, budget, hidden=bool(sheet.visibility))
    for row in range(sheet.nrows):
        _read_row(grid, sheet, row, from_1904=bool(book.datemode))
    book.unload_sheet(index)
    return grid


def _read_row(grid: Grid, sheet: XlrdSheet, row: int, *, from_1904: bool) -> None:
    types = sheet.row_types(row)
    for column, value in enumerate(sheet.row_values(row)):
        place = (row + 1, column)
        match types[column]:
            case kind if kind == XL_CELL_TEXT:
                grid.put(*place, str(value))
            case kind if kind == XL_CELL_NUMBER:
                grid.put(*place, number_text(value))
            case kind if kind == XL_CELL_DATE:
                grid.put_date(*place, value, from_1904=from_1904)
            case kind if kind == XL_CELL_BOOLEAN:
                grid.put(*place, "true" if value else "false")
            case kind if kind == XL_CELL_ERROR:
                grid.note(*place, "error_value", value=error_text_from_code.get(value, "#?"))


def _places(content: bytes, start: int) -> Iterator[tuple[int, int]]:
    """Yield the row and the column of every cell of the sheet whose records begin at `start`."""
    position, depth = start, 0
    while position + _RECORD.size <= len(content):
        kind, length = _RECORD.unpack_from(content, position)
        position += _RECORD.size
        if kind in _CELLS and length >= _PLACE.size:
            yield from _cells_of(kind, length, *_PLACE.unpack_from(content, position))
        depth += (kind in _BEGIN) - (kind == _END)
        position += length
        if kind == _END and depth <= 0:
            return


def _cells_of(kind: int, length: int, row: int, column: int) -> Iterator[tuple[int, int]]:
    """Yield the place of the cell of a record, or of the several cells of a MULRK."""
    count = (length - _MULRK_CELL) // _MULRK_CELL if kind == _MULRK else 1
    for number in range(count):
        yield row, column + number
