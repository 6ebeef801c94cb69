"""Drafts: what several people type into one form, and what becomes of what cannot be sent."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from models import Draft
from services import correcting, definitions, reporting
from services.reporting import Sending
from tests.conftest import LIBRARY
from tests.factories import revoke, unit_link
from tests.stored import (
    count,
    everything,
    in_days,
    looking,
    open_round,
    revisions,
    sent_answers,
    writing,
)
from tests.views.whole_forms import asked_to_choose
from tests.visitor import Page, Visitor, plausible

SECTION = "muc/thong_tin_chung"


def autosave(
    client: FlaskClient, page: Page, typed: Mapping[str, str | list[str]], **more: object
) -> dict[str, Any]:
    """Save what was typed on `page` as its script does; return what the server answers."""
    answer = send_changes(client, page, typed, **more)
    assert answer.status_code == 200, answer.text
    said: dict[str, Any] = answer.get_json()
    return said


def send_changes(client: FlaskClient, page: Page, typed: Mapping[str, Any], **more: object) -> Any:
    values = page.form.values()
    known = {name: values[name] for name in ("base", "version", "page-seen")}
    address = page.form.action.partition("?")[0].partition("/muc/")[0]
    return client.post(f"{address}/nhap", data={**known, **typed, **more})


def stored(app: Flask) -> dict[str, list[str]]:
    """Return what the one draft holds."""
    with looking(app) as session:
        [draft] = session.scalars(select(Draft))
        return draft.values


def send_whole(visitor: Visitor, code: str, **changes: str) -> Page:
    page = visitor.open(f"/{code}?all=1")
    return visitor.send(page, "submit", {**plausible(page.form), **changes})


# --- saving by itself -----------------------------------------------------------------------------


def test_a_page_that_only_asks_begins_no_draft(
    client: FlaskClient, visitor: Visitor, app: Flask, code: str
) -> None:
    page = visitor.open(f"/{code}?all=1")
    said = autosave(client, page, {})
    assert (said["number"], said["base"], said["others"]) == (0, 0, {})
    assert count(app, Draft) == 0


def test_a_few_answers_are_kept_and_the_rest_is_left_alone(app, visitor, client, code):
    page = visitor.open(f"/{code}/{SECTION}")
    visitor.send(page, "save", plausible(page.form))
    page = visitor.open(f"/{code}?all=1")
    said = autosave(client, page, {"nguoi_lap": "Trần Thị Bé", "so_ban_in": "mười"})
    assert said["said"].startswith("Đã lưu lúc ")
    assert (said["number"], said["others"], said["conflicts"]) == (2, {}, {})
    again = visitor.open(f"/{code}?all=1")
    assert again.typed("nguoi_lap") == "Trần Thị Bé"
    assert again.typed("so_ban_in") == "mười"
    assert again.typed("ngay_bao_cao") == "01/8/2021"
    assert again.typed("page-seen") == "2"


def test_the_first_answers_begin_a_draft_of_what_was_sent(visitor, client, code):
    send_whole(visitor, code)
    page = visitor.open(f"/{code}?all=1")
    assert autosave(client, page, {"nguoi_lap": "Trần Thị Bé"})["number"] == 1
    again = visitor.open(f"/{code}?all=1")
    assert again.typed("nguoi_lap") == "Trần Thị Bé"
    assert again.typed("tong_dv") == "1.234"


def test_an_answer_can_be_blanked(app, visitor, client, code):
    page = visitor.open(f"/{code}?all=1")
    autosave(client, page, {"nguoi_lap": "Trần Thị Bé", "cach_pho_bien": ["ban_in", "zalo"]})
    page = visitor.open(f"/{code}?all=1")
    autosave(client, page, {"page-blank": "nguoi_lap cach_pho_bien"})
    assert not {"nguoi_lap", "cach_pho_bien"} & set(stored(app))


def test_the_same_answers_again_are_no_new_saving(app, visitor, client, code):
    page = visitor.open(f"/{code}?all=1")
    autosave(client, page, {"nguoi_lap": "Trần Thị Bé", "mo_ta_qua_trinh": "Một\nhai"})
    before = everything(app)
    again = autosave(client, page, {"nguoi_lap": "Trần Thị Bé", "mo_ta_qua_trinh": "Một\r\nhai"})
    assert (again["number"], again["conflicts"]) == (1, {})
    assert everything(app) == before


@pytest.mark.parametrize("name", ["la", "ma_don_vi", "tep_bao_cao", "van_ban-100-so_van_ban"])
@pytest.mark.parametrize("first", [True, False])
def test_what_nobody_types_is_not_kept(app, visitor, client, code, name, first):
    page = visitor.open(f"/{code}?all=1")
    if not first:
        autosave(client, page, {"nguoi_lap": "Trần Thị Bé"})
    autosave(client, page, {name: "x"})
    if first:
        assert count(app, Draft) == 0
    else:
        assert stored(app).get(name) != ["x"]


def test_too_much_at_once_is_refused(app, visitor, client, code):
    page = visitor.open(f"/{code}?all=1")
    assert send_changes(client, page, {"nguoi_lap": "x" * 300_000}).status_code == 413
    assert count(app, Draft) == 0


def test_nothing_of_a_draft_is_kept_by_caches(visitor, client, code):
    page = visitor.open(f"/{code}?all=1")
    answer = send_changes(client, page, {"nguoi_lap": "Trần Thị Bé"})
    assert "no-store" in answer.headers["Cache-Control"]
    assert "Set-Cookie" not in answer.headers


def test_it_speaks_the_language_of_the_page(visitor, client, code):
    page = visitor.open(f"/{code}?all=1")
    values = {name: page.typed(name) for name in ("base", "version", "page-seen")}
    answer = client.post(f"/{code}/nhap?lang=en", data={**values, "nguoi_lap": "Ann"})
    assert answer.get_json()["said"].startswith("Saved at ")


# --- two people -----------------------------------------------------------------------------------


def test_what_others_typed_is_told(visitor, client, code):
    mine, theirs = (visitor.open(f"/{code}?all=1") for _ in range(2))
    autosave(client, theirs, {"nguoi_lap": "Lê Văn Tám"})
    said = autosave(client, mine, {"so_ban_in": "12"})
    assert (said["others"], said["conflicts"]) == ({"nguoi_lap": ["Lê Văn Tám"]}, {})
    later = autosave(client, mine, {"so_ban_in": "13"}, **{"page-seen": said["number"]})
    assert (later["others"], later["conflicts"]) == ({}, {})


def test_by_itself_no_page_overwrites_what_another_has_saved(app, visitor, client, code):
    mine, theirs = (visitor.open(f"/{code}?all=1") for _ in range(2))
    autosave(client, theirs, {"nguoi_lap": "Lê Văn Tám"})
    said = autosave(client, mine, {"nguoi_lap": "Trần Thị Bé", "so_ban_in": "12"})
    assert said["conflicts"] == {"nguoi_lap": ["Lê Văn Tám"]}
    assert stored(app)["nguoi_lap"] == ["Lê Văn Tám"]
    assert stored(app)["so_ban_in"] == ["12"]
    # Whoever has seen it may change it.
    seen = {"page-seen": said["number"]}
    assert autosave(client, mine, {"nguoi_lap": "Trần Thị Bé"}, **seen)["conflicts"] == {}
    assert stored(app)["nguoi_lap"] == ["Trần Thị Bé"]


def test_different_answers_of_two_people_come_together(app, visitor, code):
    mine, theirs = (visitor.open(f"/{code}/{SECTION}") for _ in range(2))
    visitor.send(
        theirs, "save", {"chuc_vu_nguoi_lap": "Phó ban", "page-touched": "chuc_vu_nguoi_lap"}
    )
    sent = visitor.send(mine, "save", {"nguoi_lap": "Trần Thị Bé", "page-touched": "nguoi_lap"})
    assert sent.status == 303
    assert stored(app)["nguoi_lap"] == ["Trần Thị Bé"]
    assert stored(app)["chuc_vu_nguoi_lap"] == ["Phó ban"]


@pytest.mark.parametrize("place", [SECTION, "?all=1"])
@pytest.mark.parametrize(
    ("side", "kept"), [("mine", "Trần Thị Bé"), ("theirs", "Lê Văn Tám"), (None, None)]
)
def test_a_conflict_is_for_the_person_to_decide(app, visitor, code, place, side, kept):
    mine, theirs = (visitor.open(f"/{code}/{place}".replace("/?", "?")) for _ in range(2))
    visitor.send(theirs, "save", {"nguoi_lap": "Lê Văn Tám"})
    asked = visitor.send(mine, "save", {"nguoi_lap": "Trần Thị Bé", "pham_vi": "dia_ban"})
    assert "Lê Văn Tám" in asked.text
    assert "Trần Thị Bé" in asked.text
    assert "Người lập báo cáo" in asked.text
    assert "nguoi_lap" in asked_to_choose(asked)
    others = {f"keep-{n}": "mine" for n in asked_to_choose(asked) if n != "nguoi_lap"}
    chosen = visitor.send(asked, "save", {**others, **({"keep-nguoi_lap": side} if side else {})})
    if side is None:
        assert asked_to_choose(chosen) == ["nguoi_lap"]
        assert stored(app)["nguoi_lap"] == ["Lê Văn Tám"]
    else:
        assert chosen.status == 303
        assert stored(app)["nguoi_lap"] == [kept]
    assert stored(app)["pham_vi"] == ["dia_ban"]


def test_while_somebody_chooses_it_may_change_again(app, visitor, client, code):
    mine, theirs = (visitor.open(f"/{code}/{SECTION}") for _ in range(2))
    said = autosave(client, theirs, {"nguoi_lap": "Lê Văn Tám"})
    asked = visitor.send(mine, "save", {"nguoi_lap": "Trần Thị Bé"})
    autosave(client, theirs, {"nguoi_lap": "Phan Văn Tư"}, **{"page-seen": said["number"]})
    again = visitor.send(asked, "save", {"keep-nguoi_lap": "mine"})
    assert asked_to_choose(again) == ["nguoi_lap"]
    assert "Phan Văn Tư" in again.text
    visitor.send(again, "save", {"keep-nguoi_lap": "mine"})
    assert stored(app)["nguoi_lap"] == ["Trần Thị Bé"]


def test_a_number_written_otherwise_is_no_conflict(app, visitor, code):
    mine, theirs = (visitor.open(f"/{code}?all=1") for _ in range(2))
    values = plausible(mine.form)
    visitor.send(theirs, "submit", {**values, "so_ban_in": "5.000"})
    receipt = visitor.send(mine, "submit", {**values, "so_ban_in": "5000"})
    assert receipt.status == 303
    assert sent_answers(app)["so_ban_in"] == 5000


def test_what_a_colleague_has_sent_stands_where_nobody_typed(app, visitor, code):
    mine, theirs = (visitor.open(f"/{code}?all=1") for _ in range(2))
    values = plausible(mine.form)
    visitor.send(theirs, "submit", {**values, "nguoi_lap": "Lê Văn Tám"})
    changes = {**values, "nguoi_lap": "", "so_ban_in": "77", "page-touched": "so_ban_in"}
    assert asked_to_choose(visitor.send(mine, "submit", changes)) == ["so_ban_in"]
    assert stored(app)["nguoi_lap"] == ["Lê Văn Tám"]


def test_a_page_that_is_behind_saves_by_itself_on_top_of_what_was_sent(app, visitor, client, code):
    mine = visitor.open(f"/{code}?all=1")
    send_whole(visitor, code, nguoi_lap="Lê Văn Tám")
    said = autosave(client, mine, {"nguoi_lap": "Trần Thị Bé", "pho_bien_khac": "Loa"})
    assert said["conflicts"] == {"nguoi_lap": ["Lê Văn Tám"]}
    assert said["others"]["so_ban_in"] == ["1.234"]
    assert said["base"] == 1
    assert stored(app)["pho_bien_khac"] == ["Loa"]


def test_a_review_does_not_send_what_it_did_not_show(app, visitor, client, code):
    page = visitor.open(f"/{code}?all=1")
    visitor.send(page, "save", plausible(page.form))
    review = visitor.open(f"/{code}/kiem-tra")
    autosave(client, visitor.open(f"/{code}?all=1"), {"nguoi_lap": "Lê Văn Tám"})
    again = visitor.send(review)
    assert again.status == 409
    assert "Lê Văn Tám" in again.text
    assert revisions(app) == []
    assert visitor.send(again).status == 303


def test_two_difficulties_at_once_do_not_swallow_each_other(app, visitor, client):
    code = open_round(app, "kho_khan", due_at=None)
    mine, theirs = (visitor.open(f"/{code}") for _ in range(2))
    autosave(client, theirs, {"noi_dung": "Thiếu tài liệu"})
    asked = visitor.send(mine, "submit", {**plausible(mine.form), "noi_dung": "Mất sóng"})
    assert "noi_dung" in asked_to_choose(asked)
    assert stored(app)["noi_dung"] == ["Thiếu tài liệu"]


def correct(app: Flask, answers: str) -> None:
    """Correct the report of the unit as an officer does."""
    with writing(app) as session:
        link = unit_link(session)
        sending = Sending(
            link.form_version_id, answers, "officer", 1, author="a@b.example", reason="Sai số"
        )
        reporting.submit(session, link, sending, datetime.now(UTC))


def test_what_an_officer_corrects_stands_against_the_draft(app, visitor, code):
    send_whole(visitor, code)
    page = visitor.open(f"/{code}?all=1")
    visitor.send(page, "save", {"nguoi_lap": "Trần Thị Bé", "so_ban_in": "77"})
    before = revisions(app)[-1].answers
    correct(app, before.replace('"so_ban_in":1234', '"so_ban_in":99').replace("01/8", "02/8"))
    page = visitor.open(f"/{code}?all=1")
    assert (page.typed("nguoi_lap"), page.typed("so_ban_in")) == ("Trần Thị Bé", "77")
    review = visitor.send(visitor.open(f"/{code}/kiem-tra"))
    assert asked_to_choose(review) == ["so_ban_in"]
    visitor.follow(visitor.send(review, "submit", {"keep-so_ban_in": "theirs"}))
    assert sent_answers(app)["so_ban_in"] == 99
    assert sent_answers(app)["nguoi_lap"] == "Trần Thị Bé"


# --- going back -----------------------------------------------------------------------------------


def test_going_back_and_sending_something_else_is_not_taken_for_a_repeat(app, visitor, code):
    page = visitor.open(f"/{code}?all=1")
    values = plausible(page.form)
    first = visitor.send(page, "submit", values)
    assert visitor.send(page, "submit", values).location == first.location
    edited = {**values, "nguoi_lap": "Trần Thị Bé"}
    asked = visitor.send(page, "submit", edited)
    assert asked_to_choose(asked) == ["nguoi_lap"]
    for _ in range(2):
        second = visitor.send(asked, "submit", {"keep-nguoi_lap": "mine"})
    assert second.status == 303
    assert [revision.number for revision in revisions(app)] == [1, 2]
    assert sent_answers(app)["nguoi_lap"] == "Trần Thị Bé"


def test_whoever_left_a_question_blank_without_a_script_is_not_asked_about_it(
    app, client, visitor, code
):
    mine, theirs = (visitor.open(f"/{code}/{SECTION}") for _ in range(2))
    visitor.follow(visitor.send(theirs, "save", {"so_ky_hieu": "12-BC", "nguoi_lap": "Lê Tám"}))
    sent = visitor.send(mine, "save", {"chuc_vu_nguoi_lap": "Phó ban", "nguoi_lap": "Bé"})
    assert asked_to_choose(sent) == ["nguoi_lap"]
    kept = stored(app)
    assert (kept["so_ky_hieu"], kept["chuc_vu_nguoi_lap"]) == (["12-BC"], ["Phó ban"])
    blanking = visitor.open(f"/{code}/{SECTION}")
    autosave(client, visitor.open(f"/{code}/{SECTION}"), {"so_ky_hieu": "13-BC"})
    assert asked_to_choose(visitor.send(blanking, "save", {"so_ky_hieu": ""})) == ["so_ky_hieu"]


# --- what cannot be sent --------------------------------------------------------------------------

CLOSINGS = [{"closes_at": in_days(-1)}, {"due_at": in_days(-1), "late_allowed": False}]


@pytest.mark.parametrize("closing", CLOSINGS)
@pytest.mark.parametrize("action", ["submit", "save"])
def test_what_is_typed_into_a_closed_round_is_kept(app, visitor, code, closing, action):
    page = visitor.open(f"/{code}?all=1")
    values = {**plausible(page.form), "nguoi_lap": "Trần Thị Bé"}
    open_round(app, **closing)
    sent = visitor.send(page, action, values)
    assert sent.status == 410
    assert "gia hạn" in sent.text
    assert "đã được giữ làm bản nháp" in sent.text
    assert "Trần Thị Bé" in visitor.open(f"/{code}").text
    open_round(app, closes_at=None, due_at=in_days(3), late_allowed=True)
    assert visitor.open(f"/{code}?all=1").typed("nguoi_lap") == "Trần Thị Bé"


@pytest.mark.parametrize(
    ("closing", "said"), [(CLOSINGS[0], "đã đóng"), (CLOSINGS[1], "Đã quá hạn")]
)
@pytest.mark.parametrize("first", [True, False])
def test_a_closed_round_still_keeps_what_a_page_saves_and_says_so(
    app, visitor, client, code, closing, said, first
):
    page = visitor.open(f"/{code}?all=1")
    if not first:
        assert autosave(client, page, {"nguoi_lap": "Trần"})["said"].startswith("Đã lưu lúc ")
    open_round(app, **closing)
    answer = autosave(client, page, {"nguoi_lap": "Trần Thị Bé"}, **{"page-seen": 1 - first})
    assert stored(app)["nguoi_lap"] == ["Trần Thị Bé"]
    assert answer["said"].startswith("Đã lưu nháp lúc ")
    assert said in answer["said"]
    assert answer["shut"]


def test_a_unit_that_was_given_more_time_is_told_of_no_end(app, visitor, client, code):
    page = visitor.open(f"/{code}?all=1")
    autosave(client, page, {"nguoi_lap": "Trần"})
    open_round(app, closes_at=in_days(-1))
    with writing(app) as session:
        link = unit_link(session)
        assert link.assignment_id is not None
        correcting.extend(
            session, link.assignment_id, in_days(1), "Ngập lụt", "a@b.example", in_days(0)
        )
    said = autosave(client, page, {"nguoi_lap": "Trần Thị Bé"}, **{"page-seen": 1})["said"]
    assert said.startswith("Đã lưu lúc ")


def accept(app: Flask) -> None:
    """Let the board accept the one report."""
    with writing(app) as session:
        link = unit_link(session)
        assert link.assignment_id is not None
        correcting.accept(session, link.assignment_id, 1, "a@b.example", in_days(0))


def test_whoever_types_into_an_accepted_report_is_told_so(app, visitor, client, code):
    send_whole(visitor, code)
    page = visitor.open(f"/{code}?all=1")
    autosave(client, page, {"nguoi_lap": "Trần"})
    accept(app)
    answer = autosave(client, page, {"nguoi_lap": "Trần Thị Bé"}, **{"page-seen": 1})
    assert "Báo cáo đã được duyệt" in answer["said"]
    assert stored(app)["nguoi_lap"] == ["Trần Thị Bé"]


@pytest.mark.parametrize("action", ["submit", "save"])
def test_what_is_typed_into_an_accepted_report_is_kept(app, visitor, code, action):
    send_whole(visitor, code)
    page = visitor.open(f"/{code}?all=1")
    accept(app)
    sent = visitor.send(page, action, {"nguoi_lap": "Trần Thị Bé"})
    if action == "submit":
        assert sent.status == 409
        assert "Báo cáo đã được duyệt" in sent.text
        assert "Trần Thị Bé" in sent.text
    assert stored(app)["nguoi_lap"] == ["Trần Thị Bé"]
    assert len(revisions(app)) == 1


@pytest.mark.parametrize("action", ["submit", "save"])
def test_what_is_typed_on_a_revoked_link_is_shown_and_not_kept(app, visitor, client, code, action):
    page = visitor.open(f"/{code}?all=1")
    values = {**plausible(page.form), "nguoi_lap": "Trần Thị Bé", "so_ban_in": "mười"}
    with writing(app) as session:
        revoke(session, unit_link(session))
    sent = visitor.send(page, action, values)
    assert sent.status == 410
    assert "Đường dẫn này không còn hiệu lực" in sent.text
    assert "Trần Thị Bé" in sent.text
    assert "mười" in sent.text
    assert send_changes(client, page, {"nguoi_lap": "Trần Thị Bé"}).status_code == 410
    assert count(app, Draft) == 0


def test_a_review_on_a_revoked_link_says_so(app, visitor, code):
    page = visitor.open(f"/{code}?all=1")
    visitor.send(page, "save", plausible(page.form))
    review = visitor.open(f"/{code}/kiem-tra")
    with writing(app) as session:
        revoke(session, unit_link(session))
    assert visitor.send(review).status == 410
    assert revisions(app) == []


def test_what_only_an_older_version_asks_stays_in_the_draft(app, visitor, code):
    page = visitor.open(f"/{code}?all=1")
    visitor.send(page, "save", {"chuc_vu_nguoi_lap": "Phó ban"})
    source = (LIBRARY / "bao_cao_dot_1.md").read_text(encoding="utf-8")
    lines = source.replace("2021080101", "2021080102").splitlines()
    shorter = "\n".join(x for x in lines if "| chuc_vu_nguoi_lap |" not in x).encode()
    with writing(app) as session:
        definitions.publish(session, shorter, "bao_cao_dot_1.md", in_days(0))
    newer = visitor.open(f"/{code}?all=1")
    visitor.send(newer, "save", {"nguoi_lap": "Trần Thị Bé"})
    assert stored(app)["chuc_vu_nguoi_lap"] == ["Phó ban"]
    assert stored(app)["nguoi_lap"] == ["Trần Thị Bé"]
