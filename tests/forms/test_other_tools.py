"""Forms as other tools write them: what is understood, what is noticed, what is refused where."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from exports.form_workbook import write_form_sheets
from exports.workbook import Document
from exports.xlsform import form_sheets
from forms.answers import Typed, typed_of
from forms.compile import compile_form
from forms.findings import FormErrors
from forms.questions import IGNORED
from forms.reading import Around, Reading, first_typed, read
from forms.tree import Definition
from language.dates import wall_clock
from tests.forms.forms import definition, errors, markdown

NOW = wall_clock(datetime(2021, 8, 20, 1, 30, tzinfo=UTC))
CHOICES = """
| choices | list_name | name | label | huyen |
| | xa | trung_tam | Trung tâm | a |
| | xa | trung_tam | Trung tâm | b |
| | xa | khac | Khác | b |
| settings | form_title | allow_choice_duplicates |
| | Phiếu | yes |
"""
DOUBLE = """
| survey | type | name | label | choice_filter |
| | text | h | Huyện | |
| | select_one xa | x | Xã | huyen = ${h} |
| | select_multiple xa | m | Các xã | |
""" + CHOICES.lstrip()


def understood(
    form: Definition, typed: dict[str, list[str]], earlier: Typed | None = None
) -> Reading:
    return read(form, Typed(typed), Around("vi", NOW, earlier=earlier or Typed()))


def notices(text: str) -> list[tuple[str, str]]:
    return [(warning.place, warning.key) for warning in markdown(text).warnings]


def asked(row: str, headings: str = "appearance") -> str:
    return f"| survey | type | name | label | {headings} |\n| | {row} |"


# --- what is understood ---------------------------------------------------------------------------


def test_choices_may_share_a_name_when_the_form_says_so():
    form = definition(DOUBLE)
    assert understood(form, {"h": ["a"], "x": ["trung_tam"]}).valid
    assert understood(form, {"h": ["b"], "x": ["trung_tam"]}).offered["x"] == {1, 2}
    assert "x" in understood(form, {"h": ["a"], "x": ["khac"]}).errors
    several = understood(form, {"m": ["trung_tam", "khac"]})
    assert several.data()["m"] == ["trung_tam", "khac"]


def test_they_come_back_from_an_export():
    form = definition(DOUBLE)
    book = write_form_sheets(form_sheets(form), Document("Phiếu", "Ban", NOW), "vi")
    again = compile_form(book, "phieu.xlsx").definition
    assert again.question("x") == form.question("x")


def test_choices_of_one_name_are_refused_otherwise():
    text = DOUBLE.replace("| | Phiếu | yes |", "| | Phiếu | no |")
    assert [key for _, key in errors(text)] == ["duplicate_choice"]


@pytest.mark.parametrize("word", sorted(IGNORED | {"quickcompact-2", "compact-3"}))
def test_what_a_web_page_needs_not_is_noticed(word):
    assert notices(asked(f"text | a | A | {word}")) == [("survey!D2", "no_effect")]


def test_a_form_may_name_its_version_and_the_last_answer():
    form = definition("""
        | survey | type | name | label | calculation |
        | | calculate | v | | concat('v', version()) |
        | | begin repeat | r | R | |
        | | text | t | T | |
        | | calculate | la_cuoi | | position(..) = last() |
        | | end repeat | | | |
        | settings | form_title | version |
        | | Phiếu | 2021080101 |
    """)
    data = understood(form, {"r-0-t": ["a"], "r-1-t": ["b"]}).data()
    assert data["v"] == "v2021080101"
    assert [row["la_cuoi"] for row in data["r"]] == ["false", "true"]


def test_a_calculation_may_look_at_what_it_was():
    form = definition("""
        | survey | type | name | label | calculation |
        | | integer | a | A | |
        | | calculate | nhat | | max(${a}, coalesce(., 0)) |
    """)
    first = understood(form, {"a": ["7"]})
    assert first.data()["nhat"] == 7
    second = understood(form, {"a": ["3"]}, Typed(first.written))
    assert second.data()["nhat"] == 7


def test_a_question_may_be_called_data():
    form = definition("""
        | survey | type | name | label | calculation |
        | | text | data | Dữ liệu | |
        | | calculate | lai | | ${data} |
    """)
    assert understood(form, {"data": ["x"]}).data()["lai"] == "x"


@pytest.mark.parametrize("heading", ["label::English", "label:english", "label::English (en)"])
def test_the_languages_of_the_pages_are_known_by_their_names(heading):
    form = definition(
        f"| survey | type | name | label::Tiếng Việt | {heading} |\n| | text | a | Hỏi | Ask |"
    )
    assert form.question("a").labels.texts == (("vi", "Hỏi"), ("en", "Ask"))


# --- what is noticed ------------------------------------------------------------------------------


def test_a_language_that_pages_are_not_in_is_named_once():
    text = """
        | survey | type | name | label::Tiếng Việt (vi) | label::Khmer (km) | hint::Khmer (km) |
        | | text | a | Hỏi | x | y |
    """
    assert notices(text) == [("survey!D1", "other_language")]
    assert "Khmer (km)" in markdown(text).warnings[0].sentence("vi")


def test_a_repeat_of_more_than_a_hundred_answers_is_noticed():
    text = """
        | survey | type | name | label | repeat_count |
        | | begin repeat | r | R | {} |
        | | text | t | T | |
        | | end repeat | | | |
    """
    assert notices(text.format(150)) == [("survey!D2", "repeat_limit")]
    assert notices(text.format(100)) == []


# --- what is refused ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "headings", "expected"),
    [
        ("select_one l | a | A | search('xa', 'contains', 'ten', ${a})", "appearance", "D2 search"),
        ("text | a | A | maybe", "read_only", "D2 yes_no"),
        ("integer | a | A | . > 1", "relevant", "D2 current"),
        ("select_one ${b} | a | A |", "hint", "A2 list_of_answers"),
        ("xml-external | a | |", "hint", "A2 type"),
        ("end_score | | |", "hint", "A2 type"),
        ("end score | | |", "hint", "A2 type"),
        ("begin_kobomatrix | a | A |", "hint", "A2 type"),
        ("text | a-b | A |", "hint", "B2 name"),
        ("text | a.b | A |", "hint", "B2 name"),
        ("text | a | A | regex(., '\\p{L}+')", "constraint", "D2 expression"),
        ("text | a | A | last()", "calculation", "D2 expression"),
    ],
)
def test_what_is_refused_has_one_error_at_its_cell(row, headings, expected):
    choices = "\n| choices | list_name | name | label |\n| | l | x | X |"
    place, key = expected.split()
    assert errors(asked(row, headings) + choices) == [(f"survey!{place}", key)]


def test_pulldata_names_columns_that_are_there():
    text = """
        | survey | type | name | label | calculation |
        | | text | m | Mã | |
        | | calculate | a | | pulldata('xa', 'nope', 'ma', ${m}) |
        | | calculate | b | | pulldata('xa', 'ten', 'khoa', ${m}) |
    """
    lines = "\n".join(line.strip() for line in text.strip().splitlines())
    with pytest.raises(FormErrors) as refused:
        compile_form(lines.encode(), "form.md", {"xa.csv": "ma,ten\n1,Một\n".encode()})
    found = [(e.place, e.key, dict(e.parts)["value"]) for e in refused.value.errors]
    assert found == [
        ("survey!D3", "dataset_column", "nope"),
        ("survey!D4", "dataset_column", "khoa"),
    ]


def test_a_choice_without_a_name_says_so():
    text = (
        asked("select_one l | a | A |") + "\n| choices | list_name | name | label |\n| | l | | X |"
    )
    assert [key for _, key in errors(text)] == ["no_choice_name"]


def test_a_circle_is_told_with_everything_else():
    text = """
        | survey | type | name | label | calculation | appearance |
        | | calculate | a | | ${b} | |
        | | calculate | b | | ${a} | |
        | | text | c | C | | dancing |
    """
    assert [key for _, key in errors(text)] == ["cycle", "appearance"]


# --- what stands in a form ------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("number", ["1234", "1.543", "1543.125", "-1234", "0.5", "1234567", "12.5"])
def test_a_number_that_is_typed_back_is_understood_in_any_language(number, language):
    form = definition("""
        | survey | type | name | label | parameters |
        | | decimal | d | D | |
        | | text | t | T | |
        | | range | r | R | start=-9999999 end=9999999 step=0.001 |
    """)
    data = {"d": number, "t": number, "r": int(number) if "." not in number else number}
    again = read(form, typed_of(form, data, language), Around(language, NOW))
    assert again.data() == data


def test_a_default_stands_there_as_people_write_it():
    form = definition("""
        | survey | type | name | label | default | appearance |
        | | integer | so | Số | 1234567 | thousands-sep |
        | | date | ngay | Ngày | 2021-06-01 | |
        | | select_multiple l | m | M | a b | |
        | | begin repeat | r | R | | |
        | | date | n | N | 2021-06-01 | |
        | | end repeat | | | | |
        | choices | list_name | name | label |
        | | l | a | A |
        | | l | b | B |
    """)
    typed = first_typed(form, Around("vi", NOW))
    assert typed == {
        "so": ["1.234.567"], "ngay": ["01/6/2021"], "m": ["a", "b"], "r-0-n": ["01/6/2021"],
    }  # fmt: skip
    assert read(form, typed, Around("vi", NOW)).instances["r"] == []
