"""The Word report: the same figures as the workbook, official form, nothing missing as 0."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

import pytest
from lxml import etree

from exports.cells import Formula
from exports.report import Report, report_name
from exports.report_annexes import annexes, show
from exports.report_outline import fits, general_outline, read_outline
from exports.report_pages import spread_out
from exports.report_places import report_places
from exports.report_template import make_template
from exports.rounds import Handled
from exports.tables import build_sheets
from exports.word import check_template
from exports.word_xml import LANDSCAPE, TWIPS_A_POINT, W
from language.numbers import parse_decimal
from tests.exports.campaigns import Shape, make_campaign
from tests.exports.documents import (
    OUTLINE,
    body_of,
    files_of,
    lines,
    made,
    marked,
    report_on,
    tables,
    text_of,
)
from tests.exports.small import campaign, closed, column, form, question, row_of, sent, unit
from tests.exports.small import table as small_table

CAMPAIGN = make_campaign(21, Shape(sent=0.7, answered=0.9))
REPORT = report_on(CAMPAIGN)
PLACES = report_places(REPORT)
DOCUMENT = made(REPORT)
NUMBERED = (sheet for sheet in build_sheets(CAMPAIGN) if sheet.name[0].isdigit())
SHEETS = {int(sheet.name.split(".")[0]): sheet for sheet in NUMBERED}
EMPTY = make_campaign(1, Shape(sent=0, feedback=0, difficulties=0))


def read(text: str) -> Decimal | None:
    return parse_decimal(text) if text else None


# --- the same figures as the workbook -------------------------------------------------------------


def figures() -> Iterator[tuple[str, int, int]]:
    for asked in CAMPAIGN.rounds:
        for table in asked.definition.tables:
            if table.kind == "units":
                for place, column in enumerate(table.columns, start=2):
                    yield f"{table.name}.{column.name}", table.position, place


@pytest.mark.parametrize(("name", "position", "place"), list(figures()))
def test_a_figure_is_that_of_the_workbooks_row_of_totals(
    name: str, position: int, place: int
) -> None:
    expected = row_of(SHEETS[position], "TỔNG CỘNG")[place]
    assert read(PLACES[name].text) == (None if expected is None else Decimal(expected))


def test_progress_is_counted_as_on_the_sheet_of_progress() -> None:
    rows = {
        (row.cells[3], row.cells[2]): row.cells
        for row in SHEETS[1].rows
        if row.cells and row.cells[0] == "CỘNG CÁC KHỐI"
    }
    # The figures of Đợt 1 stand under its state; those of Đợt 2 four columns later.
    for duty, prefix in (("Bắt buộc", "bat_buoc"), ("Mời", "moi")):
        for label, name in (
            ("Số phải gửi, được mời", "so_don_vi"),
            ("Đã gửi", "so_don_vi_gui"),
            ("Đúng hạn", "dung_han"),
            ("Trễ hạn", "tre"),
            ("Chưa gửi", "chua"),
            ("Tỷ lệ (%)", "ty_le_gui"),
        ):
            for round_code, place in (("dot1", 4), ("dot2", 8)):
                cell = rows[duty, label][place]
                shown = PLACES[f"{round_code}.{prefix}.{name}"].text
                assert isinstance(cell, Formula)
                assert read(shown) == Decimal(cell.value), (duty, label, round_code)


def test_counts_of_lists_are_those_of_the_sheets() -> None:
    for position, name in ((7, "van_ban_trien_khai"), (9, "mo_hinh_sang_tao"), (10, "kho_khan")):
        numbered = [row for row in SHEETS[position].rows if _is_numbered(row.styles)]
        assert read(PLACES[f"{name}.so"].text) == len(numbered)
    tallied = {
        row.cells[1]: row.cells[-1] for row in SHEETS[7].rows if row.styles[:1] == ("body centre",)
    }
    shown = PLACES["van_ban_trien_khai.loai_van_ban.ke_hoach"].text
    assert read(shown) == Decimal(tallied["Kế hoạch"].value)


def _is_numbered(styles: tuple[str, ...]) -> bool:
    return styles[:1] == ("item centre",)


def test_scores_of_feedback_are_those_of_the_sheets() -> None:
    for position, name in ((12, "nhom_1"), (13, "nhom_2")):
        means = [
            row.cells[2].value
            for row in SHEETS[position].rows
            if row.cells and str(row.cells[1]).startswith("Điểm bình quân")
        ]
        shown = [
            PLACES[f"{name}.{q}.diem"].text for q in ("de_hieu", "cach_trinh_bay", "thiet_thuc")
        ]
        assert list(map(read, shown)) == list(map(Decimal, means))


def test_annexes_hold_every_cell_of_the_sheets() -> None:
    for annex in annexes(REPORT.told):
        sheet = SHEETS[annex.table.position]
        rows = [row for row in sheet.rows if _role(row.styles) in ("body", "group", "total")]
        assert len(annex.rows) == len(rows)
        for shown, row in zip(annex.rows, rows, strict=True):
            kinds = [style.partition(" ")[2] for style in row.styles]
            expected = [show(cell, kind) for cell, kind in zip(row.cells, kinds, strict=True)]
            assert list(shown.texts) == expected


def test_annexes_are_real_tables_with_the_figures_of_the_sheets() -> None:
    total = row_of(SHEETS[2], "TỔNG CỘNG")
    first = next(table for table in tables(DOCUMENT) if table[0][0] == "TT")
    written = next(row for row in first if row[1] == "TỔNG CỘNG")
    assert [read(text) for text in written[2:15]] == [Decimal(cell) for cell in total[2:15]]
    names = [row[1] for row in first]
    assert "Thành ủy Rạch Giá" in names


def _role(styles: tuple[str, ...]) -> str:
    return styles[0].partition(" ")[0] if styles else ""


# --- what is said ---------------------------------------------------------------------------------


def test_the_report_says_its_figures_in_vietnamese_notation() -> None:
    text = "\n".join(lines(DOCUMENT))
    assert f"{PLACES['bieu_1.cuoc_cong'].text} cuộc" in text
    assert f"({PLACES['bieu_2.ty_le_qt_dv'].text}%)" in text
    assert re.search(r"\d\.\d{3}", PLACES["bieu_1.cuoc_cong"].text)
    assert "{{" not in text
    assert "{%" not in text


def test_what_is_missing_is_marked_and_never_a_zero() -> None:
    document = made(report_on(EMPTY))
    text = "\n".join(lines(document))
    assert "- Đợt 1 (đảng viên, cán bộ, công chức, viên chức): […] cuộc, […] lượt người dự" in text
    assert "[…]" in marked(document)
    # Of units it is known: none has sent.
    assert "có 0/112 đơn vị gửi báo cáo (0%)" in text
    assert " 0 cuộc" not in text


def test_rounds_to_come_are_left_out() -> None:
    report = report_on(CAMPAIGN, "dot1")
    document = made(report)
    text = "\n".join(lines(document))
    assert "Đợt 2" not in text
    assert "hộ dân" not in text
    assert "(Đợt 1)" in text
    assert [annex.table.name for annex in annexes(report.told)] == ["bieu_1", "bieu_2"]
    assert "PHỤ LỤC 2" in text
    assert "PHỤ LỤC 3" not in text


def test_a_form_that_is_asked_twice_tells_of_the_round_reported_on() -> None:
    first, *others = CAMPAIGN.rounds
    again = replace(first, code="quy-2", title="Quý II", responses=first.responses[:10])
    whole = replace(CAMPAIGN, rounds=(first, again, *others))
    before, after = (
        report_places(report_on(whole, "dot1")),
        report_places(report_on(whole, "quy-2")),
    )
    assert before["bieu_1.cuoc_cong"] == before["dot1.bieu_1.cuoc_cong"]
    assert after["bieu_1.cuoc_cong"] == after["quy_2.bieu_1.cuoc_cong"]
    assert before["quy_2.bieu_1.cuoc_cong"].untold
    assert after["dot1.bieu_1.cuoc_cong"].text != after["quy_2.bieu_1.cuoc_cong"].text


def test_few_units_are_named_and_many_counted_by_group() -> None:
    first = CAMPAIGN.rounds[0]
    gone = [replace(r, state="missing") for r in first.responses]
    few = tuple(r if place > 2 else gone[place] for place, r in enumerate(first.responses))
    sent = replace(first, responses=tuple(replace(r, state="on_time") for r in few[3:]))
    missing = replace(first, responses=(*gone[:3], *sent.responses))
    whole = replace(CAMPAIGN, rounds=(missing, *CAMPAIGN.rounds[1:]))
    assert report_places(report_on(whole, "dot1"))["ds_chua"].text == ", ".join(
        response.unit.name for response in first.responses[:3]
    )
    nobody = replace(CAMPAIGN, rounds=(replace(first, responses=tuple(gone)), *CAMPAIGN.rounds[1:]))
    text = report_places(report_on(nobody, "dot1"))["ds_chua"].text
    assert text.startswith("Huyện ủy, thành ủy: 15 đơn vị; ")
    counts = map(int, re.findall(r": (\d+) đơn vị", text))
    assert sum(counts) == len(first.responses)


def test_the_ends_are_named_only_when_they_tell_something() -> None:
    few = make_campaign(3, Shape(units=4, feedback=0))
    assert report_places(report_on(few))["bieu_2.ty_le_qt_dv.cao_nhat"].untold
    assert PLACES["bieu_2.cong_ty_le_tl.cao_nhat"].known


def ends(*shares: int) -> tuple[str, str]:
    """Return who is named for the highest and the lowest share, of units called A, B and so on."""
    asked = form(
        question("co"),
        tables=[small_table("units", column("ty_le", "${co}", "percent"), name="bieu_1")],
    )
    responses = (
        sent(replace(unit(chr(65 + n)), name=chr(65 + n)), asked, {"co": share})
        for n, share in enumerate(shares)
    )
    places = report_places(Report(campaign(closed(asked, *responses)), "dot1"))
    names = ("bieu_1.ty_le.cao_nhat", "bieu_1.ty_le.thap_nhat")
    return tuple(places[name].text for name in names)


@pytest.mark.parametrize(
    ("shares", "highest", "lowest"),
    [
        ((50, 90, 80, 70, 60), "B (90%), C (80%), D (70%)", "A (50%), E (60%), D (70%)"),
        # Nobody is left out of those that share a figure.
        ((90, 80, 80, 80, 80, 10, 5), "A (90%), B (80%), C (80%), D (80%), E (80%)",
         "G (5%), F (10%)"),
        ((100, 95, *(90,) * 9), "A (100%), B (95%)", "9 đơn vị cùng ở mức 90%"),
        ((*(100,) * 6, 7), "6 đơn vị cùng đạt 100%", "G (7%)"),
        ((*(100,) * 6,), "", ""),
    ],
)  # fmt: skip
def test_of_units_that_share_a_figure_all_are_named_or_none(
    shares: tuple[int, ...], highest: str, lowest: str
) -> None:
    assert ends(*shares) == (highest, lowest)


def test_what_several_units_ask_for_is_said_once_with_all_of_them() -> None:
    first = CAMPAIGN.rounds[0]
    asked = [{"gui_den": "ubnd_tinh", "noi_dung_de_xuat": "Cấp thêm kinh phí."}]
    sent = [r for r in first.responses if r.answers is not None]
    alike = [replace(r, answers={**(r.answers or {}), "de_xuat": asked}) for r in sent[:7]]
    silent = [replace(r, answers={**(r.answers or {}), "de_xuat": []}) for r in sent[7:]]
    whole = replace(CAMPAIGN, rounds=(replace(first, responses=(*alike, *silent)),))
    places = report_places(report_on(whole, "dot1"))
    names = ", ".join(response.unit.name for response in alike[:5])
    assert [line.text for line in places["de_xuat_kien_nghi_ds.danh_sach"].lines or ()] == [
        "Ủy ban nhân dân tỉnh (7):",
        f"- Cấp thêm kinh phí ({names} và 2 đơn vị khác)",
    ]
    assert places["de_xuat_kien_nghi_ds.so"].text == "7"


def proposing(*texts: str) -> Report:
    """Return a report on a round in which one unit after the other asks for something."""
    first = CAMPAIGN.rounds[0]
    asked = iter(texts)
    responses = [
        replace(r, answers={**r.answers, "de_xuat": [
            {"gui_den": "ubnd_tinh", "noi_dung_de_xuat": text} for text in [next(asked, "")] if text
        ]})
        for r in first.responses if r.answers is not None
    ]  # fmt: skip
    whole = replace(CAMPAIGN, rounds=(replace(first, responses=tuple(responses)),))
    return report_on(whole, "dot1")


@pytest.mark.parametrize("general", [True, False])
def test_of_no_proposal_the_report_says_that_there_is_none(*, general: bool) -> None:
    report = proposing()
    source = make_template(general_outline(report), "party") if general else None
    if source is None:
        others = tuple(replace(a, responses=()) for a in CAMPAIGN.rounds[1:])
        report = replace(report, whole=replace(CAMPAIGN, rounds=(*report.whole.rounds, *others)))
    said = lines(made(report, source))
    heading = next(n for n, line in enumerate(said) if line.endswith("ĐỀ XUẤT, KIẾN NGHỊ"))
    assert said[heading + 1] == "Không có."
    assert not report_places(report)["de_xuat_kien_nghi_ds.danh_sach"].known
    # Before anybody has sent, nobody knows.
    nobody = lines(made(report_on(EMPTY)))
    heading = next(n for n, line in enumerate(nobody) if line.endswith("ĐỀ XUẤT, KIẾN NGHỊ"))
    assert nobody[heading + 1] == "[…]"


def test_an_answer_of_several_lines_is_one_item() -> None:
    report = proposing(
        "Câu thật.\n- Câu giả (Thành ủy Rạch Giá)\r\n\n • Câu ba", "Xin:\n+ máy\n+ xe"
    )
    items = report_places(report)["de_xuat_kien_nghi_ds.danh_sach"].lines or ()
    names = [r.unit.name for r in report.main.responses[:2]]
    assert [item.text for item in items] == [
        "Ủy ban nhân dân tỉnh (2):",
        f"- Câu thật; Câu giả (Thành ủy Rạch Giá); Câu ba ({names[0]})",
        f"- Xin: máy; xe ({names[1]})",
    ]
    document = made(report, make_template(general_outline(report), "party"))
    assert not any("\n" in line or line.startswith("- Câu giả") for line in lines(document))


def test_difficulties_tell_what_became_of_them() -> None:
    round_ = next(asked for asked in CAMPAIGN.rounds if asked.kind == "standing")
    states = ("answered", "closed", "new", "handled")
    handled = tuple(
        replace(response, handled=Handled(states[place % 4], "", 3))
        for place, response in enumerate(round_.responses)
    )
    others = tuple(asked for asked in CAMPAIGN.rounds if asked is not round_)
    whole = replace(CAMPAIGN, rounds=(*others, replace(round_, responses=handled)))
    places = report_places(report_on(whole))
    assert places["kho_khan.so"].text == "12"
    assert places["kho_khan.da_giai_quyet"].text == "6"
    assert places["kho_khan.moi"].text == "3"


def test_contacts_are_in_no_place() -> None:
    said = " ".join(place.text + str(place.lines) for place in PLACES.values())
    assert not re.search(r"0\d{9}|@", said)


# --- how it looks ---------------------------------------------------------------------------------


def test_a_report_of_the_party_looks_like_one() -> None:
    head = tables(DOCUMENT)[0][0]
    assert "ĐẢNG CỘNG SẢN VIỆT NAM" in head[1]
    assert "Số ……-BC/BTGTU" in head[0]
    assert "Rạch Giá, ngày …… tháng …… năm 2021" in head[1]
    foot = next(t for t in tables(DOCUMENT) if "Nơi nhận:" in t[0][0])[0]
    assert foot[0].startswith("Nơi nhận:- Ban Tuyên giáo Trung ương (để b/c),- ")
    assert foot[0].endswith("- Lưu.")
    assert foot[1] == "TRƯỞNG BANNguyễn Thanh Phong"
    said = lines(DOCUMENT)
    assert "I- CÔNG TÁC LÃNH ĐẠO, CHỈ ĐẠO" in said
    assert next(line for line in said if line.startswith("Trên đây là")).endswith("chỉ đạo.")
    assert "CỘNG HÒA" not in "".join(text_of(body_of(DOCUMENT)))


def test_a_report_by_decree_30_looks_like_one() -> None:
    signed = replace(CAMPAIGN, signer_title="K/T CHÁNH VĂN PHÒNG\nPHÓ CHÁNH VĂN PHÒNG")
    document = made(report_on(signed, "dot1", "decree"))
    head = tables(document)[0][0]
    assert "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAMĐộc lập - Tự do - Hạnh phúc" in head[1]
    assert "Số: ……-BC/BTGTU" in head[0]
    foot = next(t for t in tables(document) if "Nơi nhận:" in t[0][0])[0]
    assert "(để b/c);- " in foot[0]
    assert foot[1].startswith("KT. CHÁNH VĂN PHÒNG\nPHÓ CHÁNH VĂN PHÒNG")
    said = lines(document)
    assert "-----" not in said, "the Party's dashes"
    assert "I. CÔNG TÁC LÃNH ĐẠO, CHỈ ĐẠO" in said
    assert next(line for line in said if line.startswith("Trên đây là")).endswith("chỉ đạo./.")
    assert "Phụ lục I" in said
    assert "ĐẢNG CỘNG SẢN" not in text_of(body_of(document))


def test_nobody_signs_a_page_without_a_word_of_the_report() -> None:
    body = list(body_of(DOCUMENT))
    foot = next(n for n, part in enumerate(body) if "Nơi nhận:" in text_of(part))
    last = max(n for n in range(foot) if text_of(body[n]).startswith("Trên đây là"))
    kept = [part.find(f".//{{{W}}}keepNext") is not None for part in body[last:foot]]
    styles = [part.find(f".//{{{W}}}pStyle").get(f"{{{W}}}val") for part in body[last:foot]]
    assert kept[0]
    assert set(styles[1:]) == {"Centre"}, "which is kept with what follows, too"


def test_who_signs_for_another_is_written_as_the_style_asks() -> None:
    signed = replace(CAMPAIGN, signer_title="KT. TRƯỞNG BAN\nPHÓ TRƯỞNG BAN")
    title = report_places(report_on(signed))["chuc_vu_nguoi_ky"].text
    assert title == "K/T TRƯỞNG BAN\nPHÓ TRƯỞNG BAN"


def test_pages_are_numbered_at_the_top_but_the_first_and_annexes_lie_on_their_side() -> None:
    sections = list(body_of(DOCUMENT).iter(f"{{{W}}}sectPr"))
    first, *annexed = sections
    assert first.find(f"{{{W}}}titlePg") is not None
    margins = first.find(f"{{{W}}}pgMar")
    # 20, 20, 30 and 15 millimetres, in twentieths of a point.
    assert [margins.get(f"{{{W}}}{side}") for side in ("top", "bottom", "left", "right")] == [
        *("1134", "1134", "1701", "850")
    ]
    assert len(annexed) == 5
    for section in annexed:
        assert section.find(f"{{{W}}}pgSz").get(f"{{{W}}}orient") == "landscape"
        assert section.find(f"{{{W}}}headerReference") is not None
        assert section.find(f"{{{W}}}titlePg") is None


def test_headings_of_annexes_are_repeated_on_every_page() -> None:
    annexed = [
        table
        for table in body_of(DOCUMENT).iter(f"{{{W}}}tbl")
        if next(table.iter(f"{{{W}}}tblHeader"), None) is not None
    ]
    assert len(annexed) >= 5
    for table in annexed:
        repeated = [
            row.find(f".//{{{W}}}tblHeader") is not None for row in table.iter(f"{{{W}}}tr")
        ]
        assert repeated[0]
        assert not repeated[-1]


def test_a_table_that_is_too_wide_is_parted_and_every_column_stands_once() -> None:
    for annex in annexes(REPORT.told):
        spreads = spread_out(annex)
        figures_ = [column for spread in spreads for column in spread.columns if column > 1]
        assert figures_ == list(range(2, len(annex.headings)))
        for spread in spreads:
            assert spread.columns[:2] == (0, 1)
            assert sum(spread.widths) <= LANDSCAPE.width / TWIPS_A_POINT + 1


def test_no_part_of_a_table_holds_the_remarks_alone() -> None:
    spreads = [spread for annex in annexes(REPORT.told) for spread in spread_out(annex)]
    assert len(spreads) > len(list(annexes(REPORT.told)))
    for spread in spreads:
        assert len(spread.columns) >= 7, spread.columns


# --- files ----------------------------------------------------------------------------------------


def test_the_same_answers_give_the_same_bytes() -> None:
    assert made(REPORT) == DOCUMENT
    later = replace(CAMPAIGN, exported_at=CAMPAIGN.exported_at.replace(hour=9))
    assert made(report_on(later)) == DOCUMENT


def test_the_name_of_the_file_is_made_of_the_campaign() -> None:
    assert report_name(REPORT, "docx") == "BC kết quả thực hiện CT 07-CT-TU (Đợt 2).docx"
    plan = replace(CAMPAIGN, subject="kết quả phong trào thi đua", title="Thi đua")
    assert report_name(report_on(plan), "pdf") == "BC kết quả thực hiện KH 46-KH-BTGTU (Đợt 2).pdf"
    nothing = Report(plan, "dot1")
    assert report_name(nothing, "docx") == "BC kết quả thực hiện Thi đua (Đợt 1).docx"


def test_every_file_of_a_document_is_sound() -> None:
    for name, content in files_of(DOCUMENT).items():
        if name.endswith((".xml", ".rels")):
            etree.fromstring(content)
    assert b"Nguy" not in files_of(DOCUMENT)["docProps/core.xml"]


# --- other campaigns ------------------------------------------------------------------------------


def test_the_outline_of_a_campaign_fits_it_and_no_other() -> None:
    outline = read_outline(OUTLINE)
    assert fits(outline, PLACES)
    for round_code in ("dot1", "dot2"):
        assert fits(outline, report_places(report_on(CAMPAIGN, round_code)))
    other = replace(CAMPAIGN, rounds=CAMPAIGN.rounds[:1])
    assert not fits(outline, report_places(report_on(other, "dot1")))


@pytest.mark.parametrize("style", ["party", "decree"])
def test_any_campaign_gets_a_template_of_its_own_tables(style: str) -> None:
    other = replace(CAMPAIGN, rounds=CAMPAIGN.rounds[1:], title="Chuyên đề khác")
    report = report_on(other, "dot2", style)
    places = report_places(report)
    source = make_template(general_outline(report), style)
    assert check_template(source, places) == ()
    text = "\n".join(lines(made(report, source)))
    assert f"Số cuộc {places['bieu_3.cuoc_to_tq'].text}".lower() in text.lower()
    assert "Biểu 1" not in text


def test_labels_with_signs_of_a_template_stay_words() -> None:
    first = CAMPAIGN.rounds[0]
    table = first.definition.tables[0]
    labels = replace(table.labels, texts=(("vi", "Biểu {{ 7*7 }} {% if %}"),))
    renamed = replace(table, labels=labels, title=labels)
    definition = replace(first.definition, tables=(renamed, *first.definition.tables[1:]))
    whole = replace(CAMPAIGN, rounds=(replace(first, definition=definition),))
    report = report_on(whole, "dot1")
    source = make_template(general_outline(report), "party")
    assert check_template(source, report_places(report)) == ()
