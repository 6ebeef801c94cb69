"""The pages of campaigns and rounds: nothing typed is lost, what is refused says where and why."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from language.dates import local, short_date
from models.database import reading, transaction
from services import campaign_desk as desk
from services import rounds
from services.campaigns import find_campaign
from tests.factories import change_round, public_link, send_report, unit_link
from tests.views.board_members import signed_in, token
from tests.views.page_check import check_page
from views.campaign_desk import groups_fault, read_groups
from views.timeline import Span, draw_timeline

NEW = {
    "code": "kh50",
    "title": "Kế hoạch mới <b>",
    "subject": "kết quả học tập Nghị quyết",
    "plan_number": "50-KH/BTGTU",
    "plan_date": "05/01/2022",
    "plan_issuer": "Ban Tuyên giáo Tỉnh ủy",
    "board_name": "Ban Tuyên giáo Tỉnh ủy Kiên Giang",
    "parent_body": "Tỉnh ủy Kiên Giang",
    "place": "Rạch Giá",
    "document_style": "party",
    "answer_days": "15",
    "groups": "xa_phuong | Xã, phường\nHuyện ủy, thành ủy",
}
ROUND = {"code": "dot3", "kind": "closed", "title": "Đợt 3", "threshold": "10"}
CAMPAIGNS = "/ban/chuyen-de/"
KH46 = f"{CAMPAIGNS}kh46"


@pytest.fixture
def officer(app: Flask) -> FlaskClient:
    return signed_in(app, "officer")


def post(client: FlaskClient, address: str, form: dict[str, str]) -> TestResponse:
    page = client.get(address)
    check_page(page.text)
    answer = client.post(address, data={**form, "csrf_token": token(page)})
    if answer.status_code != 303:
        check_page(answer.text)
    return answer


def press(client: FlaskClient, page: str, address: str) -> TestResponse:
    answer = client.post(address, data={"csrf_token": token(client.get(page))})
    assert answer.status_code == 303
    return answer


def days_on(days: int) -> str:
    return short_date(local(datetime.now(UTC) + timedelta(days=days)).date())


def form_choice(officer: FlaskClient, name: str) -> str:
    page = officer.get(f"{KH46}/dot-bao-cao/moi").text
    before = page[: page.index(f">{name}")]
    return before[before.rindex('value="') + 7 :].split('"')[0]


# --- campaigns ------------------------------------------------------------------------------------


def test_a_campaign_is_created_with_its_groups(app: Flask, officer: FlaskClient) -> None:
    answer = post(officer, f"{CAMPAIGNS}moi", NEW)
    assert answer.location == f"{CAMPAIGNS}kh50"
    page = officer.get(answer.location).text
    check_page(page)
    assert "Đã tạo chuyên đề." in page
    assert "05/01/2022" in page
    with app.app_context(), reading() as session:
        found = desk.facts_of(find_campaign(session, "kh50"))
    assert found.groups == (
        ("xa_phuong", "Xã, phường"),
        ("huyen_thanh_uy", "Huyện ủy, thành ủy"),
    )


@pytest.mark.parametrize(
    ("field", "typed", "told"),
    [
        ("code", "KH 50", "Mã chỉ gồm chữ thường"),
        ("code", "bieu-mau", "trùng với địa chỉ một trang"),
        ("code", "kh46", "đã dùng cho chuyên đề khác"),
        ("title", "", "Vui lòng nhập mục này."),
        ("plan_date", "2022", "Vui lòng ghi ngày"),
        ("groups", "a | A\na | B", "Dòng 2: mã bị trùng."),
        ("board_name", "Ban Tuyªn gi¸o", "bảng mã cũ"),
        ("document_style", "khac", "Vui lòng chọn trong danh sách."),
    ],
)
def test_what_is_wrong_with_a_campaign_is_told_at_its_field(
    officer: FlaskClient, field: str, typed: str, told: str
) -> None:
    answer = post(officer, f"{CAMPAIGNS}moi", {**NEW, field: typed})
    assert answer.status_code in (409, 422)
    assert told in answer.text
    assert f'href="#{field}"' in answer.text
    kept = [text for name, text in NEW.items() if name not in (field, "title", "groups")]
    assert all(text in answer.text for text in kept if text != "party")
    assert officer.get(f"{CAMPAIGNS}kh50").status_code == 404


def test_a_campaign_is_changed_copied_and_put_away(app: Flask, officer: FlaskClient) -> None:
    typed = {name: text for name, text in NEW.items() if name != "code"}
    with app.app_context(), reading() as session:
        groups = desk.facts_of(find_campaign(session, "kh46")).groups
    typed["groups"] = "\n".join(" | ".join(group) for group in groups)
    assert post(officer, f"{KH46}/sua", typed).status_code == 303
    assert "Kế hoạch mới &lt;b&gt;" in officer.get(KH46).text
    lost = post(officer, f"{KH46}/sua", {**typed, "groups": NEW["groups"]})
    assert lost.status_code == 409
    assert "có đơn vị thuộc khối" in lost.text
    copied = {**typed, "code": "kh51", "rounds": "1", "units": "1"}
    assert post(officer, f"{KH46}/sao-chep", copied).status_code == 303
    assert "112" in officer.get(f"{CAMPAIGNS}kh51").text
    press(officer, f"{KH46}/luu-tru", f"{KH46}/luu-tru")
    assert "/ban/kh46/" not in officer.get("/ban/").text
    assert "Đã lưu trữ" in officer.get(KH46).text
    assert "kh46" in officer.get(CAMPAIGNS).text
    press(officer, KH46, f"{KH46}/mo-lai")
    assert "/ban/kh46/" in officer.get("/ban/").text


def test_groups_are_lines() -> None:
    assert read_groups("a | A\n\nHội Cựu chiến binh") == (
        ("a", "A"),
        ("hoi_cuu_chien_binh", "Hội Cựu chiến binh"),
    )
    assert groups_fault("a | A\n| B")
    known = {"ban_dang": "Cơ quan tham mưu"}
    assert read_groups("Cơ Quan tham mưu", known) == (("ban_dang", "Cơ Quan tham mưu"),)


def test_a_new_campaign_begins_with_the_groups_of_the_directory(officer: FlaskClient) -> None:
    page = officer.get(f"{CAMPAIGNS}moi").text
    assert "huyen_thanh_uy | Huyện ủy, thành ủy" in page
    assert page.index("huyen_thanh_uy |") < page.index("so_ban_nganh |")


# --- rounds ---------------------------------------------------------------------------------------


def test_a_round_is_added_and_drawn(app: Flask, officer: FlaskClient) -> None:
    typed = {
        **ROUND,
        "form_definition_id": form_choice(officer, "Báo cáo Đợt 1"),
        "opens_at_day": days_on(10),
        "due_at_day": days_on(20),
        "closes_at_day": days_on(30),
        "closes_at_clock": "17:00",
    }
    assert post(officer, f"{KH46}/dot-bao-cao/moi", typed).status_code == 303
    page = officer.get(KH46).text
    check_page(page)
    assert f"00:00 ngày {days_on(10)}" in page
    assert f"23:59 ngày {days_on(20)}" in page
    assert f"17:00 ngày {days_on(30)}" in page
    assert f"hạn {days_on(20)}" in page
    assert "chức, viên chức · phiên bản 1" in page
    with app.app_context(), reading() as session:
        due = rounds.planned_round(session, "kh46", "dot3").facts.due_at
    assert due is not None
    assert local(due).time().isoformat() == "23:59:59"


@pytest.mark.parametrize(
    ("typed", "told", "field"),
    [
        ({"opens_at_day": "1/1/2021"}, "Thời điểm này đã qua", "opens_at_day"),
        ({"opens_at_day": days_on(9), "due_at_day": days_on(8)}, "sớm hơn thời", "due_at_day"),
        ({"due_at_day": days_on(9), "closes_at_day": days_on(8)}, "sớm hơn hạn", "closes_at_day"),
        ({"due_at_day": "31/2/2021"}, "Vui lòng ghi ngày", "due_at_day"),
        ({"code": "dot1"}, "đã dùng cho đợt báo cáo khác", "code"),
        ({"kind": "public"}, "lộ người trả lời", "form_definition_id"),
        ({"threshold": "2"}, "từ 3 đến 1000", "threshold"),
    ],
)
def test_what_is_wrong_with_a_round_is_told_at_its_field(
    officer: FlaskClient, typed: dict[str, str], told: str, field: str
) -> None:
    form = {**ROUND, "form_definition_id": form_choice(officer, "Báo cáo Đợt 1"), **typed}
    answer = post(officer, f"{KH46}/dot-bao-cao/moi", form)
    assert answer.status_code in (409, 422)
    assert told in answer.text
    assert f'href="#{field}"' in answer.text
    assert all(f'value="{text}"' in answer.text for text in typed.values() if text)


def test_a_round_keeps_what_its_reports_stand_on(app: Flask, officer: FlaskClient) -> None:
    with app.app_context(), transaction() as session:
        send_report(session, unit_link(session))
    address = f"{KH46}/dot-bao-cao/dot1/sua"
    typed = {
        "title": "Đợt 1",
        "form_definition_id": form_choice(officer, "Báo cáo Đợt 1"),
        "threshold": "10",
        "due_at_day": "31/8/2021",
    }
    moved = post(officer, address, {**typed, "opens_at_day": "1/8/2021"})
    assert moved.status_code == 409
    assert "Không đổi được thời điểm mở" in moved.text
    earlier = post(officer, address, {**typed, "due_at_day": "30/8/2021"})
    assert earlier.status_code == 409
    assert "không đưa hạn lên sớm hơn" in earlier.text
    assert post(officer, address, typed).status_code == 303
    refused = officer.get(f"{KH46}/dot-bao-cao/dot1/bo")
    check_page(refused.text)
    assert "không xóa được" in refused.text


def test_a_round_is_removed_after_a_question(officer: FlaskClient) -> None:
    address = f"{KH46}/dot-bao-cao/dot2/bo"
    assert "112 đơn vị" in officer.get(address).text
    press(officer, address, address)
    assert officer.get("/ban/kh46/dot2").status_code == 404


# --- what links say -------------------------------------------------------------------------------


def in_days(days: int) -> datetime:
    return datetime.now(UTC) + timedelta(days=days)


def test_a_round_that_is_not_open_says_when_it_opens_and_keeps_what_is_typed(
    app: Flask, client: FlaskClient
) -> None:
    with app.app_context(), transaction() as session:
        change_round(session, "dot1", opens_at=in_days(3), due_at=in_days(9))
        code = unit_link(session, now=datetime.now(UTC)).code
    opened = client.get(f"/{code}")
    assert opened.status_code == 409
    check_page(opened.text)
    assert "Đợt báo cáo chưa mở" in opened.text
    assert short_date(local(in_days(3)).date()) in opened.text
    form = {"action": "save", "so_ky_hieu": "125-BC/TU", "instance": "a", "base": "0"}
    answer = client.post(f"/{code}?all=1", data=form)
    assert answer.status_code == 409
    check_page(answer.text)
    assert "125-BC/TU" in answer.text
    assert "được lưu nháp" in answer.text
    with app.app_context(), transaction() as session:
        change_round(session, "dot1", opens_at=in_days(-1))
    assert "125-BC/TU" in client.get(f"/{code}?all=1").text


def test_participants_are_told_when_their_round_opens(app: Flask, client: FlaskClient) -> None:
    with app.app_context(), transaction() as session:
        change_round(session, "phan_hoi", opens_at=in_days(3))
        code = public_link(session).code
    opened = client.get(f"/{code}")
    assert opened.status_code == 409
    check_page(opened.text)
    assert short_date(local(in_days(3)).date()) in opened.text
    form = {"action": "submit", "doi_tuong": "dv_cbccvc", "gop_y": "Xin góp ý sớm"}
    answer = client.post(f"/{code}", data=form)
    assert answer.status_code == 409
    check_page(answer.text)
    assert "Phiếu này chưa mở" in answer.text
    assert "Xin góp ý sớm" in answer.text


def test_links_of_a_campaign_that_was_put_away_say_so(
    app: Flask, client: FlaskClient, officer: FlaskClient
) -> None:
    with app.app_context(), reading() as session:
        code, public = unit_link(session).code, public_link(session).code
    press(officer, f"{KH46}/luu-tru", f"{KH46}/luu-tru")
    for address in (code, public):
        answer = client.get(f"/{address}")
        assert answer.status_code == 410
        check_page(answer.text)
        assert "đã kết thúc" in answer.text
    form = {"action": "save", "so_ky_hieu": "125-BC/TU", "instance": "a", "base": "0"}
    assert "125-BC/TU" in client.post(f"/{code}?all=1", data=form).text


# --- the time line --------------------------------------------------------------------------------


def test_the_picture_has_a_bar_for_each_round_with_dates_in_order_of_time() -> None:
    spans = [
        Span("Đợt 1", in_days(0), in_days(20), in_days(30)),
        Span("Khó khăn", None, None, None),
        Span("Đợt 2", in_days(40), in_days(60), None),
    ]
    picture = draw_timeline(spans, in_days(10))
    assert picture is not None
    first, undated, second = picture.bars
    assert undated.undated
    assert undated.start < first.start
    assert undated.end > second.due
    assert first.start < picture.today < first.due < first.end < second.start < second.due
    assert second.open_end
    assert not second.open_start
    far = draw_timeline(spans, in_days(900))
    assert far is not None
    assert far.today is None
    assert draw_timeline([Span("Khó khăn", None, None, None)], in_days(0)) is None
