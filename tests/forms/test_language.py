"""The whole form language: every type, column and appearance compiles, is read and kept."""

import gc
import weakref
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from forms.answers import Typed, typed_of
from forms.compile import compile_form
from forms.expressions import Current, Every, Field, Reference
from forms.findings import FormErrors
from forms.reading import Around, Reading, first_typed, instance_typed, read
from forms.tree import Definition, Group, definition_from_json, definition_to_json
from tests.forms.forms import definition, errors, markdown
from tests.forms.test_answers import NOW

COMMUNES = "ma;ten;huyen\nx1;Đông Yên;ab\nx2;Tân Hiệp A;th\n".encode()
PICTURE = b"\x89PNG\r\n\x1a\n" + b"0" * 20


def form_with(text: str, **files: bytes) -> Definition:
    lines = "\n".join(line.strip() for line in text.strip().splitlines())
    named = {name.replace("_", "."): content for name, content in files.items()}
    return compile_form(lines.encode(), "f.md", named).definition


def reading(form: Definition, typed: dict[str, list[str]], **around: object) -> Reading:
    return read(form, Typed(typed), Around("vi", NOW, **around))


def one(kind: str, more: str = "", **cells: str) -> Definition:
    """Return a form of one question `a` of a type, with more columns by name."""
    headings = " | ".join(cells)
    return definition(f"""
        | survey | type | name | label | {headings} |
        | | {kind} | a | A | {" | ".join(cells.values())} |
        {more}
        """)


LIST = """
    | choices | list_name | name | label |
    | | ds | x | Ích |
    | | ds | y | Ý |
    | | ds | z | Dét |
    """


@pytest.mark.parametrize(
    ("kind", "typed", "kept"),
    [
        ("text", ["  Đợt 1 "], "Đợt 1"),
        ("integer", ["1.234"], 1234),
        ("decimal", ["95,5"], "95.5"),
        ("range", ["7"], 7),
        ("date", ["31/8/2021"], "2021-08-31"),
        ("time", ["9h05"], "09:05"),
        ("time", ["14 giờ 05"], "14:05"),
        ("time", ["14:05:30"], "14:05:30"),
        ("dateTime", ["31/8/2021 14:05"], "2021-08-31T14:05"),
        ("dateTime", ["14:05 ngày 31/8/2021"], "2021-08-31T14:05"),
        ("dateTime", ["2021-08-31T14:05"], "2021-08-31T14:05"),
        ("select_one ds", ["y"], "y"),
        ("select_multiple ds", ["z", "x"], ["x", "z"]),
        ("rank ds", ["z", "x", "y"], ["z", "x", "y"]),
        ("acknowledge", ["OK"], "OK"),
        ("geopoint", ["10.0125, 105.0809"], "10.0125 105.0809 0 0"),
        ("geopoint", ["10,0125; 105,0809"], "10.0125 105.0809 0 0"),
        ("geopoint", ["10.0125 105.0809 3.5 12"], "10.0125 105.0809 3.5 12"),
    ],
)
def test_what_is_typed_is_kept_and_typed_again(kind, typed, kept):
    form = one(kind, LIST)
    found = reading(form, {"a": typed})
    assert found.data() == {"a": kept}
    again = reading(form, typed_of(form, found.data(), "vi"))
    assert again.data() == found.data()
    assert again.valid


@pytest.mark.parametrize(
    ("kind", "typed"),
    [
        ("range", ["11"]),
        ("range", ["1,5"]),
        ("time", ["25:00"]),
        ("time", ["chiều"]),
        ("dateTime", ["31/8/2021"]),
        ("dateTime", ["8/31/2021 14:05"]),
        ("rank ds", ["x", "x", "y"]),
        ("rank ds", ["x", "y"]),
        ("rank ds", ["x", "y", "q"]),
        ("geopoint", ["95, 105"]),
        ("geopoint", ["ở đây"]),
        ("geopoint", ["10"]),
    ],
)
def test_what_cannot_be_an_answer_is_refused(kind, typed):
    found = reading(one(kind, LIST), {"a": typed})
    assert [error.kind for error in found.errors.values()] == ["invalid"]


@pytest.mark.parametrize(
    ("appearance", "typed", "kept", "again"),
    [
        ("month-year", "8/2021", "2021-08-01", "8/2021"),
        ("year", "2021", "2021-01-01", "2021"),
        ("month-year", "31/8/2021", "2021-08-01", "8/2021"),
    ],
)
def test_a_date_may_be_asked_for_as_a_month_or_a_year(appearance, typed, kept, again):
    form = one("date", appearance=appearance)
    found = reading(form, {"a": [typed]})
    assert found.data() == {"a": kept}
    assert typed_of(form, found.data(), "vi") == {"a": [again]}


def test_a_range_has_its_own_ends_and_steps():
    form = one("range", parameters="start=0 end=1 step=0.25")
    assert reading(form, {"a": ["0,75"]}).data() == {"a": "0.75"}
    assert "0,25" in reading(form, {"a": ["0,8"]}).errors["a"].message


def test_what_the_server_knows_is_never_read_from_a_request():
    form = definition("""
        | survey | type | name | label | default | calculation | read_only |
        | | start | bat_dau | | | | |
        | | end | ket_thuc | | | | |
        | | today | hom_nay | | | | |
        | | username | ai | | | | |
        | | deviceid | may | | | | |
        | | hidden | nguon | | web | | |
        | | text | chi_doc | Chỉ đọc | | | yes |
        | | text | tinh | Tính | | concat('a', 'b') | |
        """)
    forged = {question.name: ["giả"] for question in form.questions}
    found = reading(form, forged, username="HU-AB")
    assert found.data() == {
        "bat_dau": "2021-08-20T08:00",
        "ket_thuc": "2021-08-20T08:00",
        "hom_nay": "2021-08-20",
        "ai": "HU-AB",
        "nguon": "web",
        "tinh": "ab",
    }


def test_the_start_stays_when_the_form_is_saved_and_opened_again():
    form = one("start")
    first = reading(form, {})
    later = Around("vi", NOW + timedelta(days=2), earlier=Typed(first.written))
    assert read(form, Typed(), later).data() == {"a": "2021-08-20T08:00"}


def test_or_other_adds_a_choice_and_asks_which():
    form = one("select_one ds or_other", LIST)
    assert [choice.name for choice in form.question("a").choices] == ["x", "y", "z", "other"]
    assert "a_other" in reading(form, {"a": ["x"]}).hidden
    found = reading(form, {"a": ["other"], "a_other": ["Xã khác"]})
    assert found.data() == {"a": "other", "a_other": "Xã khác"}


def test_choices_may_stand_in_a_file():
    form = form_with(
        """
        | survey | type | name | label | parameters | choice_filter |
        | | select_one ds | h | Huyện | | |
        | | select_multiple_from_file xa.csv | x | Xã | value=ma label=ten | huyen = ${h} |
        | choices | list_name | name | label |
        | | ds | ab | An Biên |
        | | ds | th | Tân Hiệp |
        """,
        xa_csv=COMMUNES,
    )
    assert form.question("x").choice_label("x1", "vi") == "Đông Yên"
    found = reading(form, {"h": ["ab"], "x": ["x1"]})
    assert [form.question("x").choices[place].name for place in found.offered["x"]] == ["x1"]
    assert found.data() == {"h": "ab", "x": ["x1"]}
    gone = reading(form, {"h": ["th"], "x": ["x1"]})
    assert "chọn lại" in gone.errors["x"].message


@pytest.mark.parametrize(
    "source", ["pulldata('xa', 'ten', 'ma', ${m})", "instance('xa')/root/item[ma = ${m}]/ten"]
)
def test_pulldata_looks_a_value_up(source):
    form = form_with(
        f"""
        | survey | type | name | label | calculation |
        | | text | m | Mã | |
        | | calculate | t | | {source} |
        """,
        xa_csv=COMMUNES,
    )
    assert reading(form, {"m": ["x2"]}).data() == {"m": "x2", "t": "Tân Hiệp A"}
    assert reading(form, {"m": ["x9"]}).data() == {"m": "x9"}


def test_a_counted_repeat_has_as_many_instances_as_its_count():
    form = definition("""
        | survey | type | name | label | repeat_count | calculation |
        | | integer | n | Bao nhiêu | | |
        | | begin repeat | r | R | ${n} | |
        | | text | t | T | | |
        | | calculate | so | | | position(..) |
        | | end repeat | | | | |
        """)
    found = reading(form, {"n": ["2"], "r-0-t": ["a"], "r-5-t": ["lạc"]})
    assert found.shown_instances("r") == [0, 1]
    assert found.data() == {"n": 2, "r": [{"t": "a", "so": 1}, {"so": 2}]}
    assert reading(form, {"n": ["0"]}).shown_instances("r") == []
    assert reading(form, {"n": ["1000"]}).shown_instances("r")[-1] == 99


def test_expressions_reach_other_instances_of_a_repeat():
    form = definition("""
        | survey | type | name | label | calculation | relevant |
        | | begin repeat | r | R | | |
        | | integer | x | X | | |
        | | begin group | g | G | | |
        | | integer | y | Y | | ../../x > 1 |
        | | calculate | truoc | | indexed-repeat(${x}, ${r}, position(../..) - 1) | |
        | | calculate | phan | | ../../x div sum(../../../r/x) | |
        | | end group | | | | |
        | | end repeat | | | | |
        | | calculate | tong | | sum(${x}) | |
        """)
    found = reading(form, {"r-0-x": ["1"], "r-1-x": ["3"], "r-1-g-y": ["2"]})
    assert found.hidden == {"r-0-y"}
    rows = found.data()["r"]
    assert rows[0] == {"x": 1, "phan": "0.25"}
    assert rows[1]["truoc"] == 1
    assert found.values["tong"] == Decimal(4)


def test_a_value_worked_out_once_stays():
    form = one("calculate", calculation="once(random())")
    first = reading(form, {})
    again = reading(form, {}, earlier=Typed(first.written))
    assert first.data() == again.data() != reading(form, {}).data()


def test_a_trigger_works_out_a_value_that_may_be_typed_over():
    form = definition("""
        | survey | type | name | label | calculation | trigger |
        | | integer | n | N | | |
        | | integer | gap_doi | Gấp đôi | ${n} * 2 | ${n} |
        """)
    first = reading(form, {"n": ["4"], "gap_doi": [""]})
    assert first.data() == {"n": 4, "gap_doi": 8}
    saved = Typed({"n": ["4"], **first.written})
    typed_over = reading(form, {"n": ["4"], "gap_doi": ["9"]}, earlier=saved)
    assert typed_over.data() == {"n": 4, "gap_doi": 9}
    changed = reading(form, {"n": ["5"], "gap_doi": ["8"]}, earlier=saved)
    assert changed.data() == {"n": 5, "gap_doi": 10}


def test_a_triggered_calculation_waits_for_its_trigger():
    form = definition("""
        | survey | type | name | label | calculation | trigger |
        | | integer | n | N | | |
        | | integer | m | M | | |
        | | calculate | c | | ${n} + ${m} | ${n} |
        """)
    first = reading(form, {"n": ["1"], "m": ["1"]})
    assert first.data()["c"] == 2
    saved = Typed({"n": ["1"], "m": ["1"], **first.written})
    assert reading(form, {"n": ["1"], "m": ["5"]}, earlier=saved).data()["c"] == 2
    assert reading(form, {"n": ["2"], "m": ["5"]}, earlier=saved).data()["c"] == 7
    # What is kept until the next time is no number as people write it.
    many = reading(form, {"n": ["1.200"], "m": ["34"]})
    kept = Typed({"n": ["1.200"], "m": ["34"], **many.written})
    assert reading(form, {"n": ["1.200"], "m": ["0"]}, earlier=kept).data()["c"] == 1234


def test_defaults_are_worked_out_when_the_form_is_opened():
    form = definition("""
        | survey | type | name | label | default |
        | | date | ngay | Ngày | today() |
        | | integer | n | N | 1 + 2 |
        | | text | t | T | concat('Đợt ', ${n}) |
        | | select_multiple ds | c | C | x y |
        | | begin repeat | r | R | |
        | | integer | k | K | 5 |
        | | text | v | V | |
        | | end repeat | | | |
        | choices | list_name | name | label |
        | | ds | x | X |
        | | ds | y | Y |
        """)
    typed = first_typed(form, Around("vi", NOW))
    assert typed == {
        "ngay": ["20/8/2021"],
        "n": ["3"],
        "t": ["Đợt "],
        "c": ["x", "y"],
        "r-0-k": ["5"],
    }
    untouched = reading(form, typed)
    assert "r" not in untouched.data()
    assert instance_typed(untouched, "r", 3) == {"r-3-k": ["5"]}
    assert reading(form, {**typed, "r-0-v": ["a"]}).data()["r"] == [{"k": 5, "v": "a"}]


def test_a_wrong_date_is_no_subtraction():
    form = "| survey | type | name | label | default |\n| | date | a | A | 2021-13-40 |"
    assert errors(form) == [("survey!D2", "default")]


def test_a_disabled_row_is_not_there():
    form = definition("""
        | survey | type | name | label | disabled |
        | | text | a | A | |
        | | text | b | B | yes |
        """)
    assert [question.name for question in form.questions] == ["a"]


def test_a_choice_without_a_list_is_told():
    assert errors("""
        | survey | type | name | label |
        | | select_one ds | a | A |
        | choices | list_name | name | label |
        | | ds | x | X |
        | | | y | Y |
        """) == [("choices!A3", "no_list_name")]


def test_parameters_of_other_tools_are_only_warned_of():
    compiled = markdown("""
        | survey | type | name | label | parameters |
        | | range | a | A | start=1 end=5 step=1 foo=3 |
        | | text | b | B | max-length=9 |
        """)
    assert [warning.key for warning in compiled.warnings] == ["unknown_parameter", "no_effect"]


@pytest.mark.parametrize(
    ("kind", "default", "kept"),
    [
        ("integer", "1.000", 1000),
        ("integer", "0", 0),
        ("decimal", "2,5", "2.5"),
        ("date", "4/6/2021", "2021-06-04"),
        ("date", "today()", "2021-08-20"),
        ("select_multiple ds", "x z", ["x", "z"]),
        ("text", "concat('a', 'b')", "ab"),
        ("hidden", "concat('a', 'b')", "ab"),
        ("hidden", "web", "web"),
    ],
)
def test_a_default_that_nobody_can_type_over_is_kept_as_if_typed(kind, default, kept):
    form = one(kind, LIST, default=default, read_only="yes")
    found = reading(form, {"a": ["giả"]})
    assert found.data() == {"a": kept}
    assert reading(form, {}, earlier=Typed(found.written)).data() == {"a": kept}


def test_a_default_of_a_given_question_is_worked_out_when_the_form_is_opened():
    form = one("date", default="today()", read_only="yes")
    first = reading(form, {})
    later = Around("vi", NOW + timedelta(days=9), earlier=Typed(first.written))
    assert read(form, Typed(), later).data() == {"a": "2021-08-20"}


def test_messages_of_a_form_show_the_values_that_they_name():
    form = definition("""
        | survey | type | name | label | constraint | constraint_message |
        | | integer | tong | Tổng | | |
        | | integer | a | A | . <= ${tong} | Không quá ${tong} người. |
        """)
    found = reading(form, {"tong": ["1000"], "a": ["2000"]})
    assert found.errors["a"].message == "Không quá 1.000 người."


def test_texts_that_double_again_and_again_do_not_fill_the_memory():
    rows = "\n".join(
        f"| | calculate | c{n} | | concat(${{c{n - 1}}}, ${{c{n - 1}}}) |" for n in range(1, 60)
    )
    form = definition(
        f"| survey | type | name | label | calculation |\n| | text | c0 | C | |\n{rows}"
    )
    assert reading(form, {"c0": ["abcdefgh"]}).values["c59"] == ""


def test_a_definition_that_is_thrown_away_leaves_nothing_behind():
    form = one("text")
    reading(form, {"a": ["x"]})
    gone = weakref.ref(form)
    del form
    gc.collect()
    assert gone() is None


def test_previous_answers_and_labels_are_known():
    form = definition("""
        | survey | type | name | label | calculation |
        | | integer | n | N | |
        | | select_one ds | c | C | |
        | | calculate | tang | | ${n} - previous(${n}) |
        | | calculate | ten | | jr:choice-name(${c}, '${c}') |
        | choices | list_name | name | label |
        | | ds | x | Ích |
        """)
    found = reading(form, {"n": ["5"], "c": ["x"]}, previous={"n": Decimal(3)})
    assert found.data() == {"n": 5, "c": "x", "tang": 2, "ten": "Ích"}


# --- paths ---


PATHS = """
    | survey | type | name | label | relevant |
    | | text | ngoai | Ngoài | |
    | | begin repeat | r | R | |
    | | begin group | g | G | |
    | | text | a | A | {path} = 'x' |
    | | text | b | B | |
    | | end group | | | |
    | | text | c | C | |
    | | end repeat | | | |
    """


@pytest.mark.parametrize(
    ("path", "node"),
    [
        ("../b", Reference("b")),
        ("current()/../b", Reference("b")),
        ("./../../c", Reference("c")),
        ("../../c", Reference("c")),
        ("../../../ngoai", Reference("ngoai")),
        ("../../../r/c", Every("c")),
        ("/data/ngoai", Reference("ngoai")),
        ("/data/r/g/b", Reference("b")),
        ("/data/r", Reference("r")),
    ],
)
def test_a_path_leads_to_a_question(path, node):
    relevant = definition(PATHS.format(path=path)).question("a").relevant
    assert relevant is not None
    assert relevant.node.left == node


@pytest.mark.parametrize("path", ["../khong", "../../../../..", "../b/d", "..", "/data/g/b"])
def test_a_path_that_leads_nowhere_is_refused(path):
    assert errors(PATHS.format(path=path)) == [("survey!D5", "expression")]


def test_in_a_choice_filter_a_bare_name_is_a_column():
    form = """
        | survey | type | name | label | choice_filter |
        | | text | t | T | |
        | | select_one ds | a | A | {filter} |
        | choices | list_name | name | label | tinh |
        | | ds | x | X | kg |
        """
    found = definition(form.format(filter="tinh = current()/../t")).question("a").choice_filter
    assert found is not None
    assert (found.node.left, found.node.right) == (Field("tinh"), Reference("t"))
    assert errors(form.format(filter="huyen = ${t}")) == [("survey!D3", "expression")]
    current = definition(form.format(filter="name != current()/.")).question("a").choice_filter
    assert current is not None
    assert current.node.right == Current()


# --- what is refused, and where ---


@pytest.mark.parametrize(
    ("row", "place"),
    [
        ("| | begin group | g | G |", ("survey!A2", "open_group")),
        ("| | end group | | |", ("survey!A2", "stray_end")),
        ("| | text | a | |", ("survey!C2", "no_label")),
        ("| | text | meta | A |", ("survey!B2", "reserved")),
        ("| | calculate | a | A |", ("survey!D2", "no_formula")),
        ("| | select_one_from_file xa.csv | a | A |", ("survey!A2", "file_missing")),
        ("| | select_one_from_file xa.xml | a | A |", ("survey!A2", "file_kind")),
        ("| | range | a | A | | start=3 end=3 |", ("survey!E2", "parameter")),
        ("| | range | a | A | | nhanh |", ("survey!E2", "parameter")),
        ("| | range | a | A | | start=1e2 end=3e2 |", ("survey!E2", "parameter")),
        ("| | range | a | A | | start=NaN end=3 |", ("survey!E2", "parameter")),
        ("| | text | a | A | | | x |", ("survey!F2", "choice_filter")),
        ("| | text | a | A | | | | 2 |", ("survey!G2", "repeat_count")),
        ("| | calculate | a | | position(..) |", ("survey!D2", "outside_repeat")),
        ("| | calculate | a | | 1 | | | | b |", ("survey!H2", "trigger")),
        ("| | text | a | A | | | | | ${a} |", ("survey!H2", "no_calculation")),
        ("| | text | a | A | pulldata('k', 'a', 'b', 'c') |", ("survey!D2", "file_missing")),
        ("| | text | a | A | | | | | | a.png |", ("survey!I2", "file_missing")),
    ],
)
def test_every_slip_is_told_by_its_cell(row, place):
    headings = "calculation | parameters | choice_filter | repeat_count | trigger | image"
    form = f"| survey | type | name | label | {headings} |\n{row}"
    assert place in errors(form)


def test_groups_are_nested_only_so_deep():
    rows = [f"| | begin group | g{n} | G |" for n in range(12)] + ["| | end group | | |"] * 12
    found = errors("| survey | type | name | label |\n" + "\n".join(rows))
    assert found == [("survey!A12", "too_deep")]


def test_no_nesting_is_too_deep_to_be_refused():
    rows = [f"| | begin group | g{n} | G |" for n in range(990)]
    rows += ["| | text | a | A |", *["| | end group | | |"] * 990]
    found = errors("| survey | type | name | label |\n" + "\n".join(rows))
    assert found == [("survey!A12", "too_deep")]


def test_all_questions_offer_only_so_many_choices():
    rows = "\n".join(f"| | select_multiple l | q{n} | Q |" for n in range(24))
    choices = "\n".join(f"| | l | c{n} | C |" for n in range(4_900))
    form = "| survey | type | name | label |\n{}\n| choices | list_name | name | label |\n{}"
    assert errors(form.format(rows, choices)) == [("survey!A22", "too_many_offered")]


def test_a_repeat_holds_only_so_many_questions():
    rows = "\n".join(f"| | text | q{n} | Q |" for n in range(101))
    head = "| survey | type | name | label |\n| | begin repeat | r | R |"
    found = errors(f"{head}\n{rows}\n| | end repeat | | |")
    assert found == [("survey!A103", "too_many_in_repeat")]


def test_a_table_needs_rows_that_are_alike():
    form = """
        | survey | type | name | label | appearance | calculation |
        | | begin group | bang | Bảng | matrix |
        | | begin group | d1 | Dòng 1 | |
        | | integer | a | A | |
        | | integer | b | B | |
        | | end group | | | |
        | | begin group | d2 | Dòng 2 | |
        | | integer | c | A | |
        {more}
        | | end group | | | |
        | | end group | | | |
        """
    assert errors(form.format(more="")) == [("survey!D2", "matrix")]
    whole = definition(form.format(more="| | calculate | d | B | | 1 |"))
    table = whole.children[0]
    assert isinstance(table, Group)
    assert table.appearance == ("matrix",)


def test_pictures_come_with_the_form():
    form = """
        | survey | type | name | label | media::image::Tiếng Việt (vi) |
        | | text | a | A | so_do.png |
        """
    with pytest.raises(FormErrors) as caught:
        form_with(form, so_do_png=PICTURE)
    assert caught.value.errors[0].key == "file_missing"
    lines = "\n".join(line.strip() for line in form.strip().splitlines()).encode()
    found = compile_form(lines, "f.md", {"so_do.png": PICTURE}).definition
    assert [name for name, _ in found.files] == ["so_do.png"]
    with pytest.raises(FormErrors) as wrong:
        compile_form(lines, "f.md", {"so_do.png": b"<svg/>"})
    assert [error.key for error in wrong.value.errors] == ["image_kind"]


def test_what_tells_who_answers_is_known_for_anonymous_rounds():
    compiled = markdown("""
        | survey | type | name | label | default |
        | | start | s | | |
        | | deviceid | d | | |
        | | text | t | T | now() |
        | | geopoint | g | G | |
        | | image | i | I | |
        """)
    places = [(finding.place, finding.key) for finding in compiled.identifying]
    assert places == [
        ("survey!A2", "identifying"),
        ("survey!A3", "identifying"),
        ("survey!D4", "identifying"),
        ("survey!A5", "identifying"),
        ("survey!A6", "identifying"),
    ]
    assert "ẩn danh" in compiled.identifying[0].sentence("vi")
    assert [finding.key for finding in compiled.warnings] == ["no_device"]


def test_checks_are_read_with_their_messages():
    form = definition("""
        | survey | type | name | label |
        | | integer | n | Số cuộc |
        | checks | name | expression | message | message::English (en) | explain | question |
        | | tang_vot | ${n} > 4 * previous(${n}) | Tăng hơn 4 lần. | Up | yes | n |
        """)
    (check,) = form.checks
    assert (check.name, check.explain, check.question) == ("tang_vot", True, "n")
    assert check.message.text("en") == "Up"


def test_wrong_checks_are_told_by_cell():
    assert errors("""
        | survey | type | name | label |
        | | integer | n | N |
        | checks | name | expression | message | explain | question |
        | | a | ${m} > 1 | A | maybe | |
        | | a | ${n} > | B | | k |
        | | | | | | n |
        | | a-b | ${n} > 1 | C | | |
        """) == [
        ("checks!B2", "reference"),
        ("checks!D2", "yes_no"),
        ("checks!A3", "duplicate_check"),
        ("checks!B3", "expression"),
        ("checks!E3", "reference"),
        ("checks!A4", "no_expression"),
        ("checks!B4", "no_expression"),
        ("checks!C4", "no_expression"),
        ("checks!A5", "name"),
    ]


def test_everything_survives_the_way_through_json():
    form = form_with(
        """
        | survey | type | name | label | parameters | choice_filter | trigger | calculation|default|
        | | select_one_from_file xa.csv | x | X | value=ma label=ten | huyen != '' | | | |
        | | range | r | R | start=1 end=5 | | | | |
        | | text | t | T | | | ${r} | ${r} + 1 | |
        | | date | d | D | | | | | today() |
        | checks | name | expression | message |
        | | c | ${r} > 4 | Nhiều |
        """,
        xa_csv=COMMUNES,
    )
    back = definition_from_json(definition_to_json(form))
    assert back.digest == form.digest
    assert back.children == form.children
    assert back.checks == form.checks


def test_a_language_without_a_column_of_its_own_is_vietnamese():
    form = definition("""
        | survey | type | name | label | label::English (en) |
        | | text | a | Tên | Name |
        """)
    assert form.languages == ("vi", "en")
    assert form.question("a").labels.text("vi") == "Tên"


def test_the_title_may_be_translated():
    form = definition("""
        | survey | type | name | label |
        | | text | a | Tên |
        | settings | form_title | form_title::English (en) | form_id |
        | | Báo cáo | Report | bc |
        """)
    assert (form.title.text("vi"), form.title.text("en")) == ("Báo cáo", "Report")


def test_a_wrong_expression_has_its_place_in_the_original():
    with pytest.raises(FormErrors) as caught:
        definition("""
            | survey | type | name | label | relevant |
            | | text | a | A | |
            | | text | b | B | ${a} = “x |
            """)
    source, caret = caught.value.errors[0].sentence("vi").splitlines()[1:]
    assert source[caret.index("^")] == "“"


def test_a_moment_counts_where_the_board_is():
    form = one("dateTime", constraint=". <= now()")
    late = datetime(2021, 8, 20, 23, 0)  # noqa: DTZ001 - as a clock shows it
    assert reading(form, {"a": ["20/8/2021 07:59"]}).valid
    assert not read(form, Typed({"a": ["20/8/2021 08:01"]}), Around("vi", NOW)).valid
    assert read(form, Typed({"a": ["20/8/2021 08:01"]}), Around("vi", late)).valid


def test_a_form_of_thousands_of_questions_is_refused_at_its_first_row_too_many():
    rows = "\n".join(f"| | text | q{number} | Q |" for number in range(2_001))
    assert errors(f"| survey | type | name | label |\n{rows}") == [
        ("survey!A2002", "too_many_questions")
    ]
