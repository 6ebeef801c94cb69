"""Text that enters is one clean form, searchable without accents, and free of foreign signs."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from language.text import clean, clean_lines, fold, forbidden_character, legacy_encoding


def nfd(text: str) -> str:
    return unicodedata.normalize("NFD", text)


def test_decomposed_text_is_composed() -> None:
    assert len(nfd("Đợt")) == 5
    assert clean(nfd("Đợt 1")) == "Đợt 1"
    assert len(clean(nfd("Đợt"))) == 3


@pytest.mark.parametrize(
    ("typed", "cleaned"),
    [
        ("  Huyện\u00a0Giồng \t Riềng ", "Huyện Giồng Riềng"),
        ("Hà\u200b Ti\ufeffên", "Hà Tiên"),
        ("1\u202f234", "1 234"),
        ("một\r\nhai\vba", "một hai ba"),
        ("½ m² Ａ", "½ m² Ａ"),
        ("hòa hoà ủy uỷ", "hòa hoà ủy uỷ"),
        (" \r\n ", ""),
    ],
)
def test_clean_repairs_pastes_and_changes_nothing_else(typed: str, cleaned: str) -> None:
    assert clean(typed) == cleaned


def test_clean_lines_keeps_line_breaks() -> None:
    assert clean_lines("\r\n một  hai \r\n\r\nba\u2028bốn\t\r\n") == "một hai\n\nba\nbốn"


@given(st.text())
def test_cleaning_twice_changes_nothing(text: str) -> None:
    assert clean(clean(text)) == clean(text)
    assert clean_lines(clean_lines(text)) == clean_lines(text)
    assert "\n" not in clean(text)


@given(st.text())
def test_decomposed_and_composed_text_are_the_same(text: str) -> None:
    assert clean(nfd(text)) == clean(unicodedata.normalize("NFC", text))
    assert fold(nfd(text)) == fold(unicodedata.normalize("NFC", text))


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Đảng ủy", "dang uy"),
        (nfd("ĐẢNG UỶ"), "dang uy"),
        ("Hoà", "hoa"),
        ("Hòa", "hoa"),
        ("Thị trấn Thứ Mười Một", "thi tran thu muoi mot"),
        ("Huyện ủy AN BIÊN", "huyen uy an bien"),
    ],
)
def test_fold_drops_marks_and_case(text: str, folded: str) -> None:
    assert fold(text) == folded


@pytest.mark.parametrize(
    ("text", "font", "encoding"),
    [
        ("Uû ban nh©n d©n", "", "TCVN3"),
        ("®ång chÝ", "", "TCVN3"),
        ("TrÇn ThÞ BÐ", "", "TCVN3"),
        ("x", ".VnTime", "TCVN3"),
        ("UY BAN", ".VNTIMEH", "TCVN3"),
        ("Uûy ban nhaân daân tænh", "", "VNI"),
        ("UY BAN", "VNI-Times", "VNI"),
        ("Traàn Thò Beù", "", "VNI"),
        ("Leâ Vaên Taùm", "", "VNI"),
    ],
)
def test_legacy_encodings_are_recognised(text: str, font: str, encoding: str) -> None:
    assert legacy_encoding(text, font) == encoding


@pytest.mark.parametrize(
    "text",
    [
        "Ủy ban nhân dân tỉnh Kiên Giang",
        "Xã Hòn Nghệ",
        "đồng chí Nguyễn Thúy Oanh",
        "huyện Giồng Riềng",
        "hoàn thành 100%, Quý III",
        "khoáng sản",
        "hoà bình, xoè ô, toà án, thuý",
        "3a×4b",
        "theo 02 đợt¹:",
        "Microsoft® Office",
        "© Ban",
        "",
    ],
)
def test_unicode_text_raises_no_alarm(text: str) -> None:
    assert legacy_encoding(text) is None
    assert legacy_encoding(nfd(text)) is None


@pytest.mark.parametrize(
    "sign",
    ["\x00", "\x07", "\x7f", "\x85", "\r", chr(0xD800), "\ufffd", "\ufffe", "\ufdd0", "\U0010ffff"],
)
def test_forbidden_characters_are_named(sign: str) -> None:
    assert forbidden_character(f"Đợt 1{sign}\x00") == sign


def test_ordinary_text_has_no_forbidden_character() -> None:
    assert forbidden_character("Đợt 1\n\t“Ễ” ₫ 😀") is None
