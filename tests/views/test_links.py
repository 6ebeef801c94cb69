"""Links on the board and on paper: given anew, taken back, named; posters, sheets and cards."""

from __future__ import annotations

import re
import time

import pytest
from flask import Flask
from sqlalchemy import select

from language.codes import show_code
from language.collation import sort_key
from models import AuditEntry, Card, CardBatch, Feedback, Link
from models.database import Base
from tests.factories import change_round, unit_link
from tests.stored import count, feedbacks, in_days, looking, open_round, public_code, writing
from tests.views.board_members import signed_in
from tests.visitor import Page, Visitor, plausible
from views.blank_pages import KNOWN_SECONDS

UNITS = "/ban/kh46/dot1/duong-dan"
PUBLIC = "/ban/kh46/phan_hoi/duong-dan"


@pytest.fixture
def officer(app: Flask) -> Visitor:
    with writing(app) as session:
        change_round(session, "phan_hoi", due_at=in_days(3), closes_at=in_days(5))
    return Visitor(signed_in(app, "officer"))


@pytest.fixture
def anybody(app: Flask) -> Visitor:
    return Visitor(app.test_client())


def press(officer: Visitor, page: Page, action_ends: str, **changes: object) -> Page:
    form = next(f for f in page.forms if f.action.endswith(action_ends))
    return officer.post(form.action, {**form.values(), **changes})


def make_cards(app: Flask, officer: Visitor, number: int = 3) -> list[str]:
    made = press(
        officer, officer.open(PUBLIC), "/the",
        label="Sở Y tế", number=str(number), link=public_code(app),
    )  # fmt: skip
    assert made.status == 303
    with looking(app) as session:
        return list(session.scalars(select(Card.code)))


def answer(visitor: Visitor, code: str) -> Page:
    page = visitor.open(f"/{code}")
    return visitor.send(page, "submit", plausible(page.form))


# --- units ----------------------------------------------------------------------------------------


def test_a_new_link_replaces_the_old_one_and_nothing_is_lost(
    app: Flask, officer: Visitor, anybody: Visitor
) -> None:
    old = open_round(app)
    page = anybody.open(f"/{old}?all=1")
    saved = anybody.send(page, "save", {"so_ky_hieu": "12-BC"})
    assert saved.status in (200, 303)
    ask = officer.open(f"{UNITS}/don-vi/TU-RG")
    for _ in range(2):
        assert press(officer, ask, "/TU-RG", action="reissue").status == 303
    with looking(app) as session:
        assert (
            len(
                session.scalars(
                    select(Link).where(Link.label == "", Link.revoked_at.is_not(None))
                ).all()
            )
            == 1
        )
        new = unit_link(session).code
    assert new != old
    refused = anybody.open(f"/{old}")
    assert refused.status == 410
    assert "không còn hiệu lực" in refused.text
    late = anybody.send(page, "save", {"so_ky_hieu": "13-BC"})
    assert late.status == 410
    assert "13-BC" in late.text
    assert "12-BC" in anybody.open(f"/{new}?all=1").html
    press(officer, officer.open(f"{UNITS}/don-vi/TU-RG"), "/TU-RG", action="revoke")
    assert anybody.open(f"/{new}").status == 410
    assert "Không có đường dẫn còn hiệu lực" in officer.open(UNITS).text
    with looking(app) as session:
        acts = list(session.scalars(select(AuditEntry.act).where(AuditEntry.act.like("link.%"))))
        told = repr([entry.details for entry in session.scalars(select(AuditEntry))])
    assert acts == ["link.reissued", "link.revoked"]
    assert new not in told


def test_links_of_units_are_found_and_ordered(officer: Visitor) -> None:
    def names(query: str) -> list[str]:
        return re.findall(
            r'class="unit-name">([^<]+)<', officer.open(f"{UNITS}{query}").response.text
        )

    official = names("")
    assert len(official) == 112
    assert names("?order=ten") == sorted(official, key=sort_key) != official
    assert names("?q=hoi+khuyen+hoc") == names("?q=xh-hkh") == ["Hội Khuyến học tỉnh"]
    assert "Không có đơn vị phù hợp." in officer.open(f"{UNITS}?q=khong+co").text


def test_the_sheet_has_a_code_for_every_unit(app: Flask, officer: Visitor) -> None:
    code = open_round(app)
    page = officer.open(f"{UNITS}/in")
    assert page.html.count('class="qr-code"') == 112
    assert show_code(code) in page.text
    assert "Thành ủy Rạch Giá" in page.text


# --- public ---------------------------------------------------------------------------------------


def test_public_links_are_added_named_and_taken_back(
    app: Flask, officer: Visitor, anybody: Visitor
) -> None:
    label = "Hội nghị ngày 12/7, Sở Y tế"
    page = officer.open(PUBLIC)
    assert press(officer, page, "/duong-dan", label=label).status == 303
    again = press(officer, page, "/duong-dan", label=label.upper())
    assert again.status == 409
    assert label.upper() in again.html
    assert press(officer, page, "/duong-dan", label=" ").status == 422
    with looking(app) as session:
        code = session.scalars(select(Link.code).where(Link.label == label)).one()
    assert answer(anybody, code).status == 303
    shown = officer.open(PUBLIC)
    renamed = press(officer, shown, f"/{code}", label="Hội nghị 13/7", action="keep")
    assert renamed.status == 303
    poster = officer.open(f"{PUBLIC}/{code}/ap-phich")
    assert poster.html.count('class="qr-code"') == 1
    for words in ("Hội nghị 13/7", show_code(code), "Ẩn danh"):
        assert words in poster.text
    press(officer, officer.open(PUBLIC), f"/{code}", action="revoke")
    time.sleep(KNOWN_SECONDS)
    assert anybody.open(f"/{code}").status == 410
    assert len(feedbacks(app)) == 1


# --- cards ----------------------------------------------------------------------------------------


def test_a_card_is_good_for_one_feedback(app: Flask, officer: Visitor, anybody: Visitor) -> None:
    first, second, _third = make_cards(app, officer)
    page = anybody.open(f"/{first}")
    sent = [anybody.send(page, "submit", plausible(page.form)) for _ in range(2)]
    assert [x.status for x in sent] == [303, 303], "a double click is thanked twice"
    assert "Thẻ của quý vị đã dùng xong" in anybody.follow(sent[0]).text
    assert len(feedbacks(app)) == 1
    used = anybody.open(f"/{first}")
    assert (used.status, "Mã này đã được dùng" in used.text) == (410, True)
    assert answer(anybody, second).status == 303
    assert len(feedbacks(app)) == 2


def test_whoever_comes_second_with_a_card_loses_nothing_typed(
    app: Flask, officer: Visitor, anybody: Visitor
) -> None:
    code = make_cards(app, officer)[0]
    pages = [anybody.open(f"/{code}") for _ in range(2)]
    text = next(c.name for c in pages[0].form.controls if c.kind == "textarea")
    assert anybody.send(pages[0], "submit", plausible(pages[0].form)).status == 303
    given = {**plausible(pages[1].form), text: "Ý kiến dài của tôi"}
    late = anybody.send(pages[1], "submit", given)
    assert late.status == 410
    assert "Mã này đã được dùng" in late.text
    assert "Ý kiến dài của tôi" in late.text
    assert len(feedbacks(app)) == 1


def test_a_link_may_be_for_cards_only(app: Flask, officer: Visitor, anybody: Visitor) -> None:
    link, card = public_code(app), make_cards(app, officer)[0]
    before = anybody.open(f"/{link}")
    given = plausible(before.form)
    form = next(f for f in officer.open(PUBLIC).forms if f.action.endswith(f"/{link}"))
    officer.post(form.action, {**form.values(), "cards_only": "yes", "action": "keep"})
    late = anybody.send(before, "submit", given)
    assert late.status == 409
    assert "cần mã in trên thẻ" in late.text
    assert feedbacks(app) == []
    time.sleep(KNOWN_SECONDS)
    asked = anybody.open(f"/{link}")
    assert "Vui lòng nhập mã trên thẻ" in asked.text
    opened = anybody.follow(anybody.submit(asked.form, {"code": show_code(card)}))
    assert anybody.send(opened, "submit", plausible(opened.form)).status == 303
    assert len(feedbacks(app)) == 1


def test_nothing_tells_which_card_was_used_for_which_feedback(
    app: Flask, officer: Visitor, anybody: Visitor
) -> None:
    codes = make_cards(app, officer)
    assert answer(anybody, codes[1]).status == 303
    assert {c.name for c in Feedback.__table__.columns} == {
        # `cell` says in which count of many it is.
        "link_code", "id", "form_version_id", "answers", "sent_on", "cell",
    }  # fmt: skip
    assert {c.name for c in Card.__table__.columns} == {"code", "batch_id", "used"}
    assert {c.name for c in CardBatch.__table__.columns} == {
        "id", "link_code", "label", "made_on", "made_by",
    }  # fmt: skip
    (feedback,) = feedbacks(app)
    assert feedback.link_code == public_code(app)
    with looking(app) as session:
        others = [t for t in Base.metadata.sorted_tables if t.name != "card"]
        stored = repr([session.execute(select(table)).all() for table in others])
    assert codes[1] not in stored


def test_few_used_cards_are_not_counted(app: Flask, officer: Visitor, anybody: Visitor) -> None:
    codes = make_cards(app, officer, 12)
    for number, code in enumerate(codes[:10], start=1):
        assert answer(anybody, code).status == 303
        if number == 9:
            assert "dưới 10" in officer.open(PUBLIC).text
    row = re.search(r"<tr>(?:(?!<tr>).)*?Sở Y tế.*?</tr>", officer.open(PUBLIC).html, re.DOTALL)
    assert row is not None
    assert re.findall(r">(\d+)</td>", row[0]) == ["12", "10"]


def test_cards_are_printed_all_and_in_no_order(app: Flask, officer: Visitor) -> None:
    codes = make_cards(app, officer, 20)
    with looking(app) as session:
        batch = session.scalars(select(CardBatch.id)).one()
    page = officer.open(f"{PUBLIC}/the/{batch}")
    assert page.html.count('class="qr-code"') == 20
    assert all(show_code(code) in page.text for code in codes)
    assert officer.open(f"{PUBLIC}/the/99").status == 404


@pytest.mark.parametrize("number", ["0", "501", "nhiều", "-1", "99999999999"])
def test_a_wrong_number_of_cards_is_told_and_what_was_typed_stays(
    app: Flask, officer: Visitor, number: str
) -> None:
    page = press(
        officer, officer.open(PUBLIC), "/the", label="Sở", number=number, link=public_code(app)
    )
    assert page.status == 422
    assert "từ 1 đến 500" in page.text
    assert f'value="{number}"' in page.html
    assert count(app, Card) == 0
