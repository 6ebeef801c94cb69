"""Edits on the sheets of a form: what they change, and what they leave alone."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from exports.xlsform import form_sheets
from forms import editing
from forms.text_sheets import TextSheets, heading_in
from tests.forms.forms import definition, shipped

FORM = """
| survey | type | name | label::Tiếng Việt (vi) | label::English (en) |
| | text | a | A | A |
| | begin group | g | G | G |
| | select_one l | b | B | B |
| | begin repeat | r | R | R |
| | text | c | C | C |
| | end repeat | | | |
| | end group | | | |
| | select_one l | d | D | D |
| | select_one m | e | E | E |
| choices | list_name | name | label::Tiếng Việt (vi) | label::English (en) |
| | l | 1 | Một | One |
| | l | 2 | Hai | Two |
| | m | 1 | Một | One |
"""


MOMENTS = """
| survey | type | name | label |
| | start | bat_dau | |
| | begin group | g | G |
| | end | ket_thuc | |
| | text | a | A |
| | end group | | |
"""


@pytest.fixture
def sheets() -> TextSheets:
    return form_sheets(definition(FORM))


def names(sheets: TextSheets) -> str:
    """Return the outline as a text: names, and brackets for groups."""
    signs = {"begin": "({}", "question": "{}", "end": ")"}
    return " ".join(signs[line.kind].format(line.name) for line in editing.outline(sheets))


def row(sheets: TextSheets, name: str) -> int:
    return next(line.row for line in editing.outline(sheets) if line.name == name)


def test_the_moment_of_sending_is_a_question_and_closes_nothing() -> None:
    assert names(form_sheets(definition(MOMENTS))) == "bat_dau (g ket_thuc a )"


def test_the_outline(sheets: TextSheets) -> None:
    assert names(sheets) == "a (g b (r c ) ) d e"
    depths = {line.name: line.depth for line in editing.outline(sheets) if line.name}
    assert depths == {"a": 0, "g": 0, "b": 1, "r": 1, "c": 2, "d": 0, "e": 0}
    assert editing.languages(sheets) == ("vi", "en")
    assert [editing.sharing(sheets, name) for name in ("l", "m", "")] == [2, 1, 0]


@pytest.mark.parametrize(
    ("name", "up", "after"),
    [
        ("a", True, "a (g b (r c ) ) d e"),
        ("a", False, "(g a b (r c ) ) d e"),
        ("b", True, "a b (g (r c ) ) d e"),
        ("b", False, "a (g (r b c ) ) d e"),
        ("c", True, "a (g b c (r ) ) d e"),
        ("c", False, "a (g b (r ) c ) d e"),
        ("d", True, "a (g b (r c ) d ) e"),
        ("g", True, "(g b (r c ) ) a d e"),
        ("g", False, "a d (g b (r c ) ) e"),
        ("r", False, "a (g b ) (r c ) d e"),
        ("e", False, "a (g b (r c ) ) d e"),
    ],
)
def test_moving_a_question_or_a_whole_group(
    sheets: TextSheets, name: str, up: bool, after: str
) -> None:
    assert names(editing.move(sheets, row(sheets, name), up=up)) == after


def test_moving_there_and_back_changes_nothing(sheets: TextSheets) -> None:
    for name in ("b", "g", "r", "d"):
        moved = editing.move(sheets, row(sheets, name), up=True)
        assert names(editing.move(moved, row(moved, name), up=False)) == names(sheets)


def test_a_question_takes_its_list_along_when_nobody_else_uses_it(sheets: TextSheets) -> None:
    without_e = editing.remove_question(sheets, row(sheets, "e"))
    assert names(without_e) == "a (g b (r c ) ) d"
    assert editing.choices_of(without_e, "m") == ()
    without_d = editing.remove_question(sheets, row(sheets, "d"))
    assert len(editing.choices_of(without_d, "l")) == 2


def test_adding_a_question_with_choices(sheets: TextSheets) -> None:
    heading = heading_in("label", "vi")
    choice = {"list_name": "f", "name": "x", heading: "Ích"}
    made = editing.add_question(
        sheets, row(sheets, "a"), {"type": "select_one f", "name": "f", heading: "F"}, [choice]
    )
    assert names(made) == "a f (g b (r c ) ) d e"
    assert [line.name for line in editing.choices_of(made, "f")] == ["x"]
    assert names(editing.add_question(sheets, -1, {"type": "text", "name": "z"})).startswith("z a")


def test_texts_change_and_blank_ones_go(sheets: TextSheets) -> None:
    label, hint = heading_in("label", "en"), heading_in("hint", "en")
    made = editing.change_question(sheets, row(sheets, "a"), {label: "", hint: "Help"})
    cells = editing.outline(made)[0].cells
    assert label not in cells
    assert cells[hint] == "Help"
    assert cells["name"] == "a"


def test_choices_are_added_moved_changed_and_removed(sheets: TextSheets) -> None:
    def listed(of: TextSheets) -> list[str]:
        return [line.name for line in editing.choices_of(of, "l")]

    made = editing.add_choice(sheets, "l", {"list_name": "l", "name": "3"})
    assert listed(made) == ["1", "2", "3"]
    last = editing.choices_of(made, "l")[-1].row
    assert listed(editing.move_choice(made, last, up=True)) == ["1", "3", "2"]
    assert listed(editing.move_choice(made, last, up=False)) == ["1", "2", "3"]
    assert listed(editing.remove_choice(made, last)) == ["1", "2"]
    changed = editing.change_choice(made, last, {heading_in("label", "vi"): "Ba"})
    assert editing.text_of(editing.choices_of(changed, "l")[-1].cells, "label", "vi") == "Ba"
    assert [line.name for line in editing.choices_of(made, "m")] == ["1"]


@pytest.mark.parametrize(
    ("label", "taken", "name"),
    [
        ("Số người dự", (), "so_nguoi_du"),
        ("Số người dự", ("so_nguoi_du",), "so_nguoi_du_2"),
        ("Số người dự", ("so_nguoi_du", "so_nguoi_du_2"), "so_nguoi_du_3"),
        ("1. Tên?", (), "c_1_ten"),
        ("???", (), "c"),
        ("x" * 90, (), "x" * 40),
        ("Thứ tự ưu tiên của đơn vị trong thời gian", (), "thu_tu_uu_tien_cua_don_vi_trong_thoi"),
        (
            "Thứ tự ưu tiên của đơn vị trong một ngày",
            (),
            "thu_tu_uu_tien_cua_don_vi_trong_mot_ngay",
        ),
    ],
)
def test_names_are_made_of_labels(label: str, taken: tuple[str, ...], name: str) -> None:
    assert editing.new_name(label, taken) == name


@pytest.mark.parametrize("act", [editing.remove_question, editing.remove_choice])
def test_an_edit_leaves_what_it_was_given(
    sheets: TextSheets, act: Callable[[TextSheets, int], TextSheets]
) -> None:
    before = form_sheets(definition(FORM))
    act(sheets, 0)
    assert dict(sheets) == dict(before)


def test_the_outline_of_a_shipped_form_is_its_tree() -> None:
    form = shipped("bao_cao_dot_1")
    shown = [line.name for line in editing.outline(form_sheets(form)) if line.kind != "end"]
    assert shown == list(form.places)
