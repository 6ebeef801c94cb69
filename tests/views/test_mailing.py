"""The board's pages about letters: look, send, follow, word, remind, telephone."""

from __future__ import annotations

import email
import email.policy
import re
from dataclasses import replace
from datetime import UTC, datetime
from email.header import decode_header

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from app import create_app
from language.collation import sort_key
from models import Assignment, FailingAddress, Letter, LetterBatch, Round, Unit
from services import letters
from settings import Settings
from tests.browser.installation import free_port
from tests.factories import send_report, unit_link
from tests.mailbox import SENDER, TO, Mailbox, mail_server
from tests.stored import count, in_days, looking, open_round, writing
from tests.views.board_members import signed_in
from tests.visitor import Page, Visitor
from views import mailing
from views.delivery import deliver_waiting, write_reminders

LETTERS = "/ban/kh46/dot1/thu"
WORDINGS = "/ban/kh46/mau-thu"


@pytest.fixture
def officer(app: Flask) -> Visitor:
    open_round(app)
    with writing(app) as session:
        session.execute(update(Unit).values(email=""))
        session.execute(update(Unit).where(Unit.code == "TU-RG").values(email=TO))
    return Visitor(signed_in(app, "officer"))


def all_letters(app: Flask) -> list[Letter]:
    with looking(app) as session:
        return list(session.scalars(select(Letter).order_by(Letter.id)))


def checked(officer: Visitor, **chosen: object) -> Page:
    """Choose what to send, and look at who would get it."""
    page = officer.open(f"{LETTERS}/gui")
    form = next(f for f in page.forms if "preview" in f.actions())
    given = {"kind": "invitation", "audience": "all", **chosen, "action": "preview"}
    return officer.post(form.action, {**form.values(), **given})


def pressed(officer: Visitor, page: Page, action: str) -> Page:
    form = next(f for f in page.forms if action in f.actions())
    return officer.post(form.action, {**form.values(), "action": action})


def test_an_officer_sees_who_would_get_what_and_sends_exactly_that(
    app: Flask, officer: Visitor
) -> None:
    page = checked(officer)
    assert "Sẽ gửi 1 thư đến 1 đơn vị." in page.text
    assert "Đề nghị báo cáo: " in page.text
    assert "Chưa có địa chỉ thư điện tử (111)" in page.text
    assert count(app, Letter) == 0
    sent = pressed(officer, page, "send")
    assert sent.status == 303
    assert pressed(officer, page, "send").location == sent.location, "pressed twice"
    batch = officer.follow(sent)
    assert "Đã xong 1/1 thư." in batch.text
    assert count(app, LetterBatch) == 1
    # Without a mail server it is a file, which can be read and downloaded here.
    (letter,) = all_letters(app)
    assert letter.state == "filed"
    shown = officer.open(f"{LETTERS}/la-thu/{letter.id}")
    with looking(app) as session:
        code = unit_link(session, now=datetime.now(UTC)).code
    assert f"http://127.0.0.1:8000/{code}" in shown.text
    answer = officer.client.get(f"{LETTERS}/la-thu/{letter.id}.eml")
    message = email.message_from_bytes(answer.data, policy=email.policy.default)
    assert message["To"] == TO
    listed = officer.open(LETTERS)
    assert "Chưa đặt máy chủ thư" in listed.text
    assert "Đề nghị báo cáo" in listed.text


def test_a_vietnamese_subject_is_encoded_as_mail_programs_read_it(
    app: Flask, officer: Visitor
) -> None:
    pressed(officer, checked(officer), "send")
    (path,) = (app.config["SETTINGS"].home / "letters").iterdir()
    head = path.read_bytes().partition(b"\r\n\r\n")[0]
    assert head.isascii()
    assert max(map(len, head.split(b"\r\n"))) <= 998
    raw = email.message_from_bytes(path.read_bytes())["Subject"]
    assert "=?utf-8?" in raw.lower()
    words = "".join(
        part.decode(charset or "ascii") if isinstance(part, bytes) else part
        for part, charset in decode_header(raw)
    )
    assert words.startswith("Đề nghị báo cáo: ")
    assert words == all_letters(app)[0].subject


def test_what_changed_since_it_was_seen_is_shown_again_and_not_sent(
    app: Flask, officer: Visitor
) -> None:
    page = checked(officer)
    with writing(app) as session:
        session.execute(update(Unit).where(Unit.code == "TU-RG").values(email="new@x.example"))
    again = pressed(officer, page, "send")
    assert again.status == 409
    assert "danh sách hoặc nội dung thư đã thay đổi" in again.text
    assert "new@x.example" in again.text
    assert count(app, Letter) == 0
    assert pressed(officer, again, "send").status == 303
    assert [letter.to for letter in all_letters(app)] == ["new@x.example"]


def test_a_free_letter_keeps_what_was_typed_until_it_is_right(app: Flask, officer: Visitor) -> None:
    typed = {"kind": "free", "subject": 'Họp "giao ban" <1>', "body": "Kính mời {donvi}.\n\nVào {"}
    page = checked(officer, **typed)
    assert page.status == 422
    assert "không có chỗ điền {donvi}" in page.text
    form = next(f for f in page.forms if "preview" in f.actions())
    assert form.values()["body"] == [typed["body"]]
    body = "Kính mời {don_vi}.\r\n\r\nXem {duong_dan}"
    right = officer.post(form.action, {**form.values(), "body": body, "action": "preview"})
    assert "Kính mời Thành ủy Rạch Giá." in right.text
    edited = pressed(officer, right, "edit")
    form = next(f for f in edited.forms if "preview" in f.actions())
    assert form.values()["body"] == ["Kính mời {don_vi}.\n\nXem {duong_dan}"]
    assert pressed(officer, right, "send").status == 303
    (letter,) = all_letters(app)
    assert letter.subject == 'Họp "giao ban" <1>'
    assert letter.text.startswith("Kính mời Thành ủy Rạch Giá.\n\nXem http")


def test_a_free_letter_that_says_nothing_is_not_sent(officer: Visitor) -> None:
    page = checked(officer, kind="free")
    assert page.status == 422
    assert "Vui lòng ghi nội dung cần thông báo." in page.text


def test_one_chooses_groups_states_and_units_and_at_least_one(officer: Visitor) -> None:
    page = checked(officer, audience="group")
    assert page.status == 422
    assert page.summary == {"#among_group": "Vui lòng chọn ít nhất một mục."}
    chosen = checked(officer, audience="units", among_units=["TU-RG"])
    assert "Không thuộc diện được chọn (111)" in chosen.text
    assert checked(officer, kind="", audience="").status == 422


def test_a_link_from_elsewhere_goes_straight_to_who_would_get_what(
    app: Flask, officer: Visitor
) -> None:
    page = officer.open(f"{LETTERS}/gui?kind=reminder_before&audience=not_sent")
    assert "Sẽ gửi 1 thư đến 1 đơn vị." in page.text
    assert count(app, Letter) == 0
    assert pressed(officer, page, "send").status == 303
    again = officer.open(f"{LETTERS}/gui?kind=reminder_before&audience=not_sent")
    assert "Hôm nay đã được nhắc (1)" in again.text


def test_a_refused_letter_is_seen_at_once_and_its_unit_is_to_be_telephoned(
    settings: Settings, officer: Visitor
) -> None:
    class Strict(Mailbox):
        async def handle_RCPT(self, *_: object) -> str:  # noqa: N802 - aiosmtpd's name
            return "550 5.1.1 no such user"

    port = free_port()
    app = create_app(replace(settings, smtp_url=f"smtp://127.0.0.1:{port}", mail_from=SENDER))
    pressed(officer, checked(officer), "send")
    with writing(app) as session:
        session.execute(update(Letter).values(state="waiting"))
    with mail_server(port, Strict()), app.app_context():
        deliver_waiting()
    listed = officer.open(f"{LETTERS}?state=refused")
    assert "Máy chủ thư từ chối" in listed.text
    assert "Máy chủ thư trả lời: “550 5.1.1 no such user”" in listed.text
    calls = officer.open(f"{LETTERS}/goi-dien")
    assert f"{TO}: 550 5.1.1 no such user" in calls.text
    assert "Thư không đến được các địa chỉ đã có (1)" in checked(officer).text
    form = next(f for f in calls.forms if f.action.endswith("/dia-chi"))
    assert officer.post(form.action, form.values()).status == 303
    assert count(app, FailingAddress) == 0


def test_waiting_letters_can_be_cancelled_and_sent_after_all(app: Flask, officer: Visitor) -> None:
    pressed(officer, checked(officer), "send")
    with writing(app) as session:
        session.execute(update(Letter).values(state="waiting", next_try_at=in_days(1)))
        batch = session.scalars(select(LetterBatch.id)).one()
    page = officer.open(f"{LETTERS}/lan-gui/{batch}")
    assert "Đã xong 0/1 thư." in page.text
    assert 'id="sending" data-refresh="3"' in page.response.text, "it looks again by itself"
    assert "/refresh.js" in page.response.text
    pressed(officer, page, "cancel")
    done = officer.open(f"{LETTERS}/lan-gui/{batch}").response.text
    assert "data-refresh" not in done
    assert "/refresh.js" not in done
    (letter,) = all_letters(app)
    assert letter.state == "cancelled"
    shown = officer.open(f"{LETTERS}/la-thu/{letter.id}")
    pressed(officer, shown, "retry")
    assert all_letters(app)[0].state == "filed"


def units_written_to(page: Page) -> list[str]:
    return re.findall(r'<th scope="row">([^<]+)<br><span class="muted">[A-Z]', page.response.text)


def test_letters_are_found_ordered_and_turned_page_by_page(
    app: Flask, officer: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    with writing(app) as session:
        session.execute(update(Unit).values(email=func.lower(Unit.code) + "@units.example"))
    pressed(officer, checked(officer), "send")
    official = units_written_to(officer.open(f"{LETTERS}?order=thu_tu"))
    assert len(official) == 112
    assert official[:3] == ["Thành ủy Rạch Giá", "Thành ủy Hà Tiên", "Thành ủy Phú Quốc"]
    by_name = units_written_to(officer.open(f"{LETTERS}?order=ten"))
    assert by_name == sorted(official, key=sort_key)
    assert units_written_to(officer.open(f"{LETTERS}?q=hoi+khuyen+hoc")) == ["Hội Khuyến học tỉnh"]
    assert units_written_to(officer.open(f"{LETTERS}?q=HU-AB@units")) == ["Huyện ủy An Biên"]
    assert "Không có thư nào phù hợp." in officer.open(f"{LETTERS}?q=khong+co").text
    monkeypatch.setattr(mailing, "PAGE_LETTERS", 50)
    batch = officer.open(f"{LETTERS}/lan-gui/1?order=thu_tu")
    assert units_written_to(batch) == official[:50]
    assert "Trang 1/3" in batch.text
    pages = [officer.open(f"{LETTERS}?order=thu_tu&page={number}") for number in (1, 2, 3, 9)]
    found = [unit for page in pages[:3] for unit in units_written_to(page)]
    assert found == official
    assert units_written_to(pages[3]) == official[100:], "the last page"


def test_an_officer_decides_on_a_letter_that_nobody_can_tell_of(
    app: Flask, officer: Visitor
) -> None:
    pressed(officer, checked(officer), "send")
    (letter,) = all_letters(app)
    for action, state in (("confirm", "sent"), ("retry", "filed"), ("cancel", "cancelled")):
        with writing(app) as session:
            session.execute(update(Letter).values(state="unknown"))
        page = officer.open(f"{LETTERS}/la-thu/{letter.id}")
        assert "Không rõ đã gửi hay chưa" in page.text
        pressed(officer, page, action)
        assert all_letters(app)[0].state == state


def test_reminders_are_set_in_days_and_sent_by_the_worker(app: Flask, officer: Visitor) -> None:
    page = officer.open(f"{LETTERS}/lich-nhac")
    form = next(f for f in page.forms if f.action.endswith("/lich-nhac"))
    for wrong, said in (("3 ngày", "số nguyên"), ("-99", "quá 60 ngày")):
        again = officer.post(form.action, {**form.values(), "days": wrong})
        assert again.status == 422
        assert said in again.text
        assert wrong in again.html
    assert officer.post(form.action, {**form.values(), "days": "2, −3; 0"}).status == 303
    kept = officer.open(f"{LETTERS}/lich-nhac")
    assert "3 ngày trước hạn" in kept.text
    assert "-3, 0, 2" in kept.html
    with looking(app) as session:
        assert session.scalars(select(Round.reminders).where(Round.code == "dot1")).one() == [
            -3, 0, 2,
        ]  # fmt: skip


def test_what_the_worker_reminds_of_is_delivered(
    app: Flask, officer: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    nine = datetime.now(UTC).replace(hour=2, minute=0)
    monkeypatch.setattr("views.delivery.current_moment", lambda: nine)
    with writing(app) as session:
        session.execute(
            update(Round).where(Round.code == "dot1").values(due_at=nine, reminders=[0])
        )
    with app.app_context():
        write_reminders()
        write_reminders()
    assert [(x.kind, x.state) for x in all_letters(app)] == [("reminder_due", "filed")]


def test_a_wording_is_previewed_for_a_unit_kept_and_taken_back(
    app: Flask, officer: Visitor
) -> None:
    page = officer.open(f"{WORDINGS}/reminder_before?unit=TU-RG")
    assert "Kính gửi: Thành ủy Rạch Giá" in page.text
    form = next(f for f in page.forms if "keep" in f.actions())
    changed = {**form.values(), "subject": "Nhắc {don_vi}", "body": "Mở {duong_dan} <b>"}
    seen = officer.post(form.action, {**changed, "action": "preview"})
    assert "Nhắc Thành ủy Rạch Giá" in seen.text
    wrong = officer.post(form.action, {**changed, "body": "Không có", "action": "keep"})
    assert wrong.status == 422
    assert "Thiếu đường dẫn" in wrong.text
    assert officer.post(form.action, {**changed, "action": "keep"}).status == 303
    listed = officer.open(WORDINGS)
    assert "của chuyên đề" in listed.text
    assert "Nhắc Thành ủy Rạch Giá" in checked(officer, kind="reminder_before").text
    kept = officer.open(f"{WORDINGS}/reminder_before")
    pressed(officer, kept, "restore")
    assert "của chuyên đề" not in officer.open(WORDINGS).text
    assert officer.open(f"{WORDINGS}/no_such_kind").status == 404


@pytest.mark.parametrize("page", ["lan-gui/99", "la-thu/99", "la-thu/99.eml"])
def test_what_is_not_there_is_said_to_be_missing(officer: Visitor, page: str) -> None:
    assert officer.open(f"{LETTERS}/{page}").status == 404


def test_a_public_round_has_no_letters(officer: Visitor) -> None:
    assert officer.open("/ban/kh46/phan_hoi/thu").status == 404


def test_a_withdrawn_unit_gets_no_letter_that_still_waited(app: Flask, officer: Visitor) -> None:
    pressed(officer, checked(officer), "send")
    (letter,) = all_letters(app)
    with writing(app) as session:
        session.execute(update(Letter).values(state="waiting"))
        assigned = session.get_one(Assignment, letter.assignment_id)
        assigned.withdrawn_at = datetime.now(UTC)
    with writing(app) as session:
        assert letters.take(session, letter.id, datetime.now(UTC)) is None
    assert "Đơn vị không còn trong đợt" in officer.open(f"{LETTERS}/la-thu/{letter.id}").text


def test_an_act_is_worded_as_the_campaign_words_it(app: Flask, officer: Visitor) -> None:
    page = officer.open(f"{WORDINGS}/report.accepted")
    form = next(f for f in page.forms if "keep" in f.actions())
    body = "Đã nhận {so_tiep_nhan}: {duong_dan}"
    officer.post(form.action, {**form.values(), "body": body, "action": "keep"})
    now = datetime.now(UTC)
    with writing(app) as session:
        receipt = send_report(session, unit_link(session, now=now), now=now)
    report = officer.open("/ban/kh46/dot1/TU-RG")
    accept = next(f for f in report.forms if f.action.endswith("/duyet"))
    officer.post(accept.action, accept.values())
    (letter,) = all_letters(app)
    assert letter.text.startswith(f"Đã nhận {receipt.code[:4]}-")
