"""Workbooks as a reader sees them: read back by openpyxl, recalculated by LibreOffice."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET
from zipfile import ZipFile

from openpyxl import Workbook, load_workbook

from exports.cells import Sheet
from exports.tables import Consolidation, build_sheets
from exports.workbook import Document, write_workbook
from tests.exports.campaigns import EXPORTED_AT

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
SOFFICE = shutil.which("soffice")
# Without this setting LibreOffice shows the values that stand in the file.
RECALCULATE_ALWAYS = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load">
<prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>0</value></prop>
</item></oor:items>
"""


@dataclass(frozen=True)
class FormulaCell:
    """A formula where it stands, with the value that was stored with it."""

    sheet: str
    address: str
    formula: str
    stored: Any


def write(consolidation: Consolidation) -> bytes:
    """Return the workbook of a campaign."""
    document = Document(consolidation.title, consolidation.board_name, consolidation.exported_at)
    return write_workbook(build_sheets(consolidation), document)


def written(sheet: Sheet) -> bytes:
    """Return a workbook of one sheet."""
    from_campaign = Document("Biểu", "Ban", EXPORTED_AT)
    return write_workbook((sheet,), from_campaign)


def values(book: bytes) -> Workbook:
    """Return the workbook with the values that stand in the file."""
    return load_workbook(BytesIO(book), data_only=True)


def formulas(book: bytes) -> list[FormulaCell]:
    """Return every formula of the workbook, read from its parts: openpyxl would read it twice."""
    with ZipFile(BytesIO(book)) as archive:
        names = load_workbook(BytesIO(book), read_only=True).sheetnames
        return [
            formula
            for number, name in enumerate(names, start=1)
            for formula in _formulas(name, archive.read(f"xl/worksheets/sheet{number}.xml"))
        ]


def _formulas(sheet: str, part: bytes) -> Iterator[FormulaCell]:
    for cell in ET.fromstring(part).iter(f"{MAIN}c"):  # noqa: S314 - a file of our own
        formula = cell.findtext(f"{MAIN}f")
        if formula is not None:
            text = cell.findtext(f"{MAIN}v") or ""
            stored = text if cell.get("t") == "str" or not text else float(text)
            yield FormulaCell(
                sheet, str(cell.get("r")), f"={formula}", None if stored == "" else stored
            )


def recalculated(book: bytes, folder: Path) -> Workbook:
    """Return the workbook with the values that LibreOffice computes anew, in `folder`."""
    return all_recalculated([book], folder)[0]


def all_recalculated(books: Sequence[bytes], folder: Path) -> list[Workbook]:
    """Return the workbooks with the values that LibreOffice, started once, computes anew."""
    profile, before, after = folder / "profile", folder / "before", folder / "after"
    (profile / "user").mkdir(parents=True, exist_ok=True)
    (profile / "user" / "registrymodifications.xcu").write_text(RECALCULATE_ALWAYS)
    before.mkdir(exist_ok=True)
    sources = [before / f"{number}.xlsx" for number in range(len(books))]
    for source, book in zip(sources, books, strict=True):
        source.write_bytes(book)
    subprocess.run(
        [
            str(SOFFICE),
            f"-env:UserInstallation=file://{profile}",
            "--headless",
            "--convert-to",
            "xlsx:Calc MS Excel 2007 XML",
            "--outdir",
            str(after),
            *map(str, sources),
        ],
        check=True,
        capture_output=True,
        timeout=500,
    )
    return [load_workbook(after / source.name, data_only=True) for source in sources]
