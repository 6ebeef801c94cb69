"""A report as people read it: what they answered, and what was computed from it."""

from forms.answers import Typed
from forms.matrix import Heading
from forms.reading import read
from tests.forms.forms import definition, shipped
from tests.forms.test_answers import IN_VIETNAMESE
from views.report import (
    ReportLine,
    ReportMatrix,
    ReportRow,
    ReportSection,
    ReportTable,
    report_sections,
)


def section(name: str, **typed: str) -> ReportSection:
    form = shipped("bao_cao_dot_1")
    answers = Typed({key: [value] for key, value in typed.items()})
    data = read(form, answers, IN_VIETNAMESE).data()
    return next(s for s in report_sections(form, data, "vi") if s.name == name)


def test_groups_keep_their_headings_and_computed_shares_are_shown() -> None:
    rows = section("doi_tuong_tai_lieu", tong_dv="1.200", qt_dv="900", tl_dv="1200").rows
    assert rows[0] == ReportLine("Đảng viên", is_heading=True)
    assert ReportRow("tong_dv", "Tổng số đảng viên", "1.200") in rows
    computed = "Hệ thống tự tính: đã được quán triệt 75%; đã có tài liệu 100%."
    assert ReportLine(computed, is_heading=False) in rows


def test_a_note_without_figures_is_left_out() -> None:
    rows = section("doi_tuong_tai_lieu", tong_dv="1").rows
    assert [row.text for row in rows if isinstance(row, ReportLine)] == ["Đảng viên"]


def test_how_to_reach_somebody_is_left_out_unless_asked_for() -> None:
    rows = section("thong_tin_chung", nguoi_lap="Cán bộ tổng hợp", dien_thoai="0297 386 2345").rows
    assert [row.name for row in rows if isinstance(row, ReportRow)] == ["nguoi_lap"]


def test_a_computed_text_of_digits_is_no_number() -> None:
    form = definition("""
        | survey | type | name | label | calculation |
        | | text | t | T | |
        | | calculate | nam | Năm | concat('20', '21') |
        | | calculate | so | Số | 1000 * 3 |
        | | calculate | le | Lẻ | 5 div 4 |
        """)
    data = read(form, Typed({"t": ["x"]}), IN_VIETNAMESE).data()
    (part,) = report_sections(form, data, "vi")
    assert [row.value for row in part.rows if isinstance(row, ReportRow)] == [
        "x", "2021", "3.000", "1,25",
    ]  # fmt: skip


def test_what_stands_outside_of_groups_keeps_its_place() -> None:
    form = definition("""
        | survey | type | name | label |
        | | text | dau | Đầu |
        | | begin group | nhom | I. Nhóm |
        | | integer | so | Số |
        | | end group | | |
        | | note | tong | Tổng: ${so} |
        | | text | cuoi | Cuối |
        """)
    data = read(form, Typed({"dau": ["a"], "so": ["5"], "cuoi": ["z"]}), IN_VIETNAMESE).data()
    assert [(part.label, part.rows) for part in report_sections(form, data, "vi")] == [
        ("", (ReportRow("dau", "Đầu", "a"),)),
        ("I. Nhóm", (ReportRow("so", "Số", "5"),)),
        ("", (ReportLine("Tổng: 5", is_heading=False), ReportRow("cuoi", "Cuối", "z"))),
    ]


def test_a_heading_above_many_answers_leaves_open_what_differs_between_them() -> None:
    form = definition("""
        | survey | type | name | label |
        | | text | nam | Năm |
        | | begin repeat | van_ban | Văn bản |
        | | text | ten | Tên |
        | | integer | trang | Số trang của **${ten}** trong năm ${nam} |
        | | end repeat | | |
        """)
    typed = Typed({"nam": ["2021"], "van_ban-0-ten": ["Kế hoạch"], "van_ban-0-trang": ["7"]})
    (table,) = report_sections(form, read(form, typed, IN_VIETNAMESE).data(), "vi")[1].rows
    assert isinstance(table, ReportTable)
    assert table.headings == ("Tên", "Số trang của … trong năm 2021")
    assert table.rows == (("Kế hoạch", "7"),)


def test_a_fixed_rows_table_has_headings_without_marks() -> None:
    form = definition("""
        | survey | type | name | label | appearance |
        | | text | nam | Năm | |
        | | begin group | bang | Bảng | matrix |
        | | begin group | dong | Dòng ${nam} | |
        | | integer | a | **Số** năm ${nam} | |
        | | end group | | | |
        | | end group | | | |
        """)
    data = read(form, Typed({"nam": ["2021"], "a": ["5"]}), IN_VIETNAMESE).data()
    (table,) = report_sections(form, data, "vi")[1].rows
    assert isinstance(table, ReportMatrix)
    assert table.columns == (Heading("Số năm 2021", "Số năm 2021"),)
    assert [(line.label, line.cells) for line in table.rows] == [("Dòng 2021", ("5",))]
