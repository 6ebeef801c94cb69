"""The fast writer of plain tables: what it writes opens everywhere and reads back equal."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from decimal import Decimal
from io import BytesIO
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from openpyxl.workbook import Workbook
from python_calamine import CalamineWorkbook

from exports import data_workbook
from exports.cells import LONGEST_TEXT, Cell
from exports.data_workbook import DataWorkbook
from exports.records import DataColumn, DataSheet
from exports.workbook import Document
from tests.exports.books import SOFFICE, recalculated

DOCUMENT = Document("Dữ liệu", "Ban Tuyên giáo", datetime(2021, 9, 1, 5, tzinfo=UTC))
DAY, MOMENT, FIRST, LEAP = map(
    datetime.fromisoformat, ("2021-08-31", "2021-08-31T23:59", "1900-01-01", "1900-03-01")
)
CHOICES = (("tot", "Tốt"), ("kha", "Khá & được"))
COLUMNS = (
    DataColumn("ten", "Tên", "text"),
    DataColumn("so", "Số", "number"),
    DataColumn("ngay", "Ngày", "date"),
    DataColumn("luc", "Lúc", "moment"),
    DataColumn("gio", "Giờ", "time"),
    DataColumn("muc", "Mức", "text", CHOICES),
)
ROWS: list[list[Cell]] = [
    [
        "Ngã Bảy",
        12,
        date(2021, 8, 31),
        MOMENT,
        time(7, 30),
        "tot",
    ],
    [None, Decimal("0.25"), None, None, None, "Khá & được"],
    [
        "0912345678",
        -3,
        date(1900, 1, 1),
        LEAP,
        time(0, 0),
        "khác",
    ],
]
HOSTILE = [
    "=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "=HYPERLINK(\"http://a.example\")", "0912",
    "1E5", "TRUE", "FALSE", "01/02/2021", "2021-02-01", "e\u0302\u0301", "🙂", "\u202eRTL",
    "<r>a</r>", "a\nb", "a\r\nb", " đầu và cuối ", "_x0041_", "_x005F_", "]]>", "&amp;", "'=1",
    "ữ" * LONGEST_TEXT, "#N/A", "1,5", "12:30", "50%",
]  # fmt: skip


def table(
    columns: Sequence[DataColumn], rows: list[list[Cell]], name: str = "Dữ liệu"
) -> DataSheet:
    return DataSheet(name, columns, lambda: rows)


def written(*sheets: DataSheet) -> bytes:
    return b"".join(DataWorkbook(sheets, DOCUMENT).pieces())


def opened(book: bytes) -> Workbook:
    return load_workbook(BytesIO(book))


def texts(*values: str) -> DataSheet:
    return table(COLUMNS[:1], [[value] for value in values])


def rows_of(workbook: Workbook, name: str = "Dữ liệu") -> list[tuple[Any, ...]]:
    return [tuple(row) for row in workbook[name].iter_rows(values_only=True)]


def test_names_stand_above_labels_and_rows() -> None:
    names, labels, *_ = rows_of(opened(written(table(COLUMNS, ROWS))))
    assert names == ("ten", "so", "ngay", "luc", "gio", "muc")
    assert labels == ("Tên", "Số", "Ngày", "Lúc", "Giờ", "Mức")


def test_every_cell_has_its_type() -> None:
    sheet = opened(written(table(COLUMNS, ROWS)))["Dữ liệu"]
    first, second, third = list(sheet.iter_rows(min_row=3, values_only=True))
    assert first == (
        "Ngã Bảy", 12, DAY, MOMENT, time(7, 30), "tot",
    )  # fmt: skip
    assert second == (None, 0.25, None, None, None, "Khá & được")
    assert third[0] == "0912345678"
    assert (third[2], third[3]) == (
        FIRST,
        LEAP,
    )
    assert sheet["C3"].number_format == "dd/mm/yyyy"
    assert sheet["D3"].number_format == r"dd/mm/yyyy\ hh:mm"


def test_the_names_stay_on_the_screen_and_filter() -> None:
    sheet = opened(written(table(COLUMNS, ROWS)))["Dữ liệu"]
    assert sheet.freeze_panes == "A3"
    assert sheet.auto_filter.ref == "A2:F5"


def test_a_table_without_rows_has_its_names() -> None:
    assert len(rows_of(opened(written(table(COLUMNS, []))))) == 2


def test_the_same_tables_give_the_same_bytes() -> None:
    sheets = [table(COLUMNS, ROWS), texts("a")]
    assert written(*sheets) == written(*sheets)


def test_a_long_table_goes_on_on_a_further_sheet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(data_workbook, "MOST_ROWS", 5)
    rows = [[f"dòng {number}"] for number in range(7)]
    workbook = DataWorkbook([table(COLUMNS[:1], rows, "D" * 40)], DOCUMENT)
    book = opened(b"".join(workbook.pieces()))
    assert workbook.counts == [7]
    assert book.sheetnames == ["D" * 31, "D" * 27 + " (2)", "D" * 27 + " (3)"]
    stored = chain.from_iterable(rows_of(book, name)[2:] for name in book.sheetnames)
    assert [row[0] for row in stored] == [row[0] for row in rows]


def test_a_sheet_that_is_just_full_needs_no_further_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(data_workbook, "MOST_ROWS", 5)
    assert opened(written(texts("a", "b", "c"))).sheetnames == ["Dữ liệu"]


def test_every_hostile_text_reads_back_equal() -> None:
    stored = CalamineWorkbook.from_filelike(BytesIO(written(texts(*HOSTILE)))).get_sheet_by_index(0)
    assert [row[0] for row in stored.to_python()[2:]] == HOSTILE


@pytest.mark.skipif(SOFFICE is None, reason="LibreOffice is not installed")
def test_libreoffice_finds_texts_and_numbers(tmp_path: Path) -> None:
    rows = [[value, *ROWS[0][1:]] for value in HOSTILE]
    book = recalculated(written(table(COLUMNS, rows)), tmp_path)
    sheet = book["Dữ liệu"]
    found = [sheet.cell(number, 1) for number in range(3, 3 + len(HOSTILE))]
    assert {cell.data_type for cell in found} <= {"s", "inlineStr"}
    assert [unix(cell.value) for cell in found] == [unix(text) for text in HOSTILE]
    assert [cell.value for cell in sheet[3]][1:] == [
        12, DAY, MOMENT, time(7, 30), "tot",
    ]  # fmt: skip


def unix(text: str) -> str:
    """Return a text with one kind of line end: LibreOffice knows only one within a cell."""
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("_x005F_", "_")


def test_sheets_with_alike_names_are_different_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(data_workbook, "MOST_ROWS", 3)
    rows = [["a"], ["b"]]
    long = "x" * 27
    sheets = [table(COLUMNS[:1], rows, name) for name in ("Hop", "hop", f"{long}1", f"{long}2")]
    book = opened(written(*sheets))
    assert book.sheetnames[:4] == ["Hop", "Hop (2)", "hop (3)", "hop (4)"]
    assert len({name.lower() for name in book.sheetnames}) == 8


def test_what_no_cell_can_hold_is_cut() -> None:
    (_, _, half, long) = rows_of(opened(written(texts("a\ud800b", "𝕏" * 20_000))))
    assert half == ("ab",)
    assert len(long[0].encode("utf-16-le")) // 2 <= LONGEST_TEXT
    assert long[0].endswith("𝕏…")


def test_many_rows_are_all_there() -> None:
    dice = random.Random(46)
    rows = [[f"{dice.random()}", number] for number in range(3000)]
    stored = rows_of(opened(written(table(COLUMNS[:2], rows))))
    assert [list(row) for row in stored[2:]] == rows
