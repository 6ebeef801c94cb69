"""Downloads keep their Vietnamese names, and no name can do harm."""

import re
import unicodedata
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from language.files import content_disposition, show_size, shown_name


def test_a_download_keeps_its_accents_and_its_d() -> None:
    expected = (
        'attachment; filename="tong hop dot 1.xlsx"; '
        "filename*=UTF-8''T%E1%BB%95ng%20h%E1%BB%A3p%20%C4%90%E1%BB%A3t%201.xlsx"
    )
    assert content_disposition("Tổng hợp Đợt 1.xlsx") == expected
    assert content_disposition(unicodedata.normalize("NFD", "Tổng hợp Đợt 1.xlsx")) == expected


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Kế hoạch.docx", "Kế hoạch.docx"),
        ("a/b\\c:d.pdf", "a-b-c-d.pdf"),
        ("../../etc/passwd", "-..-etc-passwd"),
        ("  ", "không tên"),
        ("..", "không tên"),
        ("ảnh\u202egpj.exe", "ảnh-gpj.exe"),
        ("tệp\x00.pdf", "tệp-.pdf"),
    ],
)
def test_reserved_signs_are_replaced(name: str, shown: str) -> None:
    assert shown_name(name) == shown


@pytest.mark.parametrize(
    ("size", "shown"),
    [(1, "1 KB"), (3_500_000, "3,4 MB"), (2**30 - 1, "1.024 MB"), (77_306_000_000, "72 GB")],
)
def test_a_size_has_the_unit_that_fits(size: int, shown: str) -> None:
    assert show_size(size) == shown


def test_a_long_name_keeps_its_suffix() -> None:
    shown = shown_name("Đợt " * 100 + ".xlsx")
    assert len(shown) <= 150
    assert shown.endswith(".xlsx")


@pytest.mark.parametrize(
    ("name", "plain", "kept"),
    [
        ("Đặng Đình Đức đã đọc.pdf", "dang dinh duc da doc.pdf", "Đặng Đình Đức đã đọc.pdf"),
        ('Báo cáo "Đợt 1".docx', "bao cao -dot 1-.docx", "Báo cáo -Đợt 1-.docx"),
        ("Ban's 50% “đạt”; tốt.xlsx", "ban's 50% dat; tot.xlsx", "Ban's 50% “đạt”; tốt.xlsx"),
        ("bao-cao.xlsx", "bao-cao.xlsx", "bao-cao.xlsx"),
    ],
)
def test_a_reader_of_either_part_finds_the_name(name: str, plain: str, kept: str) -> None:
    assert read_back(content_disposition(name)) == (plain, kept)


def read_back(header: str) -> tuple[str, str]:
    """Return both names of a header, as RFC 6266 reads it: a quoted one, and one in UTF-8."""
    found = re.fullmatch(
        r"attachment; filename=\"([^\"\\]*)\"; filename\*=UTF-8''([A-Za-z0-9%!#$&+.^_`|~-]*)",
        header,
    )
    assert found, header
    return found[1], unquote(found[2], errors="strict")


@pytest.mark.parametrize("sign", ["ự", "đ", "a", "😀", "e\u0301"])
def test_a_long_name_fits_into_every_file_system(sign: str) -> None:
    plain, kept = read_back(content_disposition(sign * 300 + ".xlsx"))
    assert len(kept.encode()) <= 240
    assert len(kept) >= 60
    assert kept.endswith(".xlsx")
    assert kept.removesuffix(".xlsx").strip(unicodedata.normalize("NFC", sign)) == ""
    assert plain.endswith(".xlsx")


@given(st.text(st.characters(codec=None)))
def test_any_name_makes_a_safe_header(name: str) -> None:
    header = content_disposition(name)
    assert header.isascii()
    assert 0 < len(read_back(header)[1].encode()) <= 240
    assert header.isprintable()
    assert header.count('"') == 2
    assert 0 < len(shown_name(name)) <= 150
    assert shown_name(shown_name(name)) == shown_name(name)
