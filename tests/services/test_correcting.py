"""Deciding on reports, and what a decision leaves behind."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import AuditEntry, Decision, Extension, decided
from models.problems import Problem
from models.response import ACCEPTED, RETURNED
from services import correcting, drafts, reporting, verification
from services.correcting import Return
from services.drafts import Saving
from services.reporting import Sending
from tests.factories import WORKING_DAY, change_round, send_report, unit_link

LATE_DAY = datetime(2021, 9, 3, 3, 0, tzinfo=UTC)
OFFICER = "officer@ban.example"
BACK = Return("Xem lại.", {"tong_dv": "Chưa khớp."}, WORKING_DAY + timedelta(days=3))


def assignment(session: Session) -> int:
    found = unit_link(session).assignment_id
    assert found is not None
    return found


def entries(session: Session) -> list[AuditEntry]:
    return list(session.scalars(select(AuditEntry).order_by(AuditEntry.id)))


def accept(session: Session, seen: int = 1) -> bool:
    return correcting.accept(session, assignment(session), seen, OFFICER, WORKING_DAY)


def give_back(session: Session, seen: int = 1, back: Return = BACK) -> bool:
    return correcting.return_for_correction(
        session, assignment(session), seen, back, OFFICER, WORKING_DAY
    )


def correct(session: Session, base: int = 0, **changes: Any) -> reporting.Receipt:
    link = unit_link(session)
    said = {"author": OFFICER, "reason": "Theo văn bản giấy.", **changes}
    sending = Sending(link.form_version_id, "{}", f"opened {base}", base, **said)
    return correcting.correct(session, link, sending, LATE_DAY)


def test_a_decision_names_its_revision_and_is_sealed_in_the_log(session: Session) -> None:
    receipt = send_report(session, unit_link(session))
    assert give_back(session)
    made = session.scalars(select(Decision)).one()
    assert (made.kind, made.note, made.reasons) == (RETURNED, BACK.note, BACK.reasons)
    entry = entries(session)[-1]
    (kept,) = decided.decisions(session, assignment(session))
    assert (entry.actor, entry.act, entry.subject) == (
        OFFICER,
        "report.returned",
        "round:kh46/dot1",
    )
    assert entry.details == {
        "unit": "TU-RG",
        "revision": 1,
        "receipt": receipt.code,
        "digest": correcting.decision_record(receipt.code, kept).digest(),
    }
    assert unit_link(session).stage == "returned"


def test_other_words_give_a_decision_another_digest(session: Session) -> None:
    send_report(session, unit_link(session))
    give_back(session)
    give_back(session, back=Return("Xem lại!", BACK.reasons, BACK.deadline))
    digests = [e.details["digest"] for e in entries(session) if e.act == "report.returned"]
    assert len(set(digests)) == 2


def test_the_same_decision_twice_is_made_once(session: Session) -> None:
    send_report(session, unit_link(session))
    assert [accept(session), accept(session)] == [True, False]
    assert [e.act for e in entries(session)][-2:] == ["report.sent", "report.accepted"]


@pytest.mark.parametrize(
    ("acts", "problem"),
    [
        ([lambda s: accept(s, 0)], "report_missing"),
        ([lambda s: give_back(s, 0)], "report_missing"),
        ([lambda s: send_report(s, unit_link(s)), lambda s: accept(s, 2)], "stale_revision"),
        (
            [
                lambda s: send_report(s, unit_link(s)),
                accept,
                lambda s: send_report(s, unit_link(s), base_revision=1),
            ],
            "report_accepted",
        ),
        (
            [lambda s: send_report(s, unit_link(s)), accept, lambda s: correct(s, 1)],
            "report_accepted",
        ),
    ],
)
def test_what_the_table_of_stages_does_not_have_is_refused(
    session: Session, acts: list[Any], problem: str
) -> None:
    *before, last = acts
    for act in before:
        act(session)
    count = len(entries(session))
    with pytest.raises(Problem) as caught:
        last(session)
    assert caught.value.code == problem
    assert len(entries(session)) == count


def test_a_report_sent_on_time_stays_so_after_it_was_returned(session: Session) -> None:
    send_report(session, unit_link(session))
    give_back(session)
    again = send_report(session, unit_link(session), base_revision=1, now=LATE_DAY)
    link = unit_link(session, now=LATE_DAY)
    assert (again.late, link.stage, link.state) == (True, "sent", "on_time")


def test_a_returned_report_may_come_until_its_deadline_whatever_the_round_says(
    session: Session,
) -> None:
    send_report(session, unit_link(session))
    change_round(session, "dot1", closes_at=WORKING_DAY, late_allowed=False, due_at=WORKING_DAY)
    give_back(session)
    link = unit_link(session)
    assert BACK.deadline is not None
    assert link.is_open(BACK.deadline)
    assert not link.is_open(BACK.deadline + timedelta(seconds=1))


def test_an_extension_moves_the_due_time_of_one_unit(session: Session) -> None:
    later = LATE_DAY + timedelta(days=1)
    arguments = (assignment(session), later, "Bão.", OFFICER, WORKING_DAY)
    assert [correcting.extend(session, *arguments), correcting.extend(session, *arguments)] == [
        True,
        False,
    ]
    assert session.scalars(select(Extension)).one().reason == "Bão."
    assert entries(session)[-1].act == "report.extended"
    assert not send_report(session, unit_link(session), now=LATE_DAY).late
    other = unit_link(session, unit_code="HU-AB")
    assert send_report(session, other, now=LATE_DAY).late


def test_an_officer_corrects_whatever_the_time_and_leaves_the_draft(session: Session) -> None:
    change_round(session, "dot1", closes_at=WORKING_DAY + timedelta(days=1))
    link = unit_link(session)
    saving = Saving(link.form_version_id, {"a": ["1"]}, 0)
    drafts.save_draft(session, link, saving, WORKING_DAY)
    correct(session)
    (sent,) = reporting.revisions(session, assignment(session))
    assert (sent.author, sent.reason) == (OFFICER, "Theo văn bản giấy.")
    draft = drafts.draft_of(session, assignment(session))
    assert draft is not None
    assert draft.values == {"a": ["1"]}


@pytest.mark.parametrize("missing", ["author", "reason"])
def test_a_correction_says_who_and_why(session: Session, missing: str) -> None:
    with pytest.raises(ValueError, match="reason"):
        correct(session, **{missing: ""})


def test_what_was_accepted_is_told(session: Session) -> None:
    send_report(session, unit_link(session))
    accept(session)
    made = correcting.newest_decision(session, assignment(session))
    assert made is not None
    assert (made.kind, made.number) == (ACCEPTED, 1)


def test_everything_that_was_decided_is_verified(session: Session, tmp_path: Path) -> None:
    send_report(session, unit_link(session))
    give_back(session)
    correct(session, 1)
    accept(session, 2)
    later = LATE_DAY + timedelta(days=9)
    correcting.extend(session, assignment(session), later, "Bão.", OFFICER, WORKING_DAY)
    assert verification.verify(session, tmp_path).decisions == 3
