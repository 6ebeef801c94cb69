"""Large plain tables as an Excel workbook, written as it grows: fast, and in little memory.

XlsxWriter spends most of its time on what a table of data does not need. Here the cells of a row
become one text, and the texts of many rows go compressed to the file at once. The format is that of
ECMA-376.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import chain, count, islice
from typing import Any

from isal import isal_zlib
from stream_zip import ZIP_32, stream_zip

from exports import data_parts
from exports.cells import Cell
from exports.data_cells import DrawRow, row_drawer
from exports.data_parts import HEADING_ROWS
from exports.records import DataColumn, DataSheet
from exports.workbook import Document

MOST_ROWS = 1_048_576
# A sheet also ends before it needs the large form of ZIP files, which some readers lack.
MOST_BYTES = 4_000_000_000
BATCH_ROWS = 200
# As quick as it gets, and hardly larger than at its best.
COMPRESSION = 1
RAW_DEFLATE = -15
FILE_MODE = 0o600


class DataWorkbook:
    """A workbook that is written piece by piece, while its tables are read.

    A table with more rows than a sheet goes on on a further one. The same tables and document
    always give the same bytes. `counts` are the rows of each table, as soon as they are written.
    """

    def __init__(self, sheets: Iterable[DataSheet], document: Document) -> None:
        self._sheets, self._document = tuple(sheets), document
        self._names: list[str] = []
        self.counts: list[int] = []

    def pieces(self) -> Iterator[bytes]:
        """Yield the bytes of the workbook, once."""
        members = ((n, self._created, FILE_MODE, ZIP_32, content) for n, content in self._parts())
        return iter(stream_zip(members, get_compressobj=deflater, extended_timestamps=False))

    @property
    def _created(self) -> datetime:
        return self._document.created.astimezone(UTC).replace(tzinfo=None)

    def _parts(self) -> Iterator[tuple[str, Iterable[bytes]]]:
        frequent = _frequent_texts(self._sheets)
        yield "[Content_Types].xml", _whole(data_parts.CONTENT_TYPES)
        yield "_rels/.rels", _whole(data_parts.relationships())
        properties = data_parts.properties(self._document, self._created)
        yield "docProps/core.xml", _whole(properties)
        yield "xl/styles.xml", _whole(data_parts.STYLES)
        yield "xl/sharedStrings.xml", _whole(data_parts.strings(frequent))
        for sheet in self._sheets:
            yield from self._sheet_parts(sheet, frequent)
        yield "xl/workbook.xml", _whole(data_parts.workbook(self._names))
        relationships = data_parts.workbook_relationships(len(self._names))
        yield "xl/_rels/workbook.xml.rels", _whole(relationships)

    def _sheet_parts(
        self, sheet: DataSheet, frequent: Mapping[str, int]
    ) -> Iterator[tuple[str, Iterable[bytes]]]:
        """Yield as many sheets as the table needs; one when it has no rows."""
        rows, draw = iter(sheet.rows()), row_drawer(sheet.columns, frequent)
        self.counts.append(0)
        for number in count(1):
            self._names.append(self._free_name(sheet.name, number))
            content = self._sheet_content(sheet.columns, draw, rows)
            yield f"xl/worksheets/sheet{len(self._names)}.xml", content
            following = next(rows, None)
            if following is None:
                break
            rows = chain((following,), rows)

    def _free_name(self, name: str, number: int) -> str:
        """Return the name of the sheet of a table, or of a further one, that no other has."""
        taken = {given.lower() for given in self._names}
        numbered = (data_parts.numbered_name(name, further) for further in count(number))
        return next(free for free in numbered if free.lower() not in taken)

    def _sheet_content(
        self, columns: Sequence[DataColumn], draw: DrawRow, rows: Iterator[Sequence[Cell]]
    ) -> Iterator[bytes]:
        """Yield a sheet of as many rows as it can hold."""
        yield data_parts.sheet_begin(columns).encode()
        written = size = 0
        while size < MOST_BYTES:
            room = min(BATCH_ROWS, MOST_ROWS - HEADING_ROWS - written)
            batch = list(islice(rows, room))
            if not batch:
                break
            first = written + HEADING_ROWS + 1
            drawn = "".join([draw(str(n), *row) for n, row in enumerate(batch, first)]).encode()
            yield drawn
            size, written = size + len(drawn), written + len(batch)
        self.counts[-1] += written
        yield data_parts.sheet_end(len(columns), written + HEADING_ROWS).encode()


def _frequent_texts(sheets: Iterable[DataSheet]) -> dict[str, int]:
    """Return the texts that stand in many cells, the choices, each with its number."""
    columns = chain.from_iterable(sheet.columns for sheet in sheets)
    texts = chain.from_iterable(chain.from_iterable(column.choices for column in columns))
    return {text: number for number, text in enumerate(dict.fromkeys(filter(None, texts)))}


def _whole(text: str) -> Iterable[bytes]:
    return (text.encode(),)


def deflater() -> Any:
    """Return what deflates a part of an archive."""
    return isal_zlib.compressobj(COMPRESSION, wbits=RAW_DEFLATE)
