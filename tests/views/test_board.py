"""The board as its members see it: progress, reports as sent, feedback, links, the workbook."""

from __future__ import annotations

import hashlib
import html
import io
import json
import re
import uuid
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import openpyxl
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from language.dates import local
from language.text import fold
from models import Assignment, AuditEntry, Letter, Unit
from models.database import reading, transaction
from services import (
    assignments,
    attachments,
    campaigns,
    cards,
    definitions,
    directory,
    drafts,
    feedback,
    materials,
    sending,
    uploads,
)
from services.assignments import Asking
from services.attachments import Stored
from services.drafts import Saving
from services.materials import Given
from services.reporting import OpenLink
from tests.factories import WORKING_DAY, change_round, public_link, send_report, unit_link
from tests.office_files import PDF, photograph, picture
from tests.stored import everything
from tests.views.board_members import signed_in
from tests.views.page_check import check_page
from tests.views.taken import press, take_workbook
from views.access import PAGES, RANKS

CAMPAIGN = "/ban/chuyen-de/kh46"
# Pages of the desk, of which none needs anything but the campaign.
DESK = {
    "campaign_desk.list_all": "/ban/chuyen-de/",
    "campaign_desk.show": CAMPAIGN,
    "campaign_desk.create": "/ban/chuyen-de/moi",
    "campaign_desk.change": f"{CAMPAIGN}/sua",
    "campaign_desk.copy": f"{CAMPAIGN}/sao-chep",
    "campaign_desk.archive": f"{CAMPAIGN}/luu-tru",
    "unit_directory.list_units": "/ban/don-vi/",
    "unit_directory.show_unit": "/ban/don-vi/ma/TU-RG",
    "unit_directory.add_unit": "/ban/don-vi/moi",
    "unit_directory.change_unit": "/ban/don-vi/ma/TU-RG/sua",
    "unit_directory.retire_unit": "/ban/don-vi/ma/TU-RG/ket-thuc",
    "unit_directory.add_contact": "/ban/don-vi/ma/TU-RG/lien-he",
    "unit_import.upload_units": "/ban/don-vi/nhap",
    "unit_import.download_units": "/ban/don-vi/tai-ve.csv",
    "assignments.show": f"{CAMPAIGN}/dot-bao-cao/dot1/don-vi",
    "assignments.add_units": f"{CAMPAIGN}/dot-bao-cao/dot1/don-vi/them",
    "round_desk.create": f"{CAMPAIGN}/dot-bao-cao/moi",
    "round_desk.change": f"{CAMPAIGN}/dot-bao-cao/dot1/sua",
    "round_desk.remove": f"{CAMPAIGN}/dot-bao-cao/dot2/bo",
}
ROUNDS = ("dot1", "dot2", "phan_hoi", "kho_khan")
LATE_DAY = datetime(2021, 9, 3, 3, 0, tzinfo=UTC)
REPORT: Mapping[str, Any] = {
    "ma_don_vi": "TU-RG",
    "ten_don_vi": "Thành ủy Rạch Giá",
    "so_ky_hieu": "125-BC/BTGTU <b>",
    "ngay_bao_cao": "2021-08-19",
    "dien_thoai": "0912345678",
    "tien_do": "hoan_thanh",
    "co_van_ban": "co",
    "van_ban": [
        {"loai_van_ban": "ke_hoach", "so_van_ban": "12-KH/TU", "ngay_van_ban": "2021-06-25"},
        {"loai_van_ban": "cong_van", "so_van_ban": "7-CV/TU", "ngay_van_ban": "2021-07-02"},
    ],
    "tong_dv": 12345,
}


def send(
    app: Flask,
    unit_code: str = "TU-RG",
    round_code: str = "dot1",
    answers: Mapping[str, Any] = REPORT,
    now: datetime = WORKING_DAY,
    base_revision: int = 0,
) -> str:
    """Send a report and return its receipt code."""
    with app.app_context(), transaction() as session:
        link = unit_link(session, round_code, unit_code, now)
        text = json.dumps(answers, ensure_ascii=False)
        return send_report(session, link, answers=text, now=now, base_revision=base_revision).code


def send_feedback(app: Flask, **counts: int) -> None:
    """Send as many feedbacks of party members from each district as `counts` says."""
    with app.app_context(), transaction() as session:
        link = public_link(session)
        for district, count in counts.items():
            answers = {"doi_tuong": "dv_cbccvc", "dia_ban": district}
            for _ in range(count):
                give_feedback(session, link, {k: v for k, v in answers.items() if v != "khong"})


def give_feedback(session: Any, link: OpenLink, answers: Mapping[str, str]) -> None:
    text = json.dumps(answers)
    feedback.send(session, link, link.form_version_id, text, uuid.uuid4().hex, WORKING_DAY)


def text_of(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def row(page: str, name: str) -> str:
    """Return the text of the table row that holds `name`."""
    rows = re.findall(r"<tr.*?</tr>", page, re.DOTALL)
    found = [" ".join(re.sub(r"<[^>]+>", " ", part).split()) for part in rows if name in part]
    assert found, f"no row with {name}"
    return found[0]


def figures(page: str) -> list[str]:
    """Return the figures of a page, in order, as "number words"."""
    cards = re.findall(r"<li[^>]*><strong>(.*?)</strong> <span>(.*?)</span></li>", page)
    return [f"{number} {words}" for number, words in cards]


def units_shown(page: str) -> list[str]:
    return re.findall(r'class="unit-name"[^>]*>([^<]+)<', page)


# --- who may see what -----------------------------------------------------------------------------


def addresses(app: Flask) -> dict[str, str]:
    """Return an address of many pages of the board that are there; see also test_permissions."""
    with app.app_context(), transaction() as session:
        link = unit_link(session)
        send_report(session, link)
        difficulty = send_report(session, unit_link(session, "kho_khan")).code
        kept = keep_file(app, session, link)
        stored = Stored("", "a.pdf", 3, "application/pdf", "0" * 64)
        given = Given("Đề cương", "", [stored])
        material = materials.add(session, "kh46", given, "x@ban.example", WORKING_DAY)
        shown = keep_file(app, session, link, picture(), "anh.png")
        form = definitions.form_definition_id(session, "bao_cao_dot_1")
        version = definitions.newest(session, form)
        copy = uploads.copy_of(session, version.id)
        edit = uploads.begin_edit(session, version.id, copy, WORKING_DAY, "x@ban.example")
        upload = f"tai-len/{edit}"
        person = directory.ContactFacts("Cán bộ phụ trách", "", "", "", None)
        directory.add_contact(session, "TU-RG", person, "x@ban.example", WORKING_DAY)
        (contact,) = directory.contacts(session, "TU-RG")
        batch, letter = send_letters(session)
        public = public_link(session)
        made = cards.make(session, public.round.id, public.code, "A", 3, "x", WORKING_DAY)
    return {
        **DESK,
        "unit_directory.change_contact": f"/ban/don-vi/ma/TU-RG/lien-he/{contact}",
        "board.list_campaigns": "/ban/",
        "board.show_round": "/ban/kh46/dot1",
        "board.show_report": "/ban/kh46/dot1/TU-RG",
        "board.download_attachment": f"/ban/kh46/dot1/TU-RG/tep/{kept}",
        "board.show_picture": f"/ban/kh46/dot1/TU-RG/tep/{shown}/anh",
        "comments.list_comments": "/ban/kh46/phan_hoi/gop-y",
        "correcting.show_history": "/ban/kh46/dot1/TU-RG/lich-su",
        "correcting.compare_revisions": "/ban/kh46/dot1/TU-RG/so-sanh",
        "correcting.return_report": "/ban/kh46/dot1/TU-RG/tra-lai",
        "correcting.extend_report": "/ban/kh46/dot1/TU-RG/gia-han",
        "correcting.correct_report": "/ban/kh46/dot1/TU-RG/chinh-sua",
        "links.list_links": "/ban/kh46/phan_hoi/duong-dan",
        "links.ask_unit_link": "/ban/kh46/dot1/duong-dan/don-vi/TU-RG",
        "links.print_unit_links": "/ban/kh46/dot1/duong-dan/in",
        "links.print_poster": f"/ban/kh46/phan_hoi/duong-dan/{public.code}/ap-phich",
        "links.print_cards": f"/ban/kh46/phan_hoi/duong-dan/the/{made}",
        "mailing.list_letters": "/ban/kh46/dot1/thu",
        "mailing.send_letters": "/ban/kh46/dot1/thu/gui",
        "mailing.show_batch": f"/ban/kh46/dot1/thu/lan-gui/{batch}",
        "mailing.show_letter": f"/ban/kh46/dot1/thu/la-thu/{letter}",
        "mailing.download_letter": f"/ban/kh46/dot1/thu/la-thu/{letter}.eml",
        "mailing.list_calls": "/ban/kh46/dot1/thu/goi-dien",
        "mailing.edit_reminders": "/ban/kh46/dot1/thu/lich-nhac",
        "returned_mail.upload_returned": "/ban/thu-tra-ve",
        "wording.list_wordings": "/ban/kh46/mau-thu",
        "wording.edit_wording": "/ban/kh46/mau-thu/invitation",
        "report_figures.compare_figures": "/ban/kh46/dot1/TU-RG/doi-chieu",
        "report_figures.list_oddities": "/ban/kh46/dot1/canh-bao",
        "difficulties.show_difficulty": f"/ban/kh46/kho_khan/TU-RG/xu-ly/{difficulty}",
        "board_materials.list_materials": "/ban/kh46/tai-lieu",
        "board_materials.edit_material": f"/ban/kh46/tai-lieu/{material}",
        "forms.list_forms": "/ban/bieu-mau/",
        "forms.show_form": f"/ban/bieu-mau/{form}",
        "forms.download_starter": "/ban/bieu-mau/mau-bat-dau.xlsx",
        "forms.download_xlsform": f"/ban/bieu-mau/{form}/1/bieu-mau",
        "forms.download_source": f"/ban/bieu-mau/{form}/1/tep-goc",
        "forms.compare_versions": f"/ban/bieu-mau/{form}/1/so-sanh",
        "forms.retire_version": f"/ban/bieu-mau/{form}/1/ngung-dung",
        "forms.reinstate_version": f"/ban/bieu-mau/{form}/1/dung-lai",
        "previews.preview_version": f"/ban/bieu-mau/{form}/1/xem-thu",
        "previews.try_version": f"/ban/bieu-mau/{form}/1/xem-thu/trang",
        "previews.preview_upload": f"/ban/bieu-mau/{upload}/xem-thu",
        "previews.try_upload": f"/ban/bieu-mau/{upload}/xem-thu/trang",
        "uploads.upload_form": "/ban/bieu-mau/tai-len",
        "uploads.show_upload": f"/ban/bieu-mau/{upload}",
        "uploads.download_upload": f"/ban/bieu-mau/{upload}/tep",
        "uploads.compare_upload": f"/ban/bieu-mau/{upload}/so-sanh",
        "uploads.publish_upload": f"/ban/bieu-mau/{upload}/phat-hanh",
        "uploads.discard_upload": f"/ban/bieu-mau/{upload}/bo",
        "editor.show_outline": f"/ban/bieu-mau/{upload}/sua",
        "editor.edit_question": f"/ban/bieu-mau/{upload}/sua/1",
        "editor.add_question_page": f"/ban/bieu-mau/{upload}/sua/them?after=1",
        "security.change_password": "/ban/doi-mat-khau",
        "security.verify": "/ban/xac-nhan",
    }


def send_letters(session: Any) -> tuple[int, int]:
    """Invite one unit by letter; return the ids of the batch and of the letter."""
    session.execute(update(Unit).where(Unit.code == "TU-RG").values(email="a@units.example"))
    order = sending.Order("invitation", "units", frozenset({"TU-RG"}))
    asked = campaigns.find_round(session, "dot1").id
    made = sending.plan(session, asked, order, "https://phieu.example", WORKING_DAY)
    batch = sending.send(session, asked, made, made.digest, "one", "x@ban.example", WORKING_DAY)
    return batch, session.scalars(select(Letter.id).where(Letter.batch_id == batch)).one()


def keep_file(
    app: Flask,
    session: Any,
    link: OpenLink,
    content: bytes = PDF,
    name: str = "Kế hoạch Đợt 1.pdf",
) -> str:
    """Keep a file for the unit of a link and return its id."""
    stream = io.BytesIO(content)
    upload = attachments.Upload("tep", name, (), stream)
    stored = attachments.store(app.config["FILES"], upload)
    return attachments.keep(session, link.assignment_id, stored, WORKING_DAY).id


@pytest.mark.parametrize("role", [None, *RANKS])
def test_the_matrix_of_pages_and_roles(app: Flask, role: str | None) -> None:
    client = signed_in(app, role) if role else app.test_client()
    for page, address in addresses(app).items():
        with client.get(address) as answer:
            if role is None:
                assert answer.status_code == 302, page
                assert answer.location.startswith("/ban/dang-nhap?next=/ban/")
            else:
                allowed = RANKS[role] >= RANKS[PAGES[page]]
                assert answer.status_code == (200 if allowed else 403), page
                assert answer.headers["Cache-Control"] == "private, no-store"


def test_a_page_without_a_role_stays_shut(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    client = signed_in(app, "admin")
    monkeypatch.delitem(PAGES, "board.list_campaigns")
    answer = client.get("/ban/")
    assert answer.status_code == 403
    check_page(answer.text)


@pytest.mark.parametrize("round_code", ROUNDS)
def test_only_officers_see_links(app: Flask, round_code: str) -> None:
    with app.app_context(), reading() as session:
        codes = [link.code for link in campaigns.links(session, round_code)]
    officer = signed_in(app, "officer").get(f"/ban/kh46/{round_code}").text
    viewer = signed_in(app, "viewer").get(f"/ban/kh46/{round_code}").text
    assert all(f"http://127.0.0.1:8000/{code}" in officer for code in codes)
    assert not any(code in viewer for code in codes)


def test_only_officers_see_how_to_reach_a_unit(app: Flask) -> None:
    send(app)
    officer = signed_in(app, "officer").get("/ban/kh46/dot1/TU-RG").text
    viewer = signed_in(app, "viewer").get("/ban/kh46/dot1/TU-RG").text
    assert "0912345678" in officer
    assert "0912345678" not in viewer
    assert "12.345" in viewer


# --- campaigns ------------------------------------------------------------------------------------


def test_the_campaigns_and_how_far_their_rounds_are(app: Flask) -> None:
    send(app, "TU-RG")
    send(app, "DD-PN")
    send(app, "TU-RG", "kho_khan", {"muc_do": "khan"})
    send_feedback(app, rach_gia=3)
    page = signed_in(app, "viewer").get("/ban/")
    check_page(page.text)
    text = text_of(page.text)
    assert "1/20 đơn vị bắt buộc đã gửi 1/92 đơn vị được mời đã gửi" in text
    assert "dưới 10 phiếu phản hồi" in text
    assert "1 khó khăn, vướng mắc được phản ánh" in text
    assert "23:59 ngày 31/8/2021" in text


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("/ban/khong-co/dot1", "Không tìm thấy chuyên đề"),
        ("/ban/kh46/khong-co", "Không tìm thấy đợt báo cáo"),
        ("/ban/kh46/dot1/KHONG-CO", "Không tìm thấy đơn vị"),
        ("/ban/kh46/dot1/TU-RG?receipt=khong-co", "Không tìm thấy biên nhận"),
        ("/ban/kh46/dot1/TU-RG/tep/khong-co", "Không tìm thấy tệp"),
    ],
)
def test_what_is_not_there_is_named(app: Flask, address: str, sentence: str) -> None:
    answer = signed_in(app, "viewer").get(address)
    assert answer.status_code == 404
    check_page(answer.text)
    assert sentence in answer.text


# --- units ----------------------------------------------------------------------------------------


@pytest.fixture
def progress(app: Flask) -> Flask:
    """Return the application with a report on time, one corrected late, one late, one drafted."""
    send(app, "TU-RG")
    send(app, "TU-RG", base_revision=1, now=LATE_DAY)
    send(app, "HU-AB", now=LATE_DAY)
    send(app, "DD-PN")
    with app.app_context(), transaction() as session:
        change_round(session, "dot2", due_at=datetime.now(UTC) + timedelta(days=5))
        link = unit_link(session, "dot2", "TU-HT")
        drafts.save_draft(session, link, Saving(link.form_version_id, {}, 0), WORKING_DAY)
    return app


def test_required_and_invited_units_are_counted_apart(progress: Flask) -> None:
    page = signed_in(progress, "viewer").get("/ban/kh46/dot1")
    check_page(page.text)
    assert figures(page.text) == [
        "2/20 đã gửi",
        "1 Đã gửi đúng hạn",
        "1 Nộp trễ",
        "0 Đang soạn",
        "0 Chưa mở",
        "18 Chưa gửi",
        "1/92 đã gửi",
        "1 Đã gửi đúng hạn",
        "0 Nộp trễ",
        "0 Đang soạn",
        "0 Chưa mở",
        "91 Chưa gửi",
    ]


@pytest.mark.parametrize(
    ("round_code", "unit", "words"),
    [
        ("dot1", "TU-RG", "Đã gửi đúng hạn 10:00 ngày 03/9/2021 đã gửi 2 lần"),
        ("dot1", "HU-AB", "Nộp trễ 10:00 ngày 03/9/2021 trễ 3 ngày"),
        ("dot1", "TU-HT", "TU-HT · bắt buộc Chưa gửi"),
        ("dot1", "DD-PN", "DD-PN · được mời Đã gửi đúng hạn"),
        ("dot2", "TU-HT", "Đang soạn"),
        ("dot2", "TU-RG", "Chưa mở"),
    ],
)
def test_each_unit_has_its_state_in_words(
    progress: Flask, round_code: str, unit: str, words: str
) -> None:
    page = signed_in(progress, "viewer").get(f"/ban/kh46/{round_code}").text
    assert words in row(page, f"{unit} ·")


@pytest.fixture
def changed_later(progress: Flask) -> Flask:
    """Return the application with a unit withdrawn after the opening, and one added after it."""
    opens = WORKING_DAY - timedelta(hours=1)
    officer = "can.bo@ban.example"
    with progress.app_context(), transaction() as session:
        change_round(session, "dot1", opens_at=opens)
        asked = campaigns.find_round(session, "dot1")
        merged = directory.find_unit(session, "TU-HT")
        merged = replace(merged, valid_to=date(2021, 9, 2), successor_code="TU-RG")
        directory.change(session, merged, officer, LATE_DAY)
        assignments.withdraw(session, asked, ["TU-HT"], "Sáp nhập", officer, LATE_DAY)
        before = opens - timedelta(hours=1)
        assignments.withdraw(session, asked, ["HU-AB"], "Nhầm", officer, before)
        again = Asking(reason="Bổ sung theo công văn")
        assignments.add(session, asked, ["HU-AB"], again, officer, LATE_DAY)
    return progress


def test_who_came_and_went_after_the_opening_is_told_apart(changed_later: Flask) -> None:
    viewer = signed_in(changed_later, "viewer")
    page = viewer.get("/ban/kh46/dot1").text
    check_page(page)
    assert figures(page)[:7] == [
        "1/19 đã gửi",
        "1 Đã gửi đúng hạn",
        "0 Nộp trễ",
        "0 Đang soạn",
        "0 Chưa mở",
        "17 Chưa gửi",
        "1 Đã rút",
    ]
    withdrawn = row(page, "TU-HT ·")
    assert "bắt buộc Đã rút 10:00 ngày 03/9/2021. Lý do: Sáp nhập." in withdrawn
    assert "Đơn vị kế thừa: Thành ủy Rạch Giá." in withdrawn
    assert "Nộp trễ thêm sau" in row(page, "HU-AB ·")
    assert APART in text_of(page)
    asked = viewer.get(DESK["assignments.show"]).text
    (told,) = re.findall(r'<ul class="explained">.*?</ul>', asked, re.DOTALL)
    assert told in page
    assert "Lý do: Bổ sung theo công văn." in told


APART = "1 đơn vị được thêm sau (1 đơn vị trong số đó đã gửi); 1 đơn vị được rút sau."


def test_the_list_of_rounds_counts_by_the_same_rule(changed_later: Flask) -> None:
    page = signed_in(changed_later, "viewer").get("/ban/").text
    check_page(page)
    assert "1/19 đơn vị bắt buộc đã gửi" in text_of(page)
    assert APART in text_of(page)


def test_the_workbook_counts_by_the_same_rule(changed_later: Flask) -> None:
    book = take_workbook(signed_in(changed_later, "viewer")).data
    sheet = openpyxl.load_workbook(io.BytesIO(book), data_only=True)
    rows = list(next(s for s in sheet if s.title.startswith("1.")).iter_rows(values_only=True))
    assert any("Đợt 1: 2/111 đơn vị đã gửi (ngoài ra 1/1" in str(row[0]) for row in rows)
    states = {row[1]: row[4] for row in rows if isinstance(row[0], int)}
    assert states["Thành ủy Hà Tiên"] == "Đã rút"
    assert states["Huyện ủy An Biên"] == "Nộp trễ (thêm sau)"
    whole = {row[2]: row[4] for row in rows if row[0] == "CỘNG CÁC KHỐI" and row[3] == "Bắt buộc"}
    assert [whole[name] for name in ("Số phải gửi, được mời", "Đã gửi", "Đã rút")] == [19, 1, 1]
    assert whole["Thêm sau, đã gửi"] == 1


def remind_link(client: FlaskClient) -> str:
    page = client.get("/ban/kh46/dot1").text
    return html.unescape("".join(re.findall(r'href="([^"]+)">Nhắc các đơn vị này<', page)))


def test_who_is_missing_is_reminded_by_one_click(progress: Flask) -> None:
    officer = signed_in(progress, "officer")
    address = remind_link(officer)
    assert address == "/ban/kh46/dot1/thu/gui?kind=reminder_after&audience=late"
    page = officer.get(address)
    assert page.status_code == 200
    check_page(page.text)
    assert remind_link(signed_in(progress, "viewer")) == ""


def test_the_reminder_is_seen_where_the_list_of_the_missing_is(progress: Flask) -> None:
    officer = signed_in(progress, "officer")
    page = officer.get("/ban/kh46/dot1").text
    (missing,) = re.findall(r'href="([^"]+)">Đơn vị chưa gửi', page)
    path, _, anchor = html.unescape(missing).partition("#")
    listed = officer.get(path)
    check_page(listed.text)
    _, landed = listed.text.split(f'id="{anchor}"')
    assert ">Nhắc các đơn vị này<" in landed.partition("<form")[0]
    # It would remind others than those who are listed here.
    narrower = officer.get(f"{path}&group=ban_dang").text
    assert narrower.count("Nhắc các đơn vị này") == page.count("Nhắc các đơn vị này") == 1
    assert "Nhắc các đơn vị này" not in signed_in(progress, "viewer").get(path).text


@pytest.mark.parametrize(("days", "kind"), [(5, "reminder_before"), (0, "reminder_due")])
def test_until_the_deadline_the_reminder_is_another(app: Flask, days: int, kind: str) -> None:
    end_of_day = local(datetime.now(UTC)).replace(hour=23, minute=59, second=59)
    with app.app_context(), transaction() as session:
        change_round(session, "dot1", due_at=end_of_day + timedelta(days=days))
    address = f"/ban/kh46/dot1/thu/gui?kind={kind}&audience=not_sent"
    assert remind_link(signed_in(app, "officer")) == address


@pytest.mark.parametrize(
    "closed", [{"late_allowed": False}, {"closes_at": datetime.now(UTC) - timedelta(hours=1)}]
)
def test_nobody_is_reminded_of_what_cannot_be_sent_any_more(
    app: Flask, closed: dict[str, object]
) -> None:
    late = {"due_at": datetime.now(UTC) - timedelta(days=2)}
    with app.app_context(), transaction() as session:
        change_round(session, "dot1", **late)
    officer = signed_in(app, "officer")
    assert remind_link(officer)
    with app.app_context(), transaction() as session:
        change_round(session, "dot1", **{**late, **closed})
    page = officer.get("/ban/kh46/dot1").text
    assert remind_link(officer) == ""
    assert "Đơn vị chưa gửi (112 đơn vị)" in page


def test_a_round_explains_a_few_changes_and_leads_to_all(app: Flask) -> None:
    opened = datetime.now(UTC) - timedelta(days=1)
    with app.app_context(), transaction() as session:
        change_round(session, "dot1", opens_at=opened)
        session.execute(update(Assignment).values(added_at=opened + timedelta(hours=1)))
    officer = signed_in(app, "officer")
    page = officer.get("/ban/kh46/dot1").text
    check_page(page)
    told = "sau khi đợt đã mở; không tính vào tỷ lệ"
    everything = officer.get("/ban/chuyen-de/kh46/dot-bao-cao/dot1/don-vi").text
    few, every = (len(re.findall(r"<li>[^<]+ được [^<]*", text)) for text in (page, everything))
    assert (few, every) == (20, 112), told
    assert '/don-vi#explained">Xem mọi thay đổi' in page


def test_units_stand_by_group_in_official_order(app: Flask) -> None:
    page = signed_in(app, "viewer").get("/ban/kh46/dot1").text
    names = units_shown(page)
    assert len(names) == 112
    assert names[:4] == [
        "Thành ủy Rạch Giá",
        "Thành ủy Hà Tiên",
        "Thành ủy Phú Quốc",
        "Huyện ủy An Biên",
    ]
    assert page.index("Huyện ủy, thành ủy (15)") < page.index("Đảng ủy trực thuộc Tỉnh ủy (")


def test_an_officer_copies_the_link_of_each_unit(app: Flask) -> None:
    page = signed_in(app, "officer").get("/ban/kh46/dot1?q=an bien").text
    assert re.search(r"hidden>Chép<span[^>]*>: Huyện ủy An Biên</span>", page)
    assert 'aria-label="Đường dẫn của Huyện ủy An Biên"' in page


@pytest.mark.parametrize(
    "text", ["Huyện ủy An Biên", "huyen uy an bien", "hu an bien", "HU-AB", "HUYỆN UỶ AN BIÊN"]
)
def test_search_needs_no_accents(app: Flask, text: str) -> None:
    page = signed_in(app, "viewer").get("/ban/kh46/dot1", query_string={"q": text}).text
    check_page(page)
    assert "Huyện ủy An Biên" in units_shown(page)
    assert len(units_shown(page)) < 5


def test_search_puts_what_is_written_so_first(app: Flask) -> None:
    page = signed_in(app, "viewer").get("/ban/kh46/dot1", query_string={"q": "phú"}).text
    assert len(units_shown(page)) > 1
    assert "Phú" in units_shown(page)[0]
    assert all("phu" in fold(name) for name in units_shown(page))


def test_units_are_filtered_by_state(progress: Flask) -> None:
    client = signed_in(progress, "viewer")
    assert units_shown(client.get("/ban/kh46/dot1?state=late").text) == ["Huyện ủy An Biên"]
    assert len(units_shown(client.get("/ban/kh46/dot1?state=nonsense").text)) == 112
    nobody = client.get("/ban/kh46/dot1?q=không có đơn vị này")
    check_page(nobody.text)
    assert "Không có đơn vị phù hợp." in nobody.text


def test_the_search_itself_is_shown_safely(app: Flask) -> None:
    text = '"><script>alert(1)</script>'
    page = signed_in(app, "viewer").get("/ban/kh46/dot1", query_string={"q": text}).text
    check_page(page)
    assert "<script>alert" not in page


# --- a report as sent -----------------------------------------------------------------------------


def test_a_report_as_sent(app: Flask) -> None:
    receipt = send(app)
    page = signed_in(app, "officer").get("/ban/kh46/dot1/TU-RG").text
    check_page(page)
    for part in ("Thành ủy Rạch Giá", "19/8/2021", "12.345", "125-BC/BTGTU &lt;b&gt;", "Có"):
        assert part in page
    assert "10:00 ngày 20/8/2021" in page
    assert f"{receipt[:4]}-{receipt[4:8]}-{receipt[8:]}" in page
    assert row(page, "7-CV/TU") == "2 Công văn 7-CV/TU 02/7/2021"


def test_every_revision_can_be_seen(app: Flask) -> None:
    first = send(app)
    send(app, answers={**REPORT, "tong_dv": 54321}, base_revision=1)
    client = signed_in(app, "officer")
    newest = client.get("/ban/kh46/dot1/TU-RG").text
    assert "54.321" in newest
    assert "12.345" not in newest
    older = client.get(f"/ban/kh46/dot1/TU-RG?receipt={first}").text
    check_page(older)
    assert "12.345" in older
    assert f"receipt={first}" in newest


def test_a_unit_that_has_not_sent(app: Flask) -> None:
    page = signed_in(app, "viewer").get("/ban/kh46/dot1/TU-RG").text
    check_page(page)
    assert "Đơn vị chưa gửi báo cáo." in page


def test_attachments_are_downloaded_under_their_own_name(app: Flask) -> None:
    with app.app_context(), transaction() as session:
        kept = keep_file(app, session, unit_link(session))
        question = file_questions(session)[0]
    send(app, answers={**REPORT, question: kept})
    client = signed_in(app, "viewer")
    page = client.get("/ban/kh46/dot1/TU-RG").text
    check_page(page)
    assert "Kế hoạch Đợt 1.pdf" in page
    address = f"/ban/kh46/dot1/TU-RG/tep/{kept}"
    assert f'href="{address}"' in page
    with client.get(address) as answer:
        assert answer.data.startswith(b"%PDF")
        assert 'filename="ke hoach dot 1.pdf"' in answer.headers["Content-Disposition"]
        assert "sandbox" in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert client.get(f"/ban/kh46/dot1/TU-HT/tep/{kept}").status_code == 404
    assert client.get(f"{address}/anh").status_code == 404


def test_pictures_of_a_report_are_shown_drawn_anew(app: Flask) -> None:
    with app.app_context(), transaction() as session:
        link, question = unit_link(session), file_questions(session)[0]
        pictures = [(photograph(), "hội nghị.jpg"), (picture(), "băng rôn.png")]
        kept = [keep_file(app, session, link, *one) for one in pictures]
    send(app, answers={**REPORT, question: kept})
    client = signed_in(app, "viewer")
    page = client.get("/ban/kh46/dot1/TU-RG").text
    check_page(page)
    for id_, name in zip(kept, ("hội nghị.jpg", "băng rôn.png"), strict=True):
        address = f"/ban/kh46/dot1/TU-RG/tep/{id_}/anh"
        assert f'<img src="{address}" alt="Hình: {name}"' in page
        with client.get(address) as shown:
            assert shown.mimetype == "image/jpeg"
            assert shown.data.startswith(b"\xff\xd8\xff")
            assert b"Exif" not in shown.data
        assert client.get(address.replace("TU-RG", "TU-HT")).status_code == 404
        again = client.get(address, headers={"If-None-Match": shown.headers["ETag"]})
        assert (again.status_code, again.data) == (304, b"")


def file_questions(session: Any) -> list[str]:
    link = unit_link(session)
    questions = definitions.definition(session, link.form_version_id).questions
    return [question.name for question in questions if question.type == "file"]


# --- difficulties ---------------------------------------------------------------------------------


def test_difficulties_are_listed_with_their_severity(app: Flask) -> None:
    send(app, "TU-RG", "kho_khan", {"linh_vuc": ["dich_benh"], "muc_do": "khan"})
    receipt = send(app, "TU-RG", "kho_khan", {"muc_do": "can_luu_y", "noi_dung": "Xa"}, LATE_DAY)
    client = signed_in(app, "viewer")
    page = client.get("/ban/kh46/kho_khan").text
    check_page(page)
    assert "Đã nhận (2)" in page
    assert "Cần lưu ý, theo dõi" in row(page, "10:00 ngày 03/9/2021")
    assert f"/xu-ly/{receipt}" in page
    assert "Cần giải quyết ngay" in page
    detail = client.get(f"/ban/kh46/kho_khan/TU-RG?receipt={receipt}").text
    check_page(detail)
    assert "Xa" in detail


# --- feedback -------------------------------------------------------------------------------------


def test_small_groups_of_participants_are_hidden(app: Flask) -> None:
    send_feedback(app, rach_gia=25, ha_tien=12, an_bien=4, khong=30)
    page = signed_in(app, "officer").get("/ban/kh46/phan_hoi").text
    check_page(page)
    assert "ít nhất 67 phiếu phản hồi đã tổng hợp" in figures(page)
    assert row(page, "Thành phố Rạch Giá") == "Thành phố Rạch Giá 25"
    assert row(page, "Không trả lời") == "Không trả lời 30"
    for hidden in ("Huyện An Biên", "Thành phố Phú Quốc"):
        assert row(page, hidden) == f"{hidden} không hiển thị"


def test_a_hidden_group_cannot_be_computed(app: Flask) -> None:
    with app.app_context(), transaction() as session:
        link = public_link(session)
        for audience, count in (("dv_cbccvc", 40), ("dv_hv_nd", 3)):
            for _ in range(count):
                give_feedback(session, link, {"doi_tuong": audience})
    page = signed_in(app, "officer").get("/ban/kh46/phan_hoi").text
    check_page(page)
    table = page[page.index("<caption", page.index("Ông/Bà tham gia")) :]
    assert row(table, "Đảng viên, cán bộ, công chức, viên chức").endswith(" 40")
    assert row(table, "Đoàn viên, hội viên, người dân").endswith("không hiển thị")
    assert figures(page) == ["ít nhất 40 phiếu phản hồi đã tổng hợp"]
    assert "43" not in re.sub(r'href="[^"]*"|value="[^"]*"', "", page)
    assert "ít nhất 40 phiếu phản hồi" in text_of(signed_in(app, "viewer").get("/ban/").text)


def test_answers_are_shown_for_all_and_by_group(app: Flask) -> None:
    with app.app_context(), transaction() as session:
        link = public_link(session)
        for who, level, count in (("dv_cbccvc", "5", 12), ("dv_hv_nd", "3", 12)):
            for _ in range(count):
                give_feedback(session, link, {"doi_tuong": who, "de_hieu": level})
    client = signed_in(app, "viewer")
    page = client.get("/ban/kh46/phan_hoi").text
    check_page(page)
    assert "Điểm bình quân: 4,00" in text_of(page)
    assert row(page[page.index('id="answers"') :], "Rất tốt") == "Rất tốt 12 50,0"
    crossed = client.get("/ban/kh46/phan_hoi?by=doi_tuong").text
    check_page(crossed)
    table = crossed[crossed.index("crossed-table") :]
    assert "12 5,00 12 (100,0%)" in row(table, "Đảng viên, cán bộ")
    assert "12 3,00 0 (0,0%)" in row(table, "Đoàn viên, hội viên")


# --- the workbook ---------------------------------------------------------------------------------


def test_the_workbook_is_downloaded(app: Flask) -> None:
    send(app)
    answer = take_workbook(signed_in(app, "viewer"))
    disposition = answer.headers["Content-Disposition"]
    assert re.search(r"filename=\"tong hop .*\d\d-\d\d-\d{4}\.xlsx\"", disposition)
    assert "filename*=UTF-8''T%E1%BB%95ng%20h%E1%BB%A3p%20" in disposition
    workbook = openpyxl.load_workbook(io.BytesIO(answer.data))
    assert workbook.sheetnames[:2] == ["Bìa", "1. Tiến độ báo cáo"]
    workbook.close()


def test_the_download_is_offered(app: Flask) -> None:
    page = signed_in(app, "viewer").get("/ban/").text
    check_page(page)
    assert 'method="post" action="/ban/kh46/tong-hop.xlsx"' in page
    assert "Tải tệp Excel tổng hợp" in page


def test_the_log_knows_every_workbook_that_was_taken(app: Flask) -> None:
    send(app)
    client = signed_in(app, "viewer")
    content = take_workbook(client).data
    with app.app_context(), reading() as session:
        entry = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
        assert entry is not None
        assert (entry.act, entry.actor) == ("workbook.exported", "viewer@ban.example")
        assert entry.details["sha256"] == hashlib.sha256(content).hexdigest()
        head = entry.details["head"]
        assert head == entry.previous
        assert (entry.details["returned"], entry.details["rounds"]) == (False, [])
    book = openpyxl.load_workbook(io.BytesIO(content))
    cells = [str(c.value) for row in book["1. Tiến độ báo cáo"].iter_rows() for c in row if c.value]
    assert any(head in text for text in cells)
    book.close()


def test_looking_at_the_address_of_the_workbook_changes_nothing(app: Flask) -> None:
    client = signed_in(app, "viewer")
    before = everything(app)
    for method in (client.get, client.head):
        assert method("/ban/kh46/tong-hop.xlsx").status_code == 404
        assert method("/ban/kh46/tong-hop").status_code == 200
    assert client.post("/ban/kh46/tong-hop.xlsx").status_code == 400
    assert everything(app) == before


def test_a_workbook_of_no_campaign_is_refused(app: Flask) -> None:
    client = signed_in(app, "viewer")
    answer = press(client, "khong-co")
    assert answer.status_code == 404
    check_page(answer.text)
    assert "Không tìm thấy chuyên đề" in answer.text
    assert app.test_client().post("/ban/kh46/tong-hop.xlsx").status_code in (302, 400)


# --- English --------------------------------------------------------------------------------------


@pytest.mark.parametrize("address", ["/ban/", *(f"/ban/kh46/{code}" for code in ROUNDS)])
def test_every_page_speaks_english_too(app: Flask, address: str) -> None:
    client: FlaskClient = signed_in(app, "officer")
    client.get("/ban/?lang=en")
    page = client.get(address).text
    check_page(page)
    assert '<html lang="en">' in page
    assert "Sign out" in page
