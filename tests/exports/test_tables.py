"""Which sheets a workbook has, and what they are called."""

from __future__ import annotations

import pytest

from exports.page import sheet_name
from exports.tables import build_sheets
from tests.exports.books import values, write
from tests.exports.small import campaign, closed, column, form, labels, table


def names(*titles: tuple[int, str]) -> list[str]:
    """Return the names of the sheets of a form with tables at these positions."""
    tables = [
        table("units", column("a", None), position=position, labels=labels(title))
        for position, title in titles
    ]
    return [sheet.name for sheet in build_sheets(campaign(closed(form(tables=tables))))]


def test_sheets_stand_by_position_between_progress_and_raw_answers() -> None:
    assert names((20, "Sau"), (3, "Ba"), (2, "Hai")) == [
        "Bìa", "1. Tiến độ báo cáo", "2. Hai", "3. Ba", "16. Dữ liệu gốc",
        "17. Nguồn gốc số liệu", "18. Từ điển dữ liệu", "20. Sau",
    ]  # fmt: skip


def test_tables_of_the_same_name_in_two_rounds_have_a_sheet_each() -> None:
    made = form(tables=[table("units", column("a", None))])
    whole = campaign(closed(made), closed(made, number=2))
    assert values(write(whole)).sheetnames[2:4] == ["2. Biểu", "2. Biểu (2)"]


def test_long_names_stay_apart_whatever_their_case() -> None:
    long = "Một cái tên dài hơn chỗ mà Excel dành cho nó"
    found = names((2, long), (2, long.upper()), (2, long + " nữa"))
    assert len({name.lower() for name in found}) == len(found)
    assert all(len(name) <= 31 for name in found)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("2. Biểu [1]: a/b\\c*?", "2. Biểu 1 abc"),
        ("'trích'", "trích"),
        ("2. Đợt\xa01\x00\n", "2. Đợt 1"),
    ],
)
def test_a_name_holds_only_what_excel_allows(text: str, name: str) -> None:
    assert sheet_name(text) == name
