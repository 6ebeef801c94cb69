"""Wrong and hostile files: each ends with a clear error in its place, in little time and memory.

Every file is read in a process of its own, which measures itself; see tests/properties/measured.py.
"""

from __future__ import annotations

import json
import random
import struct
import subprocess
import sys
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZIP_BZIP2, ZIP_LZMA, ZIP_STORED, ZipFile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forms.findings import FormErrors
from forms.formats import limits
from forms.sheets import read_form
from tests.forms.workbooks import (
    HEADINGS,
    MAIN,
    archive,
    cells,
    ole,
    raw_xlsx,
    sheet_xml,
    survey,
    xls,
    xlsx,
)

ROOT = Path(__file__).parents[2]
SECONDS = 5
MEGABYTES = 200
LONGEST_SENTENCE = 400
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
Place = tuple[str, str, str]
ENTITIES = "".join(f"<!ENTITY a{n + 1} '{f'&a{n};' * 10}'>" for n in range(9))
LAUGHS = f"<!DOCTYPE lolz [<!ENTITY a0 'haha'>{ENTITIES}]>"
EXTERNAL = "<!DOCTYPE x [<!ENTITY file SYSTEM 'file:///etc/passwd'>]>"
TCVN3 = "§¶ng viªn ®· häc tËp, triÓn khai"


def style_only(count: int) -> str:
    """Return rows of cells that hold nothing but a format."""
    return "".join(f"<row r='{row}'><c r='A{row}' s='1'/></row>" for row in range(2, count + 2))


def texts(count: int, length: int) -> str:
    """Return the shared strings part with `count` texts."""
    return f"<sst xmlns='{MAIN}'>" + f"<si><t>{'x' * length}</t></si>" * count + "</sst>"


def shared_cells(count: int, columns: int = 1, index: int = 0) -> str:
    row = f"<c t='s'><v>{index}</v></c>" * columns
    return f"<row>{row}</row>" * count


def lying(source: bytes) -> bytes:
    """Return an archive whose directory says that the first part is small."""
    at = source.index(b"PK\x01\x02")
    return source[: at + 24] + struct.pack("<I", 1000) + source[at + 28 :]


def noise() -> bytes:
    return random.Random(1).randbytes(200_000)


def form() -> bytes:
    return xlsx({"survey": [HEADINGS, ("text", "a", "A")]})


def damaged() -> bytes:
    """Return a workbook one of whose bytes has changed since its check sum was made."""
    parts = {"xl/workbook.xml": b"<workbook><sheets/></workbook>"}
    return archive(parts, ZIP_STORED).replace(b"<sheets/>", b"<shiits/>")


# Files that are no form at all: the name, the bytes, and the key of the error.
UNREADABLE: dict[str, tuple[str, Callable[[], bytes], str]] = {
    "random": ("a.xlsx", noise, "unreadable"),
    "random xls": ("a.xls", noise, "unreadable"),
    "random zip": ("a.xlsx", lambda: b"PK\x03\x04" + noise(), "broken"),
    "random ole": ("a.xls", lambda: OLE + noise(), "broken"),
    "random markdown": ("a.md", noise, "not_utf8"),
    "random csv": ("a.csv", noise, "not_utf8"),
    "nothing": ("a.xlsx", bytes, "empty_file"),
    "blank": ("a.md", lambda: b" \n\n ", "empty_file"),
    "zip": ("a.xlsx", lambda: archive({"a.txt": b"a"}), "unreadable"),
    "empty zip": ("a.xlsx", lambda: archive({}), "unreadable"),
    "docx": ("a.xlsx", lambda: archive({"word/document.xml": b"<w/>"}), "unreadable"),
    "xlsb": ("a.xlsx", lambda: archive({"xl/workbook.bin": b"a"}), "unreadable"),
    "pdf": ("a.xlsx", lambda: b"%PDF-1.7\n%\xe2\xe3", "unreadable"),
    "html": ("a.xls", lambda: b"\xef\xbb\xbf\n <!DOCTYPE html><table>", "unreadable"),
    "html csv": ("a.csv", lambda: b"<html><body>", "unreadable"),
    "xlsx as csv": ("a.csv", form, "unreadable"),
    "xlsx as md": ("a.md", form, "unreadable"),
    "doc": ("a.xls", lambda: ole(b"a" * 5000, "WordDocument"), "unreadable"),
    "ole of nothing": ("a.xls", lambda: ole(b"a" * 5000, "Contents"), "broken"),
    "encrypted": ("a.xlsx", lambda: ole(b"a" * 5000, "EncryptedPackage"), "encrypted"),
    "cut off": ("a.xlsx", lambda: form()[:-100], "broken"),
    "damaged": ("a.xlsx", damaged, "broken"),
    "exe": ("a.exe", lambda: b"MZ", "extension"),
    "ods": ("a.ods", lambda: b"PK", "extension"),
    "no ending": ("bieu mau", lambda: b"| survey |", "extension"),
    "xlsm": ("a.xlsm", form, "macros"),
    "macro": ("a.xlsx", lambda: survey("", more={"xl/vbaProject.bin": b"a"}), "macros"),
    "macro in capitals": (
        "a.xlsx",
        lambda: survey("", more={"XL\\VBAPROJECT.BIN": b"a"}),
        "macros",
    ),
    "macro sheet": ("a.xlsx", lambda: survey("", more={"xl/macrosheets/a.xml": b"a"}), "macros"),
    "xls with macro": ("a.xls", lambda: ole(b"a" * 5000, "_VBA_PROJECT_CUR"), "macros"),
    "utf-16": ("a.csv", lambda: "survey,type,name\n".encode("utf-16"), "encoding"),
    "utf-16 without mark": ("a.md", lambda: "| survey | type |".encode("utf-16-be"), "encoding"),
    "windows-1258": ("a.csv", lambda: "survey,type\n,Đơn vi, xa".encode("cp1258"), "encoding"),
    "tcvn3": ("a.csv", lambda: f"survey,label\n,{TCVN3}".encode("latin-1"), "encoding"),
    "latin-1": ("a.csv", lambda: "survey,label\n,café ".encode("latin-1"), "not_utf8"),
    "one broken sign": ("a.md", lambda: "| survey | Đại hội bổ".encode()[:-1] + b" |", "not_utf8"),
    "large file": ("a.xlsx", lambda: b"PK\x03\x04" + bytes(limits.LARGEST_FILE), "too_large"),
    "large csv": ("a.csv", lambda: b"a," * 10_000_000, "too_large"),
    "large line": ("a.md", lambda: b"|" * 20_000_000, "too_large"),
    "bomb": (
        "a.xlsx",
        lambda: survey("", more={"xl/media/a.png": bytes(limits.LARGEST_UNPACKED)}),
        "too_large_unpacked",
    ),
    "bomb in the sheet": (
        "a.xlsx",
        lambda: survey(" " * limits.LARGEST_UNPACKED),
        "too_large_unpacked",
    ),
    "thousands of parts": (
        "a.xlsx",
        lambda: survey("", more={f"a/{n}": b"" for n in range(10_000)}),
        "too_many_parts",
    ),
    "nested": (
        "a.xlsx",
        lambda: archive({"a.zip": archive({"a.zip": archive({"a": bytes(10**7)})})}),
        "unreadable",
    ),
    "bzip2": ("a.xlsx", lambda: archive({"xl/workbook.xml": b"a"}, ZIP_BZIP2), "broken"),
    "lzma": ("a.xlsx", lambda: archive({"xl/workbook.xml": b"a"}, ZIP_LZMA), "broken"),
    "quotes not closed": (
        "a.csv",
        lambda: b'survey,type,name\n,"text,a\n' + b",b,c\n" * 90_000,
        "csv_quotes",
    ),
    "quotes out of place": ("a.csv", lambda: b'survey,type,name\n,"a"b,c\n', "csv_quotes"),
    "commas": ("a.csv", lambda: b"," * 5_000_000, "too_many_columns"),
    "short cells": ("a.csv", ("survey" + ",ạ" * 1_200_000).encode, "too_many_columns"),
    "one row of many lines": (
        "a.csv",
        ("survey," + '"\n",ạ,' * 500_000).encode,
        "too_many_columns",
    ),
    "bars": ("a.md", lambda: b"|" * 5_000_000, "too_many_columns"),
}


def first_sheet(content: str | bytes) -> Callable[[], bytes]:
    return lambda: raw_xlsx({"survey": content})


def shared(content: str, count: int, length: int) -> Callable[[], bytes]:
    return lambda: survey(content, shared=texts(count, length))


LONG = "x" * (limits.LONGEST_CELL + 1)
PIECES = f"<row><c t='inlineStr'><is>{f'<r><t>{chr(0x1F600) * 9000}</t></r>' * 400}</is></c></row>"
ATTRIBUTES = " ".join(f"b{n}='x'" for n in range(1_000_000))

# Forms that are too much, or not what a program writes: the error, its sheet and its cell.
TOO_MUCH: dict[str, tuple[str, Callable[[], bytes], Place]] = {
    "rows": (
        "a.xlsx",
        lambda: survey(cells(["text", "a", "A"]) * 100_000),
        ("survey", "A5001", "too_many_rows"),
    ),
    "rows of csv": (
        "a.csv",
        lambda: b"survey,type,name\n" + b",text,a\n" * 100_000,
        ("survey", "A5001", "too_many_rows"),
    ),
    "rows of markdown": (
        "a.md",
        lambda: b"| survey | type | name |\n" + b"| | text | a |\n" * 100_000,
        ("survey", "A5001", "too_many_rows"),
    ),
    "rows of xls": (
        "a.xls",
        lambda: xls((row, 0, 1.0) for row in range(65_536)),
        ("survey", "A5001", "too_many_rows"),
    ),
    "far away": (
        "a.xlsx",
        lambda: survey("<row r='1048576'><c r='XFD1048576'><v>1</v></c></row>"),
        ("survey", "XFD1048576", "too_many_rows"),
    ),
    "far to the right": (
        "a.xlsx",
        lambda: survey("<row r='2'><c r='XFD2'><v>1</v></c></row>"),
        ("survey", "XFD2", "too_many_columns"),
    ),
    "far away in xls": (
        "a.xls",
        lambda: xls([(0, 0, "type"), (65_535, 255, "x")]),
        ("survey", "IV65536", "too_many_rows"),
    ),
    "last column of every row": (
        "a.xls",
        lambda: xls((row, 255, 1.0) for row in range(65_536)),
        ("survey", "IV5001", "too_many_rows"),
    ),
    "columns": (
        "a.xlsx",
        lambda: survey(cells(["text"] * 1_000)),
        ("survey", "KO2", "too_many_columns"),
    ),
    "cells": (
        "a.xlsx",
        lambda: survey(cells(["x"] * 290) * 1_500),
        ("survey", "", "too_many_cells"),
    ),
    "long cell": (
        "a.xlsx",
        lambda: survey(cells(["text", "a", LONG])),
        ("survey", "C2", "cell_too_long"),
    ),
    "long cell of csv": (
        "a.csv",
        f"survey,type,name,label\n,text,a,{LONG}".encode,
        ("survey", "C2", "cell_too_long"),
    ),
    "huge cell": (
        "a.xlsx",
        lambda: survey(cells(["text", "a", "ạ" * 10**7])),
        ("survey", "C2", "cell_too_long"),
    ),
    "one long line": (
        "a.md",
        lambda: b"| survey | " + b"x" * 5_000_000,
        ("survey", "A1", "cell_too_long"),
    ),
    "cell of pieces": ("a.xlsx", lambda: survey(PIECES), ("survey", "A2", "cell_too_long")),
    "long shared text": (
        "a.xlsx",
        shared(shared_cells(1), 1, 10**7),
        ("survey", "A2", "cell_too_long"),
    ),
    "one long text in every cell": (
        "a.xlsx",
        shared(shared_cells(1_000, 100), 1, limits.LONGEST_CELL),
        ("survey", "", "too_much_text"),
    ),
    "many long texts": (
        "a.xlsx",
        shared("".join(shared_cells(1, 1, n) for n in range(1_000)), 1_000, limits.LONGEST_CELL),
        ("survey", "", "too_much_text"),
    ),
    "no such text": ("a.xlsx", shared(shared_cells(1, 1, 7), 1, 3), ("survey", "A2", "broken")),
    "formats": (
        "a.xlsx",
        lambda: survey(style_only(550_000)),
        ("survey", "A499992", "too_many_elements"),
    ),
    "sheets": (
        "a.xlsx",
        lambda: raw_xlsx({f"s{number}": sheet_xml("") for number in range(200)}),
        ("", "", "too_many_sheets"),
    ),
    "sheets of markdown": (
        "a.md",
        lambda: "".join(f"| s{number} | a |\n" for number in range(200)).encode(),
        ("", "", "too_many_sheets"),
    ),
    "styles": (
        "a.xlsx",
        lambda: survey(
            "", styles=f"<styleSheet><cellXfs>{'<xf/>' * 900_000}</cellXfs></styleSheet>"
        ),
        ("", "", "broken"),
    ),
    "laughs in the sheet": (
        "a.xlsx",
        first_sheet(sheet_xml(cells(HEADINGS), LAUGHS)),
        ("survey", "A1", "document_type"),
    ),
    "laughs in the texts": (
        "a.xlsx",
        lambda: survey(shared_cells(1), shared=LAUGHS + texts(1, 1)),
        ("", "", "document_type"),
    ),
    "laughs in the styles": (
        "a.xlsx",
        lambda: survey("", styles=LAUGHS + "<styleSheet/>"),
        ("", "", "document_type"),
    ),
    "laughs in the workbook": (
        "a.xlsx",
        lambda: survey("", workbook_head=LAUGHS),
        ("", "", "document_type"),
    ),
    "a file of the machine": (
        "a.xlsx",
        first_sheet(sheet_xml("<row><c><v>&file;</v></c></row>", EXTERNAL)),
        ("survey", "A1", "document_type"),
    ),
    "broken XML": (
        "a.xlsx",
        first_sheet(sheet_xml("<row><c></row>")),
        ("survey", "A1", "broken"),
    ),
    "wrong address": (
        "a.xlsx",
        lambda: survey("<row><c r='7B'><v>1</v></c></row>"),
        ("survey", "7B", "broken"),
    ),
    "deep": ("a.xlsx", first_sheet("<a>" * 5_000_000), ("survey", "A1", "broken")),
    "one tag": ("a.xlsx", first_sheet(f"<a b='{'x' * 3 * 10**7}'/>"), ("survey", "A1", "broken")),
    "attributes": ("a.xlsx", first_sheet(f"<a {ATTRIBUTES}/>"), ("survey", "A1", "broken")),
    "unknown encoding": (
        "a.xlsx",
        first_sheet(b"<?xml version='1.0' encoding='utf-7'?><a/>"),
        ("survey", "A1", "broken"),
    ),
    "lies of its size": (
        "a.xlsx",
        lambda: lying(survey(cells(["text", "a", "A"]) * 10_000)),
        ("survey", "A1", "broken"),
    ),
}

# What looks like the above and is a form, with as much as a form may hold.
ROW = ["text", "a", "A"]
FAR = "<row r='1048576' s='1'><c r='XFD1048576' s='1'/></row>"
OTHER = "<row><c><v>1</v></c></row>" * 500_000
READABLE: dict[str, tuple[str, Callable[[], bytes]]] = {
    "a format far away": ("a.xlsx", lambda: survey(cells(ROW) + FAR)),
    "formats": ("a.xlsx", lambda: survey(cells(ROW) + style_only(490_000))),
    "a large sheet beside the form": (
        "a.xlsx",
        lambda: raw_xlsx({"survey": sheet_xml(cells(HEADINGS, ROW)), "Danh mục": sheet_xml(OTHER)}),
    ),
    "all rows": ("a.xlsx", lambda: survey(cells(["text", "a", "ạ" * 700]) * 4_998)),
    "all cells": ("a.xlsx", lambda: survey(cells(["x"] * 290) * 680)),
    "all lines": ("a.xlsx", lambda: survey(cells(["text", "a", "ạ\n" * 350]) * 4_998)),
    "all texts": ("a.xlsx", lambda: survey(cells(["text", "a", "ạ" * 32_767]) * 120)),
    "all rows of xls": (
        "a.xls",
        lambda: xls((row, column, "x" * column) for row in range(5_000) for column in range(1, 21)),
    ),
}

# Datasets: the bytes, the cell and the key of the first error; no key when there is none.
DATASETS: dict[str, tuple[Callable[[], bytes], str, str]] = {
    "all rows": (lambda: b"name,label\n" + b"a,b\n" * 20_000, "", ""),
    "rows": (lambda: b"name,label\n" + b"a,b\n" * 20_001, "A20002", "too_many_rows"),
    "columns": (lambda: b"a," * 2_000_000, "", "too_many_columns"),
    "ragged": (lambda: b"name,label\n" + b"a\n" * 20_000, "B2", "ragged_row"),
    "wide rows": (lambda: b"name,label\n" + b"," * 19_999 + b"a", "C2", "ragged_row"),
    "one long line": (lambda: b"name,label\na," + b"x" * 5_000_000, "", "csv_quotes"),
    "workbook": (form, "", "no_csv"),
    "large": (lambda: b"a,b\n" * 2_000_000, "", "too_large"),
    "nothing": (bytes, "", "empty_file"),
    "random": (noise, "", "not_utf8"),
}


class Measuring:
    """The process that reads files and measures."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.properties.measured"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __call__(self, kind: str, path: Path) -> dict[str, Any]:
        stdin, stdout = self.process.stdin, self.process.stdout
        assert stdin
        assert stdout
        stdin.write(f"{kind}\t{path}\n")
        stdin.flush()
        told: dict[str, Any] = json.loads(stdout.readline())
        assert "failure" not in told, told["failure"]
        return told

    def close(self) -> None:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.close()
        self.process.wait(60)
        self.process.stdout.close()


@pytest.fixture(scope="module")
def measuring() -> Iterator[Measuring]:
    process = Measuring()
    yield process
    process.close()


def check(measuring: Measuring, path: Path, source: bytes, kind: str = "form") -> Any:
    """Read a file; return what was found in it, once it took little time and memory."""
    path.write_bytes(source)
    told = measuring(kind, path)
    assert told["seconds"] < SECONDS
    assert told["megabytes"] < MEGABYTES
    for *_, vietnamese, english in told["found"]:
        assert len(vietnamese) < LONGEST_SENTENCE > len(english)
        assert "{" not in vietnamese + english
    return told


@pytest.mark.parametrize("case", UNREADABLE)
def test_a_file_that_is_no_form_is_refused(case, measuring, tmp_path):
    name, make, key = UNREADABLE[case]
    told = check(measuring, tmp_path / name, make())
    assert [found[2] for found in told["found"]] == [key]


@pytest.mark.parametrize("case", TOO_MUCH)
def test_what_no_form_needs_is_refused_in_its_place(case, measuring, tmp_path):
    name, make, place = TOO_MUCH[case]
    told = check(measuring, tmp_path / name, make())
    assert tuple(told["found"][0][:3]) == place


@pytest.mark.parametrize("case", READABLE)
def test_a_form_may_be_as_large_as_the_limits(case, measuring, tmp_path):
    name, make = READABLE[case]
    told = check(measuring, tmp_path / name, make())
    assert told["sheets"] == ["survey"]
    assert {found[2] for found in told["found"]} <= {"duplicate_heading"}


@pytest.mark.parametrize("case", DATASETS)
def test_a_dataset_is_read_or_refused_in_its_place(case, measuring, tmp_path):
    make, cell, key = DATASETS[case]
    told = check(measuring, tmp_path / "tinh.csv", make(), "dataset")
    first = [tuple(found[:3]) for found in told["found"]][:1]
    assert first == ([("tinh.csv", cell, key)] if key else [])


def test_the_sentence_names_the_encoding(measuring, tmp_path):
    for case, encoding in (
        ("utf-16", "UTF-16"),
        ("tcvn3", "TCVN3"),
        ("windows-1258", "Windows-1258"),
    ):
        name, make, _ = UNREADABLE[case]
        told = check(measuring, tmp_path / name, make())
        assert all(encoding in sentence for sentence in told["found"][0][3:])


# --- any change to a file -------------------------------------------------------------------------

ROWS = [HEADINGS, *[("select_one ds", f"q{number}", f"Câu hỏi {number}") for number in range(9)]]
WORKBOOK = xlsx({"survey": ROWS, "choices": [("list_name", "name", "label"), ("ds", 1, "Có")]})
LINES = [("survey" if row is HEADINGS else "", *row) for row in ROWS]
SOURCES = {
    "a.xlsx": WORKBOOK,
    "a.xls": xls((r, c, text) for r, row in enumerate(ROWS) for c, text in enumerate(row)),
    "a.md": "\n".join(f"| {' | '.join(line)} |" for line in LINES).encode(),
    "a.csv": "\n".join(",".join(line) for line in LINES).encode(),
}
CHANGES = st.lists(
    st.tuples(st.floats(0, 1), st.integers(0, 30), st.binary(max_size=8)), min_size=1, max_size=8
)


def changed(source: bytes, changes: list[tuple[float, int, bytes]]) -> bytes:
    """Return bytes of which some were replaced by others, each at a part of the length."""
    for where, length, new in changes:
        at = int(where * len(source))
        source = source[:at] + new + source[at + length :]
    return source


def read_anyway(source: bytes, name: str) -> None:
    """Read a file; whatever is wrong with it must be told, in a text that can be sent."""
    try:
        told = repr(read_form(source, name))
    except FormErrors as errors:
        told = errors.errors[0].sentence("vi")
    assert told.encode()


@pytest.mark.parametrize("name", SOURCES)
@given(changes=CHANGES)
def test_any_damage_ends_with_a_sentence(name, changes):
    read_anyway(changed(SOURCES[name], changes), name)


@given(data=st.data(), changes=CHANGES)
def test_any_damage_inside_of_a_workbook_ends_with_a_sentence(data, changes):
    with ZipFile(BytesIO(WORKBOOK)) as file:
        parts = {name: file.read(name) for name in file.namelist()}
    name = data.draw(st.sampled_from(sorted(parts)))
    read_anyway(archive({**parts, name: changed(parts[name], changes)}), "a.xlsx")
