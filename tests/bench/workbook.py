"""How long the consolidated workbook takes to export, beside plain XlsxWriter with its cells."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from io import BytesIO
from pathlib import Path

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from app import create_app
from exports.cells import Captioned, Cell, Formula, Link, Sheet
from exports.styles import FONT, STYLES
from exports.tables import build_sheets
from exports.workbook import Document, write_workbook
from models.database import reading
from services.consolidation import collect
from settings import Settings

CAMPAIGN = "kh46"


def measure_workbook(home: Path) -> None:
    """Export the demo campaign, and write the same cells with plain XlsxWriter."""
    app = create_app(Settings.from_environment({"PHIEU_HOME": str(home)}))
    now = datetime.now(UTC)

    def export() -> bytes:
        with reading() as session:
            sheets = build_sheets(collect(session, CAMPAIGN, now))
        return write_workbook(sheets, document)

    document = Document("Phiếu", "Phiếu", now)
    with app.app_context():
        with reading() as session:
            sheets = build_sheets(collect(session, CAMPAIGN, now))
        pairs = [(seconds_of(lambda: write_plain(sheets)), seconds_of(export)) for _ in range(5)]
    plain, phieu = (statistics.median(pair[i] for pair in pairs) for i in (0, 1))
    cells = sum(len(row.cells) for sheet in sheets for row in sheet.rows)
    print(
        f"{'workbook':18} plain XlsxWriter {plain:.3f} s   Phiếu {phieu:.3f} s from the database"
        f"   ratio {phieu / plain:.2f} (target 1.2); {cells:,} cells"
    )


def seconds_of(act: Callable[[], object]) -> float:
    """Return how long an act takes."""
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


def write_plain(sheets: tuple[Sheet, ...]) -> bytes:
    """Write the same cells with the same formats, the way XlsxWriter's manual does it."""
    stream = BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True, "strings_to_formulas": False}) as book:
        formats: dict[tuple[str, int], object] = {}
        for sheet in sheets:
            worksheet = book.add_worksheet(sheet.name)
            for number, row in enumerate(sheet.rows):
                for column, cell in enumerate(row.cells):
                    style = row.styles[column]
                    if (style, sheet.size) not in formats:
                        look = {} if style == "plain" else STYLES[style]
                        formats[style, sheet.size] = book.add_format(
                            {"font_name": FONT, "font_size": sheet.size, **look}
                        )
                    write(worksheet, number, column, cell, formats[style, sheet.size])
    return stream.getvalue()


def write(worksheet: Worksheet, row: int, column: int, cell: Cell, look: object) -> None:
    """Write one cell."""
    match cell:
        case Formula(text, value):
            known = float(value) if isinstance(value, Decimal) else value
            worksheet.write_formula(row, column, f"={text}", look, known)
        case Link(text, sheet):
            worksheet.write_url(row, column, f"internal:'{sheet}'!A1", look, text)
        case Captioned(text, small):
            worksheet.write_string(row, column, f"{text}\n{small}", look)
        case _:
            worksheet.write(row, column, cell, look)
