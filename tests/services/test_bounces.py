"""Letters that came back are known by their Message-ID or address, and nothing else is believed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from models import Assignment, FailingAddress, Letter
from services import bounces, letters
from services.letter_texts import DEFAULTS, fill
from services.mailing import message_of
from tests.factories import WORKING_DAY
from tests.returned import ADDRESS, QMAIL, returned

SENDER = "Ban <ban@kiengiang.example>"


def sent(session: Session, to: str = ADDRESS, day: int = 0) -> tuple[int, str]:
    """Let a letter have been sent; return its id and its Message-ID."""
    now = WORKING_DAY + timedelta(days=day)
    written = fill(DEFAULTS["free"], {"don_vi": "Đơn vị"})
    assignment_id = session.scalars(select(Assignment.id).order_by(Assignment.id)).first() or 0
    letter_id = letters.add(session, "free", assignment_id, to, written, now)
    session.execute(update(Letter).where(Letter.id == letter_id).values(state="sent"))
    ready = letters.find(session, assignment_id, letter_id)
    return letter_id, str(message_of(ready, SENDER)["Message-ID"])


def note(session: Session, content: bytes) -> list[int]:
    read = bounces.read(content)
    return [noted.letter_id for noted in bounces.note(session, read, WORKING_DAY)]


def states(session: Session) -> dict[int, str]:
    session.expire_all()
    return dict(session.execute(select(Letter.id, Letter.state).order_by(Letter.id)).all())


def test_the_very_letter_is_marked_and_its_address_fails(session: Session) -> None:
    first, message_id = sent(session)
    second, _ = sent(session, day=1)
    assert note(session, returned(message_id)) == [first]
    assert states(session) == {first: "bounced", second: "sent"}
    assert session.get_one(Letter, first).problem == "550 5.1.1 User unknown"
    assert session.get_one(FailingAddress, ADDRESS).problem == "550 5.1.1 User unknown"
    assert note(session, returned(message_id)) == [first], "read twice, nothing more happens"


@pytest.mark.parametrize("upper", [False, True])
def test_without_its_id_the_last_letter_to_the_address_is_meant(
    session: Session, *, upper: bool
) -> None:
    first, _ = sent(session)
    second, _ = sent(session, day=1)
    address = ADDRESS.upper() if upper else ADDRESS
    assert note(session, returned(address=address)) == [second]
    assert states(session) == {first: "sent", second: "bounced"}


def test_words_of_a_server_without_a_report_are_understood(session: Session) -> None:
    letter_id, message_id = sent(session)
    assert note(session, returned(message_id, text=QMAIL)) == [letter_id]


def test_a_letter_that_was_passed_on_is_known_by_its_id(session: Session) -> None:
    letter_id, message_id = sent(session)
    assert note(session, returned(message_id, address="private@elsewhere.example")) == [letter_id]
    assert session.get(FailingAddress, ADDRESS) is not None
    assert session.get(FailingAddress, "private@elsewhere.example") is None


def test_a_delay_marks_nothing(session: Session) -> None:
    _letter, message_id = sent(session)
    late = returned(message_id, action="delayed", status="4.4.1", said="451 later")
    read = bounces.read(late)
    assert (read.permanent, read.temporary) == ((), (ADDRESS,))
    assert note(session, late) == []


def test_what_was_never_sent_is_not_believed(session: Session) -> None:
    letter_id, message_id = sent(session)
    forged = message_id.replace(".2021", ".2020")
    assert note(session, returned(forged, address="other@units.example")) == []
    assert note(session, b"Subject: Re: hello\r\n\r\nThank you for " + message_id.encode()) == []
    session.execute(update(Letter).values(state="waiting"))
    assert note(session, returned(message_id)) == []
    assert states(session) == {letter_id: "waiting"}
    assert session.scalars(select(FailingAddress)).all() == []


@given(st.binary(max_size=400), st.integers(0, 900))
def test_any_bytes_can_be_read(noise: bytes, at: int) -> None:
    whole = returned("<1.20210820030000000000@kiengiang.example>")
    for content in (noise, whole[:at] + noise + whole[at:], whole[:at]):
        assert isinstance(bounces.read(content).permanent, tuple)
