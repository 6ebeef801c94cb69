"""Deciding on a report on the board, and what its unit then sees."""

from __future__ import annotations

import email
import email.policy
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from models import AuditEntry, Draft, Letter, Unit
from services import reporting
from tests.factories import change_round, send_report, unit_link
from tests.stored import UNIT_NAME, in_days, looking, open_round, revisions, writing
from tests.views.board_members import sign_in, signed_in
from tests.visitor import Page, Visitor, plausible

PLACE = "/ban/kh46/dot1/TU-RG"
REPORT: Mapping[str, Any] = {
    "ma_don_vi": "TU-RG",
    "ten_don_vi": UNIT_NAME,
    "so_ky_hieu": "125-BC/BTGTU",
    "ngay_bao_cao": "2021-08-19",
    "dien_thoai": "0912345678",
    "co_van_ban": "co",
    "van_ban": [
        {"loai_van_ban": "ke_hoach", "so_van_ban": "12-KH/TU", "ngay_van_ban": "2021-06-25"},
        {"loai_van_ban": "cong_van", "so_van_ban": "7-CV/TU", "ngay_van_ban": "2021-07-02"},
    ],
    "tong_dv": 12345,
}


def sent(app: Flask, base: int = 0, **changes: Any) -> str:
    """Open the round, send a report with changes, and return the code of the link."""
    code = open_round(app)
    with writing(app) as session:
        link = unit_link(session, now=datetime.now(UTC))
        answers = {name: v for name, v in {**REPORT, **changes}.items() if v is not None}
        text = json.dumps(answers, ensure_ascii=False, sort_keys=True)
        send_report(session, link, answers=text, base_revision=base, now=datetime.now(UTC))
    return code


def officer(app: Flask) -> Visitor:
    return Visitor(signed_in(app, "officer"))


def form_of(page: Page, ending: str) -> Mapping[str, list[str]]:
    return next(f for f in page.forms if f.action.endswith(ending)).values()


def press(visitor: Visitor, page: Page, ending: str, **changes: str) -> Page:
    """Send the form of a page whose address ends so, and follow where it leads."""
    form = next(f for f in page.forms if f.action.endswith(ending))
    answer = visitor.post(form.action, {**form.values(), **changes})
    return visitor.open(answer.location) if answer.status == 303 else answer


def accept(visitor: Visitor) -> Page:
    return press(visitor, visitor.open(PLACE), "/duyet")


def give_back(visitor: Visitor, **typed: str) -> Page:
    """Return the report of the unit as an officer does."""
    typed = typed or {"note": "Xem lại số liệu.", "reason:so_ky_hieu": "Thiếu số."}
    return press(visitor, visitor.open(f"{PLACE}/tra-lai"), "/tra-lai", **typed)


def letters(app: Flask) -> list[Letter]:
    with looking(app) as session:
        return list(session.scalars(select(Letter).order_by(Letter.id)))


def set_email(app: Flask, address: str) -> None:
    with writing(app) as session:
        session.execute(update(Unit).where(Unit.code == "TU-RG").values(email=address))


# --- accepting ------------------------------------------------------------------------------------


def test_an_accepted_report_says_so_everywhere_and_takes_nothing_more(app: Flask) -> None:
    code = sent(app)
    board = officer(app)
    assert "Đã duyệt" in accept(board).text
    assert "Đã duyệt" in board.open("/ban/kh46/dot1?stage=accepted").text
    unit = Visitor(app.test_client())
    page = unit.open(f"/{code}")
    assert "Ban đã duyệt báo cáo này lúc" in page.text
    assert not any("Kiểm tra lại và gửi" in said for _, said in page.links)


def test_an_accepted_report_is_not_sent_again_and_what_was_typed_is_kept(
    app: Flask, plausible_code: str
) -> None:
    unit = Visitor(app.test_client())
    page = unit.open(f"/{plausible_code}?all=1")
    accept(officer(app))
    refused = unit.send(page, "submit", {"so_ky_hieu": "126-BC/BTGTU"})
    assert refused.status == 409
    assert "Báo cáo đã được duyệt" in refused.text
    assert "126-BC/BTGTU" in refused.text
    assert len(revisions(app)) == 1
    with looking(app) as session:
        assert session.scalars(select(Draft)).one().values["so_ky_hieu"] == ["126-BC/BTGTU"]


def test_what_is_typed_into_an_accepted_report_is_kept_as_a_draft(app: Flask) -> None:
    code = sent(app)
    accept(officer(app))
    with writing(app) as session:
        link = reporting.open_link(session, code, datetime.now(UTC))
        assert link.stage == "accepted"
    unit = Visitor(app.test_client())
    unit.send(unit.open(f"/{code}/muc/thong_tin_chung"), "save", {"so_ky_hieu": "126-BC/BTGTU"})
    with looking(app) as session:
        draft = session.scalars(select(Draft)).one()
    assert draft.values["so_ky_hieu"] == ["126-BC/BTGTU"]


def test_pressing_accept_twice_accepts_once(app: Flask) -> None:
    sent(app)
    board = officer(app)
    page = board.open(PLACE)
    press(board, page, "/duyet")
    press(board, page, "/duyet")
    assert len(letters(app)) == 1


def test_a_revision_that_came_meanwhile_is_read_before_it_is_accepted(app: Flask) -> None:
    sent(app)
    board = officer(app)
    page = board.open(PLACE)
    sent(app, base=1, tong_dv=1)
    after = press(board, page, "/duyet")
    assert "được gửi lại" in after.text
    assert "Chờ Ban xem" in after.text
    assert letters(app) == []


# --- returning ------------------------------------------------------------------------------------


def test_a_returned_report_shows_its_unit_what_to_correct_and_where(app: Flask) -> None:
    code = sent(app)
    reasons = {
        "note": "Số liệu chưa khớp.",
        "reason:so_ky_hieu": "Thiếu số văn bản.",
        "reason:van_ban": "Còn thiếu một công văn.",
        "reason:van_ban-1-so_van_ban": "Sai số công văn.",
    }
    back = give_back(officer(app), **reasons)
    assert "Trả lại để chỉnh sửa" in back.text
    unit = Visitor(app.test_client())
    page = unit.open(f"/{code}")
    for words in ("Ban trả lại báo cáo này để chỉnh sửa", *reasons.values()):
        assert words in page.text
    address = page.link("Số, ký hiệu")
    section = unit.open(address.partition("#")[0])
    assert "Cần chỉnh sửa: Thiếu số văn bản." in section.text
    described = re.search(r'id="q-so_ky_hieu"[^>]*aria-describedby="([^"]+)"', section.html)
    assert described
    assert {"error-so_ky_hieu", "remark-so_ky_hieu"} <= set(described[1].split())
    assert "Sai số công văn." not in section.text
    documents = unit.open(page.link("Văn bản triển khai đã ban hành 2").partition("#")[0])
    assert "Cần chỉnh sửa: Còn thiếu một công văn." in documents.text
    assert 'id="remark-van_ban-1-so_van_ban"' in documents.html


def test_a_returned_report_is_corrected_after_the_round_has_closed(
    app: Flask, plausible_code: str
) -> None:
    with writing(app) as session:
        over = {"due_at": in_days(-2), "closes_at": in_days(-1), "late_allowed": False}
        change_round(session, "dot1", **over)
    unit = Visitor(app.test_client())
    assert unit.open(f"/{plausible_code}").status == 410
    give_back(officer(app))
    page = unit.open(f"/{plausible_code}?all=1")
    assert unit.send(page, "submit", {"so_ky_hieu": "126-BC/BTGTU"}).status == 303
    assert unit.open(f"/{plausible_code}").status == 410


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"note": ""}, "Vui lòng cho biết lý do"),
        ({"note": "x", "deadline_day": "31/2/2030"}, "Vui lòng ghi ngày như 31/8/2021"),
        ({"note": "x", "deadline_day": "1/1/2020"}, "Thời điểm này đã qua"),
        ({"note": "x", "deadline_clock": "25:00"}, "Vui lòng ghi ngày như 31/8/2021"),
    ],
)
def test_what_is_wrong_with_a_return_is_said_and_nothing_is_lost(
    app: Flask, typed: dict[str, str], words: str
) -> None:
    sent(app)
    reason = {} if typed == {"note": ""} else {"reason:so_ky_hieu": "Thiếu\nsố."}
    page = give_back(officer(app), **typed, **reason)
    assert page.status == 422
    assert words in page.text
    for name, text in {**typed, **reason}.items():
        assert form_of(page, "/tra-lai")[name] == [text]
    assert letters(app) == []


def test_reasons_survive_a_revision_that_came_meanwhile(app: Flask) -> None:
    sent(app)
    board = officer(app)
    page = board.open(f"{PLACE}/tra-lai")
    sent(app, base=1, co_van_ban="khong", van_ban=None)
    typed = {"note": "Xem lại.", "reason:van_ban-0-so_van_ban": "Sai số."}
    again = press(board, page, "/tra-lai", **typed)
    assert again.status == 409
    shown = form_of(again, "/tra-lai")
    assert shown["reason:van_ban-0-so_van_ban"] == ["Sai số."]
    assert shown["revision"] == ["2"]
    assert "Trả lại để chỉnh sửa" in press(board, again, "/tra-lai").text


def test_returning_twice_by_a_double_click_writes_one_letter(app: Flask) -> None:
    sent(app)
    board = officer(app)
    page = board.open(f"{PLACE}/tra-lai")
    for _ in range(2):
        press(board, page, "/tra-lai", note="Xem lại.")
    assert [letter.kind for letter in letters(app)] == ["report.returned"]


# --- more time ------------------------------------------------------------------------------------


def test_a_unit_with_more_time_is_on_time_until_then(app: Flask) -> None:
    code = open_round(app, due_at=in_days(-2), late_allowed=False, closes_at=in_days(-1))
    board = officer(app)
    unit = Visitor(app.test_client())
    assert unit.open(f"/{code}").status == 410
    page = board.open(f"{PLACE}/gia-han")
    refused = press(board, page, "/gia-han", reason="")
    assert refused.status == 422
    assert form_of(refused, "/gia-han")["due_clock"] == ["23:59"]
    press(board, refused, "/gia-han", reason="Mất điện do bão.")
    opened = unit.open(f"/{code}")
    assert opened.status == 200
    assert "được gia hạn" in opened.text
    assert "gia hạn đến" in board.open("/ban/kh46/dot1?stage=extended").text
    with writing(app) as session:
        now = datetime.now(UTC)
        assert not send_report(session, unit_link(session, now=now), now=now).late


# --- on behalf ------------------------------------------------------------------------------------


def correct(visitor: Visitor, action: str = "submit", **typed: Any) -> Page:
    page = visitor.open(f"{PLACE}/chinh-sua")
    form = next(f for f in page.forms if f.action.endswith("/chinh-sua"))
    answer = visitor.post(form.action, {**form.values(), **typed, "action": action}, multipart=True)
    return visitor.open(answer.location) if answer.status == 303 else answer


def test_an_officer_corrects_for_a_unit_with_a_reason_only(app: Flask, plausible_code: str) -> None:
    board = officer(app)
    refused = correct(board, so_ky_hieu="999-BC")
    assert refused.status == 422
    assert "Vui lòng cho biết vì sao" in refused.text
    assert form_of(refused, "/chinh-sua")["so_ky_hieu"] == ["999-BC"]
    unit = Visitor(app.test_client())
    unit.send(unit.open(f"/{plausible_code}/muc/thong_tin_chung"), "save", {"so_ky_hieu": "Nháp"})
    done = correct(board, so_ky_hieu="999-BC", **{"officer.reason": "Theo văn bản giấy."})
    assert "officer@ban.example" in done.text
    first, second = revisions(app)
    assert json.loads(second.answers) == {**json.loads(first.answers), "so_ky_hieu": "999-BC"}
    assert (second.author, second.reason) == ("officer@ban.example", "Theo văn bản giấy.")
    with looking(app) as session:
        assert session.scalars(select(Draft)).one().values["so_ky_hieu"] == ["Nháp"]
        entry = session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()[-1]
    assert (entry.act, entry.actor) == ("report.corrected", "officer@ban.example")
    history = unit.open(f"/{plausible_code}/lich-su")
    assert "Điều chỉnh thay đơn vị" in history.text
    assert "Theo văn bản giấy." in history.text
    assert "officer@ban.example" not in history.text


@pytest.fixture
def plausible_code(app: Flask) -> str:
    """Return the link of a unit that has sent a whole report."""
    code = open_round(app)
    visitor = Visitor(app.test_client())
    page = visitor.open(f"/{code}?all=1")
    assert visitor.send(page, "submit", plausible(page.form)).status == 303
    return code


def test_a_report_on_paper_is_filled_in_for_a_unit_that_sent_nothing(app: Flask) -> None:
    open_round(app, due_at=in_days(-3), closes_at=in_days(-1))
    page = correct(officer(app), **{"officer.reason": "Báo cáo giấy."})
    assert page.status == 422
    assert form_of(page, "/chinh-sua")["officer.reason"] == ["Báo cáo giấy."]


def test_a_report_on_paper_is_sent_after_the_round_has_closed_with_its_files(app: Flask) -> None:
    code = open_round(app, due_at=in_days(-3), closes_at=in_days(-1))
    board = officer(app)
    form = next(
        f for f in board.open(f"{PLACE}/chinh-sua").forms if f.action.endswith("/chinh-sua")
    )
    pdf = b"%PDF-1.7\n%%EOF\n", "Báo cáo.pdf"
    typed = {**plausible(form), "tep_bao_cao": pdf, "action": "submit", "officer.reason": ""}
    refused = board.post(form.action, typed, multipart=True)
    assert refused.status == 422
    assert "Báo cáo.pdf" in refused.text
    again = next(f for f in refused.forms if f.action.endswith("/chinh-sua"))
    reason = {"action": "submit", "officer.reason": "Báo cáo giấy."}
    sent_form = {**again.values(), **reason}
    sent_form.pop("remove", None)
    assert board.post(again.action, sent_form, multipart=True).status == 303
    (sent_one,) = revisions(app)
    assert (sent_one.author, sent_one.late) == ("officer@ban.example", True)
    assert "Báo cáo.pdf" in board.open(PLACE).text
    assert board.post(again.action, sent_form, multipart=True).status == 303
    assert len(revisions(app)) == 1
    receipt = Visitor(app.test_client()).open(f"/{code}/bien-nhan/{sent_one.receipt_code}")
    assert "Báo cáo.pdf" in receipt.text


def test_a_correction_that_the_unit_overtook_keeps_what_was_typed(
    app: Flask, plausible_code: str
) -> None:
    board = officer(app)
    page = board.open(f"{PLACE}/chinh-sua")
    form = next(f for f in page.forms if f.action.endswith("/chinh-sua"))
    unit = Visitor(app.test_client())
    whole = unit.open(f"/{plausible_code}?all=1")
    assert unit.send(whole, "submit", {"so_ky_hieu": "126-BC"}).status == 303
    typed = {"so_ky_hieu": "999-BC", "officer.reason": "Giấy.", "action": "submit"}
    refused = board.post(form.action, {**form.values(), **typed}, multipart=True)
    assert refused.status == 409
    shown = form_of(refused, "/chinh-sua")
    assert (shown["so_ky_hieu"], shown["base"]) == (["999-BC"], ["2"])
    again = {**shown, "action": "submit"}
    assert board.post(form.action, again, multipart=True).status == 303
    assert [sent.number for sent in revisions(app)] == [1, 2, 3]


# --- history --------------------------------------------------------------------------------------


def test_any_two_revisions_stand_side_by_side_with_what_changed(app: Flask) -> None:
    code = sent(app)
    rows = REPORT["van_ban"]
    sent(app, base=1, tong_dv=999, van_ban=[rows[1]], dien_thoai="0999999999")
    for visitor, address, contact in (
        (officer(app), f"{PLACE}/so-sanh", True),
        (Visitor(signed_in(app, "viewer")), f"{PLACE}/so-sanh", False),
        (Visitor(app.test_client()), f"/{code}/so-sanh", True),
    ):
        page = visitor.open(address)
        assert "<del>12.345</del>" in page.html
        assert "<ins>999</ins>" in page.html
        assert "Văn bản" in page.text
        assert "<del>12-KH/TU</del>" in page.html
        assert ("0999999999" in page.text) is contact
        assert "125-BC/BTGTU" not in page.text
        assert "125-BC/BTGTU" in visitor.open(f"{address}?old=1&new=2&all=1").text
        assert visitor.open(f"{address}?old=1&new=9").status == 404


def test_the_history_tells_everything_that_happened(app: Flask) -> None:
    code = sent(app)
    board = officer(app)
    give_back(board)
    sent(app, base=1, tong_dv=1)
    accept(board)
    words = ["Đã duyệt", "lần gửi 2", "Trả lại để chỉnh sửa", "Xem lại số liệu.", "Thiếu số."]
    for visitor, address in (
        (board, f"{PLACE}/lich-su"),
        (Visitor(app.test_client()), f"/{code}/lich-su"),
    ):
        page = visitor.open(address)
        places = [page.text.find(text) for text in words]
        assert -1 not in places, words[places.index(-1)]
        assert places == sorted(places)


# --- letters --------------------------------------------------------------------------------------


def test_without_a_mail_server_the_letter_is_a_file_and_on_the_page(app: Flask) -> None:
    set_email(app, "tuyengiao@rachgia.example")
    code = sent(app)
    page = give_back(officer(app))
    (letter,) = letters(app)
    assert (letter.kind, letter.state, letter.to) == (
        "report.returned", "filed", "tuyengiao@rachgia.example",
    )  # fmt: skip
    (path,) = (app.config["SETTINGS"].home / "letters").iterdir()
    message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    assert message["To"] == "tuyengiao@rachgia.example"
    assert message["Subject"].startswith("Đề nghị chỉnh sửa báo cáo: ")
    text = message.get_body(("plain",)).get_content()
    html = message.get_body(("html",)).get_content()
    for words in (UNIT_NAME, "Xem lại số liệu.", "Thiếu số.", f"http://127.0.0.1:8000/{code}"):
        assert words in text
        assert words in html
    assert "Vui lòng gửi lại trước 17:00 ngày" in text
    assert "chưa đặt máy chủ thư" in page.text
    assert "Thiếu số." in page.text


def test_a_unit_without_an_address_is_told_of_and_the_text_can_be_copied(app: Flask) -> None:
    set_email(app, "")
    sent(app)
    page = give_back(officer(app))
    assert letters(app)[0].state == "unaddressed"
    assert "Đơn vị chưa có địa chỉ thư điện tử" in page.text
    assert not (app.config["SETTINGS"].home / "letters").exists()


def test_viewers_see_no_letters_because_they_hold_the_link(app: Flask) -> None:
    code = sent(app)
    give_back(officer(app))
    assert code not in Visitor(signed_in(app, "viewer")).open(PLACE).html


# --- sessions that ended --------------------------------------------------------------------------


def test_a_session_that_ended_gives_back_what_was_typed(app: Flask) -> None:
    sent(app)
    board = officer(app)
    page = board.open(f"{PLACE}/tra-lai")
    form = page.forms[-1]
    typed = {**form.values(), "note": "Dòng 1\r\nDòng 2", "reason:so_ky_hieu": 'Thiếu "số" <b>'}
    board.client.delete_cookie("phieu", path="/ban")
    kept = board.post(form.action, typed)
    assert kept.status in (400, 401)
    again = next(f for f in kept.forms if f.action.endswith("/tra-lai"))
    assert again.values()["note"] == ["Dòng 1\r\nDòng 2"]
    assert again.values()["reason:so_ky_hieu"] == ['Thiếu "số" <b>']
    still = board.post(again.action, again.values())
    assert still.status == 401
    sign_in_again(board.client)
    answer = board.post(again.action, again.values())
    assert answer.status == 303
    assert [x.kind for x in letters(app)] == ["report.returned"]


def sign_in_again(client: FlaskClient) -> None:
    assert sign_in(client, "officer@ban.example").status_code == 302


def test_a_stale_token_gives_back_what_was_typed(app: Flask) -> None:
    sent(app)
    board = officer(app)
    form = board.open(f"{PLACE}/tra-lai").forms[-1]
    kept = board.post(form.action, {**form.values(), "note": "Xem lại.", "csrf_token": "cũ"})
    assert kept.status == 400
    again = next(f for f in kept.forms if f.action.endswith("/tra-lai"))
    assert board.post(again.action, again.values()).status == 303


def test_what_another_site_sends_is_not_kept(app: Flask) -> None:
    sent(app)
    client = app.test_client()
    answer = client.post(
        f"{PLACE}/tra-lai", data={"note": "x"}, headers={"Sec-Fetch-Site": "cross-site"}
    )
    assert "note" not in answer.text
    assert re.search("Phiên làm việc", answer.text) or answer.status_code == 302
