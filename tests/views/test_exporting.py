"""The page of a round's data, and the worker that makes the files."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from io import BytesIO
from itertools import islice
from zipfile import ZipFile

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import select
from werkzeug.test import TestResponse

from exports.records import Record
from models import AuditEntry
from models.database import transaction
from services import exporting
from tests.factories import WORKING_DAY, send_report, unit_link
from tests.stored import looking, writing
from tests.views.board_members import signed_in, token
from tests.views.page_check import check_page
from views import making
from views.export_files import DATA, exports_folder
from views.making import make_exports

PAGE = "/ban/kh46/dot1/du-lieu"


@pytest.fixture
def officer(app: Flask) -> FlaskClient:
    """Return the browser of an officer; two units have sent."""
    with writing(app) as session:
        send_report(session, unit_link(session), answers='{"tong_dv":5,"dien_thoai":"0912345678"}')
        send_report(session, unit_link(session, unit_code="HU-AB"))
    return signed_in(app, "officer")


def shown(browser: FlaskClient, page: str = PAGE) -> TestResponse:
    answer = browser.get(page)
    check_page(answer.text)
    return answer


def ask(browser: FlaskClient, page: str = PAGE, **chosen: str) -> TestResponse:
    form = {"csrf_token": token(browser.get(page)), **chosen}
    answer = browser.post(page, data=form)
    assert answer.status_code == 303
    return shown(browser, page)


def password_given(browser: FlaskClient, minutes_ago: int = 0) -> None:
    with browser.session_transaction(base_url="http://localhost/ban/") as session:
        session["fs_paa"] = time.time() - minutes_ago * 60


def make(app: Flask) -> int:
    with app.app_context():
        return make_exports()


def download(browser: FlaskClient, page: TestResponse) -> TestResponse:
    found = re.search(rf'href="({PAGE}/[0-9a-f]{{32}})"', page.text)
    assert found, page.text
    with browser.get(found[1]) as answer:
        assert answer.status_code == 200
        assert answer.data
        return answer


def test_a_workbook_is_asked_for_made_and_downloaded(app: Flask, officer: FlaskClient) -> None:
    assert "Đang chờ" in ask(officer).text
    assert make(app) == 1
    page = shown(officer)
    assert "Đã xong" in page.text
    answer = download(officer, page)
    assert answer.status_code == 200
    assert "filename*=UTF-8''D%E1%BB%AF%20li%E1%BB%87u" in answer.headers["Content-Disposition"]
    book = load_workbook(BytesIO(answer.data))
    told = dict(book["thong_tin"].iter_rows(min_row=3, values_only=True))
    assert (told["responses"], told["rows/dot1"], told["contacts"]) == (2, 2, 0)
    assert len(str(told["log_head"])) == 64
    rows = list(book["dot1"].iter_rows(values_only=True))
    names = rows[0]
    assert [row[names.index("unit_code")] for row in rows[2:]] == ["TU-RG", "HU-AB"]
    assert "dien_thoai" not in names


def test_contacts_are_there_when_an_officer_asks(app: Flask, officer: FlaskClient) -> None:
    form = {"csrf_token": token(officer.get(PAGE)), "format": "csv"}
    password_given(officer, minutes_ago=61)
    asked = officer.post(f"{PAGE}/lien-he", data=form)
    assert asked.location == f"/ban/xac-nhan?next={PAGE}"
    assert make(app) == 0
    password_given(officer)
    assert officer.post(f"{PAGE}/lien-he", data=form).status_code == 303
    assert make(app) == 1
    found = re.search(rf'action="({PAGE}/[0-9a-f]{{32}})/lien-he"', shown(officer).text)
    assert found
    assert officer.get(found[1]).status_code == 404
    password_given(officer, minutes_ago=61)
    assert officer.post(f"{found[1]}/lien-he", data=form).status_code == 302
    password_given(officer)
    with officer.post(f"{found[1]}/lien-he", data=form) as answer:
        archived = ZipFile(BytesIO(answer.data))
    assert "0912345678" in archived.read("dot1.csv").decode()
    assert json.loads(archived.read("manifest.json"))["rows"]["dot1"] == 2
    with looking(app) as session:
        acts = session.scalars(select(AuditEntry.act).order_by(AuditEntry.id.desc()).limit(2)).all()
    assert acts == ["contacts.exported", "data.exported"]


@pytest.mark.parametrize("chosen", making.FORMATS)
def test_every_format_is_made(app: Flask, officer: FlaskClient, chosen: str) -> None:
    ask(officer, format=chosen, labels="1")
    assert make(app) == 1
    answer = download(officer, shown(officer))
    assert answer.mimetype == DATA[chosen]
    assert ZipFile(BytesIO(answer.data)).testzip() is None


def test_files_of_different_formats_have_different_names(app: Flask, officer: FlaskClient) -> None:
    names = set()
    for chosen in DATA:
        page = ask(officer, format=chosen)
        make(app)
        page = shown(officer)
        names.add(download(officer, page).headers["Content-Disposition"])
    assert len(names) == len(DATA), names


def test_two_who_want_the_same_share_it(app: Flask, officer: FlaskClient) -> None:
    ask(officer)
    page = ask(signed_in(app, "admin"))
    assert page.text.count('<li class="panel">') == 1
    assert make(app) == 1


def test_an_export_is_cancelled_before_it_is_begun(app: Flask, officer: FlaskClient) -> None:
    page = ask(officer)
    found = re.search(r'action="([^"]+/huy)"', page.text)
    assert found
    answer = officer.post(found[1], data={"csrf_token": token(page)})
    assert answer.status_code == 303
    assert "Đã hủy" in shown(officer).text
    assert make(app) == 0


def test_an_export_is_cancelled_while_it_is_made(
    app: Flask, officer: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(making, "GLANCE", 1)
    monkeypatch.setattr(making, "BEAT_SECONDS", 0.0)
    ask(officer)
    watch = making.Watcher.watch

    def cancelled_meanwhile(self, records: Iterator[Record]) -> Iterator[Record]:
        for number, record in enumerate(watch(self, records)):
            if not number:
                with transaction() as session:
                    (export,) = exporting.recent(session, "kh46", "dot1")
                    exporting.cancel(session, "kh46", "dot1", export.id, "x", WORKING_DAY)
            yield record

    monkeypatch.setattr(making.Watcher, "watch", cancelled_meanwhile)
    assert make(app) == 0
    assert "Đã hủy" in shown(officer).text
    with app.app_context():
        assert list(exports_folder().iterdir()) == []


def test_an_export_whose_process_ended_is_made_by_the_next(
    app: Flask, officer: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(officer)

    class Killed(BaseException):
        """What ends a process at once."""

    def killed(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(making, "_store", killed)
        with pytest.raises(Killed):
            make(app)
    assert "Đang tạo" in shown(officer).text
    assert make(app) == 0
    with app.app_context():
        making.resume_exports()
    assert make(app) == 1
    assert "Đã xong" in shown(officer).text


def test_an_export_that_has_not_all_rows_is_none(
    app: Flask, officer: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(officer)
    watch = making.Watcher.watch
    monkeypatch.setattr(making.Watcher, "watch", lambda self, rows: islice(watch(self, rows), 1))
    assert make(app) == 0
    assert "Không tạo được" in shown(officer).text
    with app.app_context():
        assert list(exports_folder().iterdir()) == []


@pytest.mark.parametrize("chosen", ["xlsx", "parquet"])
def test_the_log_tells_how_many_responses_were_taken(
    app: Flask, officer: FlaskClient, chosen: str
) -> None:
    ask(officer, format=chosen)
    assert make(app) == 1
    with looking(app) as session:
        (entry,) = session.scalars(select(AuditEntry).where(AuditEntry.act == "data.exported"))
        assert entry.details["rows"] == 2


def test_one_of_two_who_make_the_same_is_no_longer_wanted(
    app: Flask, officer: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker that was taken for dead goes on while another one has begun again."""
    ask(officer)
    store, others = making._store, []  # noqa: SLF001 - watched, not replaced

    def meanwhile(pieces, path):
        if not others:
            others.append(path)
            making.resume_exports()
            assert make_exports() == 1
        else:
            others.append(path)
        return store(pieces, path)

    monkeypatch.setattr(making, "_store", meanwhile)
    assert make(app) == 0
    assert len(set(others)) == 2
    page = shown(officer)
    assert "Đã xong" in page.text
    book = load_workbook(BytesIO(download(officer, page).data))
    assert book["dot1"].max_row == 4
    with app.app_context():
        assert len(list(exports_folder().iterdir())) == 1


def test_a_full_disk_is_told_and_leaves_nothing(
    app: Flask, officer: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(officer)

    def full(_: object, path) -> None:
        path.write_bytes(b"PK")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(making, "_store", full)
    assert make(app) == 0
    assert "Không tạo được" in shown(officer).text
    with app.app_context():
        assert list(exports_folder().iterdir()) == []


def test_a_file_that_is_gone_is_told_so(app: Flask, officer: FlaskClient) -> None:
    answer = officer.get(f"{PAGE}/{'0' * 32}")
    assert answer.status_code == 404
    assert "24 giờ" in answer.text


def test_feedback_is_for_officers_only(app: Flask) -> None:
    page = "/ban/kh46/phan_hoi/du-lieu"
    assert signed_in(app, "viewer").get(page).status_code == 403
    officer = signed_in(app, "officer")
    assert "Số điện thoại" not in shown(officer, page).text
    ask(officer, page)
    assert make(app) == 1
