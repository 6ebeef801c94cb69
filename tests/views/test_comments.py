"""Comments of participants on the board: officers review them, viewers read what they may."""

from __future__ import annotations

import json
import re
import uuid

from flask import Flask

from models.database import transaction
from services import feedback
from tests.factories import WORKING_DAY, public_link
from tests.views.board_members import signed_in, token
from tests.views.page_check import check_page

ADDRESS = "/ban/kh46/phan_hoi/gop-y"


def write(app: Flask, *texts: str) -> None:
    """Send feedback of one kind with these comments."""
    with app.app_context(), transaction() as session:
        link = public_link(session)
        for text in texts:
            answers = {"doi_tuong": "dv_hv_nd", "gop_y": text}
            feedback.send(
                session,
                link,
                link.form_version_id,
                json.dumps(answers),
                uuid.uuid4().hex,
                WORKING_DAY,
            )


def ids(page: str) -> dict[str, str]:
    """Return the comments that can be ticked, by their text."""
    found = re.findall(r'value="([0-9a-f]{32})" id="[^"]*"><label[^>]*>([^<]*)<', page)
    return {text: id_ for id_, text in found}


def test_an_officer_lets_others_read_comments(app: Flask) -> None:
    write(app, *(f"Ý kiến <b>{number}" for number in range(11)))
    officer, viewer = signed_in(app, "officer"), signed_in(app, "viewer")
    assert "11 ý kiến chờ duyệt" in officer.get("/ban/kh46/phan_hoi").text
    assert "ý kiến chờ duyệt" not in viewer.get("/ban/kh46/phan_hoi").text
    page = officer.get(ADDRESS)
    check_page(page.text)
    found = ids(page.text)
    assert len(found) == 11
    ticked = [found["Ý kiến &lt;b&gt;3"], found["Ý kiến &lt;b&gt;7"]]
    data = {"csrf_token": token(page), "comment": ticked, "decision": "approved", "back": "new"}
    answer = officer.post(ADDRESS, data=data, follow_redirects=True)
    check_page(answer.text)
    assert "Đã ghi 2 ý kiến." in answer.text
    assert len(ids(answer.text)) == 9
    seen = viewer.get(ADDRESS).text
    check_page(seen)
    assert set(re.findall(r"Ý kiến &lt;b&gt;\d+", seen)) == {
        "Ý kiến &lt;b&gt;3",
        "Ý kiến &lt;b&gt;7",
    }
    assert set(re.findall(r"Ý kiến &lt;b&gt;\d+", viewer.get(f"{ADDRESS}?state=new").text)) == {
        "Ý kiến &lt;b&gt;3",
        "Ý kiến &lt;b&gt;7",
    }


def test_all_comments_of_a_page_are_chosen_at_once(app: Flask) -> None:
    write(app, *(f"Ý kiến {number}" for number in range(60)))
    officer = signed_in(app, "officer")
    officer.get("/ban/kh46/phan_hoi")
    page = officer.get(ADDRESS)
    check_page(page.text)
    assert "Tất cả 50 ý kiến ở trang này" in page.text
    asked = "Góp ý thêm về cách tổ chức và tài liệu"
    assert page.text.count(asked) == 1, "the question is said once"
    shown = re.findall(r'name="shown" value="([0-9a-f]{32})"', page.text)
    assert sorted(shown) == sorted(ids(page.text).values())
    data = {"csrf_token": token(page), "all": "1", "shown": shown, "decision": "hidden"}
    answer = officer.post(ADDRESS, data=data, follow_redirects=True)
    assert "Đã ghi 50 ý kiến." in answer.text
    assert len(ids(answer.text)) == 10
    assert 'name="all"' not in signed_in(app, "viewer").get(ADDRESS).text


def test_nothing_ticked_is_told(app: Flask) -> None:
    officer = signed_in(app, "officer")
    data = {"csrf_token": token(officer.get(ADDRESS)), "decision": "hidden"}
    answer = officer.post(ADDRESS, data=data, follow_redirects=True)
    check_page(answer.text)
    assert "Chưa có gì thay đổi. Vui lòng chọn ý kiến trước." in answer.text


def test_a_viewer_changes_nothing(app: Flask) -> None:
    write(app, *["Tốt"] * 10)
    viewer = signed_in(app, "viewer")
    found = token(viewer.get("/ban/"))
    assert viewer.post(ADDRESS, data={"csrf_token": found}).status_code == 403


def test_only_public_rounds_have_comments(app: Flask) -> None:
    answer = signed_in(app, "officer").get("/ban/kh46/dot1/gop-y")
    assert answer.status_code == 404
    check_page(answer.text)


def test_comments_of_too_few_wait(app: Flask) -> None:
    write(app, *["Tốt"] * 9)
    officer = signed_in(app, "officer")
    officer.get("/ban/kh46/phan_hoi")
    page = officer.get(ADDRESS).text
    check_page(page)
    assert "Tốt" not in page
