"""What a file is by its first bytes, whatever its name says."""

from __future__ import annotations

# Proper names, which are the same in every language.
_SIGNS = (
    (b"PK\x03\x04", "ZIP"),
    (b"PK\x05\x06", "ZIP"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "Excel .xls, Word .doc"),
    (b"%PDF", "PDF"),
    (b"{\\rtf", "RTF"),
    (b"\x89PNG", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"GIF8", "GIF"),
    (b"Rar!", "RAR"),
    (b"7z\xbc\xaf\x27\x1c", "7-Zip"),
    (b"\x1f\x8b", "GZIP"),
    (b"MZ", "EXE"),
)
_TEXT_SIGNS = (
    (b"<!doctype html", "HTML"),
    (b"<html", "HTML"),
    (b"<?xml", "XML"),
    (b"mime-version:", "MHTML"),
)
_HEAD = 500


def kind_of(source: bytes) -> str:
    """Return the name of the kind of file that the bytes are, or an empty string.

    Office files are told apart elsewhere: here a workbook is a ZIP archive or an OLE file.
    """
    text = source[:_HEAD].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    binary = next((name for sign, name in _SIGNS if source.startswith(sign)), "")
    return binary or next((name for sign, name in _TEXT_SIGNS if text.startswith(sign)), "")
