"""The page of the units asked in a round: one or many are added, withdrawn, changed."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from language.collation import sort_key
from models.database import reading, transaction
from services import assignments, campaigns
from services.assignments import AskedUnit
from tests.factories import WORKING_DAY, change_round, send_report, unit_link
from tests.views.board_members import signed_in, token
from tests.views.page_check import check_page

ROUND = "/ban/chuyen-de/kh46/dot-bao-cao/dot1/don-vi"
CHANGE, ADD = f"{ROUND}/thay-doi", f"{ROUND}/them"


@pytest.fixture
def officer(app: Flask) -> FlaskClient:
    return signed_in(app, "officer")


def post(client: FlaskClient, address: str, form: dict[str, str | list[str]]) -> TestResponse:
    page = client.get(ROUND)
    check_page(page.text)
    answer = client.post(address, data={**form, "csrf_token": token(page)})
    if answer.status_code != 303:
        check_page(answer.text)
    return answer


def open_round(app: Flask) -> None:
    with app.app_context(), transaction() as session:
        change_round(session, "dot1", opens_at=datetime.now(UTC))


def unit(app: Flask, code: str) -> AskedUnit:
    with app.app_context(), reading() as session:
        asked = campaigns.find_round(session, "dot1")
        units = assignments.asked_units(session, asked.id)
    return next(found for found in units if found.code == code)


def text_of(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def test_duty_is_changed_for_a_whole_group(app: Flask, officer: FlaskClient) -> None:
    form = {"action": "duty", "all": "1", "group": "ban_dang", "required": "yes", "counted": "no"}
    answer = post(officer, CHANGE, form)
    assert answer.status_code == 303
    assert answer.location.endswith("?group=ban_dang"), "the same units stay looked for"
    with app.app_context(), reading() as session:
        units = assignments.asked_units(session, campaigns.find_round(session, "dot1").id)
    changed = [found for found in units if found.group_code == "ban_dang"]
    assert changed
    assert all(found.required and not found.counted for found in changed)
    others = [found for found in units if found.group_code == "so_ban_nganh"]
    assert not all(found.required for found in others)


def test_a_deadline_of_their_own_for_some(app: Flask, officer: FlaskClient) -> None:
    form = {"action": "due", "unit": ["TU-RG", "TU-HT"], "due_at_day": "15/8/2021"}
    assert post(officer, CHANGE, form).status_code == 303
    assert unit(app, "TU-RG").due_at == datetime(2021, 8, 15, 16, 59, 59, tzinfo=UTC)
    assert unit(app, "HU-AB").due_at is None
    assert "23:59 ngày 15/8/2021" in officer.get(f"{ROUND}?q=rach+gia").text
    wrong = post(officer, CHANGE, {**form, "due_at_day": "31/2/2021"})
    assert wrong.status_code == 422
    assert 'href="#due_at_day"' in wrong.text
    assert 'value="TU-HT" checked' in wrong.text
    assert 'value="31/2/2021"' in wrong.text


def test_nothing_chosen_changes_nothing(officer: FlaskClient) -> None:
    answer = post(officer, CHANGE, {"action": "withdraw", "reason": "Sáp nhập"})
    assert answer.status_code == 422
    assert "Vui lòng chọn đơn vị." in answer.text
    assert 'value="Sáp nhập"' in answer.text


def test_after_the_opening_a_reason_is_asked_for_and_shown(
    app: Flask, officer: FlaskClient
) -> None:
    open_round(app)
    page = officer.get(ROUND).text
    assert "Đổi trách nhiệm" not in page
    refused = post(officer, CHANGE, {"action": "withdraw", "unit": "TU-RG"})
    assert refused.status_code == 422
    assert "vui lòng ghi lý do" in refused.text
    assert 'value="TU-RG" checked' in refused.text
    given = {"action": "withdraw", "unit": "TU-RG", "reason": "Sáp nhập <b>"}
    assert post(officer, CHANGE, given).status_code == 303
    page = text_of(officer.get(ROUND).text)
    assert "Thành ủy Rạch Giá được rút lúc" in page
    assert "Lý do: Sáp nhập &lt;b&gt;." in page
    assert "1 đơn vị được rút sau" in page
    fixed = post(officer, CHANGE, {"action": "duty", "unit": "TU-HT", "required": "no"})
    assert fixed.status_code == 409
    assert "không đổi được trách nhiệm" in fixed.text


def test_before_many_units_are_withdrawn_their_number_is_named_and_asked(
    app: Flask, officer: FlaskClient
) -> None:
    form = {"action": "withdraw", "all": "1", "group": "ban_dang", "reason": "Nhầm"}
    asking = post(officer, CHANGE, form)
    assert asking.status_code == 200
    codes = re.findall(r'name="unit" value="([^"]+)"', asking.text)
    with app.app_context(), reading() as session:
        units = assignments.asked_units(session, campaigns.find_round(session, "dot1").id)
    assert codes == [found.code for found in units if found.group_code == "ban_dang"]
    assert f"Rút {len(codes)} đơn vị?" in asking.text
    assert all(found.withdrawn_at is None for found in units)
    # Who has seen another number is asked again.
    agreed = {"action": "withdraw", "unit": codes, "group": "ban_dang", "reason": "Nhầm"}
    assert post(officer, CHANGE, {**agreed, "agreed": "1"}).status_code == 200
    assert unit(app, codes[0]).withdrawn_at is None
    done = post(officer, CHANGE, {**agreed, "agreed": str(len(codes))})
    assert done.status_code == 303
    assert unit(app, codes[-1]).withdrawn_reason == "Nhầm"
    assert unit(app, "TU-RG").withdrawn_at is None


def test_the_question_comes_after_the_reason(app: Flask, officer: FlaskClient) -> None:
    open_round(app)
    refused = post(officer, CHANGE, {"action": "withdraw", "all": "1", "group": "ban_dang"})
    assert refused.status_code == 422
    assert 'href="#reason"' in refused.text


def test_what_can_be_done_with_units_is_reached_from_the_top(officer: FlaskClient) -> None:
    page = officer.get(ROUND).text
    assert page.index('href="#chosen"') < page.index('type="checkbox"') < page.index('id="chosen"')


def test_units_are_looked_for_and_added(app: Flask, officer: FlaskClient) -> None:
    nobody = officer.get(ADD)
    check_page(nobody.text)
    assert "Không có đơn vị" in nobody.text
    chosen = {"action": "withdraw", "unit": ["TU-RG", "TU-HT", "HU-AB"], "agreed": "3"}
    assert post(officer, CHANGE, chosen).status_code == 303
    open_round(app)
    found = officer.get(f"{ADD}?q=thanh+uy")
    check_page(found.text)
    assert re.findall(r'name="unit" value="([^"]+)"', found.text) == ["TU-RG", "TU-HT"]
    refused = post(officer, ADD, {"q": "thanh uy", "all": "1"})
    assert refused.status_code == 422
    assert "vui lòng ghi lý do" in refused.text
    done = post(officer, ADD, {"q": "thanh uy", "all": "1", "reason": "Bổ sung"})
    assert done.status_code == 303
    page = text_of(officer.get(ROUND).text)
    assert "2 đơn vị được thêm sau (0 đơn vị trong số đó đã gửi)" in page
    assert "Thành ủy Hà Tiên được thêm lúc" in page
    assert unit(app, "HU-AB").withdrawn_at is not None


def test_who_is_asked_stands_by_name_and_stays_so(officer: FlaskClient) -> None:
    def names(query: str) -> list[str]:
        return re.findall(r'for="unit-\d+">([^<]+)<', officer.get(f"{ROUND}{query}").text)

    official = names("")
    assert len(official) == 112
    assert names("?order=ten") == sorted(official, key=sort_key) != official
    answer = post(officer, f"{ROUND}?order=ten", {"action": "due", "order": "ten", "unit": "TU-RG"})
    assert "order=ten" in (answer.location or answer.text)


def test_rates_stand_beside_the_units(app: Flask, officer: FlaskClient) -> None:
    with app.app_context(), transaction() as session:
        send_report(session, unit_link(session))
    page = officer.get(ROUND)
    check_page(page.text)
    assert "(5,0%)" in text_of(page.text)
    viewer = signed_in(app, "viewer").get(ROUND).text
    check_page(viewer)
    assert "Rút các đơn vị" not in viewer
    assert "(5,0%)" in text_of(viewer)


def test_only_officers_change_who_is_asked(app: Flask) -> None:
    viewer = signed_in(app, "viewer")
    form = {"action": "withdraw", "unit": "TU-RG", "csrf_token": token(viewer.get(ROUND))}
    for address in (CHANGE, ADD):
        assert viewer.post(address, data=form).status_code == 403
    assert unit(app, "TU-RG").withdrawn_at is None


def test_a_public_round_has_no_such_page(officer: FlaskClient) -> None:
    assert officer.get(ROUND.replace("dot1", "phan_hoi")).status_code == 404
    assert officer.get(ROUND.replace("dot1", "kho_khan")).status_code == 200


def test_an_unknown_act_is_refused(officer: FlaskClient) -> None:
    assert post(officer, CHANGE, {"action": "khac", "unit": "TU-RG"}).status_code == 400


def test_the_link_of_a_withdrawn_unit_says_so_and_shows_what_is_typed(
    app: Flask, client: FlaskClient, officer: FlaskClient
) -> None:
    with app.app_context(), reading() as session:
        code = unit_link(session, now=WORKING_DAY).code
    chosen = {"action": "withdraw", "unit": "TU-RG", "reason": "Sáp nhập"}
    assert post(officer, CHANGE, chosen).status_code == 303
    page = client.get(f"/{code}")
    assert page.status_code == 410
    check_page(page.text)
    assert "không còn phải gửi báo cáo này" in page.text
    assert "Sáp nhập" not in page.text
    form = {"action": "submit", "so_ky_hieu": "125-BC/TU", "instance": "a", "base": "0"}
    answer = client.post(f"/{code}?all=1", data=form)
    assert answer.status_code == 410
    check_page(answer.text)
    assert "125-BC/TU" in answer.text
    assert "được lưu nháp" in answer.text
