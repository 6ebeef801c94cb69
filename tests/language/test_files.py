"""Downloads keep their Vietnamese names, and no name can do harm."""

import unicodedata

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


@given(st.text(st.characters(codec=None)))
def test_any_name_makes_a_safe_header(name: str) -> None:
    header = content_disposition(name)
    assert header.isascii()
    assert header.isprintable()
    assert header.count('"') == 2
    assert 0 < len(shown_name(name)) <= 150
    assert shown_name(shown_name(name)) == shown_name(name)
