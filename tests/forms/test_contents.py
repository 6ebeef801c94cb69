"""What a file is, is told by what is in it."""

from __future__ import annotations

import io
import shutil
import struct
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from zipfile import ZIP_LZMA

import openpyxl
import pytest

from forms.contents import CONTENTS, USUAL_ENDINGS, ContentError, content_of
from forms.formats.compound import CompoundError, root_names
from tests.office_files import (
    DOCX,
    MAIN,
    ODT,
    OFFICE,
    PDF,
    PPTX,
    PROGRAM,
    XLSX,
    archive,
    bomb,
    compound,
    docx,
    office,
    opendocument,
    photograph,
    picture,
)

SOFFICE = shutil.which("soffice")


def ending(content: bytes) -> str:
    return content_of(io.BytesIO(content)).endings[0]


def why(content: bytes) -> str:
    with pytest.raises(ContentError) as caught:
        content_of(io.BytesIO(content))
    return caught.value.why


def workbook() -> bytes:
    written = io.BytesIO()
    openpyxl.Workbook().save(written)
    return written.getvalue()


@pytest.mark.parametrize(
    ("content", "wanted"),
    [
        (PDF, ".pdf"),
        (docx(), ".docx"),
        (workbook(), ".xlsx"),
        (office(MAIN.format(PPTX)), ".pptx"),
        (opendocument(ODT), ".odt"),
        (opendocument("application/vnd.oasis.opendocument.spreadsheet"), ".ods"),
        (opendocument("application/vnd.oasis.opendocument.presentation"), ".odp"),
        (compound("\x01CompObj", "WordDocument", "1Table"), ".doc"),
        (compound("Workbook"), ".xls"),
        (compound("Book"), ".xls"),
        (compound("Book", "Workbook"), ".xls"),
        (picture(), ".png"),
        (photograph(), ".jpg"),
    ],
)
def test_a_file_is_known_by_its_content(content: bytes, wanted: str) -> None:
    assert ending(content) == wanted
    assert wanted in USUAL_ENDINGS


@pytest.mark.skipif(SOFFICE is None, reason="LibreOffice is not installed")
@pytest.mark.parametrize(("kind", "wanted"), [("xls", ".xls"), ("ods", ".ods")])
def test_what_libreoffice_writes_is_known(kind: str, wanted: str, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    command = [str(SOFFICE), "--headless", f"-env:UserInstallation=file://{tmp_path}/profile"]
    command += ["--convert-to", kind, "--outdir", str(tmp_path), str(tmp_path / "a.csv")]
    subprocess.run(command, check=True, capture_output=True)
    assert ending((tmp_path / f"a.{kind}").read_bytes()) == wanted


@pytest.mark.parametrize(
    "content",
    [
        b"",
        PROGRAM,
        b"#!/bin/sh\n",
        b"<html><script>alert(1)</script>",
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        b"GIF89a" + bytes(50),
        PROGRAM + PDF,
        b"  " + PDF,
        b"PK\x03\x04",
        archive({"a.exe": PROGRAM}),
        PROGRAM + docx(),
        office(f"{OFFICE}wordprocessingml.template.main+xml"),
        office(MAIN.format(DOCX), MAIN.format(XLSX)),
        archive({"[Content_Types].xml": b'ContentType="\xff"'}),
        archive({"[Content_Types].xml": bytes(2_000_000)}),
        archive({"mimetype": ODT.encode()}, ZIP_LZMA),
        opendocument("application/vnd.oasis.opendocument.graphics"),
        docx()[:-30],
        compound("PowerPoint Document"),
        compound("WordDocument", "Workbook"),
        compound(),
        compound("WordDocument")[:700],
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        b"\x89PNG\r\n\x1a\n",
        b"\xff\xd8\xff\xe0" + bytes(100),
        b"\xff\xd8\xff" + picture(),
    ],
)
def test_what_nobody_should_send_is_unknown(content: bytes) -> None:
    assert why(content) == "unknown"


@pytest.mark.parametrize(
    "content",
    [
        office("application/vnd.ms-word.document.macroEnabled.main+xml"),
        office("application/vnd.ms-excel.sheet.macroEnabled.main+xml"),
        office("application/vnd.ms-excel.sheet.binary.macroEnabled.main"),
        office(MAIN.format(DOCX), "application/vnd.ms-office.vbaProject"),
        office(MAIN.format(DOCX), **{"word/vbaProject.bin": b"x"}),
        office(MAIN.format(DOCX), **{"word\\VBAPROJECT.BIN": b"x"}),
        office(MAIN.format(XLSX), **{"xl/macrosheets/sheet1.xml": b"x"}),
        opendocument(ODT, **{"Basic/Standard/Module1.xml": b"x"}),
        opendocument(ODT, **{"Scripts/python/a.py": b"x"}),
        compound("WordDocument", "Macros"),
        compound("Workbook", "_VBA_PROJECT_CUR"),
    ],
)
def test_a_document_with_macros_is_refused(content: bytes) -> None:
    assert why(content) == "macros"


def test_a_document_with_a_password_is_told_from_others() -> None:
    assert why(compound("EncryptionInfo", "EncryptedPackage")) == "password"


def test_a_picture_is_refused_before_it_is_unpacked() -> None:
    assert ending(bomb(8000, 9000)) == ".png"
    assert why(bomb(9000, 9000)) == "pixels"
    assert why(bomb(10_000, 10_000)) == "pixels"
    assert why(bomb(60_000, 60_000)) == "pixels"


def test_an_archive_with_a_huge_directory_is_refused_unread() -> None:
    """400,000 entries of 47 bytes would take ten seconds and 200 MB."""
    entry = b"PK\x01\x02" + bytes(24) + struct.pack("<H", 1) + bytes(16) + b"a"
    beginning = b"PK\x03\x04" + bytes(40)
    directory = entry * 400_000
    end = struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, 9, 9, len(directory), len(beginning), 0)
    started = time.process_time()
    assert why(beginning + directory + end) == "unknown"
    assert time.process_time() - started < 0.5


def test_a_compound_file_is_read_however_far_its_directory_is() -> None:
    names = {f"Storage {number}" for number in range(50)} | {"WordDocument"}
    for sector in (1, 500, 15_000):
        content = compound(*sorted(names), first_sector=sector)
        assert root_names(io.BytesIO(content)) == names


def test_a_compound_file_that_goes_round_in_circles_comes_to_an_end() -> None:
    content = bytearray(compound("WordDocument", "1Table"))
    struct.pack_into("<I", content, 512 * 2 + 128 * 2 + 72, 1)
    assert root_names(io.BytesIO(content)) == {"WordDocument", "1Table"}
    struct.pack_into("<I", content, 512 * 3 + 4, 1)
    started = time.process_time()
    with pytest.raises(CompoundError):
        root_names(io.BytesIO(content))
    assert time.process_time() - started < 1


def test_no_beginning_of_a_file_is_a_surprise() -> None:
    for whole in (docx(), compound("Workbook"), picture(), photograph(), opendocument(ODT)):
        for length in range(0, len(whole), 37):
            with suppress(ContentError):
                content_of(io.BytesIO(whole[:length]))


@pytest.mark.parametrize(
    ("content", "name", "wanted"),
    [
        (PDF, "a.pdf", "a.pdf"),
        (PDF, "a.PDF", "a.PDF"),
        (photograph(), "anh.jpeg", "anh.jpeg"),
        (picture(), "anh.jpg", "anh.png"),
        (PDF, "bao_cao.exe", "bao_cao.exe.pdf"),
        (PDF, "Báo cáo số 12.2021", "Báo cáo số 12.2021.pdf"),
        (docx(), "a.docm", "a.docm.docx"),
        (docx(), "", ".docx"),
    ],
)
def test_a_name_says_what_the_file_is(content: bytes, name: str, wanted: str) -> None:
    assert content_of(io.BytesIO(content)).named(name) == wanted


def test_a_question_takes_what_it_names_by_any_ending_of_the_type() -> None:
    jpeg = content_of(io.BytesIO(photograph()))
    assert jpeg.allows(())
    assert jpeg.allows((".pdf", ".JPEG"))
    assert not jpeg.allows((".pdf", ".png"))
    assert all(content.allows(USUAL_ENDINGS) for content in CONTENTS)
