"""Publishing: what a form may hold, and how errors are told, by sheet and cell."""

import io

import pytest
import xlsxwriter

from forms.answers import Typed
from forms.compile import FormErrors, compile_form
from forms.reading import read
from forms.tree import Group, definition_from_json, definition_to_json
from tests.forms.forms import LIBRARY, definition, errors, markdown, shipped
from tests.forms.test_answers import IN_VIETNAMESE

LIBRARY_FORMS = sorted(path.stem for path in LIBRARY.glob("*.md"))


@pytest.mark.parametrize("form_id", LIBRARY_FORMS)
def test_shipped_form_compiles_without_warnings_and_survives_json(form_id):
    path = LIBRARY / f"{form_id}.md"
    compiled = compile_form(path.read_bytes(), path.name)
    assert compiled.warnings == ()
    again = definition_from_json(definition_to_json(compiled.definition))
    assert again.digest == compiled.definition.digest
    assert definition_to_json(again) == definition_to_json(compiled.definition)


def test_a_column_without_a_label_survives_json():
    form = definition(
        """
        | survey | type | name | label |
        | | start | luc | |
        | | text | a | A |
        """
    )
    assert definition_from_json(definition_to_json(form)).digest == form.digest


def test_shipped_report_has_its_sections_and_tables():
    report = shipped("bao_cao_dot_1")
    sections = [child.labels.text("vi") for child in report.children if isinstance(child, Group)]
    assert sections[2] == "III. Số cuộc, số người dự"
    assert [(t.position, t.kind) for t in report.tables] == [
        (2, "units"), (3, "units"), (7, "list"), (8, "list"), (9, "list"), (11, "list"),
        (14, "comparison"),
    ]  # fmt: skip
    assert report.languages == ("vi", "en")
    assert report.question("dien_thoai").appearance == ("contact",)


def test_every_error_is_told_with_its_cell():
    found = errors("""
        | survey | type | name | label | relevant | constraint |
        | | text | a | A | | |
        | | barcode | b | B | | |
        | | integer | a | C | ${nowhere} = 1 | |
        | | integer | d | D | . > 1 | foo(.) |
        | | select_one colours | e | E | | |
        | | integer | 9x | F | | . > |
        """)
    assert found == [
        ("survey!A3", "type"),
        ("survey!B4", "duplicate"),
        ("survey!D4", "reference"),
        ("survey!D5", "current"),
        ("survey!E5", "expression"),
        ("survey!A6", "list"),
        ("survey!B7", "name"),
        ("survey!E7", "expression"),
    ]


def test_an_expression_error_points_at_the_sign():
    with pytest.raises(FormErrors) as caught:
        markdown("""
            | survey | type | name | label | relevant |
            | | integer | a | A | 1 + ) |
            """)
    sentence = caught.value.errors[0].sentence("vi")
    source, caret = sentence.splitlines()[1:]
    assert source[caret.index("^")] == ")"


def test_an_expression_error_is_told_in_one_language():
    with pytest.raises(FormErrors) as caught:
        markdown("""
            | survey | type | name | label | relevant |
            | | integer | a | A | 1 + |
            """)
    (error,) = caught.value.errors
    assert error.sentence("en").startswith(
        "The expression is wrong: The expression stops too early"
    )
    assert error.sentence("vi").startswith("Biểu thức chưa đúng: Biểu thức chưa viết hết")


@pytest.mark.parametrize(
    ("row", "key"),
    [
        ("| | text | action | A | |", "reserved"),
        ("| | text | a | A | dancing |", "appearance"),
        ("| | geotrace | a | A | |", "type"),
        ("| | | a | A | |", "no_type"),
        ("| | text | | A | |", "no_name"),
    ],
)
def test_what_is_not_supported_is_refused(row, key):
    assert key in {
        found
        for _, found in errors(f"""
            | survey | type | name | label | appearance |
            {row}
            """)
    }


def test_a_type_of_file_that_cannot_be_taken_is_refused():
    with pytest.raises(FormErrors) as caught:
        markdown("""
            | survey | type | name | label | body::accept |
            | | file | a | A | .PDF, .doc,.jpeg,.zip |
            | | image | b | B | .png,.pdf |
            """)
    assert [(e.place, e.key) for e in caught.value.errors] == [
        ("survey!D2", "accept"),
        ("survey!D3", "accept"),
    ]
    first, second = (error.sentence("vi") for error in caught.value.errors)
    assert first.startswith("Không nhận loại tệp “.zip”; các loại nhận được: .pdf, .docx, .xlsx")
    assert second == "Không nhận loại tệp “.pdf”; các loại nhận được: .jpg, .png."


def test_an_unsupported_column_is_refused_and_an_unknown_one_is_named():
    assert errors("""
        | survey | type | name | label | media::audio |
        | | text | a | A | x.mp3 |
        """) == [("survey!D2", "column")]
    compiled = markdown("""
        | survey | type | name | label | my notes |
        | | text | a | A | x |
        """)
    assert [(w.place, w.key) for w in compiled.warnings] == [("survey!D1", "unknown_column")]


def test_what_is_accepted_without_effect_is_said_so():
    compiled = markdown("""
        | survey | type | name | label | parameters | appearance |
        | | select_one ds | a | A | randomize=true | quick minimal |
        | choices | list_name | name | label |
        | | ds | a | A |
        """)
    assert [(w.place, w.key) for w in compiled.warnings] == [
        ("survey!D2", "no_effect"),
        ("survey!E2", "no_effect"),
    ]


def test_the_endings_that_are_taken_are_named():
    with pytest.raises(FormErrors) as caught:
        compile_form(b"", "a.exe")
    for language in ("vi", "en"):
        sentence = caught.value.errors[0].sentence(language)
        assert all(ending in sentence for ending in (".xlsx", ".xls ", ".md"))


def test_a_circle_of_calculations_is_refused_with_its_path():
    with pytest.raises(FormErrors) as caught:
        markdown("""
            | survey | type | name | label | calculation |
            | | calculate | a | | ${b} + 1 |
            | | calculate | b | | ${c} + 1 |
            | | calculate | c | | ${a} + 1 |
            """)
    sentence = caught.value.errors[0].sentence("vi")
    assert caught.value.errors[0].key == "cycle"
    assert all(name in sentence for name in "abc")


@pytest.mark.parametrize(
    ("kind", "default"),
    [
        ("integer", "nhiều"),
        ("decimal", "1,2,3"),
        ("date", "hôm nay"),
        ("select_one ds", "c"),
        ("select_multiple ds", "a c"),
        ("acknowledge", "yes"),
    ],
)
@pytest.mark.parametrize("read_only", ["", "yes"])
def test_a_default_that_nobody_could_type_is_refused(kind, default, read_only):
    assert errors(f"""
        | survey | type | name | label | default | read_only |
        | | begin repeat | r | R | | |
        | | {kind} | a | A | {default} | {read_only} |
        | | end repeat | | | | |
        | choices | list_name | name | label |
        | | ds | a | A |
        | | ds | b | B |
        """) == [("survey!D3", "default")]


@pytest.mark.parametrize(
    ("kind", "default"),
    [
        ("integer", "1.234"),
        ("decimal", "95,5"),
        ("date", "31/8/2021"),
        ("select_one ds", "a"),
        ("text", "hôm nay (thứ ba)"),
        ("acknowledge", "OK"),
    ],
)
def test_a_default_is_written_as_a_person_would_type_it(kind, default):
    form = definition(f"""
        | survey | type | name | label | default |
        | | {kind} | a | A | {default} |
        | choices | list_name | name | label |
        | | ds | a | A |
        """)
    assert form.question("a").default == default


def test_what_pyxform_refuses_is_told_too():
    assert errors("""
        | survey | type | name | label |
        | | text | a | A |
        | entities | unheard of |
        | | x |
        """) == [("survey!A1", "pyxform")]


def test_a_workbook_compiles_like_markdown():
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream) as book:
        sheet = book.add_worksheet("survey")
        for row, cells in enumerate(
            [("type", "name", "label"), ("integer", "so", "Số"), ("text", "ten", "Tên")]
        ):
            sheet.write_row(row, 0, cells)
    compiled = compile_form(stream.getvalue(), "mẫu.xlsx")
    assert [q.name for q in compiled.definition.questions] == ["so", "ten"]


@pytest.mark.parametrize(
    ("source", "name", "key"),
    [
        (b"not a workbook", "a.xlsx", "unreadable"),
        (b"\xff\xfe\x00", "a.md", "unreadable"),
        (b"", "a.exe", "extension"),
        (b"| choices | list_name |", "a.md", "no_sheet"),
    ],
)
def test_a_file_that_is_no_form_is_refused(source, name, key):
    with pytest.raises(FormErrors) as caught:
        compile_form(source, name)
    assert caught.value.errors[0].key == key


def test_a_heading_that_nobody_can_answer_is_never_required() -> None:
    compiled = markdown("""
        | survey | type | name | label | required | appearance |
        | | select_one muc | dau | Hài lòng về | yes | label |
        | | select_one muc | noi_dung | Nội dung | yes | list-nolabel |
        | | text | y_kien | Ý kiến | yes | |
        | choices | list_name | name | label |
        | | muc | tot | Tốt |
        | | muc | kha | Khá |
        """)
    assert [(w.place, w.key) for w in compiled.warnings] == [("survey!D2", "heading")]
    typed = Typed({"noi_dung": ["tot"]})
    errors = read(compiled.definition, typed, IN_VIETNAMESE).errors
    assert list(errors) == ["y_kien"]


def test_labels_come_in_every_language_and_fall_back():
    form = definition("""
        | survey | type | name | label::Tiếng Việt (vi) | label::English (en) |
        | | text | a | Tên | Name |
        | | text | b | Tuổi | |
        | settings | form_title | default_language |
        | | Mẫu | Tiếng Việt (vi) |
        """)
    assert [q.labels.text("en") for q in form.questions] == ["Name", "Tuổi"]


def test_wrong_tables_are_told_by_cell():
    assert errors("""
        | survey | type | name | label |
        | | integer | a | A |
        | tables | type | name | kind | value | format | rows |
        | | column | x | | ${a} | | |
        | | begin table | t | pie | | | nowhere |
        | | column | x | | ${b} + ${a} | hex | |
        | | column | y | | ${x} + ${a | | |
        """) == [
        ("tables!A1", "open_table"),
        ("tables!A2", "outside_table"),
        ("tables!A3", "position"),
        ("tables!C3", "kind"),
        ("tables!F3", "repeat_name"),
        ("tables!E4", "format"),
        ("tables!D5", "expression"),
    ]


def test_slips_in_tables_are_told_by_cell():
    assert errors("""
        | survey | type | name | label |
        | | integer | a | A |
        | tables | type | name | kind | position | value | total |
        | | begin table | | units | 0 | | |
        | | column | x | | | ${a} | yes |
        | | column | | | | ${a} | no |
        | | column | x | | | ${a} | maybe |
        | | end table | | | | | |
        | | begin table | t | units | two | | |
        | | column | x | | | ${a} | |
        | | end table | | | | | |
        """) == [
        ("tables!B2", "no_table_name"),
        ("tables!D2", "position"),
        ("tables!B4", "no_table_name"),
        ("tables!B5", "duplicate_column"),
        ("tables!F5", "yes_no"),
        ("tables!D7", "number"),
    ]


def test_an_unknown_heading_of_tables_is_named():
    compiled = markdown("""
        | survey | type | name | label |
        | | integer | a | A |
        | tables | type | name | kind | position | label::English (en) | value | totals |
        | | begin table | t | units | 2 | T | | |
        | | column | x | | | X | ${a} | yes |
        | | end table | | | | | | |
        """)
    assert [(w.place, w.key) for w in compiled.warnings] == [("tables!G1", "unknown_column")]


def test_a_form_without_tables_gets_sensible_ones():
    form = definition("""
        | survey | type | name | label |
        | | integer | so | Số |
        | | text | ghi_chu | Ghi chú |
        | | begin repeat | muc | Mục |
        | | text | ten | Tên |
        | | end repeat | | |
        """)
    assert [(t.kind, t.rows, [c.name for c in t.columns]) for t in form.tables] == [
        ("units", "", ["so"]),
        ("list", "muc", ["ten"]),
    ]


def test_tables_that_nobody_wrote_leave_out_contact_questions():
    form = definition("""
        | survey | type | name | label | appearance |
        | | begin repeat | nguoi | Người | |
        | | text | ten | Tên | |
        | | text | dien_thoai | Điện thoại | contact |
        | | begin group | lien_he | Liên hệ | contact |
        | | text | thu | Thư | |
        | | end group | | | |
        | | end repeat | | | |
        | | text | noi_dung | Nội dung | |
        | | text | so_may | Số máy | contact |
        """)
    assert [[c.name for c in t.columns] for t in form.tables] == [["noi_dung"], ["ten"]]


@pytest.mark.parametrize("name", ["${ a }", "${a }", "${\u00a0a}"])
def test_stray_spaces_around_the_name_of_a_question_mean_nothing(name):
    form = definition(f"""
        | survey | type | name | label | calculation |
        | | text | a | A | |
        | | calculate | b | Chào {name} | concat({name}, '!') |
    """)
    assert form.question("b").labels.text("vi") == "Chào ${a}"
    assert read(form, Typed({"a": ["x"]}), IN_VIETNAMESE).values["b"] == "x!"


@pytest.mark.parametrize(
    ("heading", "cell"), [("label", "D2"), ("label::Tiếng Việt (vi)", "D2"), ("hint", "D2")]
)
def test_a_name_that_is_never_closed_is_refused_in_its_cell(heading, cell):
    headings = f"label::English (en) | {heading}" if heading != "hint" else "label | hint"
    text = f"""
        | survey | type | name | {headings} |
        | | text | a | A | Chào ${{a |
    """
    assert errors(text) == [(f"survey!{cell}", "open_reference")]


@pytest.mark.parametrize(
    ("kind", "key"), [("", "no_type"), ("number", "type"), ("select_one", "no_list")]
)
def test_a_type_that_is_missing_is_told_from_one_that_is_unknown(kind, key):
    assert errors(f"""
        | survey | type | name | label |
        | | text | a | A |
        | | {kind} | b | B |
    """) == [("survey!A3", key)]
