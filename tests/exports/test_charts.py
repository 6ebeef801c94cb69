"""The sheet of charts: what is drawn, over which cells, and how it is printed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from io import BytesIO
from xml.etree import ElementTree as ET
from zipfile import ZipFile

from openpyxl import load_workbook
from openpyxl.utils import get_column_letter

from exports.cells import Formula, Sheet
from exports.rounds import Consolidation
from exports.tables import build_sheets
from tests.exports.books import write
from tests.exports.campaigns import Shape, make_campaign
from tests.exports.small import campaign, closed, column, form, question, sent, table, unit

WHOLE = make_campaign(5, Shape(feedback=60, difficulties=3))
SHEET = "Biểu đồ"
CHART = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
DRAWING = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
RANGE = re.compile(r"'Biểu đồ'!\$([A-Z]+)\$(\d+)(?::\$([A-Z]+)\$(\d+))?")


@dataclass(frozen=True)
class Drawn:
    """A chart as it stands in the file: its title, and the ranges of each kind of bars."""

    title: str
    series: tuple[tuple[str, str, str], ...]
    xml: str


def drawn(book: bytes) -> Iterator[Drawn]:
    with ZipFile(BytesIO(book)) as archive:
        names = [name for name in archive.namelist() if name.startswith("xl/charts/chart")]
        for name in sorted(names, key=lambda name: int(re.sub(r"\D", "", name))):
            xml = archive.read(name).decode()
            root = ET.fromstring(xml)  # noqa: S314 - a file of our own
            title = "".join(t.text or "" for t in root.iter(f"{DRAWING}t"))
            series = tuple(map(bars, root.iter(f"{CHART}ser")))
            yield Drawn(title, series, xml)


def bars(series: ET.Element) -> tuple[str, str, str]:
    """Return where the name, the points and the figures of a kind of bars stand."""
    name, points, figures = (
        str(series.findtext(f"{CHART}{part}//{CHART}f")) for part in ("tx", "cat", "val")
    )
    return name, points, figures


def place(text: str) -> tuple[str, int, int]:
    """Return the column of a range on the sheet of charts, its first and its last row."""
    found = RANGE.fullmatch(text)
    assert found, text
    assert found[3] in (None, found[1])
    return found[1], int(found[2]), int(found[4] or found[2])


BOOK = write(WHOLE)
CHARTS = list(drawn(BOOK))
LIVE = load_workbook(BytesIO(BOOK))[SHEET]


def charts_sheet(whole: Consolidation) -> Sheet:
    return next(sheet for sheet in build_sheets(whole) if sheet.name == SHEET)


def test_what_the_forms_and_the_progress_ask_for_is_drawn() -> None:
    titles = [re.sub(r"^Biểu đồ \d+\. ", "", chart.title) for chart in CHARTS]
    for begin in (
        "Tiến độ gửi báo cáo theo khối, số đơn vị (Đợt 1)",
        "Tiến độ gửi báo cáo theo khối, số đơn vị (Đợt 2)",
        "Tổng cộng: lượt người dự theo khối (Biểu 1",
        "Tổng cộng: lượt người dự theo khối (Biểu 3",
        "Đảng viên: Đã quán triệt, tỷ lệ (%) theo khối (Biểu 2",
        "Có tài liệu, tỷ lệ (%) theo đơn vị (Biểu 5 - Hộ dân)",
        "5. Nội dung và tài liệu dễ hiểu, tỷ lệ chọn (%) (Phản hồi - Nhóm 1)",
        "Tỷ lệ: so sánh giữa các đợt",
    ):
        assert any(title.startswith(begin) for title in titles), begin
    assert [chart.title.split(".")[0] for chart in CHARTS] == [
        f"Biểu đồ {number}" for number in range(1, len(CHARTS) + 1)
    ]


def test_a_chart_covers_the_rows_of_its_table_and_no_other() -> None:
    for chart in CHARTS:
        (head,) = {place(name)[1] for name, _, _ in chart.series}
        for number, (name, points, figures) in enumerate(chart.series, start=1):
            letter = get_column_letter(number + 1)
            assert place(name) == (letter, head, head)
            column, first, last = place(points)
            assert (column, first) == ("A", head + 1)
            assert place(figures) == (letter, first, last)
            assert all(LIVE.cell(row, 1).value for row in range(first, last + 1))
            assert str(LIVE.cell(last + 1, 1).value).startswith("Nguồn số liệu: ")


def test_the_figures_of_a_chart_are_live_cells_of_other_sheets() -> None:
    figures = [
        cell for row in charts_sheet(WHOLE).rows for cell in row.cells if isinstance(cell, Formula)
    ]
    assert len(figures) > 100
    assert all("!$" in cell.text for cell in figures)


def test_bars_are_told_apart_in_black_and_white_and_bear_their_numbers() -> None:
    for chart in CHARTS:
        patterns = re.findall(r'<a:pattFill prst="(\w+)"', chart.xml)
        assert len(set(patterns)) == len(chart.series)
        assert set(re.findall(r'srgbClr val="(\w+)"', chart.xml)) <= {"000000", "FFFFFF", "BFBFBF"}
        assert chart.xml.count("<c:showVal") >= len(chart.series)
        assert "Times New Roman" in chart.xml


def test_a_chart_fills_its_row_and_is_not_cut_by_the_end_of_a_page() -> None:
    sheet = charts_sheet(WHOLE)
    ends = [*sheet.breaks, len(sheet.rows)]
    tops = [0, *sheet.breaks]
    for top, end in zip(tops, ends, strict=True):
        assert sum(row.height or 0 for row in sheet.rows[top:end]) <= 720
    for chart in sheet.charts:
        assert 150 <= (sheet.rows[chart.row].height or 0) <= 409


def test_nobody_signs_a_page_on_which_no_chart_stands() -> None:
    parted = 0
    for count in range(1, 60):
        sheet = charts_sheet(many_units(count))
        last = max([0, *(row for row in sheet.breaks if row < len(sheet.rows))])
        assert sheet.charts[-1].row >= last, f"{count} units"
        parted += last == sheet.charts[-1].row - 1
    assert parted


def many_units(count: int) -> Consolidation:
    shown = replace(column("a", "${a}", total=True), chart="units")
    definition = form(question("a"), tables=[table("units", shown)])
    responses = (sent(unit(f"A{n}"), definition, {"a": n}) for n in range(count))
    return campaign(closed(definition, *responses))


def shares(*values: int) -> Consolidation:
    """Return a campaign with a chart of such percentages."""
    shown = replace(column("a", "${a}", "percent"), chart="units")
    definition = form(question("a"), tables=[table("units", shown)])
    responses = (sent(unit(f"A{n}"), definition, {"a": value}) for n, value in enumerate(values))
    return campaign(closed(definition, *responses))


def axis(whole: Consolidation) -> tuple[str | None, str | None]:
    """Return where the axis of its last chart ends, and its steps."""
    *_, last = drawn(write(whole))
    ends = (
        re.search(r'<c:max val="(\d+)"', last.xml),
        re.search(r'<c:majorUnit val="(\d+)"', last.xml),
    )
    return ends[0] and ends[0][1], ends[1] and ends[1][1]


def test_the_number_at_a_bar_of_100_percent_has_room_before_the_frame() -> None:
    end, step = axis(shares(100, 40, 99))
    assert end
    assert step
    # Beyond the bar, a seventh of its length; and no number above 100 on the axis.
    assert 112 <= int(end) < 100 + int(step)
    assert axis(shares(100, 202)) == (None, None)


def test_what_has_too_many_bars_goes_on_in_another_chart() -> None:
    charts = [c for c in drawn(write(many_units(60))) if "theo đơn vị" in c.title]
    assert [chart.title[-7:] for chart in charts] == [f"phần {n}/{len(charts)}"[-7:] for n in
                                                      range(1, len(charts) + 1)]  # fmt: skip
    rows = 0
    for chart in charts:
        _, first, last = place(chart.series[0][2])
        rows += last - first + 1
    assert rows == 60


def test_without_anything_to_draw_there_is_no_sheet() -> None:
    assert SHEET not in [sheet.name for sheet in build_sheets(campaign())]


def test_a_part_of_a_bar_without_room_for_its_number_bears_none() -> None:
    plain = next(chart for chart in CHARTS if "lượt người dự theo khối" in chart.title)
    assert formats(plain) == {"#,##0"}
    stacked = next(chart for chart in CHARTS if "Tiến độ" in chart.title)
    # The longest bar is of 36 units: a part of one is no wider than half a digit.
    assert formats(stacked) == {"#,##0", '[<2]"";#,##0'}
    definition = form(question("n"))
    few = campaign(closed(definition, sent(unit("A1"), definition, {"n": 1})))
    assert formats(next(drawn(write(few)))) == {"#,##0", '[<1]"";#,##0'}


def formats(chart: Drawn) -> set[str]:
    """Return how numbers are shown on the axis and at the bars."""
    root = ET.fromstring(chart.xml)  # noqa: S314 - a file of our own
    found = {str(one.get("formatCode")) for one in root.iter(f"{CHART}numFmt")}
    return found - {"General"}


def test_the_sheet_of_charts_is_called_so_and_not_a_table() -> None:
    shown = [cell for row in charts_sheet(WHOLE).rows for cell in row.cells]
    assert "BIỂU ĐỒ" in shown
    assert "BIỂU TỔNG HỢP" not in shown
    assert "tiến độ báo cáo và các số liệu tổng hợp" in shown
