"""Contacts are erased on time, and everything that is left can still be proved."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from forms.contacts import answered, without
from models import (
    Assignment,
    AuditEntry,
    Campaign,
    Contact,
    Draft,
    FailingAddress,
    Letter,
    Redaction,
    Revision,
    Unit,
)
from models.database import reading, transaction
from models.letter import BOUNCED, CANCELLED, REFUSED, SENDING, SENT, WAITING
from models.problems import Problem
from services import contacts, retention, verification
from services.letters import REPORTED
from services.retention import Erased
from services.verification import Mismatch
from settings import Settings
from tests.factories import WORKING_DAY, send_report, unit_link
from tests.views.board_members import signed_in
from tests.views.page_check import check_page
from views.background import erase_contacts
from views.delivery import forget_files

LAST_DAY = date(2021, 12, 31)
AFTER = datetime.fromisoformat("2022-01-01T00:00:01+07:00")
PHONE, EMAIL = "0912345678", "dau.moi@donvi.example"
SAID = f"550 {EMAIL}: no such mailbox"
ANSWERS = json.dumps(
    {"dien_thoai": PHONE, "so_ky_hieu": "1-BC", "thu_dien_tu": EMAIL}, sort_keys=True
).replace(" ", "")
LEFT = '{"so_ky_hieu":"1-BC"}'
ADMIN = "quan.tri@ban.example"


def arrange(session: Session, unit_code: str = "TU-RG") -> str:
    """Let a unit send a report, write a draft and a letter, and have a contact."""
    link = unit_link(session, unit_code=unit_code)
    receipt = send_report(session, link, answers=ANSWERS)
    unit = session.scalars(select(Unit).where(Unit.code == unit_code)).one()
    session.add(Contact(unit_id=unit.id, name="Chị Tư", phone=PHONE))
    values = {"dien_thoai": [PHONE], "so_ky_hieu": ["2-BC"]}
    session.add(
        Draft(
            assignment_id=link.assignment_id,
            form_version_id=link.form_version_id,
            values=values,
            base_revision=1,
            changed={name: [1, "x"] for name in values},
            saved_at=WORKING_DAY,
        )
    )
    session.get_one(Assignment, link.assignment_id).has_draft = True
    session.merge(FailingAddress(address=EMAIL, problem=SAID, since=WORKING_DAY))
    for state in (SENT, WAITING):
        session.add(
            Letter(
                kind="report.returned",
                assignment_id=link.assignment_id,
                to=EMAIL,
                subject="Báo cáo được trả lại",
                text="",
                html="",
                created_at=WORKING_DAY,
                state=state,
                problem=SAID,
                key=f"{unit_code}:{state}",
            )
        )
    session.flush()
    return receipt.code


def letters(session: Session) -> set[tuple[str, str, str]]:
    session.expire_all()
    return {(row.to, row.state, row.problem) for row in session.scalars(select(Letter))}


def keep(session: Session, until: date | None = LAST_DAY) -> None:
    retention.keep_until(session, "kh46", until, ADMIN, WORKING_DAY)


@pytest.fixture
def erased(app: Flask) -> str:
    """Return the receipt of a report from which contacts were erased."""
    with app.app_context():
        with transaction() as session:
            receipt = arrange(session)
            keep(session)
            session.execute(update(Letter).values(state=SENT))
        with transaction() as session:
            retention.erase_due(session, AFTER)
    return receipt


def test_nothing_is_erased_before_its_time(session: Session) -> None:
    arrange(session)
    assert retention.erase_due(session, AFTER) == Erased(0, 0, 0, 0)
    keep(session)
    evening = AFTER - timedelta(seconds=2)
    assert retention.erase_due(session, evening) == Erased(0, 0, 0, 0)


def test_what_has_been_kept_long_enough_is_gone(session: Session) -> None:
    arrange(session)
    keep(session)
    assert retention.erase_due(session, AFTER) == Erased(1, 1, 1, 1)
    assert session.scalars(select(Contact)).all() == []
    assert session.scalars(select(Draft.values)).all() == [{"so_ky_hieu": ["2-BC"]}]
    assert letters(session) == {("", SENT, ""), (EMAIL, WAITING, SAID)}
    assert session.scalars(select(Revision.answers)).all() == [LEFT]
    assert retention.erase_due(session, AFTER) == Erased(0, 0, 0, 0)


def test_a_letter_under_way_is_delivered_first(session: Session) -> None:
    arrange(session)
    keep(session)
    retention.erase_due(session, AFTER)
    for state in (SENDING, REFUSED):
        session.execute(update(Letter).where(Letter.to != "").values(state=state))
        is_settled = state == REFUSED
        assert retention.erase_due(session, AFTER).letters == is_settled
        assert session.scalars(select(FailingAddress)).all() == [] or not is_settled
    assert letters(session) == {("", SENT, ""), ("", REFUSED, "")}


def test_a_contact_stays_while_a_letter_is_under_way_to_it(session: Session) -> None:
    arrange(session)
    session.execute(update(Contact).values(keep_until=LAST_DAY, email=EMAIL.upper()))
    assert retention.erase_due(session, AFTER) == Erased(0, 0, 0, 0)
    session.execute(update(Letter).values(state=BOUNCED))
    assert retention.erase_due(session, AFTER) == Erased(1, 2, 0, 0, failing=1)
    assert letters(session) == {("", BOUNCED, "")}


def test_the_address_of_the_unit_itself_and_what_is_known_of_it_stay(session: Session) -> None:
    arrange(session)
    session.execute(update(Unit).where(Unit.code == "TU-RG").values(email=EMAIL))
    session.execute(update(Contact).values(keep_until=LAST_DAY, email=EMAIL))
    session.execute(update(Letter).values(state=SENT))
    assert retention.erase_due(session, AFTER) == Erased(1, 0, 0, 0)
    assert session.scalars(select(FailingAddress.address)).all() == [EMAIL]


def test_why_a_letter_was_not_wanted_any_more_stays(session: Session) -> None:
    arrange(session)
    session.execute(update(Letter).values(state=CANCELLED, problem=REPORTED))
    keep(session)
    retention.erase_due(session, AFTER)
    assert letters(session) == {("", CANCELLED, REPORTED)}


def test_files_of_letters_go_with_their_addresses(app: Flask, settings: Settings) -> None:
    folder = settings.home / "letters"
    accounts = folder / "accounts"
    accounts.mkdir(parents=True)
    with app.app_context():
        with transaction() as session:
            arrange(session)
            keep(session)
            sent, waiting = session.scalars(select(Letter.id).order_by(Letter.id))
        for letter_id in (sent, waiting):
            (folder / f"{letter_id:06d}.eml").write_text(EMAIL)
        old, new = accounts / "000001.eml", accounts / "000002.eml"
        for path in (old, new):
            path.write_text(ADMIN)
        week = time.time() - timedelta(days=8).total_seconds()
        os.utime(old, (week, week))
        forget_files()
        assert (folder / f"{sent:06d}.eml").exists()
        # By the clock of this machine that day is over long ago.
        erase_contacts()
    assert [path.name for path in folder.glob("*.eml")] == [f"{waiting:06d}.eml"]
    assert [path.name for path in accounts.iterdir()] == [new.name]


def test_nothing_of_it_is_left_anywhere(app: Flask, erased: str) -> None:
    with app.app_context(), reading() as session:
        tables = ("contact", "letter", "draft", "revision", "audit_entry", "redaction")
        for table in (*tables, "failing_address"):
            rows = session.execute(text(f"SELECT * FROM {table}")).all()  # noqa: S608 - our own names
            assert PHONE not in str(rows), table
            assert EMAIL not in str(rows), table


def test_a_contact_of_another_campaign_stays(session: Session) -> None:
    arrange(session)
    shipped = session.scalars(select(Campaign)).one()
    columns = {c.name: getattr(shipped, c.name) for c in Campaign.__table__.columns}
    session.add(Campaign(**{**columns, "id": 99, "code": "khac"}))
    session.flush()
    keep(session)
    session.execute(text("UPDATE round SET campaign_id = 99 WHERE code = 'dot2'"))
    assert retention.erase_due(session, AFTER).contacts == 0


def test_a_contact_may_have_a_day_of_its_own(session: Session) -> None:
    arrange(session)
    session.execute(update(Contact).values(keep_until=LAST_DAY))
    assert retention.erase_due(session, AFTER) == Erased(1, 0, 0, 0)
    assert session.scalars(select(FailingAddress.address)).all() == [EMAIL]


def test_many_reports_are_done_in_parts(session: Session) -> None:
    for code in ("TU-RG", "HU-AB", "HU-AM"):
        arrange(session, code)
    keep(session)
    parts = [retention.erase_due(session, AFTER, batch=2) for _ in range(3)]
    assert [(part.reports, part.more) for part in parts] == [(2, True), (1, False), (0, False)]


def test_a_day_that_is_over_is_refused_and_a_change_is_noted_once(session: Session) -> None:
    with pytest.raises(Problem, match="retention_past"):
        keep(session, WORKING_DAY.date() - timedelta(days=1))
    keep(session)
    keep(session)
    entries = session.scalars(select(AuditEntry).where(AuditEntry.act == "retention.set")).all()
    assert [(e.actor, e.details) for e in entries] == [
        (ADMIN, {"before": {"until": ""}, "after": {"until": "2021-12-31"}})
    ]


def test_contacts_are_found_for_officers(session: Session) -> None:
    arrange(session)
    found = contacts.find_contacts(session, "kh46")
    values = {(one.unit_code, one.label, one.value) for one in found}
    assert ("TU-RG", "Chị Tư", PHONE) in values
    assert ("TU-RG", "Số điện thoại liên hệ công vụ", PHONE) in values
    assert ("TU-RG", "Thư điện tử công vụ", EMAIL) in values


def test_a_letter_whose_address_was_erased_says_so(app: Flask, erased: str) -> None:
    officer = signed_in(app, "officer")
    with app.app_context(), reading() as session:
        letter_id = session.scalars(select(Letter.id)).first()
    address = f"/ban/kh46/dot1/thu/la-thu/{letter_id}"
    page = officer.get(address)
    check_page(page.text)
    assert "Địa chỉ đã được xóa theo quy định" in page.text
    assert "Gửi lại" not in page.text
    assert officer.get(f"{address}.eml").status_code == 404


# --- proof ----------------------------------------------------------------------------------------


def check(app: Flask, folder: Path) -> verification.Summary:
    with app.app_context(), reading() as session:
        return verification.verify(session, folder)


def test_everything_still_matches(app: Flask, erased: str, tmp_path: Path) -> None:
    assert check(app, tmp_path).revisions == 1


def test_receipts_from_before_and_after_both_match(app: Flask) -> None:
    with app.app_context():
        with transaction() as session:
            receipt = arrange(session)
            before = verification.stored_record(session, receipt)
            keep(session)
            retention.erase_due(session, AFTER)
        with reading() as session:
            after = verification.stored_record(session, receipt)
            assert (before.answers, after.answers) == (ANSWERS, LEFT)
            for record in (before, after):
                assert verification.check_record(session, record).outcome == "matches"
            assert verification.check_code(session, receipt).outcome == "matches"


def remove_note(session: Session) -> None:
    session.execute(text("DELETE FROM audit_entry WHERE act LIKE 'retention.erased'"))
    session.execute(text("DELETE FROM audit_entry WHERE act = 'report.erased'"))


def change_left(session: Session) -> None:
    session.execute(text('UPDATE revision SET answers = \'{"so_ky_hieu":"9-BC"}\''))


def change_redaction(session: Session) -> None:
    """Change what is left, and make what is said of it fit."""
    change_left(session)
    row = session.execute(verification.sent_records()).one()
    digest = verification.sent_record(*row[2:]).digest()
    session.execute(text("UPDATE redaction SET digest = :digest"), {"digest": digest})


def drop_redaction(session: Session) -> None:
    session.execute(text("DELETE FROM redaction"))


@pytest.mark.parametrize(
    ("tamper", "code"),
    [
        (remove_note, "redaction_unnoted"),
        (change_left, "revision"),
        (change_redaction, "redaction_changed"),
        (drop_redaction, "revision"),
    ],
)
def test_an_erasure_is_no_cover_for_changes(
    app: Flask, erased: str, tmp_path: Path, tamper: Callable[[Session], None], code: str
) -> None:
    with app.app_context(), transaction() as session:
        tamper(session)
    with pytest.raises(Mismatch) as found:
        check(app, tmp_path)
    assert found.value.code == code


def test_the_log_says_what_was_erased_by_its_digests(app: Flask, erased: str) -> None:
    with app.app_context(), reading() as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.act == "report.erased")).one()
        revision = session.scalars(select(Revision)).one()
        redaction = session.scalars(select(Redaction)).one()
    assert entry.details == {
        "unit": "TU-RG",
        "receipt": erased,
        "names": ["dien_thoai", "thu_dien_tu"],
        "digest": revision.digest,
        "left": redaction.digest,
    }


# --- answers --------------------------------------------------------------------------------------


def test_contacts_are_found_and_erased_within_repeats() -> None:
    names = frozenset({"dien_thoai"})
    answers = '{"nguoi":[{"dien_thoai":"1","ten":"A"},{"ten":"B"}],"so":"5"}'
    assert answered(answers, names) == ("dien_thoai",)
    assert without(answers, names) == '{"nguoi":[{"ten":"A"},{"ten":"B"}],"so":"5"}'
    assert answered('{"so":"5"}', names) == ()
