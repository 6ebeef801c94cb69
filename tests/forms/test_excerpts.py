"""The part of a sheet that is drawn around a wrong cell."""

from __future__ import annotations

import io

import openpyxl

from forms.excerpts import Excerpt, drawn_sheets, excerpt


def workbook(rows: list[list[str]], title: str = "survey") -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = title
    for row in rows:
        sheet.append(row)
    output = io.BytesIO()
    book.save(output)
    return output.getvalue()


HEADINGS = ["Loại", "x", "y", "z", "Tên", "Nhãn", "Bắt buộc", "w"]
ROWS = [[f"{letter}{number}" for letter in "ABCDEFGH"] for number in range(2, 21)]


def around(address: str, rows: list[list[str]] = ROWS) -> Excerpt:
    drawn = drawn_sheets(workbook([HEADINGS, *rows]), "form.xlsx", {})
    found = excerpt(drawn, "survey", address)
    assert found
    return found


def test_three_rows_and_columns_on_either_side_and_the_headings_as_written() -> None:
    found = around("F10")
    assert [letter.text for letter in found.letters] == list("CDEFGH")
    assert [row.number for row in found.rows] == [1, 7, 8, 9, 10, 11, 12, 13]
    assert [cell.text for cell in found.rows[0].cells] == HEADINGS[2:]
    wrong = [cell.text for row in found.rows for cell in row.cells if cell.wrong]
    assert wrong == ["F10"]


def test_the_name_of_the_row_is_always_there() -> None:
    found = around("A2")
    assert [letter.text for letter in found.letters] == list("ABCDE")
    near = [letter.text for letter in found.letters if letter.near]
    assert near == ["A", "B", "E"]
    assert [row.number for row in found.rows] == [1, 2, 3, 4, 5]


def test_a_blank_cell_and_one_outside_of_the_sheet_are_drawn() -> None:
    assert any(cell.wrong for row in around("J30").rows for cell in row.cells)


def test_long_texts_are_cut_but_not_the_wrong_one() -> None:
    rows = [["x" * 500] * 8 for _ in range(4)]
    texts = [cell.text for row in around("C3", rows).rows[1:] for cell in row.cells]
    assert max(map(len, texts)) == 500
    assert sorted({len(text) for text in texts}) == [81, 500]


def test_a_wrong_heading() -> None:
    assert around("B1").rows[0].cells[1].wrong


def test_sheets_are_called_as_they_are_written() -> None:
    drawn = drawn_sheets(workbook([["Loại", "Tên"], ["x", "y"]], "Câu hỏi"), "form.xlsx", {})
    assert excerpt(drawn, "Câu hỏi", "A2")
    assert excerpt(drawn, "survey", "A2") is None


def test_csv_files_beside_the_form_are_drawn() -> None:
    drawn = drawn_sheets(b"", "form.xlsx", {"xa.csv": "name,label\n1,Xã\n".encode()})
    found = excerpt(drawn, "xa.csv", "B2")
    assert found
    assert [cell.text for cell in found.rows[-1].cells] == ["1", "Xã"]


def test_what_cannot_be_read_is_not_drawn() -> None:
    assert drawn_sheets(b"PK\x03\x04 broken", "form.xlsx", {"x.csv": b"\xff\xfe\x00"}) == {}
    assert excerpt({}, "survey", "A1") is None
    assert excerpt(drawn_sheets(workbook([["type"]]), "f.xlsx", {}), "survey", "") is None
