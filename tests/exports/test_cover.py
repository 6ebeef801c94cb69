"""The cover, where the figures come from, and what the columns of the raw answers mean."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO
from typing import Any
from zipfile import ZipFile

from openpyxl import load_workbook
from openpyxl.utils.cell import range_boundaries

from exports.flatten import RESPONSE_COLUMNS
from exports.measure import count_lines, merged_width, row_height
from exports.options import WorkbookOptions
from exports.tables import build_sheets
from forms.tree import Group, Labels
from tests.exports.books import values, write
from tests.exports.campaigns import Shape, make_campaign
from tests.exports.small import (
    campaign,
    changed_later,
    choices,
    closed,
    column,
    expression,
    form,
    labels,
    public,
    question,
    row_of,
    sent,
    sheet_of,
    table,
    texts,
    unit,
)
from views.workbook import make_workbook

WHOLE = replace(
    make_campaign(5, Shape(feedback=30, difficulties=3)),
    exported_by="can.bo@ban.example",
    log_head="ab" * 32,
)
BOOK = values(write(WHOLE))


def facts(sheet: str) -> dict[str, Any]:
    """Return what stands beside each name of a sheet."""
    found = {}
    for row in BOOK[sheet].iter_rows(values_only=True):
        told = [cell for cell in row if cell is not None]
        if len(told) == 2:
            found[told[0]] = told[1]
    return found


def test_the_cover_leads_to_every_other_sheet() -> None:
    cover = BOOK["Bìa"]
    links = {
        cell.value: cell.hyperlink.location
        for row in cover.iter_rows()
        for cell in row
        if cell.hyperlink
    }
    assert list(links) == BOOK.sheetnames[1:]
    assert links["7. Văn bản triển khai"] == "'7. Văn bản triển khai'!A1"


def test_the_cover_numbers_sheets_as_their_names_do() -> None:
    rows = BOOK["Bìa"].iter_rows(values_only=True)
    numbers = {name: number for number, name, *_ in rows if name in BOOK.sheetnames}
    begins = [name.partition(". ") for name in numbers]
    assert list(numbers.values()) == [int(first) if dot else None for first, dot, _ in begins]
    assert numbers["Biểu đồ"] is None
    assert numbers["16. Dữ liệu gốc"] == 16


def test_every_sheet_leads_back_to_the_cover_from_beside_what_is_printed() -> None:
    for name in BOOK.sheetnames[1:]:
        sheet = BOOK[name]
        (link,) = [c for c in sheet[1] if c.hyperlink and c.hyperlink.location == "'Bìa'!A1"]
        assert link.value == "← Về bìa"
        printed = str(sheet.print_area).rpartition("!")[2]
        assert link.column > (range_boundaries(printed)[2] or 0)


def test_the_workbook_says_what_it_is_in_its_properties() -> None:
    told = load_workbook(BytesIO(make_workbook(WHOLE))).properties
    assert (told.title, told.subject) == (WHOLE.title, WHOLE.subject)
    assert told.creator == WHOLE.board_name
    newest = max(r.newest_at for asked in WHOLE.rounds for r in asked.responses if r.newest_at)
    assert told.created == told.modified == newest.replace(tzinfo=None, microsecond=0)
    with ZipFile(BytesIO(make_workbook(WHOLE))) as archive:
        assert (
            f"<Company>{WHOLE.parent_body}</Company>" in archive.read("docProps/app.xml").decode()
        )


def test_the_name_of_a_sheet_may_hold_an_apostrophe() -> None:
    named = form(
        question("a"),
        tables=[replace(WHOLE.rounds[0].definition.tables[0], labels=labels("Phiếu 'cũ'"))],
    )
    book = values(write(campaign(closed(named))))
    name = next(name for name in book.sheetnames if "cũ" in name)
    targets = [c.hyperlink.location for row in book["Bìa"] for c in row if c.hyperlink]
    assert "'" + name.replace("'", "''") + "'!A1" in targets


def test_the_cover_says_what_the_workbook_is_and_who_made_it() -> None:
    told = facts("Bìa")
    assert told["Chuyên đề"] == f"{WHOLE.campaign_code}: {WHOLE.title}"
    assert told["Người xuất"] == "can.bo@ban.example"
    assert told["Đầu chuỗi nhật ký"] == "ab" * 32
    assert told["Các đợt được tổng hợp"].startswith("Đợt 1; Đợt 2")


def test_each_round_tells_its_forms_and_counts() -> None:
    shown = texts(sheet_of(WHOLE, "17."))
    for asked in WHOLE.rounds:
        assert asked.title in shown
        assert any(asked.definition.digest in text for text in shown)
    counted = sum(group.count for asked in WHOLE.rounds for group in asked.feedback)
    # How many are there in truth, nobody is told; nor does the board page tell it.
    told = facts("17. Nguồn gốc số liệu")["Số phiếu phản hồi"]
    assert told == f"ít nhất {counted}"


def test_feedback_of_which_nothing_is_counted_has_no_number() -> None:
    sheet = sheet_of(campaign(public(form(question("a")), [])), "17.")
    assert row_of(sheet, "Số phiếu phản hồi")[1] == "Chưa đủ số phiếu tối thiểu để hiển thị kết quả"


def test_units_that_came_and_went_after_the_opening_are_told_apart() -> None:
    sheet = sheet_of(changed_later(form(question("a"))), "17.")
    assert row_of(sheet, "Số đơn vị")[1] == "3"
    assert row_of(sheet, "Số đơn vị thêm sau khi mở đợt")[1] == "2"
    assert row_of(sheet, "Số đơn vị rút sau khi mở đợt")[1] == "1"


def test_sendings_are_counted_with_corrections() -> None:
    definition = form(question("a"))
    responses = [
        replace(sent(unit("A1"), definition, {"a": 1}), revisions=3),
        replace(sent(unit("A2"), definition, {"a": 2}), revisions=1),
    ]
    sheet = sheet_of(campaign(closed(definition, *responses)), "17.")
    assert row_of(sheet, "Số đơn vị")[1] == "2"
    assert row_of(sheet, "Số báo cáo, phản ánh đã gửi")[1] == "2"
    assert row_of(sheet, "Số lần gửi, kể cả điều chỉnh")[1] == "4"


def test_the_dictionary_explains_every_column_of_the_raw_answers() -> None:
    raw = {str(cell.value) for cell in BOOK["16. Dữ liệu gốc"][1]}
    explained = {row[1] for row in BOOK["18. Từ điển dữ liệu"].iter_rows(values_only=True)}
    from_forms = {
        name
        for asked in WHOLE.rounds
        if asked.kind == "closed"
        for name, place in asked.definition.places.items()
        if name in raw
    }
    assert from_forms
    assert from_forms <= explained


def test_the_dictionary_has_question_type_and_choices() -> None:
    asked = question("muc", "select_one", choices=choices(("tot", "Tốt"), ("kha", "Khá")))
    part = Group("phan", labels("Phần I"), children=(replace(asked, labels=labels("Mức độ")),))
    sheet = sheet_of(campaign(closed(form(part))), "18.")
    assert row_of(sheet, "muc") == [
        "Đợt 1",
        "muc",
        "Phần I › Mức độ",
        "Chọn một phương án của danh sách",
        None,
        "tot = Tốt; kha = Khá",
    ]


def test_the_dictionary_has_unit_of_measure_and_formula() -> None:
    sheet = sheet_of(WHOLE, "18.")
    assert row_of(sheet, "luot_tt_chi_bo")[4] == "lượt người"
    row = row_of(sheet, "cuoc_chi_bo")
    assert row[3:] == ["Giá trị tự tính", "cuộc", "cuoc_tt_chi_bo + cuoc_ol_chi_bo"]
    assert not any("calculat" in text for text in texts(sheet))
    explained = [row.cells for row in sheet.rows if row.styles[:1] == ("item centre",)]
    assert [cells[1] for cells in explained if not cells[2]] == []


def test_what_is_worked_out_is_called_as_the_column_that_shows_it() -> None:
    made = form(
        question("a"),
        replace(question("b", "calculate"), labels=Labels(), calculation=expression("${a} * 2")),
        replace(question("c", "calculate"), labels=Labels(), calculation=expression("${a} * 3")),
        tables=[table("units", column("hai", "${b}", band="Gấp"), column("ba", "${a} * 3"))],
    )
    sheet = sheet_of(campaign(closed(made)), "18.")
    assert row_of(sheet, "b")[2:] == ["Gấp: hai", "Giá trị tự tính", None, "a * 2"]
    assert row_of(sheet, "c")[2] == "ba"


def test_the_dictionary_explains_what_is_known_of_a_response_and_nothing_that_is_not_there() -> (
    None
):
    asked = form(question("a"), question("dt", "text", appearance=("contact",)))
    whole = campaign(closed(asked), public(form(question("gop_y", "text")), []))
    sheet = sheet_of(whole, "18.")
    named = {row.cells[1]: row.cells for row in sheet.rows if row.styles[:1] == ("item centre",)}
    assert set(named) == {*RESPONSE_COLUMNS, "a"}
    assert "late = Nộp trễ" in str(named["state"][5])
    assert "A = Huyện ủy, thành ủy" in str(named["unit_group"][5])
    assert named["days_late"][2:5] == ["Số ngày trễ hạn", "Số nguyên", "ngày"]
    with_contacts = replace(whole, options=WorkbookOptions(contacts=True))
    assert "dt" in texts(sheet_of(with_contacts, "18."))


def test_the_cover_speaks_english() -> None:
    book = values(write(replace(WHOLE, language="en")))
    assert book.sheetnames[0] == "Cover"
    assert book.sheetnames[-2:] == ["17. Provenance", "18. Data dictionary"]
    assert "Charts" in book.sheetnames


def test_no_name_of_a_fact_is_cut_off_on_the_cover() -> None:
    for language in ("vi", "en"):
        options = WorkbookOptions(language=language, least=20, returned=True, communes=False)
        chosen = replace(WHOLE, language=language, options=options)
        sheet = build_sheets(chosen)[0]
        width = merged_width(sheet.widths[:2])
        facts_ = [row for row in sheet.rows if row.cells and row.styles == ("item text",) * 3]
        assert len(facts_) >= 14
        for row in facts_:
            needed = count_lines(str(row.cells[0]), width, sheet.size)
            assert row.height >= row_height(needed, sheet.size), row.cells


def test_what_is_chosen_is_printed_on_the_cover_and_among_the_facts() -> None:
    options = WorkbookOptions(
        groups=("A",), required_only=True, communes=False, least=20, labelled=True, contacts=True
    )
    earlier = campaign(campaign_code="kh0", title="Kế hoạch trước")
    chosen = replace(campaign(closed(form(question("n")))), options=options, previous=earlier)
    for start in ("Bìa", "17."):
        sheet = sheet_of(chosen, start)
        printed = {row.cells[0]: row.cells[-1] for row in sheet.rows if len(row.cells) > 1}
        assert printed["Khối đơn vị"] == "Huyện ủy, thành ủy; Khối sở, ban, ngành"
        assert printed["Đơn vị"] == "Chỉ đơn vị bắt buộc báo cáo"
        assert printed["Báo cáo đang trả lại để chỉnh sửa"].startswith("Không tổng hợp")
        assert printed["Đơn vị do cấp trên trực tiếp yêu cầu"] == "Không đưa vào các biểu"
        assert printed["Số phiếu ít nhất của một nhóm phản hồi"].startswith("20,")
        assert printed["Phương án trong dữ liệu gốc"] == "Ghi bằng nhãn"
        assert printed["Số điện thoại, thư điện tử"] == "Có trong dữ liệu gốc"
        assert printed["So sánh với chuyên đề"] == "kh0: Kế hoạch trước"
