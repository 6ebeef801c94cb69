"""Large plain tables as an Excel workbook, written as it grows: fast, and in little memory.

XlsxWriter spends most of its time on what a table of data does not need. Here the cells of a row
become one text, and the texts of many rows go compressed to the file at once. The format is that of
ECMA-376.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from itertools import chain, count, islice
from typing import IO

from exports import data_parts
from exports.cells import Cell, letters
from exports.data_cells import DRAWERS, text_drawer
from exports.data_parts import HEADING_ROWS
from exports.records import DataColumn
from exports.workbook import Document

MOST_ROWS = 1_048_576
# A sheet also ends before its XML needs the large form of ZIP files, which some readers lack.
MOST_BYTES = 1_900_000_000
BATCH_ROWS = 200
# More would take much longer and save little.
COMPRESSION = 1


@dataclass(frozen=True, slots=True)
class DataSheet:
    """A table to be written: rows as long as its columns, from any iterable, read once."""

    name: str
    columns: Sequence[DataColumn]
    rows: Iterable[Sequence[Cell]]


def write_data_workbook(
    output: IO[bytes], sheets: Iterable[DataSheet], document: Document
) -> tuple[int, ...]:
    """Write a workbook to a file that can seek; return how many rows each table had.

    A table with more rows than a sheet goes on on a further one. The same tables and document
    always give the same bytes.
    """
    sheets = tuple(sheets)
    with zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED, compresslevel=COMPRESSION) as archive:
        book = _Book(archive, document, _frequent_texts(sheets))
        counts = tuple(book.add(sheet) for sheet in sheets)
        book.finish()
    return counts


def _frequent_texts(sheets: Iterable[DataSheet]) -> dict[str, int]:
    """Return the texts that stand in many cells, the choices, each with its number."""
    columns = chain.from_iterable(sheet.columns for sheet in sheets)
    texts = chain.from_iterable(chain.from_iterable(column.choices for column in columns))
    return {text: number for number, text in enumerate(dict.fromkeys(filter(None, texts)))}


class _Book:
    """A workbook that is being written, part by part."""

    def __init__(
        self, archive: zipfile.ZipFile, document: Document, frequent: Mapping[str, int]
    ) -> None:
        self._archive, self._created = archive, document.created.astimezone(UTC)
        self._drawers = {**DRAWERS, str: text_drawer(frequent)}
        self._names: list[str] = []
        self._write("[Content_Types].xml", data_parts.CONTENT_TYPES)
        self._write("_rels/.rels", data_parts.relationships())
        self._write("docProps/core.xml", data_parts.properties(document, self._created))
        self._write("xl/styles.xml", data_parts.STYLES)
        self._write("xl/sharedStrings.xml", data_parts.strings(frequent))

    def add(self, sheet: DataSheet) -> int:
        """Write a table on as many sheets as it needs; return how many rows it has."""
        rows, total = iter(sheet.rows), 0
        for number in count(1):
            self._names.append(data_parts.numbered_name(sheet.name, number))
            total += self._add_part(sheet.columns, rows)
            following = next(rows, None)
            if following is None:
                break
            rows = chain((following,), rows)
        return total

    def finish(self) -> None:
        """Write what names the sheets."""
        self._write("xl/workbook.xml", data_parts.workbook(self._names))
        relationships = data_parts.workbook_relationships(len(self._names))
        self._write("xl/_rels/workbook.xml.rels", relationships)

    def _add_part(self, columns: Sequence[DataColumn], rows: Iterator[Sequence[Cell]]) -> int:
        """Write a sheet of as many rows as it can hold; return how many."""
        places = [letters(column) for column in range(len(columns))]
        written = size = 0
        part = self._part(f"xl/worksheets/sheet{len(self._names)}.xml")
        with self._archive.open(part, "w") as stream:
            stream.write(data_parts.sheet_begin(columns).encode())
            while size < MOST_BYTES:
                room = min(BATCH_ROWS, MOST_ROWS - HEADING_ROWS - written)
                batch = list(islice(rows, room))
                if not batch:
                    break
                size += stream.write(self._draw(batch, places, written + HEADING_ROWS + 1))
                written += len(batch)
            stream.write(data_parts.sheet_end(len(columns), written + HEADING_ROWS).encode())
        return written

    def _draw(self, rows: Iterable[Sequence[Cell]], places: Sequence[str], first: int) -> bytes:
        drawers, drawn = self._drawers, []
        for number, row in enumerate(rows, start=first):
            line = str(number)
            cells = [
                drawers[cell.__class__](place, line, cell)
                for place, cell in zip(places, row, strict=True)
            ]
            drawn.append(f'<row r="{line}">{"".join(cells)}</row>')
        return "".join(drawn).encode()

    def _write(self, name: str, text: str) -> None:
        self._archive.writestr(self._part(name), text.encode())

    def _part(self, name: str) -> zipfile.ZipInfo:
        part = zipfile.ZipInfo(name, self._created.timetuple()[:6])
        part.compress_type = zipfile.ZIP_DEFLATED
        return part
