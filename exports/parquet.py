"""Tables of data as Apache Parquet. The only importer of pyarrow, which is large."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

import pyarrow as pa
from pyarrow import parquet

from exports.cells import Cell
from exports.data_files import Counted
from exports.records import DataColumn, DataSheet, Kind

TYPES: dict[Kind, Any] = {
    "text": pa.string(),
    "any": pa.string(),
    "number": pa.float64(),
    "flag": pa.int8(),
    "date": pa.date32(),
    "moment": pa.timestamp("ms"),
    "time": pa.time32("ms"),
}
# The cells that a column of a kind can hold; other cells make a column of texts of it.
HELD: dict[Kind, tuple[type, ...]] = {
    "number": (int, Decimal),
    "flag": (int,),
    "date": (date,),
    "moment": (datetime,),
    "time": (time,),
}


class _Sink:
    """A file that is handed on as it grows."""

    closed = False

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._size = 0

    def write(self, piece: bytes) -> int:
        self._pieces.append(bytes(piece))
        self._size += len(piece)
        return len(piece)

    def tell(self) -> int:
        return self._size

    def flush(self) -> None:
        """Do nothing: what is written is there."""

    def close(self) -> None:
        self.closed = True

    def take(self) -> bytes:
        """Return what has been written since the last time."""
        pieces, self._pieces = self._pieces, []
        return b"".join(pieces)


def parquet_pieces(table: Counted) -> Iterator[bytes]:
    """Yield a table as a Parquet file.

    A column with a cell that does not fit its kind is one of texts: the rows are read twice.
    """
    columns = settled(table.sheet)
    schema = pa.schema([(column.name, TYPES[column.kind]) for column in columns])
    sink = _Sink()
    with parquet.ParquetWriter(pa.PythonFile(sink, "w"), schema, compression="zstd") as writer:
        for batch in table.batches():
            writer.write_batch(_batch(columns, batch, schema))
            yield sink.take()
    yield sink.take()


def settled(sheet: DataSheet) -> list[DataColumn]:
    """Return the columns, each of the kind that holds all its cells."""
    held = [HELD.get(column.kind) for column in sheet.columns]
    loose: set[int] = set()
    for row in sheet.rows():
        for index, (cell, types) in enumerate(zip(row, held, strict=True)):
            if types and cell is not None and cell.__class__ not in types:
                loose.add(index)
    return [replace(c, kind="any") if i in loose else c for i, c in enumerate(sheet.columns)]


def _batch(columns: Sequence[DataColumn], rows: Sequence[Sequence[Cell]], schema: Any) -> Any:
    arrays = [
        pa.array(_fitted(column.kind, cells), TYPES[column.kind])
        for column, cells in zip(columns, zip(*rows, strict=True), strict=True)
    ]
    return pa.record_batch(arrays, schema=schema)


def _fitted(kind: Kind, cells: Sequence[Cell]) -> list[Any]:
    if kind == "number":
        # By now a column of numbers holds nothing else but blanks.
        return [float(cell) if isinstance(cell, int | Decimal) else None for cell in cells]
    if kind in ("text", "any"):
        return [None if cell is None else _text(cell) for cell in cells]
    return list(cells)


def _text(cell: Cell) -> str:
    # Half a character is no text.
    return str(cell).encode(errors="ignore").decode()
