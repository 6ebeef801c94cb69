"""Two revisions side by side, in words: what is marked, and what cannot be seen."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from markupsafe import Markup

from forms.changes import Side
from tests.forms.forms import definition
from views.comparing import Compared, ComparedLine, compared_sections, marked_words

FORM = definition("""
    | survey | type | name | label | appearance |
    | | begin group | a | Mục A | |
    | | begin group | b | Biểu | matrix |
    | | begin group | r1 | Hội nghị | |
    | | integer | c1 | Số cuộc | |
    | | integer | c2 | Lượt người | |
    | | end group | | | |
    | | begin group | r2 | Sinh hoạt | |
    | | integer | d1 | Số cuộc | |
    | | integer | d2 | Lượt người | |
    | | end group | | | |
    | | end group | | | |
    | | text | dien_thoai | Điện thoại | contact |
    | | file | tep | Tệp | |
    | | end group | | | |
    | | begin group | z | Mục Z | |
    | | text | y | Ý kiến | |
    | | end group | | | |
    """)


def lines(old: Any, new: Any, **options: Any) -> list[tuple[str, str, str, str]]:
    sections = compared_sections(
        Compared(Side(FORM, old), names={"i1": "a.pdf", "i2": "a.pdf"}),
        Compared(Side(FORM, new), names={"i1": "a.pdf", "i2": "a.pdf"}),
        "vi",
        **options,
    )
    found = [line for section in sections for line in section.lines]
    return [
        (line.label, str(line.old), str(line.new), line.kind)
        for line in found
        if isinstance(line, ComparedLine)
    ]


def test_words_that_changed_are_marked_and_others_are_not() -> None:
    assert marked_words("giao 12 cuộc", "giao 15 cuộc <b>") == (
        "giao <del>12</del> cuộc",
        "giao <ins>15</ins> cuộc<ins> &lt;b&gt;</ins>",
    )


def test_one_side_may_be_blank() -> None:
    assert marked_words("", "mới") == (Markup(""), "<ins>mới</ins>")


def test_very_long_texts_are_marked_as_a_whole() -> None:
    long = "a " * 5_000
    assert marked_words(long, "b") == (f"<del>{long}</del>", "<ins>b</ins>")


@pytest.fixture(autouse=True)
def in_vietnamese(app: Flask) -> Any:
    with app.test_request_context():
        yield


def test_a_cell_of_a_table_is_named_by_its_row_and_column() -> None:
    assert lines({"c1": 1200, "d2": 5}, {"c1": 1300, "d2": 5}) == [
        ("Hội nghị: Số cuộc", "<del>1.200</del>", "<ins>1.300</ins>", "changed")
    ]


def test_what_is_the_same_is_shown_on_request() -> None:
    same = {"c1": 1, "y": "Tốt"}
    assert lines(same, same) == []
    assert lines(same, same, everything=True) == [
        ("Hội nghị: Số cuộc", "1", "1", "same"),
        ("Ý kiến", "Tốt", "Tốt", "same"),
    ]


@pytest.mark.parametrize("contacts", [True, False])
def test_how_to_reach_somebody_is_compared_only_for_those_who_may_know(contacts: bool) -> None:
    found = lines({"dien_thoai": "0912"}, {"dien_thoai": "0913"}, contacts=contacts)
    assert bool(found) is contacts


def test_another_file_of_the_same_name_is_a_change() -> None:
    assert lines({"tep": "i1"}, {"tep": "i2"}) == [
        ("Tệp", "<del>a.pdf</del>", "<ins>a.pdf</ins>", "changed")
    ]


def test_explanations_are_compared_too() -> None:
    sections = compared_sections(
        Compared(Side(FORM, {}), {"tang": "Sáp nhập."}),
        Compared(Side(FORM, {}), {"tang": "Sáp nhập xã."}),
        "vi",
    )
    ((line,),) = [section.lines for section in sections]
    assert isinstance(line, ComparedLine)
    assert (line.old, line.new) == ("Sáp <del>nhập.</del>", "Sáp <ins>nhập xã.</ins>")
