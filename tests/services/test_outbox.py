"""The journal of letters on their way: what it says after a crash."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Assignment, Letter
from services import letters
from services.carrier import DELAYED, REFUSED, SENT, UNKNOWN, Outcome
from services.letter_texts import DEFAULTS, fill
from services.outbox import held_journal
from tests.factories import WORKING_DAY

STEPS = b"""\
{"letter": 1, "step": "handing", "at": "x"}
{"letter": 1, "step": "replied", "at": "x", "code": 250, "said": "OK"}
{"letter": 2, "step": "handing", "at": "x"}
{"letter": 2, "step": "replied", "at": "x", "code": 554, "said": "spam"}
{"letter": 3, "step": "handing", "at": "x"}
{"letter": 3, "step": "replied", "at": "x", "code": 451, "said": "later"}
{"letter": 4, "step": "handing", "at": "x"}
{"letter": 5, "step": "hand"""


def test_the_journal_tells_what_became_of_each_letter(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    path.write_bytes(STEPS)
    with held_journal(path, 0) as journal:
        assert journal is not None
        assert not journal.is_new
        assert journal.outcomes() == {
            1: Outcome(SENT),
            2: Outcome(REFUSED, "554 spam"),
            3: Outcome(DELAYED, "451 later"),
            4: Outcome(UNKNOWN),
        }, "the last line was cut off before its step was taken"
        journal.clear()
        assert journal.outcomes() == {}
    assert path.read_bytes() == b""


def test_one_delivers_at_a_time_also_the_carrier_of_a_dead_worker(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    with held_journal(path, 0) as journal:
        assert journal is not None
        assert journal.is_new
        with held_journal(path, 0.1) as other:
            assert other is None
        carrier = os.dup(journal.file)
    with held_journal(path, 0.1) as other:
        assert other is None, "what the worker has begun goes on"
    os.close(carrier)
    with held_journal(path, 0) as journal:
        assert journal is not None


@pytest.mark.parametrize(
    ("outcome", "known_past", "state"),
    [
        (Outcome(SENT), True, "sent"),
        (Outcome(REFUSED, "554 spam"), True, "refused"),
        (Outcome(DELAYED, "451 later"), True, "waiting"),
        (Outcome(UNKNOWN), True, "unknown"),
        (None, True, "waiting"),
        (None, False, "unknown"),
    ],
)
def test_what_was_left_behind_is_settled(
    session: Session, outcome: Outcome | None, known_past: bool, state: str
) -> None:
    written = fill(DEFAULTS["free"], {"don_vi": "Đơn vị"})
    assignment_id = session.scalars(select(Assignment.id)).first() or 0
    first, other = (
        letters.add(session, "free", assignment_id, "a@units.example", written, WORKING_DAY)
        for _ in range(2)
    )
    assert letters.take(session, first, WORKING_DAY) is not None
    outcomes = {first: outcome} if outcome else {}
    letters.settle_left_behind(session, outcomes, WORKING_DAY, known_past=known_past)
    assert session.get_one(Letter, first).state == state
    assert session.get_one(Letter, other).state == "waiting"
    again = letters.waiting(session, WORKING_DAY)
    assert (first in again) == (outcome is None and known_past), "only what surely did not go out"
