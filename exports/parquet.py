"""Tables of data as Apache Parquet. The only importer of pyarrow, which is large."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

import pyarrow as pa
from pyarrow import parquet

from exports.cells import Cell, sound_text
from exports.data_files import Counted
from exports.record_cells import Kind
from exports.records import DataColumn, DataSheet

TYPES: dict[Kind, Any] = {
    "text": pa.string(),
    "any": pa.string(),
    "integer": pa.int64(),
    "number": pa.float64(),
    "flag": pa.int8(),
    "date": pa.date32(),
    "moment": pa.timestamp("ms"),
    "time": pa.time32("ms"),
}
# The cells that a column of a kind can hold, the narrowest first; any other column is one of texts.
HELD: dict[Kind, frozenset[type]] = {
    "flag": frozenset({int}),
    "integer": frozenset({int}),
    "number": frozenset({int, Decimal}),
    "date": frozenset({date}),
    "moment": frozenset({datetime}),
    "time": frozenset({time}),
}
# What a column of texts never becomes, whatever stands in it.
SETTLED: frozenset[Kind] = frozenset({"text"})


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

    Columns of computed values, and those with a cell that does not fit their kind, are of the kind
    that fits all their cells: the rows are read twice.
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
    found: list[set[type]] = [set() for _ in sheet.columns]
    for row in sheet.rows():
        for types, cell in zip(found, row, strict=True):
            types.add(cell.__class__)
    return [
        replace(column, kind=_fitting(column.kind, types - {type(None)}))
        for column, types in zip(sheet.columns, found, strict=True)
    ]


def _fitting(kind: Kind, types: AbstractSet[type]) -> Kind:
    """Return the kind of a column with cells of these types: its own if they allow it."""
    if kind in SETTLED or types <= HELD.get(kind, frozenset()):
        return kind
    fitting = (wider for wider, held in HELD.items() if wider != "flag" and types <= held)
    return next(fitting, "any") if types else kind


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
    return sound_text(cell if isinstance(cell, str) else str(cell))
