"""Cards: each stores one feedback, also when two come at once; nothing tells which."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from sqlalchemy import select, text

from models import Card, Link
from models.database import quick_transaction, reading, transaction
from models.problems import Problem
from services import cards, feedback
from services.reporting import OpenLink
from tests.factories import WORKING_DAY, public_link
from tests.stored import count, feedbacks, looking, writing
from views.background import mingle_cards

OFFICER = "officer@ban.example"


def made(app: Flask, number: int = 5) -> tuple[OpenLink, list[str]]:
    with writing(app) as session:
        link = public_link(session)
        cards.make(session, link.round.id, link.code, "Sở Y tế", number, OFFICER, WORKING_DAY)
        return link, list(session.scalars(select(Card.code)))


def send(app: Flask, link: OpenLink, card: str, instance: str) -> str:
    """Send a feedback with a card; return what came of it."""
    with app.app_context():
        try:
            with quick_transaction() as connection:
                stored = feedback.send(
                    connection, link, link.form_version_id, "{}", instance, WORKING_DAY, card
                )
        except Problem as problem:
            return problem.code
    return "stored" if stored else "not stored"


def test_of_many_that_come_at_once_with_a_card_one_is_stored(app: Flask) -> None:
    link, codes = made(app)
    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(lambda n: send(app, link, codes[0], f"page {n}"), range(8)))
    assert sorted(results) == ["card_used"] * 7 + ["stored"]
    assert len(feedbacks(app)) == 1


def test_what_was_stored_is_not_stored_again_nor_another_card_used(app: Flask) -> None:
    link, codes = made(app)
    assert send(app, link, codes[0], "page") == "stored"
    assert send(app, link, codes[0], "page") == "not stored"
    assert send(app, link, codes[1], "page") == "not stored"
    with looking(app) as session:
        assert session.scalars(select(Card.code).where(Card.used)).all() == [codes[0]]


def test_a_link_for_cards_only_stores_nothing_without_one(app: Flask) -> None:
    link, codes = made(app)
    with writing(app) as session:
        session.get_one(Link, link.code).cards_only = True
    assert send(app, link, "", "a") == "not stored"
    with app.app_context(), reading() as session, pytest.raises(Problem, match="card_needed"):
        feedback.explain(session, link, "a", WORKING_DAY)
    assert send(app, link, codes[0], "b") == "stored"


def test_no_trace_of_the_transaction_matches_a_card_with_a_feedback(app: Flask) -> None:
    link, codes = made(app, 20)
    for number in (7, 3, 15, 11):
        send(app, link, codes[number], f"page {number}")
    with app.app_context():
        mingle_cards()
        with transaction() as session:
            if session.get_bind().dialect.name != "postgresql":
                assert list(session.scalars(text("SELECT code FROM card"))) == sorted(codes)
                return
            of_cards = set(session.scalars(text("SELECT xmin::text FROM card WHERE used")))
            of_feedback = set(session.scalars(text("SELECT xmin::text FROM feedback")))
            assert len(of_cards) == 1
            assert len(of_feedback) == 4
            assert not of_cards & of_feedback
            # As they lie on the disk: in the order of codes, not of use.
            on_disk = text("SELECT code FROM card ORDER BY ctid")
            assert list(session.scalars(on_disk)) == sorted(codes)


@pytest.mark.parametrize("label", ["", "x" * 121, "a\x00b"])
def test_a_batch_needs_a_label(app: Flask, label: str) -> None:
    with writing(app) as session:
        link = public_link(session)
        with pytest.raises(Problem, match="label_wrong"):
            cards.make(session, link.round.id, link.code, label, 5, OFFICER, WORKING_DAY)
    assert count(app, Card) == 0
