"""Which outline a campaign's Word report has: its own, or one made from what is known of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from exports.report import Report
from exports.report_outline import read_outline
from exports.report_places import report_places
from exports.report_template import make_template
from tests.exports.campaigns import Shape, make_campaign
from tests.exports.documents import OUTLINE, lines, made, marked, report_on, tables
from views.report_making import shipped_template

CAMPAIGN = make_campaign(21, Shape(sent=0.7, answered=0.9))
REPORT = report_on(CAMPAIGN)
PLACES = report_places(REPORT)
NOT_ITS_OWN = ("07-CT", "Thường vụ", "Tuyên truyền", "Tỉnh ủy", "Tuyên giáo", "Chỉ thị")


@pytest.mark.parametrize(("style", "filed"), [("party", "- Lưu."), ("decree", "- Lưu: VT.")])
def test_a_copy_with_another_plan_says_nothing_of_the_first_one(style: str, filed: str) -> None:
    copy = replace(
        CAMPAIGN, campaign_code="nq10", title="Triển khai Nghị quyết 10",
        subject="kết quả thực hiện Nghị quyết số 10-NQ/HU", board_name="Ủy ban nhân dân huyện",
        parent_body="Ủy ban nhân dân tỉnh", place="An Biên", report_symbol="/BC-UBND",
        signer_title="CHỦ TỊCH", signer_name="",
    )  # fmt: skip
    report = Report(copy, "dot2", style, "12/KH-UBND", None, "Ủy ban nhân dân huyện")
    document = made(report, shipped_template(report, report_places(report)))
    said = lines(document)
    end = next(line for line in said if line.startswith("Trên đây là"))
    assert "Ủy ban nhân dân huyện kính báo cáo Ủy ban nhân dân tỉnh xem xét" in end
    begun = next(line for line in said if line.startswith("Thực hiện"))
    assert begun.startswith(
        "Thực hiện Kế hoạch số 12/KH-UBND của Ủy ban nhân dân huyện (chuyên đề “Triển khai Nghị"
        " quyết 10”), Ủy ban nhân dân huyện báo cáo kết quả thực hiện Nghị quyết số 10-NQ/HU"
    )
    foot = next(t for t in tables(document) if "Nơi nhận:" in t[0][0])[0][0]
    assert foot.startswith("Nơi nhận:- Ủy ban nhân dân tỉnh (để b/c)")
    assert foot.endswith(filed)
    for words in NOT_ITS_OWN:
        assert words not in begun + foot + end, words
    unplanned = Report(copy, "dot2", style)
    document = made(unplanned, shipped_template(unplanned, report_places(unplanned)))
    assert any(line.startswith("Thực hiện […] (chuyên đề") for line in lines(document))
    assert "[…]" in marked(document)


def test_the_shipped_campaign_keeps_its_own_outline_as_long_as_its_plan_is_the_same() -> None:
    own = shipped_template(REPORT, PLACES)
    assert own == make_template(read_outline(OUTLINE), "party")
    other = replace(REPORT, plan_number="50-KH/BTGTU")
    assert shipped_template(other, PLACES) != own
    copied = replace(REPORT, whole=replace(CAMPAIGN, campaign_code="kh46-2022"))
    assert shipped_template(copied, PLACES) != own
