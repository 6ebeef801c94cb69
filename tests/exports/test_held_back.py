"""Returned reports that are not added up: every title and the Word report say so."""

from __future__ import annotations

from dataclasses import replace

from exports.narrowing import narrowed
from exports.options import WorkbookOptions
from exports.report_outline import general_outline
from exports.report_places import report_places
from exports.report_template import make_template
from exports.rounds import Consolidation
from exports.tables import build_sheets
from tests.exports.campaigns import Shape, make_campaign
from tests.exports.documents import body_of, lines, made, report_on, text_of
from tests.exports.small import row_of, texts

CODES = ("TU-RG", "HU-AB")
NAMES = "Thành ủy Rạch Giá, Huyện ủy An Biên"
SAID = ", trong đó 2 báo cáo đang trả lại, chưa tổng hợp"


def returned(*, wanted: bool = False) -> Consolidation:
    """Return a campaign in which two reports of the second round are returned."""
    whole = make_campaign(21, Shape(sent=1.0))
    first, second, *others = whole.rounds
    responses = tuple(
        replace(r, stage="returned", returns=1) if r.unit.code in CODES else r
        for r in second.responses
    )
    rounds = (first, replace(second, responses=responses), *others)
    return narrowed(replace(whole, rounds=rounds), WorkbookOptions(returned=wanted))


HELD = returned()
SHEETS = {sheet.name.partition(".")[0]: sheet for sheet in build_sheets(HELD)}


def test_titles_say_how_many_reports_are_not_added() -> None:
    for position in ("1", "4", "5", "8", "9"):
        assert any(SAID in text for text in texts(SHEETS[position])), position
    assert not any(SAID in text for text in texts(SHEETS["2"]))
    for sheet in build_sheets(returned(wanted=True)):
        assert not any(SAID in text for text in texts(sheet))


def test_raw_answers_have_the_returns_of_the_progress() -> None:
    columns = SHEETS["16"].rows[0].cells
    rows = {
        (row.cells[columns.index("round")], row.cells[columns.index("unit_code")]): row.cells
        for row in SHEETS["16"].rows[1:]
    }
    for code, name in zip(CODES, NAMES.split(", "), strict=True):
        assert rows["dot2", code][columns.index("returns")] == 1
        assert row_of(SHEETS["1"], name)[11] == 1


def test_the_word_report_says_how_many_and_whose() -> None:
    for source in (None, make_template(general_outline(report_on(HELD)), "party")):
        document = made(report_on(HELD), *([source] if source else []))
        said = "\n".join(lines(document))
        assert f"chưa tổng hợp số liệu: 2 báo cáo (Đợt 2: {NAMES})" in said
        assert "Báo cáo đang trả lại, chưa tổng hợp: 2." in text_of(body_of(document))
    added = made(report_on(returned(wanted=True)))
    assert "chưa tổng hợp" not in text_of(body_of(added))


def test_a_round_names_its_own() -> None:
    places = report_places(report_on(HELD))
    assert (places["dot1.tra_lai"].text, places["dot1.ds_tra_lai"].text) == ("0", "không có")
    assert (places["dot2.tra_lai"].text, places["dot2.ds_tra_lai"].text) == ("2", NAMES)
    first = report_places(report_on(HELD, "dot1"))
    assert first["tra_lai"].text == "0"
