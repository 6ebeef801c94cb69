"""Tables of kind `distribution`: counts, shares, scores, and what is too small to show."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from exports.cells import Formula, Sheet
from exports.feedback import ReviewedComment
from exports.options import WorkbookOptions
from tests.exports.small import (
    campaign,
    cells_of,
    choices,
    closed,
    column,
    expression,
    form,
    number_of,
    public,
    question,
    row_of,
    sent,
    sheet_of,
    shown,
    table,
    texts,
    unit,
)

SCALE = choices(
    ("5", "Rất tốt"), ("4", "Tốt"), ("3", "Bình thường"), ("2", "Kém"), ("1", "Rất kém")
)
WAYS = choices(("hn", "Hội nghị"), ("ol", "Trực tuyến"))
TOO_FEW = "Chưa đủ số phiếu tối thiểu để hiển thị kết quả"
FORM = form(
    question("nhom", "select_one", choices=choices(("a", "Nhóm A"), ("b", "Nhóm B"))),
    question("diem", "select_one", choices=SCALE),
    question("cach", "select_multiple", choices=WAYS),
    question("gop_y", "text"),
    tables=[
        table(
            "distribution",
            column("d", "${diem}", "scale"),
            column("c", "${cach}", "text"),
            column("g", "${gop_y}", "text"),
            filter=expression("${nhom} = 'a'"),
        )
    ],
)


def feedback(*given: dict[str, Any], times: int = 1) -> Sheet:
    answers = [{"nhom": "a", **one} for one in given] * times
    return sheet_of(campaign(public(FORM, answers)))


def test_choices_are_counted_with_live_shares_of_those_who_answered() -> None:
    sheet = feedback({"diem": "5"}, {"diem": "5"}, {"diem": "2"}, {}, times=4)
    assert row_of(sheet, "Rất tốt") == [1, "Rất tốt", 8, Decimal("66.7")]
    assert row_of(sheet, "Tốt") == [2, "Tốt", 0, 0]
    assert row_of(sheet, "Số người trả lời") == [None, "Số người trả lời", 12, None]
    assert isinstance(cells_of(sheet, "Rất tốt")[3], Formula)
    assert any("16 phiếu" in text for text in texts(sheet))


def test_a_scale_has_a_mean_and_a_share_of_the_two_best_levels() -> None:
    sheet = feedback({"diem": "5"}, {"diem": "4"}, {"diem": "4"}, {"diem": "1"}, times=3)
    assert row_of(sheet, "Điểm bình quân (thang 1-5)")[2] == Decimal("3.50")
    assert row_of(sheet, "Tỷ lệ chọn mức 4-5 (%)")[2:] == [9, 75]


def test_several_choices_are_shares_of_persons() -> None:
    sheet = feedback({"cach": ["hn", "ol"]}, {"cach": ["hn"]}, times=6)
    assert row_of(sheet, "Hội nghị")[2:] == [12, 100]
    assert row_of(sheet, "Trực tuyến")[2:] == [6, 50]
    assert any("lớn hơn 100%" in text for text in texts(sheet))


def test_a_group_under_the_threshold_shows_only_that_it_is() -> None:
    answers = [{"nhom": "a", "diem": "5", "gop_y": "riêng tư"}] * 9 + [{"nhom": "b"}] * 50
    sheet = sheet_of(campaign(public(FORM, answers)))
    assert TOO_FEW in texts(sheet)
    figures = [
        cell for row in sheet.rows for cell in map(shown, row.cells) if isinstance(cell, int)
    ]
    assert figures == []
    assert any(f"; {TOO_FEW})" in text for text in texts(sheet))


def test_ten_are_enough_and_the_round_may_ask_for_more() -> None:
    answers = [{"nhom": "a", "diem": "5"}] * 10
    assert row_of(sheet_of(campaign(public(FORM, answers))), "Rất tốt")[2] == 10
    assert TOO_FEW in texts(sheet_of(campaign(public(FORM, answers, threshold=11))))


def test_a_question_that_few_answered_is_not_shown() -> None:
    sheet = feedback(*[{"diem": "5"}] * 12, *[{"cach": ["hn"]}] * 9)
    assert row_of(sheet, "Rất tốt")[2] == 12
    assert "Hội nghị" not in texts(sheet)
    assert texts(sheet).count(TOO_FEW) == 1


def test_free_text_is_never_printed() -> None:
    sheet = feedback({"gop_y": "Xin đừng in", "diem": "5"}, times=20)
    assert "Xin đừng in" not in " ".join(texts(sheet))
    assert any("Ban đã duyệt" in text for text in texts(sheet))


def test_no_comment_is_printed_as_none_has_been_reviewed() -> None:
    sheet = feedback({"gop_y": "Xin đừng in", "diem": "5"}, times=20)
    title = number_of(sheet, "Ý kiến đã duyệt")
    assert sheet.rows[title].cells[0] == "Không có"


def test_comments_that_were_reviewed_are_printed_for_their_group_alone() -> None:
    said = [ReviewedComment({"nhom": "a"}, "Hay"), ReviewedComment({"nhom": "b"}, "Dở")]
    said.append(ReviewedComment({"nhom": None}, "Không rõ"))
    answers = [{"nhom": "a", "diem": "5"}] * 12
    sheet = sheet_of(campaign(public(FORM, answers, comments=said)))
    title = number_of(sheet, "Ý kiến đã duyệt")
    assert sheet.rows[title].cells[0] == "Hay"
    assert not {"Dở", "Không rõ"} & set(texts(sheet))


def test_no_feedback_at_all_looks_like_little_feedback() -> None:
    little = [{"nhom": "a", "diem": "5"}] * 9
    assert sheet_of(campaign(public(FORM, []))) == sheet_of(campaign(public(FORM, little)))


def test_no_report_at_all_prints_the_heading_and_nothing() -> None:
    sheet = sheet_of(campaign(closed(FORM)))
    assert number_of(sheet, "Không có") > number_of(sheet, "Phương án")


def test_reports_of_units_are_counted_whatever_their_number() -> None:
    responses = [sent(unit("A1"), FORM, {"nhom": "a", "diem": "4"})]
    assert row_of(sheet_of(campaign(closed(FORM, *responses))), "Tốt")[2:] == [1, 100]


def test_a_choice_of_an_older_form_is_still_counted() -> None:
    sheet = feedback({"diem": "0"}, {"diem": "5"}, times=10)
    assert row_of(sheet, "0")[2:] == [10, 50]


def test_of_a_rank_the_first_places_are_counted() -> None:
    definition = form(
        question("thu_tu", "rank", choices=WAYS),
        tables=[table("distribution", column("t", "${thu_tu}", "text"))],
    )
    given = [{"thu_tu": ["hn", "ol"]}] * 9 + [{"thu_tu": ["ol", "hn"]}] * 3
    sheet = sheet_of(campaign(public(definition, given)))
    assert "Số lần được xếp thứ nhất." in texts(sheet)
    assert row_of(sheet, "Hội nghị") == [1, "Hội nghị", 9, 75]


def test_a_choice_that_vanished_keeps_its_label_and_comes_last() -> None:
    older = form(
        question("nhom", "select_one", choices=choices(("a", "Nhóm A"))),
        question("cach", "select_multiple", choices=choices(("td", "Trực đài"), ("hn", "Họp"))),
    )
    answers = [{"nhom": "a", "cach": ["hn"]}] * 6 + [{"nhom": "a", "cach": ["td", "hn"]}] * 6
    responses = public(FORM, answers, versions=(FORM,) * 6 + (older,) * 6)
    sheet = sheet_of(campaign(responses))
    assert row_of(sheet, "Hội nghị")[:3] == [1, "Hội nghị", 12]
    assert row_of(sheet, "Trực tuyến")[:3] == [2, "Trực tuyến", 0]
    assert row_of(sheet, "Trực đài")[:3] == [3, "Trực đài", 6]


def test_a_choice_that_vanished_and_was_never_made_is_not_there() -> None:
    older = form(question("cach", "select_multiple", choices=choices(("td", "Trực đài"))))
    answers = [{"nhom": "a", "cach": ["hn"]}] * 12
    responses = public(FORM, answers, versions=(FORM,) * 11 + (older,))
    assert "Trực đài" not in texts(sheet_of(campaign(responses)))


def test_answers_of_another_type_are_left_out_of_a_mean() -> None:
    asked = form(
        question("so", "integer"), tables=[table("distribution", column("s", "${so}", "integer"))]
    )
    older = form(question("so", "text"))
    answers = [{"so": 4}] * 10 + [{"so": "nhiều"}] * 10
    responses = public(asked, answers, versions=(asked,) * 10 + (older,) * 10)
    sheet = sheet_of(campaign(responses))
    assert row_of(sheet, "Số người trả lời")[2] == 10
    assert row_of(sheet, "Bình quân")[2] == 4


def test_whoever_exports_may_ask_for_larger_groups() -> None:
    answers = [{"nhom": "a", "diem": "5"}] * 12 + [{"nhom": "a", "diem": "4", "cach": ["hn"]}] * 12
    comments = [ReviewedComment({"nhom": "a"}, "Rất bổ ích")]
    whole = campaign(public(FORM, answers, comments=comments))
    shown_ = sheet_of(replace(whole, options=WorkbookOptions(least=24)))
    assert row_of(shown_, "Rất tốt")[2] == 12
    assert "Hội nghị" not in texts(shown_)
    assert "Rất bổ ích" in texts(shown_)
    hidden = sheet_of(replace(whole, options=WorkbookOptions(least=25)))
    assert TOO_FEW in texts(hidden)
    assert {"Rất tốt", "Rất bổ ích"}.isdisjoint(texts(hidden))
    facts = texts(sheet_of(replace(whole, options=WorkbookOptions(least=25)), "17."))
    assert TOO_FEW in facts
    assert "ít nhất 24" not in facts


def test_the_head_says_that_the_newest_feedback_waits_and_not_how_much() -> None:
    few, many = (feedback({"diem": "5"}, times=times) for times in (10, 13))
    (note,) = (text for text in texts(few) if "phiếu mới nhất" in text)
    assert note in texts(many)
    assert number_of(few, note) < number_of(few, "Phương án")
    reports = closed(FORM, sent(unit("A1"), FORM, {"nhom": "a", "diem": "5"}))
    assert not any("phiếu mới nhất" in text for text in texts(sheet_of(campaign(reports))))
