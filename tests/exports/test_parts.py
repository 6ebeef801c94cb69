"""Units that the unit above has asked are a part of it: no count of units has them twice."""

from __future__ import annotations

import re
from dataclasses import replace

from exports.cells import Cell, Formula
from exports.narrowing import narrowed
from exports.options import WorkbookOptions
from exports.report_places import Place, report_places
from exports.rounds import Consolidation
from exports.tables import build_sheets
from tests.exports.campaigns import Shape, make_campaign
from tests.exports.communes import NAMES, with_communes
from tests.exports.documents import report_on
from tests.exports.small import row_of, shown, texts

WHOLE = make_campaign(21, Shape(sent=0.7, answered=1.0))
ASKED = with_communes(WHOLE)
SHEETS = {sheet.name.partition(".")[0]: sheet for sheet in build_sheets(WHOLE)}
NOW = {sheet.name.partition(".")[0]: sheet for sheet in build_sheets(ASKED)}


def figures(sheets: dict[str, object], position: str, first: str) -> list[list[Cell]]:
    """Return the rows that a word begins in one of the first two cells, without their labels."""
    return [
        [shown(cell) for cell in row.cells[2:] if isinstance(cell, Formula)]
        for row in sheets[position].rows
        if any(str(cell).startswith(first) for cell in row.cells[:2])
    ]


def test_progress_counts_the_units_that_the_board_asked() -> None:
    assert figures(NOW, "1", "CỘNG CÁC KHỐI") == figures(SHEETS, "1", "CỘNG CÁC KHỐI")
    assert "xa_phuong_thi_tran" not in [row.cells[0] for row in NOW["1"].rows if row.cells]
    assert "Nộp trễ (cấp dưới)" in row_of(NOW["1"], NAMES[1])
    assert any("Đợt 2: " in t and "(ngoài ra 2/3 đơn vị cấp dưới đã gửi)" in t
               for t in texts(NOW["1"]))  # fmt: skip
    assert any(text.startswith("“(cấp dưới)”") for text in texts(NOW["1"]))
    assert not any("cấp dưới" in text for text in texts(SHEETS["1"]))


def test_opinions_are_counted_of_units_and_the_others_are_marked() -> None:
    labels = ("Tốt", "Khá", "Đạt yêu cầu", "Chưa đạt yêu cầu", "Số đơn vị đã đánh giá")
    for label in labels:
        counted = [
            [shown(c) for c in row.cells if isinstance(c, Formula)]
            for row in NOW["8"].rows
            if label in row.cells[:3] and any(isinstance(c, Formula) for c in row.cells)
        ]
        before = [
            [shown(c) for c in row.cells if isinstance(c, Formula)]
            for row in SHEETS["8"].rows
            if label in row.cells[:3] and any(isinstance(c, Formula) for c in row.cells)
        ]
        assert counted == before
        assert counted
    assert row_of(NOW["8"], NAMES[1])[-1] == "–"
    assert row_of(NOW["8"], "Huyện ủy An Biên")[-1] == "x"
    assert any(text.startswith("Dấu “–”: đơn vị cấp dưới") for text in texts(NOW["8"]))


def test_the_comparison_of_rounds_counts_units_alike() -> None:
    assert figures(NOW, "14", "Số đơn vị") == figures(SHEETS, "14", "Số đơn vị")


def places(whole: Consolidation) -> dict[str, Place]:
    return report_places(report_on(whole))


def test_the_word_report_counts_units_alike() -> None:
    before, after = places(WHOLE), places(ASKED)
    names = [
        name for name in before
        if ".chon." in name or name.startswith(("chon.", "bieu_"))
        or re.fullmatch(r"(dot2\.)?(moi\.|bat_buoc\.)?\w+", name)
    ]  # fmt: skip
    assert len(names) > 100
    changed = {n: (before[n].text, after[n].text) for n in names if before[n] != after[n]}
    assert changed == {}


def test_a_part_that_totals_count_is_a_unit_of_its_own() -> None:
    asked = ASKED.rounds[1]
    own = tuple(
        replace(r, unit=replace(r.unit, counted=True)) if r.asked_by else r for r in asked.responses
    )
    assert len(replace(asked, responses=own).of_units) == len(asked.of_units) + len(NAMES)


def test_parts_alone_are_units_when_the_one_that_asked_is_not_told_of() -> None:
    chosen = WorkbookOptions(groups=("xa_phuong_thi_tran",))
    assert [len(asked.of_units) for asked in narrowed(ASKED, chosen).rounds if asked.responses] == [
        len(NAMES)
    ]
