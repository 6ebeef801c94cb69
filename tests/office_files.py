"""Files as offices send them, and some that only look like it; made here, byte by byte."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Mapping
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

from PIL import Image

PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<< >>\nendobj\n%%EOF\n"
PROGRAM = b"MZ\x90\x00\x03" + bytes(200)
OFFICE = "application/vnd.openxmlformats-officedocument."
MAIN = "{}.main+xml"
DOCX = f"{OFFICE}wordprocessingml.document"
XLSX = f"{OFFICE}spreadsheetml.sheet"
PPTX = f"{OFFICE}presentationml.presentation"
MAKER = "A camera"
ODT = "application/vnd.oasis.opendocument.text"


def archive(parts: Mapping[str, bytes], compression: int = ZIP_DEFLATED) -> bytes:
    """Return a ZIP archive."""
    written = io.BytesIO()
    with ZipFile(written, "w", compression) as opened:
        for name, content in parts.items():
            opened.writestr(name, content)
    return written.getvalue()


def office(*types: str, **parts: bytes) -> bytes:
    """Return an Office Open XML file that states these content types."""
    stated = "".join(f'<Override PartName="/p{i}" ContentType="{t}"/>' for i, t in enumerate(types))
    head = f'<?xml version="1.0"?><Types xmlns="urn:x">{stated}</Types>'.encode()
    return archive({"[Content_Types].xml": head, "_rels/.rels": b"<x/>", **parts})


def docx() -> bytes:
    """Return what passes for a Word document."""
    return office(MAIN.format(DOCX), "application/xml")


def opendocument(media_type: str, **parts: bytes) -> bytes:
    """Return an OpenDocument file."""
    stated = {"mimetype": media_type.encode(), "content.xml": b"<x/>"}
    return archive({**stated, **parts}, ZIP_STORED)


FREE, END = 0xFFFFFFFF, 0xFFFFFFFE


def compound(*names: str, first_sector: int = 1) -> bytes:
    """Return a compound file with these names at its root; its directory begins at a sector.

    [MS-CFB]: a header of 512 bytes, then sectors: here tables, the directory, and nothing else.
    """
    entries = [_entry("Root Entry", child=1 if names else FREE)]
    for number, name in enumerate(names, start=1):
        entries.append(_entry(name, after=number + 1 if number < len(names) else FREE))
    directory = b"".join(entries)
    sectors = -(-len(directory) // 512)
    last = first_sector + sectors
    tables = -(-(last + 1) // 128)
    # Tables stand behind the directory, and behind them the list of those that the header lacks.
    at = [last + index for index in range(tables)]
    follows = [FREE] * (128 * tables)
    for sector in range(first_sector, last):
        follows[sector] = sector + 1 if sector + 1 < last else END
    more = at[109:]
    content = bytearray(512 * (1 + last + tables + len(more[:1])))
    content[:8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    struct.pack_into("<HHHHH", content, 24, 0x3E, 3, 0xFFFE, 9, 6)
    struct.pack_into("<I", content, 44, tables)
    struct.pack_into("<I", content, 48, first_sector)
    struct.pack_into("<I", content, 68, last + tables if more else END)
    struct.pack_into("<109I", content, 76, *(at + [FREE] * 109)[:109])
    if more:
        _put(content, last + tables, [*more, *[FREE] * (127 - len(more)), END])
    for index, sector in enumerate(at):
        _put(content, sector, follows[128 * index : 128 * (index + 1)])
    start = 512 * (first_sector + 1)
    content[start : start + len(directory)] = directory
    return bytes(content)


def _put(content: bytearray, sector: int, numbers: list[int]) -> None:
    struct.pack_into("<128I", content, 512 * (sector + 1), *numbers)


def _entry(name: str, child: int = FREE, after: int = FREE) -> bytes:
    written = name.encode("utf-16-le")
    entry = bytearray(128)
    entry[: len(written)] = written
    struct.pack_into("<HBB", entry, 64, len(written) + 2, 2, 1)
    struct.pack_into("<III", entry, 68, FREE, after, child)
    return bytes(entry)


def picture(
    size: tuple[int, int] = (60, 40), kind: str = "PNG", mode: str = "RGB", **options: object
) -> bytes:
    """Return a picture whose left half is red and whose right half is blue."""
    drawn = Image.new("RGB", size, (255, 0, 0))
    drawn.paste((0, 0, 255), (size[0] // 2, 0, *size))
    written = io.BytesIO()
    # There is no way from colours straight to greys of 16 bits.
    (drawn.convert("L") if mode == "I;16" else drawn).convert(mode).save(written, kind, **options)
    return written.getvalue()


def photograph() -> bytes:
    """Return a JPEG as a telephone makes it: turned, and with the place where it was taken."""
    told = Image.Exif()
    told[0x0112] = 6
    told[0x010F] = MAKER
    told.get_ifd(0x8825)[2] = (10.0, 0.0, 45.0)
    return picture((60, 40), "JPEG", exif=told, comment=b"<script>alert(1)</script>")


def bomb(width: int, height: int) -> bytes:
    """Return a PNG of a few bytes that says that it has so many pixels."""
    head = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    real = picture((1, 1))
    return real[:12] + head + struct.pack(">I", zlib.crc32(head)) + real[33:]
