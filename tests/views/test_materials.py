"""Study documents: given out by the board, downloaded by anybody, counted without a trace."""

from __future__ import annotations

import io
import re

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from models import MaterialDay
from services import verification
from tests.office_files import PDF
from tests.stored import everything, looking, open_round, public_code
from tests.views.board_members import signed_in, token
from tests.views.page_check import check_page
from tests.visitor import Visitor

LIST = "/ban/kh46/tai-lieu"


def give_out(client: FlaskClient, title: str = "Đề cương <b>", content: bytes = PDF) -> None:
    page = client.get(LIST)
    check_page(page.text)
    data = {
        "csrf_token": token(page),
        "title": title,
        "audience": "Đảng viên",
        "files": (io.BytesIO(content), "Đề cương.pdf"),
    }
    answer = client.post(LIST, data=data, follow_redirects=True)
    check_page(answer.text)
    assert "Đã phát hành tài liệu." in answer.text


def link_of(client: FlaskClient) -> str:
    found = re.search(r"http://127.0.0.1:8000(/tai-lieu/\w+)", client.get(LIST).text)
    assert found
    return found[1]


def counted(app: Flask) -> list[int]:
    with looking(app) as session:
        return list(session.scalars(select(MaterialDay.count)))


def test_a_material_is_given_out_and_downloaded(app: Flask) -> None:
    client = signed_in(app, "officer")
    give_out(client)
    address = link_of(client)
    visitor = app.test_client()
    page = visitor.get(address)
    check_page(page.text)
    assert "Đề cương &lt;b&gt;" in page.text
    with visitor.get(f"{address}/1") as answer:
        assert answer.data == PDF
        assert "attachment" in answer.headers["Content-Disposition"]
        assert "Set-Cookie" not in answer.headers
    assert counted(app) == [1]
    assert "<strong>1</strong> lượt tải" in signed_in(app, "viewer").get(LIST).text


def test_only_whole_downloads_are_counted(app: Flask) -> None:
    client = signed_in(app, "officer")
    give_out(client)
    address = link_of(client)
    visitor = app.test_client()
    visitor.get(address)
    with visitor.head(f"{address}/1") as head:
        assert head.status_code == 200
    with visitor.get(f"{address}/1", headers={"Range": "bytes=0-9"}) as part:
        assert (part.status_code, part.data) == (206, PDF[:10])
    assert counted(app) == []
    with visitor.get(f"{address}/1") as whole:
        etag = whole.headers["ETag"]
    with visitor.get(f"{address}/1", headers={"If-None-Match": etag}) as same:
        assert same.status_code == 304
    with visitor.get(f"{address}/1"):
        pass
    assert counted(app) == [2]


def test_nothing_is_kept_about_who_downloads(app: Flask) -> None:
    client = signed_in(app, "officer")
    give_out(client)
    address = link_of(client)
    headers = {"User-Agent": "Sentinel", "Referer": "http://sentinel.example/"}
    with app.test_client().get(
        f"{address}/1", headers=headers, environ_base={"REMOTE_ADDR": "203.0.113.9"}
    ):
        pass
    stored = repr(everything(app))
    assert "entinel" not in stored
    assert "203.0.113" not in stored


def test_files_are_replaced_and_the_link_stays(app: Flask) -> None:
    client = signed_in(app, "officer")
    give_out(client)
    address = link_of(client)
    found = re.search(rf'href="({LIST}/\d+)"', client.get(LIST).text)
    assert found
    page = client.get(found[1])
    check_page(page.text)
    data = {
        "csrf_token": token(page),
        "title": "Đề cương mới",
        "audience": "",
        "files": (io.BytesIO(PDF + b"\n% 2"), "moi.pdf"),
    }
    assert client.post(found[1], data=data).status_code == 303
    with app.test_client().get(f"{address}/1") as answer:
        assert answer.data == PDF + b"\n% 2"
    assert app.test_client().get(f"{address}/2").status_code == 404
    with looking(app) as session:
        summary = verification.verify(session, app.config["FILES"])
    assert (summary.files, summary.unnamed) == (2, 0)


def test_a_withdrawn_material_opens_no_more(app: Flask) -> None:
    client = signed_in(app, "officer")
    give_out(client)
    address = link_of(client)
    page = client.get(LIST)
    assert "Rút tài liệu" in page.text
    found = re.search(rf'action="({LIST}/\d+/rut)"', page.text)
    assert found
    client.post(found[1], data={"csrf_token": token(page), "withdrawn": "1"})
    answer = app.test_client().get(address)
    assert answer.status_code == 404
    check_page(answer.text)
    page = client.get(LIST)
    check_page(page.text)
    assert "Đã rút" in page.text
    client.post(found[1], data={"csrf_token": token(page), "withdrawn": "0"})
    assert app.test_client().get(address).status_code == 200


def test_what_is_wrong_is_said_and_nothing_typed_is_lost(app: Flask) -> None:
    client = signed_in(app, "officer")
    page = client.get(LIST)
    for files in ((io.BytesIO(b"MZ" + bytes(100)), "a.exe"), (io.BytesIO(b""), "")):
        data = {"csrf_token": token(page), "title": "Tên đã gõ", "files": files}
        answer = client.post(LIST, data=data)
        assert answer.status_code == 422
        check_page(answer.text)
        assert 'value="Tên đã gõ"' in answer.text
    data = {"csrf_token": token(page), "title": " ", "files": (io.BytesIO(PDF), "a.pdf")}
    assert client.post(LIST, data=data).status_code == 422
    assert "Chưa có tài liệu nào." in client.get(LIST).text


def test_large_files_are_taken(app: Flask) -> None:
    content = PDF + b"\n%" + b"x" * (7 * 1024 * 1024)
    client = signed_in(app, "officer")
    give_out(client, content=content)
    assert app.test_client().get(link_of(client)).status_code == 200


def test_units_and_participants_are_shown_the_materials(app: Flask) -> None:
    client = signed_in(app, "officer")
    give_out(client)
    address = link_of(client)
    unit = app.test_client().get(f"/{open_round(app)}").text
    check_page(unit)
    assert f'href="{address}"' in unit
    thanks = Visitor(app.test_client()).open(f"/{public_code(app)}/cam-on")
    assert address in thanks.html


def test_an_unknown_link_is_refused(app: Flask) -> None:
    answer = app.test_client().get("/tai-lieu/p23456789abc")
    assert answer.status_code == 404
    check_page(answer.text)
