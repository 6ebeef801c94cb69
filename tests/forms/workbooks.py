"""Workbooks written by hand, byte by byte where it matters: what Excel would never write too."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping
from io import BytesIO
from typing import Any
from xml.sax.saxutils import escape, quoteattr
from zipfile import ZIP_DEFLATED, ZipFile

import xlsxwriter

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
HEADINGS = ("type", "name", "label")


def xlsx(sheets: Mapping[str, Iterable[Iterable[Any]]]) -> bytes:
    """Return a workbook as a program writes it; each sheet is its rows of cells."""
    stream = BytesIO()
    with xlsxwriter.Workbook(stream, {"strings_to_formulas": False}) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
    return stream.getvalue()


def cells(*rows: Iterable[str]) -> str:
    """Return rows of texts as the XML of a sheet, without addresses."""
    return "".join(
        "<row>"
        + "".join(f"<c t='inlineStr'><is><t>{escape(t)}</t></is></c>" for t in row)
        + "</row>"
        for row in rows
    )


def sheet_xml(content: str, head: str = "") -> str:
    """Return the part of a sheet; `head` comes before its root."""
    root = f"<worksheet xmlns='{MAIN}'><sheetData>{content}</sheetData></worksheet>"
    return f"<?xml version='1.0'?>{head}{root}"


def raw_xlsx(
    sheets: Mapping[str, str | bytes],
    *,
    states: Mapping[str, str] | None = None,
    shared: str = "",
    styles: str = "",
    workbook_head: str = "",
    more: Mapping[str, bytes] | None = None,
) -> bytes:
    """Return a workbook of parts: each sheet is its whole XML."""
    entries, relations, parts = [], [], dict(more or {})
    for number, (name, content) in enumerate(sheets.items(), start=1):
        state = (states or {}).get(name, "visible")
        entries.append(
            f"<sheet name={quoteattr(name)} sheetId='{number}' state='{state}' r:id='r{number}'/>"
        )
        relations.append(_relation(f"r{number}", "worksheet", f"worksheets/sheet{number}.xml"))
        parts[f"xl/worksheets/sheet{number}.xml"] = _bytes(content)
    for kind, content in (("sharedStrings", shared), ("styles", styles)):
        if content:
            relations.append(_relation(kind, kind, f"{kind}.xml"))
            parts[f"xl/{kind}.xml"] = _bytes(content)
    workbook = f"{workbook_head}<workbook xmlns='{MAIN}' xmlns:r='{OFFICE}'><sheets>"
    parts["xl/workbook.xml"] = _bytes(workbook + "".join(entries) + "</sheets></workbook>")
    parts["xl/_rels/workbook.xml.rels"] = _relations(relations)
    parts["_rels/.rels"] = _relations([_relation("r", "officeDocument", "xl/workbook.xml")])
    return archive(parts)


def survey(content: str, **parts: Any) -> bytes:
    """Return a workbook of one survey sheet: three headings, and then `content`."""
    return raw_xlsx({"survey": sheet_xml(cells(HEADINGS) + content)}, **parts)


def archive(parts: Mapping[str, bytes], method: int = ZIP_DEFLATED) -> bytes:
    """Return a ZIP archive of parts."""
    stream = BytesIO()
    with ZipFile(stream, "w", method) as file:
        for name, content in parts.items():
            file.writestr(name, content)
    return stream.getvalue()


def _bytes(content: str | bytes) -> bytes:
    return content.encode() if isinstance(content, str) else content


def _relation(identifier: str, kind: str, target: str) -> str:
    return f"<Relationship Id='{identifier}' Type='{OFFICE}/{kind}' Target='{target}'/>"


def _relations(relations: Iterable[str]) -> bytes:
    return f"<Relationships xmlns='{PACKAGE}'>{''.join(relations)}</Relationships>".encode()


# --- .xls -----------------------------------------------------------------------------------------


def xls(rows: Iterable[tuple[int, int, str | float]], name: str = "survey") -> bytes:
    """Return an .xls (BIFF8) of one sheet with cells at the given rows and columns, from 0."""
    head = _record(0x809, struct.pack("<HHHHII", 0x600, 5, 0, 0, 0, 6))
    body = _record(0x809, struct.pack("<HHHHII", 0x600, 0x10, 0, 0, 0, 6))
    body += b"".join(_xls_cell(*cell) for cell in rows) + _record(0x0A)
    title = struct.pack("<BB", len(name), 1) + name.encode("utf-16-le")
    offset = len(head) + 4 + 6 + len(title) + 4
    bound = _record(0x85, struct.pack("<IBB", offset, 0, 0) + title)
    return ole(head + bound + _record(0x0A) + body)


def _record(kind: int, content: bytes = b"") -> bytes:
    return struct.pack("<HH", kind, len(content)) + content


def _xls_cell(row: int, column: int, value: str | float) -> bytes:
    place = struct.pack("<HHH", row, column, 0)
    if isinstance(value, str):
        text = struct.pack("<HB", len(value), 1) + value.encode("utf-16-le")
        return _record(0x204, place + text)
    return _record(0x203, place + struct.pack("<d", value))


_SECTOR, _FREE, _CHAIN_END, _TABLE = 512, 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD


def ole(stream: bytes, name: str = "Workbook") -> bytes:
    """Return an OLE file ([MS-CFB]) of one stream."""
    stream = stream.ljust(max(4096, -(-len(stream) // _SECTOR) * _SECTOR), b"\0")
    count = len(stream) // _SECTOR
    tables = -(-(count + 1) // (_SECTOR // 4 - 1))
    chain = [*range(1, count), _CHAIN_END, _CHAIN_END, *[_TABLE] * tables]
    chain += [_FREE] * (tables * _SECTOR // 4 - len(chain))
    directory = _entry("Root Entry", 5, 1, _CHAIN_END, 0) + _entry(name, 2, _FREE, 0, len(stream))
    first = [count + 1 + number for number in range(tables)][:109]
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    header += struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    header += struct.pack("<IIIIIIIII", 0, tables, count, 0, 4096, _CHAIN_END, 0, _CHAIN_END, 0)
    header += struct.pack("<109I", *first, *[_FREE] * (109 - len(first)))
    table = struct.pack(f"<{len(chain)}I", *chain)
    return header + stream + directory.ljust(_SECTOR, b"\0") + table


def _entry(name: str, kind: int, child: int, start: int, size: int) -> bytes:
    text = name.encode("utf-16-le") + b"\0\0"
    head = text.ljust(64, b"\0") + struct.pack("<HBB", len(text), kind, 1)
    links = struct.pack("<III", _FREE, _FREE, child) + bytes(36)
    return head + links + struct.pack("<IQ", start, size)
