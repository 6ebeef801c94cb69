"""A form becomes an Excel file and the very same form again."""

from __future__ import annotations

import csv
import io
from dataclasses import fields, replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.workbook import Workbook

from exports.form_workbook import write_form_sheets
from exports.workbook import Document
from exports.xlsform import csv_files, form_sheets
from forms.compile import compile_form
from forms.expressions import Number
from forms.tree import (
    Check,
    Choice,
    Column,
    Dataset,
    Definition,
    Expression,
    Group,
    Labels,
    Question,
    Table,
    definition_to_json,
)
from services import uploads
from tests.conftest import ROOT
from tests.forms.forms import LIBRARY, definition, shipped
from tests.properties.test_forms import Form, forms

SHIPPED = sorted(path.stem for path in LIBRARY.glob("*.md"))
STARTER = ROOT / "forms" / "starter.md"
DAY = datetime(2021, 8, 20, tzinfo=UTC)


def xlsx(form: Definition, language: str = "vi") -> bytes:
    return write_form_sheets(form_sheets(form), Document("Thử", "", DAY), language)


def again(form: Definition) -> Definition:
    """Return what comes of writing a form to Excel and reading it."""
    compiled = compile_form(xlsx(form), "bieu_mau.xlsx")
    assert [warning.sentence("en") for warning in compiled.warnings] == []
    return compiled.definition


def opened(form: Definition) -> Workbook:
    return openpyxl.load_workbook(io.BytesIO(xlsx(form)))


def assert_same(one: Definition, other: Definition) -> None:
    assert definition_to_json(one) == definition_to_json(other)
    assert one.digest == other.digest


# --- the same form again --------------------------------------------------------------------------


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_form_comes_back_the_same(name: str) -> None:
    assert_same(again(shipped(name)), shipped(name))


def test_the_starter_form_comes_back_the_same() -> None:
    starter = uploads.starter(STARTER)
    assert_same(again(starter), starter)


@settings(max_examples=40)
@given(forms())
def test_any_form_comes_back_the_same(form: Form) -> None:
    made = definition(form.markdown())
    assert_same(again(made), made)


LABELS = st.one_of(st.just(""), st.sampled_from(["Biểu số 1", "=1+1", "Cộng (%)", "a; b", "0912"]))
BEGIN = "| | begin table | t{number} | {kind} | {position} | {vi} | {en} | | | | | |"
COLUMN = (
    "| | column | c{number} | | | {vi} | {en} | {band} | {value} | {total} | {format} | {width} |"
)
TABLES = "| tables | type | name | kind | position | label::Tiếng Việt (vi) | label::English (en) |"
CHECKS = (
    "| checks | name | expression | message::Tiếng Việt (vi) | message::English (en) | explain |"
)


@st.composite
def columns(draw: st.DrawFn, names: list[str]) -> str:
    value = draw(st.sampled_from(["", *(f"${{{name}}}" for name in names)]))
    return COLUMN.format(
        number=draw(st.integers(0, 10**6)),
        vi=draw(LABELS),
        en=draw(LABELS),
        band=draw(LABELS),
        value=value,
        total=draw(st.sampled_from(["", "yes", "no"])),
        format=draw(st.sampled_from(["", "text", "integer", "percent"])),
        width=draw(st.sampled_from(["", "12"])),
    )


@st.composite
def whole_forms(draw: st.DrawFn) -> tuple[str, dict[str, bytes]]:
    """Return a form with tables, checks, a list from a file, and that file."""
    form = draw(forms())
    names = [part.name for part in form.parts if part.kind in ("integer", "decimal", "text")]
    survey, rest = form.markdown().split("| choices |")
    survey += "| | select_one_from_file xa.csv | xa | Xã | Commune |\n"
    lines = [
        f"{survey}| choices |{rest}",
        f"{TABLES} band::Tiếng Việt (vi) | value | total | format | width |",
    ]
    for number in range(draw(st.integers(0, 2))):
        kind = draw(st.sampled_from(["units", "list", "distribution"]))
        vi, en = draw(LABELS), draw(LABELS)
        lines.append(BEGIN.format(number=number, kind=kind, position=number + 2, vi=vi, en=en))
        drawn = draw(st.lists(columns(names), max_size=3, unique_by=lambda row: row.split("|")[3]))
        lines += [*drawn, "| | end table |"]
    lines.append(CHECKS)
    for number, name in enumerate(names):
        odd = draw(st.sampled_from([f"${{{name}}} != ''", f"string-length(${{{name}}}) > 5"]))
        lines.append(
            f"| | k{number} | {odd} | Xem lại {name} | | {draw(st.sampled_from(['', 'yes']))} |"
        )
    cells = st.text(st.characters(codec="utf-8", categories=("L", "N")), min_size=1, max_size=8)
    rows = draw(st.lists(st.tuples(cells, cells), min_size=1, max_size=4))
    text = io.StringIO()
    csv.writer(text).writerows([("name", "label"), *rows])
    return "\n".join(line.rstrip("\n") for line in lines), {"xa.csv": text.getvalue().encode()}


@settings(max_examples=60)
@given(whole_forms())
def test_any_form_comes_back_the_same_with_its_sheets_and_files(
    case: tuple[str, dict[str, bytes]],
) -> None:
    text, files = case
    made = compile_form(text.encode(), "form.md", files).definition
    beside = csv_files(made)
    assert_same(compile_form(xlsx(made), "bieu_mau.xlsx", beside).definition, made)


SIGNS = st.characters(
    codec="utf-8", exclude_categories=("Cc", "Cs", "Zs", "Zl", "Zp"), exclude_characters="|$_"
)
TEXTS = st.one_of(
    st.text(SIGNS, min_size=1, max_size=30),
    st.sampled_from(["=1+1", "+84 912", "-5", "@SUM(A1)", "<b>x</b>", "12", "true", "1e5", "'x"]),
)


@settings(max_examples=80)
@given(TEXTS, TEXTS)
def test_any_text_stays_what_it_is(label: str, hint: str) -> None:
    made = definition(
        """
        | survey | type | name | label::Tiếng Việt (vi) | hint::Tiếng Việt (vi) |
        | | text | a | x | y |
        """
    )
    question = replace(
        made.question("a"), labels=Labels((("vi", label),)), hint=Labels((("vi", hint),))
    )
    changed = replace(made, children=(question,))
    sheet = opened(changed)["survey"]
    headings = [cell.value for cell in sheet[1]]
    shown = dict(zip(headings, sheet[2], strict=True))
    assert shown["label::Tiếng Việt (vi)"].value == label
    assert shown["hint::Tiếng Việt (vi)"].value == hint
    assert all(cell.data_type in "sn" for cell in sheet[2])


def test_languages_and_their_order_stay() -> None:
    made = definition(
        """
        | survey | type | name | label::English (en) | label::Tiếng Việt (vi) |
        | | select_one l | a | One | Một |
        | | text | b | | Hai |
        | choices | list_name | name | label::English (en) | label::Tiếng Việt (vi) |
        | | l | x | | Ích xì |
        | settings | form_title | form_id | version | default_language |
        | | Form | f | 2 | English (en) |
        """
    )
    assert made.languages == ("en", "vi")
    assert_same(again(made), made)


def test_a_form_in_one_language_without_a_name_stays() -> None:
    made = definition(
        """
        | survey | type | name | label |
        | | integer | so | Số lượng |
        | | begin repeat | r | Lặp |
        | | text | t | Chữ |
        | | end repeat | | |
        """
    )
    assert "tables" not in form_sheets(made)
    assert_same(again(made), made)


CSV = 'name,label,huyen\n1,Xã A,hb\n2,"Xã B, cũ",hb\n3,=C,kh\n'.encode()
PNG = b"\x89PNG\r\n\x1a\n" + b"x" * 20
EVERYTHING = Path(__file__).parent / "everything.md"


def test_a_form_of_every_kind_comes_back_the_same_with_its_files() -> None:
    files = {"xa.csv": CSV, "x.png": PNG}
    made = compile_form(EVERYTHING.read_bytes(), EVERYTHING.name, files).definition
    beside = {**csv_files(made), "x.png": PNG}
    assert set(beside) == set(files)
    assert_same(compile_form(xlsx(made), "moi_thu.xlsx", beside).definition, made)


# --- every part of the tree -----------------------------------------------------------------------

TRUE = Expression("true()", Number(Decimal(1)))
ONE = Expression("${a} > 1", Number(Decimal(1)))


def whole() -> Definition:
    """Return a form in which every part of the tree is filled in."""
    choice = Choice("x", Labels((("vi", "X"),)), Labels((("vi", "x.png"),)), (("vung", "bac"),))
    text = Labels((("vi", "chữ"), ("en", "text")))
    question = Question(
        "a", "select_multiple", text, text, text, text, ONE, text, ONE, text, ONE, ONE, ("b", "c"),
        "x", None, True, ("minimal", "w2"), (("start", "1"), ("end", "5")), "ds", (choice,), ONE,
        measure=text,
    )  # fmt: skip
    files = Question("b", "file", accept=(".pdf", ".docx"), required=TRUE, dynamic_default=ONE)
    from_file = Question("c", "select_one", list_name="xa.csv", choices=(choice,))
    return Definition(
        form_id="f",
        title=Labels((("vi", "Biểu"),)),
        version="7",
        languages=("vi", "en"),
        children=(question, Group("g", text, text, ONE, ("w1",), True, ONE, (files, from_file))),
        instance_name=ONE,
        style=("pages",),
        checks=(Check("k", ONE, text, True, "a", text),),
        datasets=(Dataset("xa", ("name", "label"), (("1", 'Xã "A", =B'), ("2", ""))),),
        files=(("x.png", "0" * 64),),
    )


# The parts of the tree that have a cell. What is added to the tree is added to the sheets, too.
PARTS = {
    Question: "name type labels hint guidance image required required_message constraint "
    "constraint_message relevant calculation trigger default dynamic_default read_only appearance "
    "parameters list_name choices choice_filter accept measure",
    Group: "name labels hint relevant appearance repeat repeat_count children",
    Choice: "name labels image fields",
    Check: "name expression message explain question labels",
    Table: "name kind position labels title rows filter group_by foot sort head columns",
    Column: "name labels band value total format width chart",
    Definition: "form_id title version languages children instance_name style tables checks "
    "datasets files",
}


@pytest.mark.parametrize("kind", PARTS)
def test_no_part_of_the_tree_is_forgotten(kind: type) -> None:
    assert [part.name for part in fields(kind)] == PARTS[kind].split()


def test_every_part_of_a_question_has_its_cell() -> None:
    row, *_ = form_sheets(whole())["survey"].rows
    assert dict(row) == {
        "type": "select_multiple ds",
        "name": "a",
        **{f"label::{name}": text for name, text in LANGUAGES.items()},
        **{f"hint::{name}": text for name, text in LANGUAGES.items()},
        **{f"guidance_hint::{name}": text for name, text in LANGUAGES.items()},
        **{f"measure::{name}": text for name, text in LANGUAGES.items()},
        **{f"media::image::{name}": text for name, text in LANGUAGES.items()},
        **{f"required_message::{name}": text for name, text in LANGUAGES.items()},
        **{f"constraint_message::{name}": text for name, text in LANGUAGES.items()},
        **dict.fromkeys(("required", "relevant", "constraint", "calculation"), "${a} > 1"),
        "trigger": "${b}, ${c}",
        "default": "x",
        "read_only": "yes",
        "appearance": "minimal w2",
        "choice_filter": "${a} > 1",
        "parameters": "start=1 end=5",
    }


LANGUAGES = {"Tiếng Việt (vi)": "chữ", "English (en)": "text"}


def test_groups_files_and_lists_from_files_have_their_cells() -> None:
    _, begin, file, from_file, end = form_sheets(whole())["survey"].rows
    assert (begin["type"], begin["repeat_count"]) == ("begin repeat", "${a} > 1")
    assert (file["body::accept"], file["required"]) == (".pdf,.docx", "yes")
    assert file["default"] == "${a} > 1"
    assert from_file["type"] == "select_one_from_file xa.csv"
    assert dict(end) == {"type": "end repeat"}


def test_choices_settings_and_checks_have_their_sheets() -> None:
    sheets = form_sheets(whole())
    assert [dict(row) for row in sheets["choices"].rows] == [
        {
            "list_name": "ds",
            "name": "x",
            "label::Tiếng Việt (vi)": "X",
            "media::image::Tiếng Việt (vi)": "x.png",
            "vung": "bac",
        }
    ]
    assert "vung" in sheets["choices"].headings
    assert dict(sheets["settings"].rows[0]) == {
        "form_title": "Biểu",
        "form_id": "f",
        "version": "7",
        "default_language": "Tiếng Việt (vi)",
        "instance_name": "${a} > 1",
        "style": "pages",
    }
    assert sheets["checks"].rows[0]["explain"] == "yes"
    assert sheets["checks"].rows[0]["message::English (en)"] == "text"


def test_datasets_become_csv_files_that_excel_opens() -> None:
    content = csv_files(whole())["xa.csv"]
    assert content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    assert rows == [["name", "label"], ["1", 'Xã "A", =B'], ["2", ""]]


# --- for people who know only Excel ---------------------------------------------------------------


def test_types_are_offered_with_the_lists_of_the_form() -> None:
    book = opened(shipped("bao_cao_dot_1"))
    validations = book["survey"].data_validations.dataValidation
    (types,) = [v for v in validations if str(v.sqref).startswith("A2:")]
    sheet, cells = types.formula1.split("!")
    column = book[sheet.strip("'")][cells.replace("$", "")]
    offered = [row[0].value for row in column]
    assert "text" in offered
    assert any(kind.startswith("select_one ") for kind in offered)
    assert {"begin group", "end group"} <= set(offered)
    assert types.errorStyle == "warning"


def test_yes_and_appearances_are_offered() -> None:
    sheet = opened(shipped("bao_cao_dot_1"))["survey"]
    offers = {v.formula1 for v in sheet.data_validations.dataValidation if v.type == "list"}
    assert '"yes,no"' in offers
    assert any("multiline" in offer for offer in offers)


def test_headings_stay_on_the_screen_and_cells_are_text() -> None:
    sheet = opened(shipped("bao_cao_dot_1"))["survey"]
    assert sheet.freeze_panes == "C2"
    assert sheet["C3"].number_format == "@"
    assert sheet["C3"].alignment.wrap_text
    assert sheet["A1"].font.bold
    assert sheet.column_dimensions["C"].width > 40


@pytest.mark.parametrize(("language", "name"), [("vi", "_Hướng dẫn"), ("en", "_Help")])
def test_the_help_sheet_speaks_the_language_of_the_reader(language: str, name: str) -> None:
    book = openpyxl.load_workbook(io.BytesIO(xlsx(shipped("bao_cao_dot_1"), language)))
    assert book.sheetnames[:3] == ["survey", "choices", "settings"]
    assert book.sheetnames[-1] == name


def test_the_same_form_gives_the_same_bytes() -> None:
    assert xlsx(shipped("kho_khan_vuong_mac")) == xlsx(shipped("kho_khan_vuong_mac"))
