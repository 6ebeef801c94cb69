"""The page of consolidated workbooks: what is chosen, made in the background, and taken."""

from __future__ import annotations

import re
import time
from datetime import timedelta
from io import BytesIO
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import Workbook, load_workbook
from sqlalchemy import select
from werkzeug.test import TestResponse

from models import Account, AuditEntry, Campaign
from models.database import transaction
from models.export import Export
from services import exporting
from tests.factories import WORKING_DAY, send_report, unit_link
from tests.services.test_correcting import give_back
from tests.stored import looking, writing
from tests.views import test_exporting
from tests.views.board_members import signed_in, token
from tests.views.page_check import check_page
from tests.views.taken import press, take_workbook
from tests.visitor import Visitor
from views import exporting as pages
from views import making, pulse, workbook_making
from views.making import exports_folder, make_exports

PAGE = "/ban/kh46/tong-hop"
EVERY = {"chosen": "1", "communes": "1", "language": "vi"}
TABLE = "2. Biểu 1 - Cuộc, người dự Đ1"
ROUNDS = ["dot1", "dot2", "phan_hoi", "kho_khan"]


@pytest.fixture
def viewer(app: Flask) -> FlaskClient:
    """Return the browser of a viewer; two units have sent, one of them is merely invited."""
    with writing(app) as session:
        send_report(
            session,
            unit_link(session),
            answers='{"tong_dv":5,"dien_thoai":"0912345678","muc_nhan_thuc":"tot"}',
        )
        send_report(session, unit_link(session, unit_code="SN-SYT"), answers='{"tong_dv":7}')
    return signed_in(app, "viewer")


def groups_of(browser: FlaskClient) -> list[str]:
    return re.findall(r'name="groups" id="[^"]+" value="([^"]+)"', browser.get(PAGE).text)


def form(browser: FlaskClient, **chosen: str | list[str]) -> dict[str, str | list[str]]:
    """Return the form of the page with everything as it is there, but for what is chosen."""
    usual = {**EVERY, "rounds": ROUNDS, "groups": groups_of(browser)}
    return {"csrf_token": token(browser.get(PAGE)), **usual, **chosen}


def ask(browser: FlaskClient, **chosen: str | list[str]) -> TestResponse:
    answer = browser.post(PAGE, data=form(browser, **chosen))
    assert answer.status_code == 303, answer.text
    return browser.get(answer.location)


def make(app: Flask) -> int:
    with app.app_context():
        return make_exports()


def made(app: Flask, browser: FlaskClient, **chosen: str | list[str]) -> Workbook:
    ask(browser, **chosen)
    assert make(app) == 1
    found = re.search(r'href="([^"]+/tep)"', browser.get(PAGE).text)
    assert found
    with browser.get(found[1]) as answer:
        return load_workbook(BytesIO(answer.data), data_only=True)


def facts(book: Workbook, sheet: str = "Bìa") -> dict[str, str]:
    rows = ([cell for cell in row if cell is not None] for row in book[sheet].values)
    told = (row for row in rows if len(row) == 2 and row[0] not in book.sheetnames)
    return {str(row[0]): str(row[1]) for row in told}


def raw(book: Workbook) -> list[dict[str, object]]:
    names, *rows = book["16. Dữ liệu gốc"].values
    return [dict(zip(names, row, strict=True)) for row in rows]


def test_one_press_makes_the_usual_workbook_and_takes_it(app: Flask, viewer: FlaskClient) -> None:
    asked = press(viewer)
    waiting = viewer.get(asked.location)
    check_page(waiting.text)
    assert "Đang chờ: 0%" in waiting.text
    assert "Tệp sẽ tự tải về khi xong" in waiting.text
    assert '<noscript><meta http-equiv="refresh" content="3"></noscript>' in waiting.text
    assert make(app) == 1
    ready = viewer.get(asked.location)
    check_page(ready.text)
    link = re.search(r'<noscript><meta http-equiv="refresh" content="0;url=([^"]+)">', ready.text)
    assert link
    with viewer.get(link[1]) as answer:
        assert answer.status_code == 200
        assert "filename*=UTF-8''T%E1%BB%95ng" in answer.headers["Content-Disposition"]
        assert load_workbook(BytesIO(answer.data)).sheetnames[0] == "Bìa"


@pytest.mark.parametrize(
    ("language", "begins", "plain"),
    [("vi", "Tổng hợp ", "tong hop "), ("en", "Consolidation of ", "consolidation of ")],
)
def test_the_file_is_called_in_the_language_of_the_workbook(
    app: Flask, viewer: FlaskClient, language: str, begins: str, plain: str
) -> None:
    ask(viewer, language=language)
    make(app)
    found = re.search(r'href="([^"]+/tep)"', viewer.get(PAGE).text)
    assert found
    with viewer.get(found[1]) as answer:
        names = answer.headers["Content-Disposition"]
    assert f"filename*=UTF-8''{quote(begins)}" in names
    assert f'filename="{plain}' in names.lower()


def test_an_address_without_the_wish_to_take_takes_nothing(app: Flask, viewer: FlaskClient) -> None:
    asked = press(viewer)
    make(app)
    page = viewer.get(asked.location.partition("?")[0]).text
    check_page(page)
    assert "data-take" not in page
    assert "refresh" not in page


def test_everything_is_chosen_at_first(viewer: FlaskClient) -> None:
    page = viewer.get(PAGE)
    check_page(page.text)
    offered = Visitor(viewer).open(PAGE).forms
    choices = next(one for one in offered if one.named("rounds"))
    values = choices.values()
    assert (values["rounds"], values["groups"]) == (ROUNDS, groups_of(viewer))
    assert values["communes"] == ["1"]
    assert {"required_only", "returned", "labelled"}.isdisjoint(values)
    assert not choices.named("contacts")


def test_what_is_chosen_is_in_the_book_on_its_cover_and_in_the_log(
    app: Flask, viewer: FlaskClient
) -> None:
    chosen = dict.fromkeys(("required_only", "labelled", "returned", "letterhead"), "1")
    book = made(app, viewer, rounds="dot1", groups="huyen_thanh_uy", **chosen)
    assert "ĐẢNG CỘNG SẢN VIỆT NAM" in [c for row in book[TABLE].values for c in row]
    assert {row["unit_code"] for row in raw(book) if row["sent_at"]} == {"TU-RG"}
    assert {row["round"] for row in raw(book)} == {"dot1"}
    assert {row["required"] for row in raw(book)} == {1}
    assert {row["unit_group"] for row in raw(book)} == {"Huyện ủy, thành ủy"}
    assert "Tốt" in [row["muc_nhan_thuc"] for row in raw(book)]
    said = facts(book)
    assert said["Các đợt được tổng hợp"] == "Đợt 1"
    assert said["Đơn vị"] == "Chỉ đơn vị bắt buộc báo cáo"
    assert said["Báo cáo đang trả lại để chỉnh sửa"] == "Vẫn tổng hợp"
    assert said["Phương án trong dữ liệu gốc"] == "Ghi bằng nhãn"
    assert said["Đầu mỗi biểu"] == "Tiêu đề văn bản riêng"
    # Not a fact: the two halves of the letterhead.
    del said["TỈNH ỦY KIÊN GIANG"]
    assert said.items() <= facts(book, "17. Nguồn gốc số liệu").items()
    with looking(app) as session:
        entry = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert entry
    assert (entry.act, entry.subject) == ("workbook.exported", "campaign:kh46")
    assert (entry.details["rounds"], entry.details["required_only"]) == (["dot1"], True)


def test_the_choices_stay_in_the_address(viewer: FlaskClient) -> None:
    page = ask(viewer, rounds=["dot1", "dot2"], communes=[], least="25", language="en")
    check_page(page.text)
    values = next(
        one for one in Visitor(viewer).open(page.request.full_path).forms if one.named("rounds")
    ).values()
    assert values["rounds"] == ["dot1", "dot2"]
    assert (values["least"], values["language"]) == (["25"], ["en"])
    assert "communes" not in values
    assert re.search(r'href="[^"]+rounds=dot1[^"]+">Chọn lại như tệp này', page.text)


@pytest.mark.parametrize(
    ("chosen", "sentence"),
    [
        ({"rounds": []}, "Vui lòng chọn ít nhất một mục."),
        ({"rounds": ["dot9"]}, "Vui lòng chọn trong danh sách."),
        ({"least": "9"}, "Vui lòng nhập số nguyên từ 10 đến 1000, hoặc để trống."),
        ({"least": "mười"}, "Vui lòng nhập số nguyên từ 10 đến 1000, hoặc để trống."),
        ({"predecessor": "kh99"}, "Vui lòng chọn"),
        ({"language": "fr"}, "Vui lòng chọn"),
    ],
)
def test_what_cannot_be_is_told_and_nothing_is_lost(
    app: Flask, viewer: FlaskClient, chosen: dict[str, list[str]], sentence: str
) -> None:
    answer = viewer.post(PAGE, data=form(viewer, required_only="1", **chosen))
    assert answer.status_code == 422
    check_page(answer.text)
    assert sentence in answer.text
    assert re.search(r'id="required_only" value="1" checked', answer.text)
    assert f'value="{chosen.get("least", "")}"' in answer.text
    assert make(app) == 0


def test_two_who_want_the_same_share_it_and_other_choices_are_another(
    app: Flask, viewer: FlaskClient
) -> None:
    ask(viewer)
    other = signed_in(app, "officer")
    assert ask(other).text.count('<li class="panel">') == 1
    assert press(other).status_code == 303
    assert other.get(PAGE).text.count('<li class="panel">') == 1
    assert ask(other, required_only="1").text.count('<li class="panel">') == 2
    assert make(app) == 2


def test_contacts_are_for_officers_who_give_the_password(app: Flask, viewer: FlaskClient) -> None:
    assert viewer.post(PAGE, data=form(viewer, contacts="1")).status_code == 403
    officer = signed_in(app, "officer")
    test_exporting.password_given(officer, minutes_ago=61)
    asked = officer.post(PAGE, data=form(officer, contacts="1", rounds=["dot1"]))
    assert asked.location.startswith(f"{PAGE}/lien-he?")
    verify = officer.get(asked.location)
    assert verify.location.startswith("/ban/xac-nhan?next=")
    assert "rounds%3Ddot1" in verify.location
    test_exporting.password_given(officer)
    page = Visitor(officer).open(asked.location)
    check_page(page.html)
    assert "Đợt 1" in page.text
    confirm = next(one for one in page.forms if one.named("rounds"))
    assert officer.post(f"{PAGE}/lien-he", data=confirm.values()).status_code == 303
    assert make(app) == 1
    shown = officer.get(PAGE)
    check_page(shown.text)
    found = re.search(r'action="([^"]+/lien-he)"', shown.text)
    assert found
    assert officer.get(found[1].replace("lien-he", "tep")).status_code == 404
    assert "/lien-he" not in viewer.get(PAGE).text
    secret = {"csrf_token": token(shown)}
    with officer.post(found[1], data=secret) as answer:
        book = load_workbook(BytesIO(answer.data), data_only=True)
    assert any(row.get("dien_thoai") == "0912345678" for row in raw(book))
    assert facts(book)["Số điện thoại, thư điện tử"] == "Có trong dữ liệu gốc"
    with looking(app) as session:
        acts = session.scalars(select(AuditEntry.act).order_by(AuditEntry.id.desc()).limit(2)).all()
    assert acts == ["contacts.exported", "workbook.exported"]


def test_a_workbook_is_cancelled_by_whoever_asked_or_an_officer(
    app: Flask, viewer: FlaskClient
) -> None:
    asked = ask(signed_in(app, "officer"))
    found = re.search(r'action="([^"]+/huy)"', asked.text)
    assert found
    secret = {"csrf_token": token(viewer.get(PAGE))}
    assert viewer.post(found[1], data=secret).status_code == 403
    own = ask(viewer, required_only="1")
    mine = re.search(r'action="([^"]+/huy)"', own.text)
    assert mine
    assert viewer.post(mine[1], data=secret).status_code == 303
    page = viewer.get(PAGE)
    check_page(page.text)
    assert "Đã hủy" in page.text
    assert make(app) == 1


def test_a_workbook_is_cancelled_while_it_is_made(
    app: Flask, viewer: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(viewer)
    step = making.Watcher.step
    seen = []

    def cancelled_meanwhile(self: making.Watcher, done: int, expected: int) -> None:
        seen.append(done / expected)
        if len(seen) == 5:
            with transaction() as session:
                (export,) = exporting.recent(session, "kh46", "")
                assert 0 < export.percent < 100
                exporting.cancel(session, "kh46", "", export.id, "x", WORKING_DAY)
        step(self, done, expected)

    monkeypatch.setattr(making.Watcher, "step", cancelled_meanwhile)
    assert make(app) == 0
    assert "Đã hủy" in viewer.get(PAGE).text
    with app.app_context():
        assert list(exports_folder().iterdir()) == []


def test_a_workbook_whose_process_ended_is_made_by_the_next(
    app: Flask, viewer: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(viewer)

    class Killed(BaseException):
        """What ends a process at once."""

    def killed(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(workbook_making, "make_workbook", killed)
        with pytest.raises(Killed):
            make(app)
    assert "Đang tạo" in viewer.get(PAGE).text
    monkeypatch.setattr(exporting, "LONGEST_SILENCE", exporting.LONGEST_SILENCE * 0)
    assert make(app) == 1
    assert "Đã xong" in viewer.get(PAGE).text


def test_nobody_else_takes_a_workbook_while_one_sheet_takes_long(
    app: Flask, viewer: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a sign of life another process would begin the same file once more."""
    ask(viewer)
    monkeypatch.setattr(pulse, "PULSE_SECONDS", 0.05)
    make_workbook, taken = workbook_making.make_workbook, []

    def slow(*given: Any) -> bytes:
        with writing(app) as session:
            session.scalars(select(Export)).one().beat_at -= timedelta(minutes=5)
        until = time.monotonic() + 20
        while time.monotonic() < until and not taken:
            with looking(app) as session:
                found = session.scalars(select(Export)).one()
                if found.beat_at and found.beat_at > pages.current_moment() - timedelta(minutes=1):
                    taken.append("nobody")
        with transaction() as session:
            taken.append(exporting.take(session, pages.current_moment()))
        return make_workbook(*given)

    monkeypatch.setattr(workbook_making, "make_workbook", slow)
    assert make(app) == 1
    assert taken == ["nobody", None]


@pytest.mark.parametrize("page", [PAGE, test_exporting.PAGE])
def test_without_a_worker_the_page_says_so(
    app: Flask, page: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    officer = signed_in(app, "officer")
    asked = {"csrf_token": token(officer.get(page)), **EVERY, "rounds": ROUNDS}
    officer.post(page, data={**asked, "groups": groups_of(officer)})
    silent = "Chưa có tiến trình nền nào hoạt động"
    assert silent not in officer.get(page).text
    with writing(app) as session:
        export = session.scalars(select(Export)).one()
        export.created_at -= timedelta(minutes=1)
    shown = officer.get(page)
    check_page(shown.text)
    assert silent in shown.text
    monkeypatch.setitem(app.extensions, "last_done", pages.current_moment)
    assert silent not in officer.get(page).text


def test_the_workbook_of_another_campaign_is_not_found(app: Flask, viewer: FlaskClient) -> None:
    for ending in ("", "/tep"):
        answer = viewer.get(f"{PAGE}/{'0' * 32}{ending}")
        assert answer.status_code == 404
        check_page(answer.text)
    assert viewer.get("/ban/khong-co/tong-hop").status_code == 404


def test_a_returned_report_counts_only_when_it_is_wanted(app: Flask, viewer: FlaskClient) -> None:
    with writing(app) as session:
        give_back(session)
    usual = load_workbook(BytesIO(take_workbook(viewer).data), data_only=True)
    sheet = next(s for s in usual if s.title.startswith("3."))
    row = next(row for row in sheet.values if row[1] == "Thành ủy Rạch Giá")
    assert row[2] is None
    assert "Đang trả lại" in row
    assert "2/112 đơn vị đã gửi" in " ".join(str(r[0]) for r in sheet.values)
    assert facts(usual)["Báo cáo đang trả lại để chỉnh sửa"].endswith("(1 báo cáo)")
    wanted = made(app, viewer, returned="1")
    sheet = next(s for s in wanted if s.title.startswith("3."))
    assert next(row for row in sheet.values if row[1] == "Thành ủy Rạch Giá")[2] == 5


def test_the_page_speaks_english_too(viewer: FlaskClient) -> None:
    page = viewer.get(f"{PAGE}?lang=en")
    check_page(page.text)
    assert "Leave everything as it is for the usual workbook" in page.text


def test_only_campaigns_that_one_has_can_be_compared_with(app: Flask, viewer: FlaskClient) -> None:
    add_campaign(app, "khac")
    assert 'value="khac"' in viewer.get(PAGE).text
    book = made(app, viewer, predecessor="khac")
    assert "19. So sánh chuyên đề trước" in book.sheetnames
    assert facts(book)["So sánh với chuyên đề"].startswith("khac: ")
    with writing(app) as session:
        account = session.scalars(select(Account)).one()
        account.everywhere = False
        account.campaigns = [session.scalars(select(Campaign).where(Campaign.code == "kh46")).one()]
    assert 'value="khac"' not in viewer.get(PAGE).text
    assert viewer.post(PAGE, data=form(viewer, predecessor="khac")).status_code == 422


def add_campaign(app: Flask, code: str) -> None:
    """Add a campaign that was put away."""
    with writing(app) as session:
        shipped = session.scalars(select(Campaign)).one()
        columns = {c.name: getattr(shipped, c.name) for c in Campaign.__table__.columns}
        put_away = {"id": 99, "code": code, "position": 99, "archived_at": WORKING_DAY}
        session.add(Campaign(**{**columns, **put_away}))
