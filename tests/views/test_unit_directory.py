"""The pages of units: found, changed, ended; files are seen first and imported as they were."""

from __future__ import annotations

import io
import re
import time

import openpyxl
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from models import AuditEntry
from models.database import reading, transaction
from services import directory
from services.directory import ContactFacts
from tests.conftest import CAMPAIGN
from tests.factories import WORKING_DAY
from tests.views.board_members import signed_in, token
from tests.views.page_check import check_page

UNITS = "/ban/don-vi/"
RACH_GIA = f"{UNITS}ma/TU-RG"
NEW = {
    "code": "XA-1",
    "name": "Xã Đông Thái <b>",
    "group_code": "ban_dang",
    "level": "xa",
    "parent_code": "HU-AB",
    "email": "xa1@kiengiang.example.vn",
    "report_duty": "moi",
    "position": "0",
    "valid_from": "01/01/2021",
}
HEAD = "code,name,group,valid_to,successor_code\n"


@pytest.fixture
def officer(app: Flask) -> FlaskClient:
    return signed_in(app, "officer")


def post(client: FlaskClient, address: str, form: dict[str, str]) -> TestResponse:
    page = client.get(address)
    check_page(page.text)
    return checked(client.post(address, data={**form, "csrf_token": token(page)}))


def checked(answer: TestResponse) -> TestResponse:
    if answer.status_code != 303:
        check_page(answer.text)
    return answer


def upload(client: FlaskClient, source: bytes, name: str, group: str = "") -> TestResponse:
    page = client.get(f"{UNITS}nhap")
    form = {"file": (io.BytesIO(source), name), "group": group, "csrf_token": token(page)}
    return checked(client.post(f"{UNITS}nhap", data=form))


def apply(client: FlaskClient, plan: TestResponse) -> TestResponse:
    hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', plan.text))
    return checked(client.post(f"{UNITS}nhap/thuc-hien", data=hidden))


def shown(page: str) -> list[str]:
    return re.findall(r'class="unit-name"[^>]*>([^<]+)<', page)


# --- looking --------------------------------------------------------------------------------------


def test_units_are_found_without_accents_and_sorted_by_name(officer: FlaskClient) -> None:
    page = officer.get(f"{UNITS}?q=huyen+uy+an+minh")
    check_page(page.text)
    assert shown(page.text)[0] == "Huyện ủy An Minh"
    assert len(shown(page.text)) == 2
    named = shown(officer.get(f"{UNITS}?order=ten&group=huyen_thanh_uy").text)
    assert named[0] == "Huyện ủy An Biên"
    assert named[-1].startswith("Thành ủy")
    nobody = officer.get(f"{UNITS}?q=khong+co+ten+nay")
    check_page(nobody.text)
    assert "Không có đơn vị phù hợp" in nobody.text


def test_only_officers_see_how_to_reach_a_unit(app: Flask, officer: FlaskClient) -> None:
    with app.app_context(), transaction() as session:
        person = ContactFacts("Cán bộ phụ trách", "", "", "0297 123 456", None)
        directory.add_contact(session, "TU-RG", person, "x", WORKING_DAY)
    seen = officer.get(RACH_GIA).text
    check_page(seen)
    hidden = signed_in(app, "viewer")
    assert "0297 123 456" in seen
    assert "btg.rachgia@" in seen
    page = hidden.get(RACH_GIA).text
    check_page(page)
    assert "0297 123 456" not in page
    assert "btg.rachgia@" not in page
    for browser in (hidden, officer):
        file = browser.get(f"{UNITS}tai-ve.csv").text
        assert "btg.rachgia@" not in file
        assert "0297 123 456" not in file


def test_contacts_are_taken_along_after_the_password_and_that_is_noted(
    app: Flask, officer: FlaskClient
) -> None:
    with app.app_context(), transaction() as session:
        person = ContactFacts("Cán bộ phụ trách", "", "", "0297 123 456", None)
        directory.add_contact(session, "TU-RG", person, "x", WORKING_DAY)
    form = {"csrf_token": token(officer.get(UNITS))}
    with officer.session_transaction(base_url="http://localhost/ban/") as cookie:
        cookie["fs_paa"] = time.time() - 61 * 60
    asked = officer.post(f"{UNITS}tai-ve-lien-he.csv", data=form)
    assert asked.location == f"/ban/xac-nhan?next={UNITS}"
    with officer.session_transaction(base_url="http://localhost/ban/") as cookie:
        cookie["fs_paa"] = time.time()
    file = officer.post(f"{UNITS}tai-ve-lien-he.csv", data=form).text
    assert "btg.rachgia@" in file
    assert "0297 123 456" in file
    with app.app_context(), reading() as session:
        entry = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert entry
    assert (entry.act, entry.actor, entry.subject) == (
        "contacts.exported",
        "officer@ban.example",
        "units",
    )


# --- changing -------------------------------------------------------------------------------------


def test_a_unit_is_added_changed_and_ended(officer: FlaskClient) -> None:
    assert post(officer, f"{UNITS}moi", NEW).location == f"{UNITS}ma/XA-1"
    page = officer.get(f"{UNITS}ma/XA-1").text
    check_page(page)
    assert "Xã Đông Thái &lt;b&gt;" in page
    assert "Huyện ủy An Biên" in page
    assert "Xã Đông Thái" in officer.get(f"{UNITS}ma/HU-AB").text
    typed = {**NEW, "name": "Xã Đông Thái mới", "position": "7"}
    assert post(officer, f"{UNITS}ma/XA-1/sua", typed).status_code == 303
    ended = {"valid_to": "30/6/2021", "successor_code": "TU-RG"}
    assert post(officer, f"{UNITS}ma/XA-1/ket-thuc", ended).status_code == 303
    assert "đến 30/6/2021" in officer.get(f"{UNITS}ma/XA-1").text
    assert "Xã Đông Thái mới" in officer.get(RACH_GIA).text
    assert "Xã Đông Thái mới" not in officer.get(UNITS).text
    assert shown(officer.get(f"{UNITS}?validity=ended").text) == ["Xã Đông Thái mới"]
    post(officer, f"{UNITS}ma/XA-1/ket-thuc", {"valid_to": "", "successor_code": ""})
    assert "Đơn vị không có ngày kết thúc." in officer.get(f"{UNITS}ma/XA-1").text


@pytest.mark.parametrize(
    ("field", "typed", "told"),
    [
        ("code", "TU-RG", "đã dùng cho đơn vị khác"),
        ("code", "XA 1", "Mã chỉ gồm chữ cái"),
        ("name", "", "Vui lòng nhập mục này."),
        ("parent_code", "KHONG-CO", "chọn đơn vị cấp trên"),
        ("email", "khong phai thu", "Địa chỉ thư điện tử chưa đúng"),
        ("position", "x", "từ 0 đến 1000000"),
        ("valid_from", "2021", "Vui lòng ghi ngày"),
        ("group_code", "khac", "Vui lòng chọn trong danh sách"),
    ],
)
def test_what_is_wrong_with_a_unit_is_told_at_its_field(
    officer: FlaskClient, field: str, typed: str, told: str
) -> None:
    answer = post(officer, f"{UNITS}moi", {**NEW, field: typed})
    assert answer.status_code in (409, 422)
    assert told in answer.text
    assert f'href="#{field}"' in answer.text
    assert 'value="xa"' in answer.text
    assert officer.get(f"{UNITS}ma/XA-1").status_code == 404


def test_a_unit_cannot_end_before_it_begins(officer: FlaskClient) -> None:
    post(officer, f"{UNITS}moi", NEW)
    answer = post(officer, f"{UNITS}ma/XA-1/ket-thuc", {"valid_to": "31/12/2020"})
    assert answer.status_code == 422
    assert "sớm hơn ngày có hiệu lực" in answer.text
    assert 'value="31/12/2020"' in answer.text


def test_contacts_are_added_changed_and_erased(officer: FlaskClient) -> None:
    wrong = post(officer, f"{RACH_GIA}/lien-he", {"name": "", "phone": "0297 1"})
    assert wrong.status_code == 422
    assert 'value="0297 1"' in wrong.text
    person = {"name": "Cán bộ phụ trách", "phone": "0297 1", "keep_until": "31/12/2021"}
    assert post(officer, f"{RACH_GIA}/lien-he", person).status_code == 303
    found = re.search(rf'href="({RACH_GIA}/lien-he/\d+)"', officer.get(RACH_GIA).text)
    assert found
    assert post(officer, found[1], {**person, "phone": "0297 2"}).status_code == 303
    assert "0297 2" in officer.get(RACH_GIA).text
    assert post(officer, found[1], {"action": "remove"}).status_code == 303
    assert "0297" not in officer.get(RACH_GIA).text
    assert officer.get(found[1]).status_code == 404


# --- files ----------------------------------------------------------------------------------------


def test_a_file_is_looked_at_first_and_then_imported(app: Flask, officer: FlaskClient) -> None:
    source = HEAD + (
        "XA-1,Xã Đông Thái <i>,ban_dang,,\n"
        "TU-RG,Thành ủy Rạch Giá mới,huyen_thanh_uy,,\n"
        "TU-HT,Thành ủy Hà Tiên,huyen_thanh_uy,30/6/2021,TU-RG\n"
    )
    plan = upload(officer, source.encode(), "don-vi.csv")
    assert plan.status_code == 200
    for text in ("Xã Đông Thái &lt;i&gt;", "Thành ủy Rạch Giá mới", "30/6/2021"):
        assert text in plan.text
    assert officer.get(f"{UNITS}ma/XA-1").status_code == 404
    assert apply(officer, plan).status_code == 303
    with app.app_context(), reading() as session:
        assert directory.find_unit(session, "TU-RG").name == "Thành ủy Rạch Giá mới"
        assert directory.find_unit(session, "TU-HT").successor_code == "TU-RG"
        assert directory.find_unit(session, "XA-1").group_code == "ban_dang"


def test_what_was_not_seen_is_not_imported(app: Flask, officer: FlaskClient) -> None:
    source = HEAD + "TU-RG,Thành ủy Rạch Giá mới,huyen_thanh_uy,,\n"
    plan = upload(officer, source.encode(), "don-vi.csv")
    post(officer, f"{UNITS}moi", NEW)
    rival = HEAD + "TU-RG,Tên thứ ba,huyen_thanh_uy,,\n"
    assert apply(officer, upload(officer, rival.encode(), "don-vi.csv")).status_code == 303
    refused = apply(officer, plan)
    assert refused.status_code == 409
    assert "Danh mục đã thay đổi" in refused.text
    assert "Tên thứ ba" in refused.text
    assert apply(officer, refused).status_code == 303
    assert "Thành ủy Rạch Giá mới" in officer.get(RACH_GIA).text


def test_a_plan_that_no_page_wrote_is_refused(officer: FlaskClient) -> None:
    csrf_token = token(officer.get(f"{UNITS}nhap"))
    for plan in ("", "x", "eJwDAAAAAAE="):
        form = {"plan": plan, "seen": "", "csrf_token": csrf_token}
        answer = checked(officer.post(f"{UNITS}nhap/thuc-hien", data=form))
        assert answer.status_code == 409


def test_every_bad_cell_is_named(officer: FlaskClient) -> None:
    source = HEAD + "XA 1,,khac,31/2/2021,KHONG-CO\n"
    answer = upload(officer, source.encode(), "don-vi.csv")
    assert answer.status_code == 422
    assert re.findall(r'<th scope="row">([A-Z]\d)</th>', answer.text) == [
        "A2",
        "B2",
        "C2",
        "D2",
        "E2",
    ]
    assert "Ngày “31/2/2021” chưa đúng" in answer.text
    nothing = post(officer, f"{UNITS}nhap", {})
    assert nothing.status_code == 422
    assert "Vui lòng chọn một tệp" in nothing.text or "Vui lòng chọn tệp" in nothing.text


def test_the_communes_are_imported_into_a_group(officer: FlaskClient) -> None:
    source = (CAMPAIGN / "communes.csv").read_bytes()
    assert upload(officer, source, "communes.csv").status_code == 422
    plan = upload(officer, source, "communes.csv", "huyen_thanh_uy")
    assert plan.status_code == 200
    assert apply(officer, plan).status_code == 303
    page = officer.get(UNITS).text
    check_page(page)
    names = shown(page)
    assert len(names) == 256
    below = names[names.index("Thành ủy Rạch Giá") : names.index("Thành ủy Hà Tiên")]
    assert "Phường Vĩnh Thanh Vân" in below


def test_the_downloaded_workbook_is_imported_as_it_is(officer: FlaskClient) -> None:
    form = {"csrf_token": token(officer.get(UNITS))}
    with officer.post(f"{UNITS}tai-ve-lien-he.xlsx", data=form) as answer:
        workbook = answer.data
    assert "don-vi.xlsx" in answer.headers["Content-Disposition"]
    plan = upload(officer, workbook, "don-vi.xlsx")
    assert "Không có gì để nhập" in plan.text
    book = openpyxl.load_workbook(io.BytesIO(workbook))
    sheet = book.active
    cell = next(c for row in sheet.iter_rows() for c in row if c.value == "Thành ủy Rạch Giá")
    cell.value = "Thành ủy Rạch Giá mới"
    output = io.BytesIO()
    book.save(output)
    changed = upload(officer, output.getvalue(), "don-vi.xlsx")
    assert "Thành ủy Rạch Giá mới" in changed.text
    assert "Thay đổi (1)" in changed.text or "(1)" in changed.text
