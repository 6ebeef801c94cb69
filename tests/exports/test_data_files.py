"""Tables of data as CSV, JSON Lines and Parquet: everything is there, and nothing is computed."""

from __future__ import annotations

import csv
import json
from datetime import date, time
from decimal import Decimal
from io import BytesIO, StringIO
from typing import Any
from zipfile import ZipFile

import pyarrow as pa
import pytest
from pyarrow import parquet

from exports.cells import Cell
from exports.data_files import Write, archive, csv_pieces, json_pieces
from exports.parquet import parquet_pieces
from exports.records import DICTIONARY, DataColumn, DataSheet, dictionary
from tests.exports.test_data_workbook import COLUMNS, DOCUMENT, HOSTILE, MOMENT, ROWS, table

FACTS = {"campaign": "kh46"}
WRITERS: dict[str, Write] = {
    "csv": csv_pieces,
    "jsonl": json_pieces,
    "parquet": parquet_pieces,
}


def written(ending: str, *sheets: DataSheet) -> ZipFile:
    pieces = archive(sheets, WRITERS[ending], ending, DOCUMENT, FACTS)
    return ZipFile(BytesIO(b"".join(pieces)))


def csv_rows(archived: ZipFile, name: str = "Dữ liệu.csv") -> list[list[str]]:
    return list(csv.reader(StringIO(archived.read(name).decode("utf-8-sig"), newline="")))


@pytest.mark.parametrize("ending", WRITERS)
def test_an_archive_has_a_file_for_each_table_and_counts_them(ending: str) -> None:
    many: list[list[Cell]] = [["a"]] * 2500
    archived = written(ending, table(COLUMNS, ROWS), table(COLUMNS[:1], many, "hop"))
    assert archived.testzip() is None
    assert archived.namelist() == [f"Dữ liệu.{ending}", f"hop.{ending}", "manifest.json"]
    manifest = json.loads(archived.read("manifest.json"))
    assert manifest == {"campaign": "kh46", "rows": {"Dữ liệu": 3, "hop": 2500}}


@pytest.mark.parametrize("ending", WRITERS)
def test_the_same_tables_give_the_same_bytes(ending: str) -> None:
    first, second = (
        b"".join(archive([table(COLUMNS, ROWS)], WRITERS[ending], ending, DOCUMENT, FACTS))
        for _ in range(2)
    )
    assert first == second


def test_csv_is_what_excel_and_programs_read() -> None:
    archived = written("csv", table(COLUMNS, ROWS))
    assert archived.read("Dữ liệu.csv").startswith(
        b'\xef\xbb\xbf"ten","so","ngay","luc","gio","muc"\r\n'
    )
    # What is quoted is a text, and nothing else is.
    assert '"0912345678",-3,1900-01-01' in archived.read("Dữ liệu.csv").decode()
    assert csv_rows(archived)[1:] == [
        ["Ngã Bảy", "12", "2021-08-31", "2021-08-31 23:59:00", "07:30:00", "tot"],
        ["", "0.25", "", "", "", "Khá & được"],
        ["0912345678", "-3", "1900-01-01", "1900-03-01 00:00:00", "00:00:00", "khác"],
    ]


def test_no_text_of_a_csv_file_is_computed_and_all_read_back() -> None:
    texts = [*HOSTILE, "'=1+1", "''=1", "'chữ"]
    rows = csv_rows(written("csv", table(COLUMNS[:1], [[text] for text in texts])))[1:]
    assert not [text for (text,) in rows if text[:1] in ("=", "+", "-", "@", "\t", "\r")]
    assert [unguarded(text) for (text,) in rows] == texts


def unguarded(text: str) -> str:
    """Return what the documentation says to make of a text of a CSV file."""
    bare = text.lstrip("'")
    return text[1:] if bare != text and bare[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def test_json_lines_have_every_column_with_its_type() -> None:
    first, second, _ = written("jsonl", table(COLUMNS, ROWS)).read("Dữ liệu.jsonl").splitlines()
    assert json.loads(first) == {
        "ten": "Ngã Bảy",
        "so": 12,
        "ngay": "2021-08-31",
        "luc": "2021-08-31T23:59:00",
        "gio": "07:30:00",
        "muc": "tot",
    }
    assert json.loads(second)["so"] == 0.25
    assert "Ngã Bảy".encode() in first


def parquet_table(sheet: DataSheet) -> pa.Table:
    return parquet.read_table(BytesIO(written("parquet", sheet).read("Dữ liệu.parquet")))


def test_parquet_columns_have_their_types() -> None:
    read = parquet_table(table(COLUMNS, ROWS))
    types = ["string", "double", "date32[day]", "timestamp[ms]", "time32[ms]", "string"]
    assert [str(field.type) for field in read.schema] == types
    assert read.to_pylist()[0] == {
        "ten": "Ngã Bảy", "so": 12.0, "ngay": date(2021, 8, 31), "luc": MOMENT,
        "gio": time(7, 30), "muc": "tot",
    }  # fmt: skip
    assert read.num_rows == 3


def test_a_parquet_column_with_a_text_among_numbers_is_one_of_texts() -> None:
    rows: list[list[Cell]] = [[1], ["10000000000000000"], [None], [Decimal("0.5")]]
    read = parquet_table(table(COLUMNS[1:2], rows))
    assert read.to_pydict() == {"so": ["1", "10000000000000000", None, "0.5"]}


def test_parquet_columns_of_computed_values_have_the_type_of_all_of_them() -> None:
    columns = [DataColumn(name, "", "any") for name in ("so", "ngay", "lan", "ca")]
    rows: list[list[Cell]] = [
        [Decimal("0.5"), date(2021, 8, 31), "a", None],
        [2, None, 1, None],
    ]
    read = parquet_table(table(columns, rows))
    assert [str(field.type) for field in read.schema] == [
        "double",
        "date32[day]",
        "string",
        "string",
    ]
    assert read.to_pydict()["lan"] == ["a", "1"]


def test_parquet_integers_are_integers_while_all_of_them_fit() -> None:
    column = [DataColumn("so", "", "integer")]
    whole, half = ([[7], [None], [last]] for last in (-3, Decimal("0.5")))
    assert str(parquet_table(table(column, whole)).schema.field("so").type) == "int64"
    assert str(parquet_table(table(column, half)).schema.field("so").type) == "double"


@pytest.mark.parametrize("ending", ["jsonl", "parquet"])
def test_half_a_character_is_left_out(ending: str) -> None:
    archived = written(ending, table(COLUMNS[:1], [["a\ud800b"]]))
    assert archived.testzip() is None
    assert read_back(ending, archived) == [{"ten": "ab"}]


def read_back(ending: str, archived: ZipFile) -> list[Any]:
    content = archived.read(f"Dữ liệu.{ending}")
    if ending == "jsonl":
        return [json.loads(line) for line in content.splitlines()]
    return list(parquet.read_table(BytesIO(content)).to_pylist())


def test_every_column_is_explained() -> None:
    explained = list(dictionary([table(COLUMNS, [])]))
    assert {len(row) for row in explained} == {len(DICTIONARY)}
    assert explained[-1] == ["Dữ liệu", "muc", "Mức", "text", "", "tot = Tốt; kha = Khá & được", ""]
