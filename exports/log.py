"""The log as a sheet: a row for each entry, as text, with the digest that seals it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from exports.cells import Row, Sheet
from exports.workbook import Document, write_workbook
from language.dates import wall_clock

WIDTHS = (9.0, 18.0, 30.0, 60.0, 30.0, 60.0, 68.0)
HEAD_STYLE, TEXT, MOMENT, NUMBER = "heading", "item text", "item moment", "item integer"
# Number, moment, actor, sentence, subject, details as JSON, digest.
LogRow = tuple[int, datetime, str, str, str, str, str]


def log_workbook(
    title: str, notes: Sequence[str], headings: Sequence[str], rows: Iterable[LogRow], now: datetime
) -> bytes:
    """Return a workbook with these entries; `notes` say above them what was looked for."""
    top = [Row([title], ("names",)), *(Row([note], ("plain",)) for note in notes)]
    head = Row(list(headings), (HEAD_STYLE,) * len(headings))
    styles = (NUMBER, MOMENT, TEXT, TEXT, TEXT, TEXT, TEXT)
    body = [Row([row[0], wall_clock(row[1]), *row[2:]], styles) for row in rows]
    sheet = Sheet(
        name=title,
        widths=WIDTHS,
        rows=(*top, head, *body),
        heading=(len(top), len(top)),
        frozen=(len(top) + 1, 0),
        landscape=True,
    )
    return write_workbook((sheet,), Document(title, "Phiếu", now))
