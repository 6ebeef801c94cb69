"""What `make bench` compares Phiếu with writes the same cells."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest
from openpyxl import load_workbook

from exports.records import DataColumn, DataSheet
from exports.tables import build_sheets
from tests.bench.data import WRITERS, rows_in
from tests.bench.workbook import write_plain
from tests.exports.books import write
from tests.exports.campaigns import make_campaign

ROWS = 40
HEADINGS = dict.fromkeys(WRITERS, 2) | {"pandas": 1}
Cells = list[list[tuple[object, ...]]]


def cells_of(book: bytes) -> Cells:
    return [list(sheet.iter_rows(values_only=True)) for sheet in load_workbook(BytesIO(book))]


def test_the_plain_workbook_has_the_cells_of_the_exported_one() -> None:
    consolidation = make_campaign()
    plain = cells_of(write_plain(build_sheets(consolidation)))
    exported = cells_of(write(consolidation))
    assert [len(rows) for rows in plain] == [len(rows) for rows in exported]
    for left, right in zip(plain, exported, strict=True):
        # Beside the table, the exported one has a way back to the cover.
        assert all(a == b[: len(a)] for a, b in zip(left, right, strict=True))


@pytest.mark.parametrize("writer", WRITERS)
def test_every_writer_writes_every_row(writer: str, tmp_path: Path) -> None:
    columns = (DataColumn("so", "Số", "number"), DataColumn("chu", "Chữ"))
    sheet = DataSheet("data", columns, lambda: ((row, f"chữ {row}") for row in range(ROWS)))
    WRITERS[writer](sheet, tmp_path / "data.xlsx")
    assert rows_in(tmp_path / "data.xlsx") == ROWS + HEADINGS[writer]
