"""No answer becomes a formula, a link or a control sign in any file, and all are read back."""

from __future__ import annotations

import csv
import json
import re
import unicodedata
from collections.abc import Iterator, Sequence
from datetime import date, time
from decimal import Decimal
from io import BytesIO, StringIO
from zipfile import ZipFile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import parquet
from python_calamine import CalamineWorkbook

from exports.cells import LONGEST_TEXT, Cell
from exports.data_files import Write, archive, csv_pieces, json_pieces
from exports.data_workbook import DataWorkbook
from exports.parquet import parquet_pieces
from exports.records import DataColumn, DataSheet
from language.text import forbidden_character
from tests.exports.books import SOFFICE, write
from tests.exports.opened import Seen, opened
from tests.exports.small import campaign, closed, form, question, sent, unit
from tests.exports.test_data_workbook import DOCUMENT, HOSTILE, MOMENT

# Each of these begins something in some program, alone and before a text that looks harmless.
SIGNS = ["=", "+", "-", "@", "\t", "\r", "\n", "'", '"', "＝", "＋", "－", "＠", "|", "%", ";", ","]
TEXTS = [
    *HOSTILE,
    *(f"{sign}{rest}" for sign in SIGNS for rest in ("1+1", "SUM(1)", "cmd|' /C calc'!A0", "Đảng")),
    *(f" {sign}1+1" for sign in SIGNS),
    *("0912345678", "+84912345678", "00123", "1E5", "1e-5", "0x1F", "TRUE", "true", "sai", "NaN"),
    *("12/2021", "1-2", "2021-08-31", "31/8/2021", "8:30", "1.234,5", "1,234.5", "90%", "$1", "½"),
    *("#REF!", "#DIV/0!", "'=1+1", "''=1", "'chữ", '"', '""', 'a"b', "a,b", "a;b", "a\nb", "a\tb"),
    *("http://a.example", "mailto:a@a.example", "\\\\a\\b", "file:///etc/passwd", "{=1+1}", "R1C1"),
    *(unicodedata.normalize("NFD", "Đợt một ở Rạch Giá"), "👩‍👧‍👦🇻🇳"),
    *("\u202e=1+1\u202c", "\u200f+1", "مرحبا"),
    *("_x000D_", "_x0000_", "_x000d_a", "__x0041__", "_x00", "<r>a</r>", "<t>", "&#61;1+1", "]]>"),
    *("  hai dấu cách  ", "\u00a0cứng\u00a0", "x" * LONGEST_TEXT, "=" * LONGEST_TEXT),
]  # fmt: skip
CONTROLS = [
    f"a{chr(code)}b" for code in (*range(32), *range(127, 160)) if chr(code) not in "\t\n\r"
]
BROKEN = [*CONTROLS, "a\ud800b", "a\udfffb", "a\ufffeb", "a\uffffb", "a\ufdd0b", "a\U0001fffeb"]
NUMBERS: list[Cell] = [12, -3, Decimal("0.25"), date(2021, 8, 31), MOMENT, time(7, 30)]
COLUMNS = (
    DataColumn("text", "Chữ", "text"),
    DataColumn("any", "Bất kỳ", "any"),
    DataColumn("integer", "Số", "integer"),
    *(DataColumn(kind, kind, kind) for kind in ("number", "date", "moment", "time")),
)
WRITERS: dict[str, Write] = {
    "csv": csv_pieces,
    "jsonl": json_pieces,
    "parquet": parquet_pieces,
}
# What LibreOffice must be told of such a file: comma, quotes, UTF-8, and that quotes mean text.
# Without the last word, formulas would be computed where they stand.
CSV_AS_TEXT = "--infilter=Text - txt - csv (StarCalc):44,34,76,1,,0,true,true,false"
CSV_COMPUTED = "--infilter=Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,,,,true"


def table(texts: Sequence[str]) -> DataSheet:
    """Return a table with each text in a column of texts and in one of computed values."""
    rows: list[list[Cell]] = [[text, text, 12, Decimal("0.25"), *NUMBERS[3:]] for text in texts]
    return DataSheet("bang", COLUMNS, lambda: rows)


def workbook(texts: Sequence[str]) -> bytes:
    return b"".join(DataWorkbook([table(texts)], DOCUMENT).pieces())


def file_of(ending: str, texts: Sequence[str]) -> bytes:
    pieces = archive([table(texts)], WRITERS[ending], ending, DOCUMENT, {})
    return ZipFile(BytesIO(b"".join(pieces))).read(f"bang.{ending}")


def consolidated(texts: Sequence[str]) -> bytes:
    """Return the consolidated workbook of as many units, each of which sent a text."""
    asked = form(question("chu", "text"))
    units = (sent(unit(f"A{n}"), asked, {"chu": text}) for n, text in enumerate(texts))
    return write(campaign(closed(asked, *units)))


def read_back(ending: str, content: bytes) -> list[str]:
    """Return the texts of a file as the programs that it is for read them."""
    if ending == "xlsx":
        stored = CalamineWorkbook.from_filelike(BytesIO(content)).get_sheet_by_index(0)
        return [row[0] for row in stored.to_python()[2:]]
    if ending == "jsonl":
        return [json.loads(line)["text"] for line in content.decode().split("\n")[:-1]]
    if ending == "parquet":
        texts: list[str] = parquet.read_table(BytesIO(content))["text"].to_pylist()
        return texts
    rows = csv.reader(StringIO(content.decode("utf-8-sig"), newline=""))
    return [unguarded(row[0]) for row in rows][1:]


def unguarded(text: str) -> str:
    """Return what the documentation says to make of a text of a CSV file."""
    guarded = re.match("'+(?:[\t\r\n]|\\s*[=+\\-@＝＋－＠])", text)
    return text[1:] if guarded else text


def made(ending: str, texts: Sequence[str]) -> bytes:
    return workbook(texts) if ending == "xlsx" else file_of(ending, texts)


ENDINGS = ("xlsx", *WRITERS)


@pytest.mark.parametrize("ending", ENDINGS)
def test_every_text_is_read_back_equal(ending: str) -> None:
    assert read_back(ending, made(ending, TEXTS)) == TEXTS


@pytest.mark.parametrize("ending", ENDINGS)
def test_what_no_answer_may_hold_is_left_out(ending: str) -> None:
    assert set(read_back(ending, made(ending, BROKEN))) == {"ab"}


@settings(max_examples=150)
@given(texts=st.lists(st.text(min_size=1, max_size=20), min_size=1, max_size=6))
def test_any_text_is_read_back_equal_but_for_what_no_answer_may_hold(texts: list[str]) -> None:
    expected = [
        "".join(s for s in text if s in "\r\ufffd" or not forbidden_character(s)) for text in texts
    ]
    for ending in ENDINGS:
        found = [text or "" for text in read_back(ending, made(ending, texts))]
        assert found == expected, ending


def test_no_text_of_a_csv_file_begins_a_formula() -> None:
    content = file_of("csv", TEXTS).decode("utf-8-sig")
    for row in csv.reader(StringIO(content, newline="")):
        assert not re.match("\\s*[=+\\-@＝＋－＠]|[\t\r\n]", row[0]), row[0]


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Seen]]:
    """Open all files once; return the first cells of the rows with texts, by file."""
    if SOFFICE is None:
        pytest.skip("LibreOffice is not installed")
    folder = tmp_path_factory.mktemp("opened")
    contents = {
        "data.xlsx": workbook(TEXTS),
        "all.xlsx": consolidated(TEXTS),
        "text.csv": file_of("csv", TEXTS),
        "computed.csv": file_of("csv", TEXTS),
    }
    files = {name: folder / name for name in contents}
    for name, content in contents.items():
        files[name].write_bytes(content)
    books = opened(folder, [files["data.xlsx"], files["all.xlsx"]])
    books |= opened(folder, [files["text.csv"]], [CSV_AS_TEXT])
    books |= opened(folder, [files["computed.csv"]], [CSV_COMPUTED])
    return {
        "data.xlsx": rows_of(books["data.xlsx"]["bang"][2:]),
        "text.csv": rows_of(next(iter(books["text.csv"].values()))[1:]),
        "computed.csv": rows_of(next(iter(books["computed.csv"].values()))[1:]),
        "all.xlsx": list(raw_texts(books["all.xlsx"])),
    }


def rows_of(rows: Sequence[Sequence[Seen]]) -> list[Seen]:
    """Return every cell, row after row."""
    return [cell for row in rows if row for cell in row]


def raw_texts(sheets: dict[str, list[list[Seen]]]) -> Iterator[Seen]:
    """Yield the column of the answers of the sheet of raw data."""
    (rows,) = (rows for name, rows in sheets.items() if "Dữ liệu gốc" in name)
    heading = next(row for row in rows if "chu" in [cell.value for cell in row])
    column = [cell.value for cell in heading].index("chu")
    answered = [row for row in rows[rows.index(heading) + 1 :] if len(row) > column]
    yield from (row[column] for row in answered[-len(TEXTS) :])


def shown(text: str) -> str:
    """Return a text with one kind of line end: LibreOffice knows only one within a cell."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


@pytest.mark.parametrize("name", ["data.xlsx", "text.csv", "computed.csv", "all.xlsx"])
def test_libreoffice_computes_nothing_and_follows_nothing(
    seen: dict[str, list[Seen]], name: str
) -> None:
    assert seen[name]
    assert not [cell for cell in seen[name] if cell.formula or cell.link]


def test_libreoffice_finds_the_texts_of_a_data_workbook(seen: dict[str, list[Seen]]) -> None:
    cells = seen["data.xlsx"]
    rows = [cells[at : at + len(COLUMNS)] for at in range(0, len(cells), len(COLUMNS))]
    assert [shown(cell.value) for row in rows for cell in row[:2]] == [
        shown(text) for text in TEXTS for _ in range(2)
    ]
    assert {cell.kind for row in rows for cell in row[:2]} == {"string"}
    assert {tuple((cell.kind, cell.value) for cell in row[2:]) for row in rows} == {NUMBERS_SEEN}


NUMBERS_SEEN = (
    ("float", "12"),
    ("float", "0.25"),
    ("date", "2021-08-31"),
    ("date", "2021-08-31T23:59:00"),
    ("time", "PT07H30M00S"),
)


def test_libreoffice_finds_the_texts_of_a_csv_file(seen: dict[str, list[Seen]]) -> None:
    cells = seen["text.csv"]
    rows = [cells[at : at + len(COLUMNS)] for at in range(0, len(cells), len(COLUMNS))]
    assert [shown(unguarded(row[0].value)) for row in rows] == [shown(text) for text in TEXTS]
    assert {cell.kind for row in rows for cell in row[:2]} == {"string"}
    assert {tuple((cell.kind, cell.value) for cell in row[2:]) for row in rows} == {NUMBERS_SEEN}


def test_libreoffice_finds_the_texts_of_the_consolidated_workbook(
    seen: dict[str, list[Seen]],
) -> None:
    # A blank keeps XlsxWriter from taking such a text for its own marks.
    expected = [f"{text} " if re.fullmatch("<r>.*</r>", text) else text for text in TEXTS]
    assert [shown(cell.value) for cell in seen["all.xlsx"]] == [shown(text) for text in expected]
    assert {cell.kind for cell in seen["all.xlsx"]} == {"string"}
