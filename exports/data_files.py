"""Tables of data as files that other programs read: a ZIP archive with one file for each table."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from itertools import islice
from typing import Any

from stream_zip import ZIP_32, stream_zip

from exports.cells import Cell, sound_text
from exports.data_workbook import FILE_MODE, deflater
from exports.records import DataSheet
from exports.workbook import Document

BATCH_ROWS = 1000
# Excel takes UTF-8 for another encoding without it.
BYTE_ORDER_MARK = "\ufeff"
MANIFEST = "manifest.json"
CSV_LINE_END = "\r\n"
# A spreadsheet program would compute a text that begins so (OWASP, CSV injection): some skip
# blanks, some take wide signs for narrow ones. An apostrophe stops it, and is put before one that
# stands there already, so that the text can be read back.
_COMPUTED = re.compile(r"'*(?:[\t\r\n]|\s*[=+\-@＝＋－＠])")


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
    """Yield a table as CSV in UTF-8 (RFC 4180): dates as ISO 8601, decimals with a point.

    Texts are quoted, and nothing else is: so a program can tell 0912 from 912.
    """
    yield BYTE_ORDER_MARK.encode()
    yield _csv([[column.name for column in table.sheet.columns]])
    for batch in table.batches():
        yield _csv(batch)


def _csv(rows: Iterable[Sequence[Cell]]) -> bytes:
    return "".join(
        ",".join([_CSV[cell.__class__](cell) for cell in row]) + CSV_LINE_END for row in rows
    ).encode()


def _csv_text(text: str) -> str:
    sound = sound_text(text).replace('"', '""')
    return f'"\'{sound}"' if _COMPUTED.match(sound) else f'"{sound}"'


def _iso_moment(moment: datetime) -> str:
    return moment.isoformat(sep=" ", timespec="seconds")


_CSV: Mapping[type, Callable[[Any], str]] = {
    type(None): lambda _: "",
    str: _csv_text,
    int: str,
    Decimal: "{:f}".format,
    date: date.isoformat,
    datetime: _iso_moment,
    time: time.isoformat,
}


# --- JSON Lines -----------------------------------------------------------------------------------


def json_pieces(table: Counted) -> Iterator[bytes]:
    """Yield a table as JSON Lines in UTF-8: an object for each row, blanks null, dates as text."""
    names = [column.name for column in table.sheet.columns]
    for batch in table.batches():
        yield "".join([_json(names, row) for row in batch]).encode()


def _json(names: Sequence[str], row: Sequence[Cell]) -> str:
    sound = [sound_text(cell) if cell.__class__ is str else cell for cell in row]
    return _ENCODER.encode(dict(zip(names, sound, strict=True))) + "\n"


def _json_value(cell: Any) -> Any:
    return _JSON[cell.__class__](cell)


_JSON: Mapping[type, Callable[[Any], Any]] = {
    Decimal: float,
    date: date.isoformat,
    datetime: datetime.isoformat,
    time: time.isoformat,
}
_ENCODER = json.JSONEncoder(ensure_ascii=False, default=_json_value)
