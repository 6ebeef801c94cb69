"""LibreOffice computes every formula anew and finds the value that was stored with it.

It is started once: every workbook that is looked at here is made first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from io import BytesIO
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from exports.cells import Formula, Row, Sheet
from exports.tables import Consolidation, RoundResponses
from tests.exports.books import SOFFICE, all_recalculated, formulas, values, write, written
from tests.exports.campaigns import Shape, make_campaign
from tests.exports.communes import with_communes
from tests.exports.generated import generated
from tests.exports.small import changed_later, form

pytestmark = [
    pytest.mark.skipif(SOFFICE is None, reason="LibreOffice is not installed"),
    # The first test waits for LibreOffice.
    pytest.mark.timeout(600),
]

SHAPES = {
    "as usual": Shape(feedback=60, difficulties=6),
    "gaps and hostile texts": Shape(sent=0.5, answered=0.5, feedback=25, hostile=0.3, units=30),
    "hardly anything": Shape(sent=0.1, feedback=8, difficulties=1, units=20),
    "nothing": Shape(sent=0.0, feedback=0, difficulties=0, units=10),
}
SEEDS = range(6)
# Of each group, so many units are enough to see figures follow.
FEW = 5
UNITS, COMPARED, PROGRESS, CHARTS = (
    "2. Biểu 1 - Cuộc, người dự Đ1",
    "14. So sánh hai đợt",
    "1. Tiến độ báo cáo",
    "Biểu đồ",
)
OPINIONS = "8. Tinh thần, nhận thức"


@dataclass(frozen=True)
class Looked:
    """A workbook as it was written, and as LibreOffice has it computed."""

    book: bytes
    computed: Workbook


def few_units(sent: float = 1.0) -> Consolidation:
    """Return the shipped campaign with the first units of each group: all have sent, or none."""
    whole = make_campaign(3, Shape(sent=sent, answered=1.0, feedback=0, difficulties=0))
    return replace(whole, rounds=tuple(map(_with_few, whole.rounds)))


def _with_few(asked: RoundResponses) -> RoundResponses:
    found: Counter[str] = Counter()
    kept = []
    for response in asked.responses:
        found[response.unit.group_code] += 1
        if found[response.unit.group_code] <= FEW:
            kept.append(response)
    return replace(asked, responses=tuple(kept))


def one_group() -> Consolidation:
    whole = few_units()
    first = whole.rounds[0]
    only = tuple(r for r in first.responses if r.unit.group_code == "huyen_thanh_uy")
    return replace(whole, rounds=(replace(first, responses=only),))


def changed(whole: Consolidation, change: Callable[[Workbook], None]) -> bytes:
    """Return the workbook after somebody has changed something in it."""
    book = load_workbook(BytesIO(write(whole)))
    change(book)
    output = BytesIO()
    book.save(output)
    return output.getvalue()


def row_number(sheet: Worksheet, text: str) -> int:
    return next(row[1].row for row in sheet.iter_rows() if str(row[1].value).startswith(text))


def marks_of(sheet: Worksheet) -> int:
    return next(c.column for row in sheet.iter_rows() for c in row if c.value == "Cộng vào tổng")


def move_mark(book: Workbook) -> None:
    sheet = book[UNITS]
    marks = marks_of(sheet)
    sheet.cell(row_number(sheet, "Huyện ủy An Biên"), marks).value = None
    sheet.cell(row_number(sheet, "Sở Nội vụ"), marks).value = "x"


def fill_in(book: Workbook) -> None:
    sheet = book[UNITS]
    row = row_number(sheet, "Huyện ủy An Biên")
    sheet.cell(row, 12).value, sheet.cell(row, 13).value = 60, 40


def change_figures(book: Workbook) -> None:
    """Say what units have not said: online attendances, a late report, another attitude."""
    sheet = book[UNITS]
    row = row_number(sheet, "Huyện ủy An Biên")
    sheet.cell(row, 13).value += 1_000_000
    progress = book[PROGRESS]
    late = next(row for row in progress.iter_rows() if row[4].value == "Đã gửi đúng hạn")
    late[4].value = "Nộp trễ"
    opinions = book[OPINIONS]
    good = next(r for r in opinions.iter_rows() if r[2].value == "Đợt 1" and r[3].value == "Tốt")
    good[3].value = "Khá"


@pytest.fixture(scope="module")
def looked(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Looked]:
    wrong = Sheet("1. a", (10.0,), (Row((Formula("1+1", 3),), ("body integer",)),))
    books = {
        **{name: write(make_campaign(len(name), shape)) for name, shape in SHAPES.items()},
        **{f"chance {seed}": write(generated(seed)) for seed in SEEDS},
        "changed later": write(changed_later(form())),
        "one group": write(one_group()),
        "communes": write(with_communes(few_units())),
        "wrong": written(wrong),
        "mark moved": changed(few_units(), move_mark),
        "filled in": changed(few_units(sent=0.0), fill_in),
        "figures": changed(few_units(), change_figures),
    }
    computed = all_recalculated(list(books.values()), tmp_path_factory.mktemp("office"))
    return {
        name: Looked(book, found)
        for (name, book), found in zip(books.items(), computed, strict=True)
    }


def same(stored: Any, computed: Any) -> bool:
    """Return whether two values are the same to the last of 12 digits; no value is a blank."""
    if isinstance(stored, int | float) and isinstance(computed, int | float):
        return abs(stored - computed) <= 1e-12 * max(1.0, abs(stored))
    return (stored or "") == (computed or "") and type(stored or "") is type(computed or "")


ALIKE = [*SHAPES, *(f"chance {seed}" for seed in SEEDS), "changed later", "one group", "communes"]


@pytest.mark.parametrize("name", ALIKE)
def test_every_stored_value_is_what_the_formula_gives(
    looked: Mapping[str, Looked], name: str
) -> None:
    one = looked[name]
    found = formulas(one.book)
    assert len(found) > 100 or name != "as usual"
    wrong = [
        (cell, one.computed[cell.sheet][cell.address].value)
        for cell in found
        if not same(cell.stored, one.computed[cell.sheet][cell.address].value)
    ]
    assert wrong == []


def test_the_formulas_are_really_computed(looked: Mapping[str, Looked]) -> None:
    assert looked["wrong"].computed["1. a"]["A1"].value == 2


# --- what the board changes by hand ---------------------------------------------------------------


def test_a_mark_that_the_board_sets_or_takes_away_changes_the_total(
    looked: Mapping[str, Looked],
) -> None:
    before, after = values(write(few_units()))[UNITS], looked["mark moved"].computed[UNITS]
    total = row_number(before, "TỔNG CỘNG")
    counted, other = row_number(before, "Huyện ủy An Biên"), row_number(before, "Sở Nội vụ")
    for column in range(3, 15):
        expected = before.cell(total, column).value - before.cell(counted, column).value
        assert after.cell(total, column).value == expected + before.cell(other, column).value
    group = row_number(before, "CỘNG KHỐI SỞ, BAN, NGÀNH CẤP TỈNH")
    assert after.cell(group, 3).value == before.cell(other, 3).value


def test_a_figure_that_the_board_fills_in_for_a_unit_enters_its_total(
    looked: Mapping[str, Looked],
) -> None:
    after = looked["filled in"].computed[UNITS]
    row, total = row_number(after, "Huyện ủy An Biên"), row_number(after, "TỔNG CỘNG")
    for number in (row, total):
        assert [after.cell(number, column).value for column in range(12, 16)] == [60, 40, 100, 40]
    assert after.cell(total, 3).value in (None, "")


def shown(sheet: Worksheet, column: int, text: str) -> list[Any]:
    """Return the first row that shows a text in a column."""
    return next(
        [cell.value for cell in row] for row in sheet.iter_rows() if row[column].value == text
    )


def test_totals_shares_comparisons_and_charts_follow_a_figure(
    looked: Mapping[str, Looked],
) -> None:
    before, after = values(write(few_units())), looked["figures"].computed
    for sheet, column, row, place in (
        (UNITS, 1, "TỔNG CỘNG", 12),
        (COMPARED, 1, "Trong đó: lượt người dự trực tuyến", 2),
        (CHARTS, 0, "Huyện ủy, thành ủy", 2),
    ):
        rows = [
            [c.value for c in found]
            for book in (before, after)
            for found in list(book[sheet].iter_rows())
            if found[column].value == row
        ]
        half = len(rows) // 2
        moved = [
            new[place] - old[place]
            for old, new in zip(rows[:half], rows[half:], strict=True)
            if isinstance(old[place], int | float) and isinstance(new[place], int | float)
        ]
        assert 1_000_000 in moved, sheet
    online = "Lượt người dự trực tuyến (%)"
    old, new = (shown(book[COMPARED], 1, online) for book in (before, after))
    assert new[2] > old[2]
    assert round(new[3] - new[2], 1) == new[4]


def test_progress_and_attitudes_follow_what_is_typed(looked: Mapping[str, Looked]) -> None:
    before, after = values(write(few_units())), looked["figures"].computed
    old, new = (shown(book[COMPARED], 1, "Số đơn vị gửi đúng hạn") for book in (before, after))
    assert new[2] == old[2] - 1
    for level, moved in (("Tốt", -1), ("Khá", 1)):
        old, new = (shown(book[OPINIONS], 1, level) for book in (before, after))
        assert new[4] == old[4] + moved
