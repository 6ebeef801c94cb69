"""The figures of a report beside others, and what is odd in a round, on every database."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from exports.options import WorkbookOptions
from exports.tables import build_sheets
from forms.explanations import Oddity, canonical_explanations
from models.following import FollowedRound
from services import assignments, campaigns, consolidation, figures, following, reporting
from services.reporting import Sending
from tests.exports.small import row_of
from tests.factories import WORKING_DAY, send_report, unit_link
from tests.services.test_correcting import give_back

UNITS = ("TU-RG", "TU-HT", "TU-PQ", "HU-AB", "HU-AM", "HU-CT", "HU-GR", "HU-GQ")


def round_of(session: Session, code: str) -> FollowedRound:
    return following.find_round(following.find_campaign(session, "kh46"), code)


def report(session: Session, unit: str, code: str = "dot1", **answers: Any) -> None:
    send_report(session, unit_link(session, code, unit), answers=json.dumps(answers))


def figures_of(session: Session, unit: str, code: str = "dot1") -> dict[str, figures.Figure]:
    link = unit_link(session, code, unit)
    assert link.assignment_id is not None
    newest = reporting.revisions(session, link.assignment_id)[0]
    found = figures.figures(session, link.assignment_id, newest)
    return {one.question.name: one for one in found.figures}


def test_a_figure_stands_beside_its_group(session: Session) -> None:
    for unit, members in (("TU-RG", 900), ("TU-HT", 100), ("HU-AB", 200), ("HU-AM", 400)):
        report(session, unit, tong_dv=members)
    report(session, "DD-PN", tong_dv=5)
    found = figures_of(session, "TU-RG")["tong_dv"]
    assert found.group == figures.Spread(3, Decimal(100), Decimal(200), Decimal(400))
    assert found.is_outside
    assert not figures_of(session, "HU-AB")["tong_dv"].is_outside
    assert (found.before, found.change) == (None, None)
    assert figures_of(session, "DD-PN")["tong_dv"].group is None


def test_what_a_withdrawn_unit_has_sent_stays_beside_the_others(session: Session) -> None:
    report(session, "TU-RG", tong_dv=1)
    report(session, "TU-HT", tong_dv=5)
    asked = campaigns.find_round(session, "dot1")
    assignments.withdraw(session, asked, ["TU-HT"], "Sáp nhập", "x", WORKING_DAY)
    spread = figures_of(session, "TU-RG")["tong_dv"].group
    assert spread == figures.Spread(1, Decimal(5), Decimal(5), Decimal(5))


def test_only_the_newest_revision_of_others_counts(session: Session) -> None:
    report(session, "TU-RG", tong_dv=1)
    report(session, "TU-HT", tong_dv=5)
    link = unit_link(session, unit_code="TU-HT")
    send_report(session, link, answers='{"tong_dv":7}', base_revision=1)
    spread = figures_of(session, "TU-RG")["tong_dv"].group
    assert spread == figures.Spread(1, Decimal(7), Decimal(7), Decimal(7))


def test_a_figure_stands_beside_the_round_before(session: Session) -> None:
    report(session, "TU-RG", "dot1", tong_cuoc=80)
    report(session, "TU-RG", "dot2", tong_cuoc=100)
    found = figures_of(session, "TU-RG", "dot2")["tong_cuoc"]
    assert (found.value, found.before, found.change) == (100, 80, 20)
    assert found.change_percent == 25
    report(session, "TU-HT", "dot1", tong_cuoc=0)
    report(session, "TU-HT", "dot2", tong_cuoc=3)
    assert figures_of(session, "TU-HT", "dot2")["tong_cuoc"].change_percent is None


def test_what_is_no_number_is_left_out(session: Session) -> None:
    report(session, "TU-RG", tong_dv="nhiều")
    report(session, "TU-HT", tong_dv="0912")
    assert "tong_dv" not in figures_of(session, "TU-RG")


def odd(session: Session, unit: str, text: str = "") -> None:
    link = unit_link(session, unit_code=unit)
    found = Oddity("luot_it_hon_nguoi", "Lượt người dự ít hơn số người", True, "tong_qt", text)
    explanations = canonical_explanations([found])
    sending = Sending(link.form_version_id, "{}", f"instance-{unit}", 0, explanations)
    reporting.submit(session, link, sending, WORKING_DAY)


def test_warnings_are_listed_in_official_order_with_what_units_say(session: Session) -> None:
    odd(session, "HU-AB", "Có người tự nghiên cứu")
    odd(session, "TU-RG")
    report(session, "TU-HT", tong_dv=1)
    asked = round_of(session, "dot1").id
    page = figures.odd_reports(session, asked, "", 1)
    codes = [one.unit_code for one in page.reports]
    assert codes == ["TU-RG", "HU-AB"]
    assert (page.found, page.warnings) == (2, 2)
    wanting = [one.oddities[0].explain for one in page.reports]
    assert page.unexplained == sum(wanting[:1])
    assert page.reports[1].oddities[0].text == "Có người tự nghiên cứu"
    for text in ("tu nghien cuu", "an bien"):
        sought = figures.odd_reports(session, asked, text, 1)
        assert [one.unit_code for one in sought.reports] == ["HU-AB"]


def test_statistics_stand_beside_the_checks_and_nobody_has_to_explain_them(
    session: Session,
) -> None:
    give_figures(session)
    asked = round_of(session, "dot1").id
    page = figures.odd_reports(session, asked, "", 1)
    [found] = page.reports
    assert (found.unit_code, page.warnings, page.unexplained) == ("TU-RG", 1, 0)
    assert found.oddities[0].question == "tong_dv"
    english = figures.odd_reports(session, asked, "modified", 1, language="en")
    assert english.reports[0].oddities[0].message.startswith("9,000 is much more than the median")
    assert figures.odd_reports(session, asked, "", 1, unexplained=True).reports == ()
    sheets = build_sheets(consolidation.collect(session, "kh46", WORKING_DAY))
    sheet = next(one for one in sheets if one.name.startswith("15."))
    assert row_of(sheet, found.oddities[0].message)[1] == found.unit_name


def test_a_returned_report_is_in_no_statistics_until_it_is_sent_again(session: Session) -> None:
    give_figures(session)
    asked = round_of(session, "dot1").id
    assert figures.odd_reports(session, asked, "", 1).found == 1
    give_back(session)
    assert figures.odd_reports(session, asked, "", 1).found == 0
    link = unit_link(session)
    send_report(session, link, answers='{"tong_dv":8000}', base_revision=1)
    [found] = figures.odd_reports(session, asked, "", 1).reports
    assert found.oddities[0].message.startswith("8.000 cao hơn nhiều")


def warned(session: Session, **options: Any) -> list[Any]:
    """Return the units that the sheet of warnings names."""
    chosen = WorkbookOptions(**options)
    found = consolidation.collect(session, "kh46", WORKING_DAY, options=chosen)
    sheet = next(one for one in build_sheets(found) if one.name.startswith("15."))
    return [row.cells[1] for row in sheet.rows if row.cells and isinstance(row.cells[0], int)]


def test_the_page_tells_which_warnings_the_workbook_leaves_out(session: Session) -> None:
    odd(session, "TU-RG")
    odd(session, "HU-AB")
    give_back(session)
    page = figures.odd_reports(session, round_of(session, "dot1").id, "", 1)
    assert (page.warnings, page.returned) == (2, 1)
    names = {one.unit_name: one.returned for one in page.reports}
    assert [name for name, returned in names.items() if not returned] == warned(session)
    assert list(names) == warned(session, returned=True)


def test_statistics_of_a_withdrawn_unit_are_neither_here_nor_in_the_workbook(
    session: Session,
) -> None:
    give_figures(session)
    assert warned(session) == ["Thành ủy Rạch Giá"]
    asked = campaigns.find_round(session, "dot1")
    assignments.withdraw(session, asked, ["TU-RG"], "Sáp nhập", "x", WORKING_DAY)
    assert figures.odd_reports(session, asked.id, "", 1).found == 0
    assert warned(session) == []


def give_figures(session: Session) -> None:
    """Send eight reports; that of TU-RG, the first, is far from the others."""
    members = (9000, 104, 98, 110, 96, 102, 105, 100)
    for unit, count in zip(UNITS, members, strict=True):
        report(session, unit, tong_dv=count)
