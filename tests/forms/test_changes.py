"""What differs between two reports: answers, rows of repeats, cells, and versions of the form."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from forms.changes import Change, RepeatChange, Side, aligned, compare_answers
from tests.forms.forms import definition

OLD = definition("""
    | survey | type | name | label |
    | | begin group | a | A |
    | | integer | so | Số |
    | | text | cu | Câu cũ |
    | | text | chu | Chữ |
    | | end group | | |
    | | begin repeat | van_ban | Văn bản |
    | | text | ky_hieu | Ký hiệu |
    | | date | ngay | Ngày |
    | | end repeat | | |
    """)
NEW = definition("""
    | survey | type | name | label |
    | | begin group | a | A |
    | | text | moi | Câu mới |
    | | integer | so | Số |
    | | text | chu | Chữ |
    | | end group | | |
    | | begin repeat | van_ban | Văn bản |
    | | text | ky_hieu | Ký hiệu |
    | | text | nguoi_ky | Người ký |
    | | end repeat | | |
    """)


def changes(old: Any, new: Any) -> list[tuple[str, str]]:
    """Return the answers outside of repeats with what happened to each."""
    sections = compare_answers(old, new)
    parts = [part for section in sections for part in section.parts]
    return [(p.question.name, p.kind) for p in parts if isinstance(p, Change)]


def rows(old: Any, new: Any) -> list[tuple[int | None, int | None, str]]:
    sections = compare_answers(old, new)
    (repeat,) = [p for s in sections for p in s.parts if isinstance(p, RepeatChange)]
    return [(row.old_number, row.new_number, row.kind) for row in repeat.rows]


def test_answers_are_added_changed_taken_away_and_kept() -> None:
    old = Side(OLD, {"so": 1, "cu": "x", "chu": "a"})
    new = Side(OLD, {"so": 2, "chu": "a"})
    assert changes(old, new) == [("so", "changed"), ("cu", "removed"), ("chu", "same")]
    assert changes(new, old) == [("so", "changed"), ("cu", "added"), ("chu", "same")]


def test_a_zero_is_an_answer_and_a_blank_is_none() -> None:
    assert changes(Side(OLD, {"so": 0}), Side(OLD, {}))[0] == ("so", "removed")


def test_questions_of_two_versions_stand_where_they_were_asked() -> None:
    old, new = Side(OLD, {"so": 1, "cu": "x"}), Side(NEW, {"so": 1, "moi": "y"})
    assert changes(old, new) == [
        ("moi", "added"), ("so", "same"), ("cu", "removed"), ("chu", "same"),
    ]  # fmt: skip
    (gone,) = [p for s in compare_answers(old, new) for p in s.parts if _named(p, "cu")]
    assert isinstance(gone, Change)
    assert gone.new_question is None


def _named(part: Any, name: str) -> bool:
    return isinstance(part, Change) and part.question.name == name


def document(number: int, day: int = 1) -> dict[str, str]:
    return {"ky_hieu": f"{number}-KH/TU", "ngay": f"2021-07-{day:02d}"}


def test_a_row_that_was_taken_out_of_the_middle_is_found() -> None:
    old = Side(OLD, {"van_ban": [document(1), document(2, 2), document(3, 3)]})
    new = Side(OLD, {"van_ban": [document(1), document(3, 3), document(4, 4)]})
    assert rows(old, new) == [
        (1, 1, "same"), (2, None, "removed"), (3, 2, "same"), (None, 3, "added"),
    ]  # fmt: skip


def test_a_row_with_one_cell_changed_is_still_that_row() -> None:
    old = Side(OLD, {"van_ban": [document(1), document(2, 2)]})
    new = Side(OLD, {"van_ban": [document(2, 9)]})
    assert rows(old, new) == [(1, None, "removed"), (2, 1, "changed")]


def test_a_row_changed_throughout_is_laid_beside_what_it_was() -> None:
    old, new = Side(OLD, {"van_ban": [document(1)]}), Side(OLD, {"van_ban": [document(2, 2)]})
    assert rows(old, new) == [(1, 1, "changed")]


def test_rows_of_two_versions_have_the_columns_of_both() -> None:
    old = Side(OLD, {"van_ban": [document(1)]})
    new = Side(NEW, {"van_ban": [{"ky_hieu": "1-KH/TU", "nguoi_ky": "B"}]})
    (repeat,) = [
        p for s in compare_answers(old, new) for p in s.parts if isinstance(p, RepeatChange)
    ]
    assert [(cell.question.name, cell.kind) for cell in repeat.rows[0].cells] == [
        ("ky_hieu", "same"), ("ngay", "removed"), ("nguoi_ky", "added"),
    ]  # fmt: skip


ROWS = st.lists(st.dictionaries(st.sampled_from("ab"), st.integers(0, 2)), max_size=7)


@given(ROWS, ROWS)
def test_every_row_is_laid_once_and_in_order(old: list[Any], new: list[Any]) -> None:
    laid = aligned(old, new)
    assert [i for i, _ in laid if i is not None] == list(range(len(old)))
    assert [j for _, j in laid if j is not None] == list(range(len(new)))
    assert (None, None) not in laid


@given(ROWS)
def test_a_list_lies_beside_itself(old: list[Any]) -> None:
    assert aligned(old, old) == [(i, i) for i in range(len(old))]
