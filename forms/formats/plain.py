"""Reads forms written as plain text: Markdown tables, and CSV with the sheet in column one."""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from io import StringIO

from forms.findings import Count
from forms.formats import limits
from forms.formats.grid import Book, Budget, Grid, refuse
from language.text import UNICODE_VIETNAMESE, legacy_encoding

_PIPE = re.compile(r"(?<!\\)\|")
_LINE_BREAK = re.compile("\r\n|\r|\n")
_RULE = re.compile(r":?-{2,}:?")
_DELIMITERS = ",;\t"
_QUOTED = re.compile(r'"[^"]*"')
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
# No text has these signs in any encoding of bytes.
_BINARY = re.compile(b"[\x00-\x08\x0e-\x1f]")
# A line of more cells is refused before it is split. Signs inside of quotes count too.
_MOST_DELIMITERS = 20_000
_SAMPLE = 100_000


def decode(source: bytes) -> str:
    """Return the text of a file in UTF-8. Raises UnreadableFile that names another encoding."""
    if source.startswith(_UTF16_MARKS):
        _refuse_utf16(source)
    if _BINARY.search(source, 0, _SAMPLE):
        raise refuse("encoding", encoding="UTF-16") if _is_utf16(source) else refuse("not_utf8")
    try:
        return source.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        encoding = _encoding(source[:_SAMPLE])
        if not encoding:
            raise refuse("not_utf8") from error
        raise refuse("encoding", encoding=encoding) from error


def _refuse_utf16(source: bytes) -> None:
    try:
        source.decode("utf-16")
    except UnicodeDecodeError as error:
        raise refuse("unreadable", detail="UTF-16") from error
    raise refuse("encoding", encoding="UTF-16")


def _is_utf16(source: bytes) -> bool:
    """Tell whether every other byte is mostly zero, as in a text of Latin letters."""
    half = source[:_SAMPLE:2], source[1:_SAMPLE:2]
    return any(part.count(0) * 2 > len(part) for part in half)


def _is_mostly_utf8(source: bytes) -> bool:
    """Tell whether this is UTF-8 with a few broken signs."""
    marks = [sign for sign in source.decode("utf-8", "replace") if not sign.isascii()]
    return marks.count("\ufffd") * 2 < len(marks)


def _encoding(source: bytes) -> str:
    """Guess the old Vietnamese encoding of a text from what its bytes would be in Unicode."""
    if _is_mostly_utf8(source):
        return ""
    legacy = legacy_encoding(source.decode("latin-1"))
    if legacy:
        return legacy
    text = unicodedata.normalize("NFC", source.decode("cp1258", "ignore"))
    return "Windows-1258" if UNICODE_VIETNAMESE.search(text.lower()) else ""


# --- forms ----------------------------------------------------------------------------------------


def read_markdown(source: bytes) -> Book:
    """Return the sheets of a form written as a Markdown table. Raises UnreadableFile."""
    lines = _LINE_BREAK.split(decode(source))
    return _book(_markdown_cells(line) for line in lines if line.lstrip().startswith("|"))


def read_csv(source: bytes) -> Book:
    """Return the sheets of a form in the CSV of pyxform: like Markdown, the sheet comes first.

    Raises UnreadableFile.
    """
    return _book(cells for _, cells in csv_rows(decode(source)))


def _markdown_cells(line: str) -> list[str]:
    if line.count("|") > limits.MOST_COLUMNS * 2:
        raise refuse("too_many_columns", limit=Count(limits.MOST_COLUMNS))
    parts = _PIPE.split(line.strip())[1:]
    cells = [part.replace("\\|", "|").strip() for part in parts]
    return [] if all(_RULE.fullmatch(cell) for cell in cells if cell) else cells


def _book(rows: Iterable[Sequence[str]]) -> Book:
    """Return the sheets of rows whose first cell names the sheet, or is blank within it."""
    budget = Budget()
    grids: list[Grid] = []
    count = 0
    for first, *rest in filter(None, rows):
        if first.strip():
            grids.append(_new_grid(first.strip(), budget, grids))
            count = 0
        if grids and any(map(str.strip, rest)):
            count += 1
            _put_row(grids[-1], count, rest)
    return Book(tuple(grids))


def _new_grid(title: str, budget: Budget, grids: list[Grid]) -> Grid:
    if len(grids) >= limits.MOST_SHEETS:
        raise refuse("too_many_sheets", limit=Count(limits.MOST_SHEETS))
    return Grid(title[: limits.LONGEST_HEADING], budget)


def _put_row(grid: Grid, number: int, cells: Sequence[str]) -> None:
    for column, text in enumerate(cells):
        grid.put(number, column, text)


# --- CSV ------------------------------------------------------------------------------------------


def csv_rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield each row of a CSV with its number; the sign between cells is found by itself.

    Raises UnreadableFile.
    """
    delimiter = _delimiter(text)
    reader = csv.reader(_lines(text, delimiter), delimiter=delimiter, strict=True)
    number = 0
    try:
        for number, cells in enumerate(reader, start=1):
            yield number, cells
    except csv.Error as error:
        raise refuse("csv_quotes", row=str(number + 1)) from error


def _delimiter(text: str) -> str:
    """Return the sign that parts the cells of the first line that has any."""
    for line in text[:_SAMPLE].splitlines():
        bare = _QUOTED.sub("", line)
        best = max(_DELIMITERS, key=bare.count)
        if best in bare:
            return best
    return ","


def _lines(text: str, delimiter: str) -> Iterator[str]:
    for line in StringIO(text, newline=""):
        if line.count(delimiter) > _MOST_DELIMITERS:
            raise refuse("too_many_columns", limit=Count(limits.MOST_COLUMNS))
        yield line
