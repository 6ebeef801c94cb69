"""A report as people read it: what they answered, and what was computed from it."""

from forms.answers import Typed
from forms.reading import read
from tests.forms.forms import definition, shipped
from tests.forms.test_answers import IN_VIETNAMESE
from views.report import ReportLine, ReportRow, ReportSection, report_sections


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
