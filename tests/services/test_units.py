"""Importing units: what would change, and every wrong cell by its place."""

from __future__ import annotations

import csv
import io
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from models import AuditEntry, Campaign, Contact, Unit
from services import unit_files, units
from services.unit_files import UnitErrors
from tests.conftest import CAMPAIGN
from tests.factories import WORKING_DAY

HEAD = "code,name,group,parent_code,email,report_duty,count_in_total\n"


def plan(session: Session, text: str, name: str = "units.csv") -> units.ImportPlan:
    return units.plan_import(session, text.encode(), name)


def rows_of(found: units.ImportPlan) -> list[unit_files.UnitRow]:
    return [change.row for change in found.added]


def errors(session: Session, text: str) -> list[tuple[str, str, str]]:
    with pytest.raises(UnitErrors) as caught:
        plan(session, text)
    return [(e.cell, e.column, e.reason) for e in caught.value.errors]


def unit(session: Session, code: str) -> Unit:
    return session.scalars(select(Unit).where(Unit.code == code)).one()


def test_the_file_that_was_installed_changes_nothing(session: Session) -> None:
    found = units.plan_import(session, (CAMPAIGN / "units.csv").read_bytes(), "units.csv")
    assert (found.added, found.changed, found.unchanged) == ((), (), 112)


def test_a_plan_shows_what_is_added_and_changed_from_what_to_what(session: Session) -> None:
    found = plan(
        session,
        HEAD + "SO-MOI,Sở Mới,so_ban_nganh,,,moi,khong\n"
        "TU-RG,Thành ủy Rạch Giá (mới),huyen_thanh_uy,,btg.rachgia@kiengiang.example.vn,moi,co\n",
    )
    assert [change.code for change in found.added] == ["SO-MOI"]
    (changed,) = found.changed
    assert [(c.name, c.old, c.new) for c in changed.changes] == [
        ("name", "Thành ủy Rạch Giá", "Thành ủy Rạch Giá (mới)"),
        ("report_duty", "bat_buoc", "moi"),
    ]
    assert unit(session, "TU-RG").name == "Thành ủy Rạch Giá"


def test_applying_adds_after_all_others_and_is_found_without_accents(session: Session) -> None:
    found = plan(session, HEAD + "SO-MOI,Sở Đổi mới,so_ban_nganh,TU-RG,,bắt buộc,có\n")
    units.apply_import(session, found, WORKING_DAY, "admin@example.com")
    added = unit(session, "SO-MOI")
    assert added.position == 113
    assert "so doi moi" in added.search
    assert (added.report_duty, added.count_in_total) == ("bat_buoc", True)
    noted = select(AuditEntry).where(AuditEntry.act == "units.imported").order_by(AuditEntry.id)
    entry = session.scalars(noted).all()[-1]
    assert (entry.actor, entry.details) == (
        "admin@example.com",
        {"added": ["SO-MOI"], "changed": []},
    )


def test_duties_and_levels_may_be_written_in_words(session: Session) -> None:
    head = "Mã đơn vị,Tên đơn vị,Khối,Cấp,Trách nhiệm báo cáo,Cộng vào tổng\n"
    lines = "A,Sở A,ban_dang,Tỉnh,Được mời,Có\nB,Sở B,ban_dang,thị trấn,bắt buộc,không\n"
    found = plan(session, head + lines)
    said = [(row.values["report_duty"], row.values["level"]) for row in rows_of(found)]
    assert said == [("moi", "tinh"), ("bat_buoc", "thị trấn")]
    written = unit_files.written_rows(units.export_rows(session)[:1], list(unit_files.WRITTEN))
    assert {"bắt buộc", "huyện", "có"} <= set(written[1])


def test_a_blank_duty_is_as_it_was_and_of_a_new_unit_invited(session: Session) -> None:
    found = plan(
        session,
        HEAD + "SO-MOI,Sở Mới,so_ban_nganh,,,,\n"
        "TU-RG,Thành ủy Rạch Giá,huyen_thanh_uy,,btg.rachgia@kiengiang.example.vn,,\n",
    )
    assert found.changed == ()
    units.apply_import(session, found, WORKING_DAY)
    added, known = unit(session, "SO-MOI"), unit(session, "TU-RG")
    assert (added.report_duty, added.count_in_total) == ("moi", False)
    assert (known.report_duty, known.count_in_total) == ("bat_buoc", True)


def test_a_blank_address_says_nothing_of_it(session: Session) -> None:
    address = unit(session, "TU-RG").email
    line = "TU-RG,Thành ủy Rạch Giá,huyen_thanh_uy,,{},,\n"
    assert "@" in address
    assert plan(session, HEAD + line.format("")).empty
    seen = bring(session, HEAD + line.format("moi@donvi.example") + "A,Sở A,ban_dang,,,,\n")
    assert [(c.old, c.new) for c in seen.changed[0].changes] == [(address, "moi@donvi.example")]
    bring(session, HEAD + line.replace("Giá", "Giá (mới)").format(""))
    assert (unit(session, "TU-RG").email, unit(session, "A").email) == ("moi@donvi.example", "")


def test_a_duty_that_is_none_is_refused_with_what_to_write(session: Session) -> None:
    with pytest.raises(UnitErrors) as caught:
        plan(session, HEAD + "SO-MOI,Sở Mới,so_ban_nganh,,,tùy,có lẽ\n")
    duty, counted = (error.sentence() for error in caught.value.errors)
    assert "“bắt buộc” hoặc “được mời”" in duty
    assert "“có” hoặc “không”" in counted


def test_headings_may_be_vietnamese_and_cells_separated_by_semicolons(session: Session) -> None:
    found = plan(
        session,
        "\ufeffMã đơn vị;Tên đơn vị;Khối;Trách nhiệm báo cáo;Ý kiến khác\n"
        "TU-RG;Thành ủy Rạch Giá;huyen_thanh_uy;Bắt buộc;bỏ qua\n",
    )
    assert (found.changed, found.unchanged) == ((), 1)


def test_decomposed_letters_are_the_same_letters(session: Session) -> None:
    decomposed = "Thành ủy Rạch Giá"
    found = plan(session, f"code,name,group\nTU-RG, {decomposed} ,huyen_thanh_uy\n")
    assert found.unchanged == 1


def test_an_excel_file_reads_like_a_csv_file(session: Session) -> None:
    book = openpyxl.Workbook()
    book.active.append(["Mã", "Tên", "Khối", "Mã hành chính"])
    book.active.append(["TU-RG", "Thành ủy Rạch Giá", "huyen_thanh_uy", 899])
    book.active.append([None, None, None, None])
    book.active.append(["", "Thiếu mã", "huyen_thanh_uy", None])
    target = io.BytesIO()
    book.save(target)
    with pytest.raises(UnitErrors) as caught:
        units.plan_import(session, target.getvalue(), "units.xlsx")
    assert [(e.cell, e.reason) for e in caught.value.errors] == [("A4", "blank")]
    book.active.delete_rows(4)
    target = io.BytesIO()
    book.save(target)
    assert units.plan_import(session, target.getvalue(), "units.xlsx").unchanged == 1


def test_every_wrong_cell_is_named(session: Session) -> None:
    text = (
        HEAD
        + "A,,so_ban_nganh,,,moi,co\n"
        + "B,Uû ban nh©n d©n,so_ban_nganh,,,moi,co\n"
        + 'C,"Tên\x00",so_ban_nganh,,,phải,maybe\n'
        + f"D,{'x' * 501},so_ban_nganh,,,moi,co\n"
        + "D,Tên,so_ban_nganh,,,moi,co\n"
    )
    assert errors(session, text) == [
        ("B2", "name", "blank"),
        ("B3", "name", "legacy"),
        ("B4", "name", "character"),
        ("F4", "report_duty", "duty"),
        ("G4", "count_in_total", "yes_no"),
        ("A5", "code", "duplicate"),
        ("B5", "name", "too_long"),
        ("A6", "code", "duplicate"),
    ]


def test_what_only_the_directory_knows_is_told_with_the_rest(session: Session) -> None:
    text = (
        HEAD
        + "AA-1,,huyen_thanh_uy,,,moi,co\n"
        + "AA-2,Tốt,khong_co,KHONG-CO,,moi,co\n"
        + "AA-3,Tốt,,AA-1,,moi,co\n"
    )
    assert errors(session, text) == [
        ("B2", "name", "blank"),
        ("C3", "group", "group"),
        ("D3", "parent_code", "parent"),
        ("C4", "group", "blank"),
    ]


@pytest.mark.parametrize("code", ["X Y", "<b>", "../a", "-1", "a/b", "=A1"])
def test_a_code_that_cannot_stand_in_an_address_is_refused(session: Session, code: str) -> None:
    assert errors(session, HEAD + f"{code},Tên,ban_dang,,,moi,co\n") == [("A2", "code", "code")]


@pytest.mark.parametrize("code", ["TU-RG", "ĐĐ_1", "899", "a.b"])
def test_a_code_may_have_letters_digits_and_three_signs(session: Session, code: str) -> None:
    assert errors(session, HEAD + f"{code},,ban_dang,,,moi,co\n") == [("B2", "name", "blank")]


def test_parents_must_exist_and_be_others(session: Session) -> None:
    text = HEAD + (
        "A,Tên,ban_dang,B,,moi,co\nB,Tên,ban_dang,B,,moi,co\nC,Tên,ban_dang,KHONG-CO,,moi,co\n"
    )
    assert errors(session, text) == [
        ("D3", "parent_code", "own_parent"),
        ("D4", "parent_code", "parent"),
    ]


def test_a_group_must_be_one_of_a_campaign(session: Session) -> None:
    text = HEAD + "A,Tên,ban_dang,,,moi,co\nB,Tên,ban_dnag,,,moi,co\n"
    assert errors(session, text) == [("C3", "group", "group")]


def test_before_there_is_a_campaign_every_group_will_do(session: Session) -> None:
    session.execute(update(Campaign).values(groups=[]))
    assert [added.code for added in plan(session, HEAD + "A,Tên,g,,,moi,co\n").added] == ["A"]


@pytest.mark.parametrize("email", ["a@", "a b@example.vn", "a@example.vn; b@example.vn", "không"])
def test_what_is_no_email_address_is_refused(session: Session, email: str) -> None:
    text = HEAD.replace(",", ";") + f'A;Tên;ban_dang;;"{email}";moi;co\n'
    assert errors(session, text) == [("E2", "email", "email")]


@pytest.mark.parametrize(
    "line", ["A,Sở A, B và C,ban_dang,,,moi,co", "A,Tên,ban_dang,,a@example.vn,moi,co,"]
)
def test_a_shifted_line_is_refused_as_such(session: Session, line: str) -> None:
    assert errors(session, f"{HEAD}{line}\n") == [("H2", "H", "shifted")]


def test_a_missing_column_is_told_by_its_heading(session: Session) -> None:
    with pytest.raises(UnitErrors) as caught:
        plan(session, "code,name\nA,B\n")
    assert caught.value.errors[0].sentence("vi") == "Thiếu cột group."


def test_a_line_is_counted_where_it_begins(session: Session) -> None:
    text = HEAD + 'A,"Tên\nhai dòng",ban_dang,,,moi,co\nB,,ban_dang,,,moi,co\n'
    assert errors(session, text) == [("B4", "name", "blank")]


@pytest.mark.parametrize(
    ("content", "name", "reason"),
    [
        (b"code,name\nA,B\n", "units.csv", "no_column"),
        (b"code,code,name,group\nA,A,B,g\n", "units.csv", "same_column"),
        (b"", "units.csv", "no_rows"),
        (b"code,name,group\n", "units.csv", "no_rows"),
        (b"\xff\xfe\x00", "units.csv", "unreadable"),
        (b"not a workbook", "units.xlsx", "unreadable"),
        (b"code,name,group\n", "units.pdf", "unreadable"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(
    session: Session, content: bytes, name: str, reason: str
) -> None:
    with pytest.raises(UnitErrors) as caught:
        units.plan_import(session, content, name)
    assert reason in [error.reason for error in caught.value.errors]
    for error in caught.value.errors:
        assert error.sentence("vi") != error.sentence("en")


def test_the_communes_of_the_campaign_are_there() -> None:
    lines = Path(CAMPAIGN / "communes.csv").read_text(encoding="utf-8").splitlines()
    assert len(lines) == 145


# --- ending, linking, writing ---------------------------------------------------------------------


def test_the_communes_of_the_campaign_are_imported_as_units(session: Session) -> None:
    source = (CAMPAIGN / "communes.csv").read_bytes()
    found = units.plan_import(session, source, "communes.csv", "huyen_thanh_uy")
    assert (len(found.added), found.changed, found.retired) == (144, (), ())
    units.apply_import(session, found, WORKING_DAY)
    commune = unit(session, "XA-30730")
    assert (commune.name, commune.parent_code) == ("Phường Vĩnh Thanh Vân", "TU-RG")
    assert (commune.level, commune.admin_code) == ("phường", "30730")
    assert (commune.group_code, commune.report_duty) == ("huyen_thanh_uy", "moi")
    assert units.plan_import(session, source, "communes.csv", "so_ban_nganh").empty


def test_a_unit_that_is_given_an_end_is_told_apart(session: Session) -> None:
    head = "code,name,group,valid_from,valid_to,successor_code\n"
    found = plan(session, head + "TU-HT,Thành ủy Hà Tiên,huyen_thanh_uy,,30/6/2021,TU-RG\n")
    (ended,) = found.retired
    assert [(c.name, c.new) for c in ended.changes] == [
        ("valid_to", date(2021, 6, 30)),
        ("successor_code", "TU-RG"),
    ]
    units.apply_import(session, found, WORKING_DAY)
    assert unit(session, "TU-HT").valid_to == date(2021, 6, 30)


def test_what_is_wrong_with_ends_and_places_is_told_by_cell(session: Session) -> None:
    head = "code,name,group,parent_code,position,valid_from,valid_to,successor_code\n"
    rows = (
        "TU-HT,Thành ủy Hà Tiên,huyen_thanh_uy,TU-RG,0,31/2/2021,,TU-HT\n"
        "TU-RG,Thành ủy Rạch Giá,huyen_thanh_uy,TU-HT,x,1/7/2021,30/6/2021,KHONG-CO\n"
    )
    assert errors(session, head + rows) == [
        ("D2", "parent_code", "parent_loop"),
        ("E2", "position", "position"),
        ("F2", "valid_from", "day"),
        ("H2", "successor_code", "own_successor"),
        ("D3", "parent_code", "parent_loop"),
        ("E3", "position", "position"),
        ("G3", "valid_to", "validity"),
        ("H3", "successor_code", "successor"),
    ]


def tell(session: Session, code: str, **known: str) -> None:
    session.add(Contact(unit_id=unit(session, code).id, **known))
    session.flush()


def people(session: Session, code: str = "TU-RG") -> list[tuple[str, str, str, str]]:
    rows = session.scalars(
        select(Contact).where(Contact.unit_id == unit(session, code).id).order_by(Contact.id)
    )
    return [(row.name, row.title, row.email, row.phone) for row in rows]


CONTACTS = "Mã đơn vị,Tên đơn vị,Khối,Người liên hệ,Chức vụ,Thư điện tử đầu mối,Điện thoại\n"
RACH_GIA = "TU-RG,Thành ủy Rạch Giá,huyen_thanh_uy,"


def bring(session: Session, text: str) -> units.ImportPlan:
    """Import what a page has seen: by way of the file that it carries."""
    seen = plan(session, text)
    carried = units.plan_import(session, units.packed(seen), "plan.csv")
    assert carried.digest() == seen.digest()
    units.apply_import(session, carried, WORKING_DAY)
    assert plan(session, text).empty
    return seen


def test_a_contact_comes_with_the_file(session: Session) -> None:
    seen = bring(
        session,
        CONTACTS
        + RACH_GIA
        + "Chị Tư,Chuyên viên,tu@donvi.example,0297 1\n"
        + "XA-1,Xã Mới,ban_dang,Anh Ba,,,0297 2\n",
    )
    assert [c.name for c in seen.changed[0].changes] == [
        "contact_name",
        "contact_title",
        "contact_email",
        "contact_phone",
    ]
    assert people(session) == [("Chị Tư", "Chuyên viên", "tu@donvi.example", "0297 1")]
    assert people(session, "XA-1") == [("Anh Ba", "", "", "0297 2")]
    noted = select(AuditEntry).where(AuditEntry.act == "units.imported").order_by(AuditEntry.id)
    entry = session.scalars(noted).all()[-1]
    assert "contact_phone" in str(entry.details)
    assert "0297" not in str(entry.details)


def test_a_contact_is_changed_or_followed_by_another(session: Session) -> None:
    tell(session, "TU-RG", name="Chị Tư", title="Chuyên viên", phone="0297 1")
    tell(session, "TU-RG", name="Anh Ba", phone="0297 2")
    bring(session, CONTACTS + RACH_GIA + "Anh Ba,,,0297 3\n")
    assert people(session) == [
        ("Chị Tư", "Chuyên viên", "", "0297 1"),
        ("Anh Ba", "", "", "0297 3"),
    ]
    # Blank cells of somebody who is named say that there is nothing.
    bring(session, CONTACTS + RACH_GIA + "Anh Ba,,,\n")
    assert people(session)[1] == ("Anh Ba", "", "", "")
    # Of somebody new nothing is known but what the file says.
    bring(session, "code,name,group,contact_name\n" + RACH_GIA + "Cô Năm\n")
    assert people(session) == [("Cô Năm", "", "", ""), ("Anh Ba", "", "", "")]


def test_a_line_that_names_nobody_says_nothing_of_contacts(session: Session) -> None:
    tell(session, "TU-RG", name="Chị Tư", phone="0297 1")
    assert plan(session, CONTACTS + RACH_GIA + ",,,\n").empty


def test_how_to_reach_nobody_is_refused(session: Session) -> None:
    text = CONTACTS + RACH_GIA + ",,,0297 1\n" + "XA-1,Xã,ban_dang,Anh Ba,,a b@c,\n"
    assert errors(session, text) == [
        ("G2", "Điện thoại", "nameless"),
        ("F3", "Thư điện tử đầu mối", "email"),
    ]


STRANGE = "=1+1; \"Đảng ủy\", 'xã' @"


@pytest.mark.parametrize("contacts", [True, False])
@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_a_file_that_was_written_changes_nothing_when_it_is_read(
    session: Session, contacts: bool, ending: str
) -> None:
    values = {
        "name": STRANGE,
        "note": "-5",
        "admin_code": "007",
        "group_code": "khong_con_dung",
        "position": 77,
        "valid_from": date(2021, 1, 2),
        "valid_to": date(2025, 6, 30),
        "successor_code": "TU-RG",
        "parent_code": "HU-AB",
    }
    session.execute(update(Unit).where(Unit.code == "TU-HT").values(values))
    session.expire_all()
    tell(session, "TU-HT", name=STRANGE, phone="+84 297 1", email="chi.tu@donvi.example")
    tell(session, "TU-HT", name="Người thứ hai", phone="0297 2")
    tell(session, "TU-RG", name="Anh Ba")
    rows, names = units.export_rows(session), units.columns(contacts=contacts)
    assert ("email" in names) is contacts
    if ending == "csv":
        source = unit_files.write_csv(rows, names)
    else:
        source = unit_files.write_xlsx(rows, names, WORKING_DAY)
    found = units.plan_import(session, source, f"units.{ending}")
    assert found.empty
    assert found.unchanged == 112
    for reached in (b"kiengiang.example", b"Anh Ba", b"chi.tu@"):
        assert (reached in source) is (contacts and ending == "csv")
    before = people(session)
    units.apply_import(session, found, WORKING_DAY)
    assert people(session) == before


def test_nothing_in_a_csv_file_is_a_formula(session: Session) -> None:
    session.execute(update(Unit).where(Unit.code == "TU-HT").values(name=STRANGE))
    source = unit_files.write_csv(units.export_rows(session), ["code", "name"]).decode("utf-8-sig")
    rows = csv.reader(io.StringIO(source, newline=""), delimiter=";")
    cells = [cell for row in rows for cell in row]
    assert f"\t{STRANGE}" in cells
    assert not any(cell.startswith(("=", "+", "-", "@")) for cell in cells)


def test_a_packed_plan_is_the_same_plan_until_the_directory_changes(session: Session) -> None:
    source = (CAMPAIGN / "communes.csv").read_bytes()
    seen = units.plan_import(session, source, "communes.csv", "huyen_thanh_uy")
    again = units.plan_import(session, units.packed(seen), "plan.csv")
    assert again.digest() == seen.digest()
    assert again.added[0].row.values == seen.added[0].row.values
    changed = plan(session, HEAD + "TU-RG,Tên khác,huyen_thanh_uy,,,bat_buoc,co\n")
    packed = units.packed(changed)
    session.execute(update(Unit).where(Unit.code == "TU-RG").values(name="Tên thứ ba"))
    session.expire_all()
    assert units.plan_import(session, packed, "plan.csv").digest() != changed.digest()
