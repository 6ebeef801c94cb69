"""Tables of data as files that other programs read: a ZIP archive with one file for each table."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from io import StringIO
from itertools import islice
from typing import Any

from stream_zip import ZIP_32, stream_zip

from exports.cells import Cell
from exports.data_workbook import FILE_MODE, deflater
from exports.records import DataSheet
from exports.workbook import Document

BATCH_ROWS = 1000
# Excel takes UTF-8 for another encoding without it.
BYTE_ORDER_MARK = "\ufeff"
MANIFEST = "manifest.json"
# A spreadsheet program would compute a text that begins so. An apostrophe stops it, and is put
# before one that stands there already, so that the text can be read back.
_COMPUTED = re.compile(r"'*[=+\-@\t\r]")


@dataclass(slots=True)
class Counted:
    """A table on its way into a file: how many of its rows have been written."""

    sheet: DataSheet
    rows: int = 0

    def batches(self) -> Iterator[list[Sequence[Cell]]]:
        """Yield the rows, many at a time."""
        rows = iter(self.sheet.rows())
        while batch := list(islice(rows, BATCH_ROWS)):
            self.rows += len(batch)
            yield batch


Write = Callable[[Counted], Iterator[bytes]]


def archive(
    sheets: Iterable[DataSheet],
    write: Write,
    ending: str,
    document: Document,
    facts: Mapping[str, Any],
) -> Iterator[bytes]:
    """Yield the bytes of a ZIP archive: a file for each table, and a manifest that counts them.

    `facts` is what else the manifest says, JSON values by name.
    """
    created = document.created.astimezone(UTC).replace(tzinfo=None)
    counted = [Counted(sheet) for sheet in sheets]

    def parts() -> Iterator[tuple[str, Iterable[bytes]]]:
        for table in counted:
            yield f"{table.sheet.name}.{ending}", write(table)
        rows = {table.sheet.name: table.rows for table in counted}
        yield MANIFEST, [_pretty({**facts, "rows": rows})]

    members = ((name, created, FILE_MODE, ZIP_32, content) for name, content in parts())
    return iter(stream_zip(members, get_compressobj=deflater, extended_timestamps=False))


def _pretty(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=2).encode()


# --- CSV ------------------------------------------------------------------------------------------


def csv_pieces(table: Counted) -> Iterator[bytes]:
    """Yield a table as CSV in UTF-8 (RFC 4180): dates as ISO 8601, decimals with a point."""
    yield BYTE_ORDER_MARK.encode()
    yield _csv([[column.name for column in table.sheet.columns]])
    for batch in table.batches():
        yield _csv(batch)


def _csv(rows: Iterable[Sequence[Cell]]) -> bytes:
    text = StringIO()
    csv.writer(text).writerows([_CSV[cell.__class__](cell) for cell in row] for row in rows)
    # Half a character is no text.
    return text.getvalue().encode(errors="ignore")


def _csv_text(text: str) -> str:
    return f"'{text}" if _COMPUTED.match(text) else text


def _iso_moment(moment: datetime) -> str:
    return moment.isoformat(sep=" ", timespec="seconds")


def _same(cell: Any) -> Any:
    return cell


_CSV: Mapping[type, Callable[[Any], Any]] = {
    type(None): lambda _: "",
    str: _csv_text,
    int: _same,
    Decimal: _same,
    date: date.isoformat,
    datetime: _iso_moment,
    time: time.isoformat,
}


# --- JSON Lines -----------------------------------------------------------------------------------


def json_pieces(table: Counted) -> Iterator[bytes]:
    """Yield a table as JSON Lines in UTF-8: an object for each row, blanks null, dates as text."""
    names = [column.name for column in table.sheet.columns]
    for batch in table.batches():
        yield "".join(_json(dict(zip(names, row, strict=True))) for row in batch).encode(
            errors="ignore"
        )


def _json(row: Mapping[str, Cell]) -> str:
    return json.dumps(row, ensure_ascii=False, default=_json_value) + "\n"


def _json_value(cell: Any) -> Any:
    return _JSON[cell.__class__](cell)


_JSON: Mapping[type, Callable[[Any], Any]] = {
    Decimal: float,
    date: date.isoformat,
    datetime: datetime.isoformat,
    time: time.isoformat,
}
