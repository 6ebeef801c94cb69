"""Whatever is changed behind the back of the application is found, and its row named."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from models import AuditEntry, Revision, progress
from models.database import reading, transaction
from models.proof import (
    chain_head,
    sent_record,
    sent_records,
)
from services import attachments, consolidation, correcting, reporting, verification
from services.correcting import Return
from services.reporting import Sending
from services.verification import Mismatch, Summary
from tests.factories import WORKING_DAY, send_report, unit_link
from tests.office_files import PDF

OFFICER = "can.bo@ban.example"
ANSWERS = '{"so_ky_hieu":"125-BC/BTGTU","ghi_chu":"Đúng kế hoạch"}'


@pytest.fixture
def sent(app: Flask) -> dict[str, str]:
    """Send, correct, return and export reports; return what was given out, by name."""
    with app.app_context():
        with transaction() as session:
            kept = keep_file(app, session)
            link = unit_link(session)
            first = send_report(session, link, answers=f'{{"tep_bao_cao":"{kept}"}}')
            returned(session, link.assignment_id)
            extended(session, link.assignment_id)
            corrected = Sending(
                link.form_version_id, ANSWERS, "sửa", 1, author=OFFICER, reason="Điện thoại"
            )
            second = reporting.submit(session, link, corrected, WORKING_DAY + timedelta(hours=1))
        with transaction() as session:
            third = send_report(session, unit_link(session, unit_code="HU-AB"), answers=ANSWERS)
        with transaction() as session:
            collected = consolidation.collect(session, "kh46", WORKING_DAY)
            consolidation.note_export(session, collected, b"PK", OFFICER, WORKING_DAY)
    return {
        "first": first.code,
        "second": second.code,
        "third": third.code,
        "file": kept,
        "head": collected.log_head,
    }


def keep_file(app: Flask, session: Session) -> str:
    upload = attachments.Upload("tep_bao_cao", "Báo cáo.pdf", (".pdf",), io.BytesIO(PDF))
    assignment_id = unit_link(session).assignment_id
    assert assignment_id is not None
    stored = attachments.store(app.config["FILES"], upload)
    return attachments.keep(session, assignment_id, stored, WORKING_DAY).id


def returned(session: Session, assignment_id: int) -> None:
    """Return the newest report of an assignment for correction."""
    seen = correcting.find(session, assignment_id).number
    deadline = WORKING_DAY + timedelta(days=3)
    why = Return("Thiếu số liệu", {"tong_dv": "Chưa khớp"}, deadline)
    correcting.return_for_correction(session, assignment_id, seen, why, OFFICER, WORKING_DAY)


def extended(session: Session, assignment_id: int) -> None:
    """Give a unit more time."""
    due_at = WORKING_DAY + timedelta(days=20)
    correcting.extend(session, assignment_id, due_at, "Bão", OFFICER, WORKING_DAY)


def verify(app: Flask) -> Summary:
    with app.app_context(), reading() as session:
        return verification.verify(session, app.config["FILES"])


def found(app: Flask) -> Mismatch:
    """Return the first row that does not match."""
    with pytest.raises(Mismatch) as caught:
        verify(app)
    return caught.value


def tamper(app: Flask, *statements: str, **values: Any) -> None:
    """Change the database as somebody with a database client would."""
    with app.app_context(), transaction() as session:
        for statement in statements:
            assert session.execute(text(statement), values).rowcount, statement


def entry_of(app: Flask, act: str) -> int:
    """Return the row of the first entry with this act."""
    with app.app_context(), reading() as session:
        ids = select(AuditEntry.id).where(AuditEntry.act == act).order_by(AuditEntry.id)
        return session.scalars(ids).first() or 0


def assignment_of(app: Flask, unit_code: str) -> int:
    """Return the row of a unit's assignment in the first round."""
    with app.app_context(), reading() as session:
        return unit_link(session, unit_code=unit_code).assignment_id or 0


# --- all is well ----------------------------------------------------------------------------------


def test_what_nobody_has_touched_matches(app: Flask, sent: Mapping[str, str]) -> None:
    summary = verify(app)
    assert (summary.revisions, summary.decisions, summary.forms, summary.files) == (3, 2, 4, 1)
    with app.app_context(), reading() as session:
        assert summary.head == chain_head(session)
        assert summary.entries == len(session.scalars(select(AuditEntry.id)).all())


def test_an_empty_installation_matches(app: Flask) -> None:
    assert verify(app).revisions == 0


# --- reports --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        "answers = replace(answers, '125', '126')",
        "answers = replace(answers, 'ế', 'ê')",
        "answers = answers || ' '",
        'explanations = \'{"a":"b"}\'',
        "submitted_at = '2021-08-20 02:59:59.999999'",
        "late = NOT late",
        "author = 'unit:HU-AM'",
        "reason = 'x'",
        "number = 7",
        "digest = replace(digest, substr(digest, 1, 1), 'x')",
        "form_version_id = form_version_id + 1",
    ],
)
def test_a_changed_report_is_named(app: Flask, sent: Mapping[str, str], change: str) -> None:
    tamper(app, f"UPDATE revision SET {change} WHERE receipt_code = :third", third=sent["third"])  # noqa: S608 - the statements are ours
    mismatch = found(app)
    assert (mismatch.code, mismatch.details["receipt"]) == ("revision", sent["third"])


def test_every_single_character_of_the_answers_counts(app: Flask, sent: Mapping[str, str]) -> None:
    update = text("UPDATE revision SET answers = :answers WHERE receipt_code = :third")
    for place in range(len(ANSWERS)):
        changed = ANSWERS[:place] + ("x" if ANSWERS[place] != "x" else "y") + ANSWERS[place + 1 :]
        with app.app_context(), transaction() as session:
            session.execute(update, {"answers": changed, "third": sent["third"]})
            with pytest.raises(Mismatch, match="revision"):
                verification.verify(session, app.config["FILES"])
            session.rollback()


def test_a_changed_receipt_is_named(app: Flask, sent: Mapping[str, str]) -> None:
    tamper(
        app,
        "UPDATE revision SET receipt_code = 'aaaabbbbcccc' WHERE receipt_code = :third",
        third=sent["third"],
    )
    assert (found(app).code, found(app).details["receipt"]) == ("revision", "aaaabbbbcccc")


def test_the_name_of_the_unit_that_was_asked_counts(app: Flask, sent: Mapping[str, str]) -> None:
    tamper(
        app,
        "UPDATE assignment SET unit_name = 'Huyện ủy' WHERE id = (SELECT assignment_id FROM "
        "response JOIN revision ON response.id = response_id WHERE receipt_code = :third)",
        third=sent["third"],
    )
    assert found(app).details["receipt"] == sent["third"]


def test_a_report_that_was_removed_is_named(app: Flask, sent: Mapping[str, str]) -> None:
    tamper(app, "DELETE FROM revision WHERE receipt_code = :third", third=sent["third"])
    mismatch = found(app)
    assert (mismatch.code, mismatch.details["receipt"]) == ("revision_missing", sent["third"])


def test_a_report_that_is_sealed_anew_no_longer_matches_the_log(
    app: Flask, sent: Mapping[str, str]
) -> None:
    with app.app_context(), transaction() as session:
        update = "UPDATE revision SET answers = '{}' WHERE receipt_code = :third"
        session.execute(text(update), {"third": sent["third"]})
        by_receipt = sent_records().where(Revision.receipt_code == sent["third"])
        digest = sent_record(*session.execute(by_receipt).one()[2:]).digest()
        update = "UPDATE revision SET digest = :digest WHERE receipt_code = :third"
        session.execute(text(update), {"digest": digest, "third": sent["third"]})
    mismatch = found(app)
    assert (mismatch.code, mismatch.details["receipt"]) == ("revision_changed", sent["third"])


def test_a_report_that_was_slipped_in_is_named(app: Flask, sent: Mapping[str, str]) -> None:
    with app.app_context(), transaction() as session:
        link = unit_link(session, unit_code="HU-AM")
        slipped = send_report(session, link)
        session.execute(
            text("DELETE FROM audit_entry WHERE id = (SELECT max(id) FROM audit_entry)")
        )
    mismatch = found(app)
    assert (mismatch.code, mismatch.details["receipt"]) == ("revision_unnoted", slipped.code)


def test_a_changed_form_is_named(app: Flask, sent: Mapping[str, str]) -> None:
    tamper(app, "UPDATE form_version SET definition = definition || ' ' WHERE id = 2")
    assert (found(app).code, found(app).details["row"]) == ("form", 2)


# --- the log --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        "at = '2021-08-20 03:00:00.000001'",
        "actor = 'unit:TU-RH'",
        "act = 'report.sens'",
        "subject = 'round:kh46/dot2'",
        "details = '{}'",
        "digest = replace(digest, substr(digest, 1, 1), 'x')",
    ],
)
def test_a_changed_entry_is_named(app: Flask, sent: Mapping[str, str], change: str) -> None:
    row = entry_of(app, "report.sent")
    tamper(app, f"UPDATE audit_entry SET {change} WHERE id = :row", row=row)  # noqa: S608 - the statements are ours
    assert (found(app).code, found(app).details["row"]) == ("log_entry", row)


def test_an_entry_that_names_another_before_it_is_named(
    app: Flask, sent: Mapping[str, str]
) -> None:
    row = entry_of(app, "report.returned")
    tamper(
        app,
        "UPDATE audit_entry SET previous = replace(previous, substr(previous, 1, 1), 'x') "
        "WHERE id = :row",
        row=row,
    )
    assert (found(app).code, found(app).details["row"]) == ("log_broken", row)


def test_an_entry_that_was_removed_leaves_a_gap(app: Flask, sent: Mapping[str, str]) -> None:
    row = entry_of(app, "report.returned")
    tamper(app, "DELETE FROM audit_entry WHERE id = :row", row=row)
    assert (found(app).code, found(app).details["row"]) == ("log_broken", row + 1)


def test_entries_that_changed_places_are_named(app: Flask, sent: Mapping[str, str]) -> None:
    row = entry_of(app, "report.returned")
    move = "UPDATE audit_entry SET id = {} WHERE id = {}"
    tamper(app, *(move.format(*pair) for pair in ((9999, row), (row, row + 1), (row + 1, 9999))))
    assert (found(app).code, found(app).details["row"]) == ("log_broken", row)


def test_a_head_on_paper_tells_when_the_end_was_cut_off(
    app: Flask, sent: Mapping[str, str]
) -> None:
    head = sent["head"]
    with app.app_context(), transaction() as session:
        kept = verification.find_head(session, head)
        assert kept is not None
        assert kept.later == 1
        assert verification.find_head(session, head[:12]) == kept
        # The report and all that follows it: nothing inside the database tells.
        session.execute(text("DELETE FROM audit_entry WHERE id >= :row"), {"row": kept.entry})
        session.execute(
            text("DELETE FROM revision WHERE receipt_code = :third"), {"third": sent["third"]}
        )
        progress.keep(session, unit_link(session, unit_code="HU-AB").assignment_id)
    assert verify(app).revisions == 2
    with app.app_context(), reading() as session:
        assert verification.find_head(session, head) is None


# --- decisions and files --------------------------------------------------------------------------


@pytest.mark.parametrize("change", ["note = 'x'", "kind = 'accepted'", "deadline = NULL"])
def test_a_changed_decision_is_named(app: Flask, sent: Mapping[str, str], change: str) -> None:
    tamper(app, f"UPDATE decision SET {change}")  # noqa: S608 - the statements are ours
    row = entry_of(app, "report.returned")
    assert (found(app).code, found(app).details["row"]) == ("decision_changed", row)


@pytest.mark.parametrize("change", ["reason = 'x'", "due_at = '2021-12-31 00:00:00.000000'"])
def test_a_changed_extension_is_named(app: Flask, sent: Mapping[str, str], change: str) -> None:
    tamper(app, f"UPDATE extension SET {change}")  # noqa: S608 - the statements are ours
    row = entry_of(app, "report.extended")
    assert (found(app).code, found(app).details["row"]) == ("decision_changed", row)


@pytest.mark.parametrize(
    "change",
    ["has_draft = NOT has_draft", "revisions = 7", "decided = 'accepted'", "extended_to = NULL"],
)
def test_a_progress_that_does_not_follow_from_what_was_sent_is_named(
    app: Flask, sent: Mapping[str, str], change: str
) -> None:
    row = assignment_of(app, "TU-RG")
    tamper(app, f"UPDATE assignment SET {change} WHERE id = :id", id=row)  # noqa: S608 - ours
    assert (found(app).code, found(app).details) == ("progress", {"row": row})


def test_a_decision_that_was_slipped_in_is_named(app: Flask, sent: Mapping[str, str]) -> None:
    tamper(
        app,
        "INSERT INTO decision (revision_id, kind, note, reasons, actor, at) "
        "SELECT revision_id, 'accepted', '', '{}', actor, at FROM decision",
    )
    assert found(app).code == "decision_unnoted"


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("damage", "code"),
    [
        (flip, "file_altered"),
        (Path.unlink, "file_missing"),
        (lambda path: path.write_bytes(b""), "file_altered"),
    ],
)
def test_a_damaged_file_is_named(
    app: Flask, sent: Mapping[str, str], damage: Callable[[Path], object], code: str
) -> None:
    for path in filter(Path.is_file, app.config["FILES"].rglob("*")):
        damage(path)
    mismatch = found(app)
    assert (mismatch.code, mismatch.details) == (
        code,
        {"row": sent["file"], "name": "Báo cáo.pdf"},
    )


def test_a_file_that_is_called_something_else_is_named(app: Flask, sent: Mapping[str, str]) -> None:
    tamper(app, "UPDATE attachment SET shown_name = 'Bản khác.pdf'")
    assert (found(app).code, found(app).details["row"]) == ("file_row", sent["file"])


def test_a_file_that_was_exchanged_with_its_digest_is_named(
    app: Flask, sent: Mapping[str, str]
) -> None:
    tamper(app, "UPDATE attachment SET sha256 = :digest", digest="0" * 64)
    mismatch = found(app)
    assert (mismatch.code, mismatch.details["receipt"]) == ("files_changed", sent["first"])


# --- one receipt ----------------------------------------------------------------------------------


def test_a_receipt_says_whose_it_is_and_of_when(app: Flask, sent: Mapping[str, str]) -> None:
    with app.app_context(), reading() as session:
        verdict = verification.check_code(session, sent["third"].upper())
        assert (verdict.outcome, verdict.unit_name) == ("matches", "Huyện ủy An Biên")
        assert verdict.submitted_at == WORKING_DAY
        assert verification.check_code(session, "aaaabbbbcccc").outcome == "unknown"


def test_a_receipt_whose_report_was_changed_says_nothing_else(
    app: Flask, sent: Mapping[str, str]
) -> None:
    tamper(
        app, "UPDATE revision SET answers = '{}' WHERE receipt_code = :third", third=sent["third"]
    )
    with app.app_context(), reading() as session:
        verdict = verification.check_code(session, sent["third"])
        assert verdict == verification.Verdict("damaged", sent["third"])
