"""Opening links, keeping drafts, sending reports."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models import AuditEntry, Draft, Response, Revision
from models.problems import Problem
from services import campaigns, drafts, reporting
from services.drafts import Saving
from tests.factories import (
    WORKING_DAY,
    change_round,
    public_link,
    revoke,
    send_report,
    unit_link,
)

LATE_DAY = datetime(2021, 9, 3, 3, 0, tzinfo=UTC)
LAST_SECOND = datetime(2021, 8, 31, 16, 59, 59, tzinfo=UTC)


def count(session: Session, table: type) -> int:
    return session.scalar(select(func.count()).select_from(table)) or 0


def refused(session: Session, code: str, **options: object) -> Problem:
    link = unit_link(session)
    with pytest.raises(Problem) as caught:
        send_report(session, link, **options)
    assert caught.value.code == code
    return caught.value


# --- opening --------------------------------------------------------------------------------------


def test_a_link_opens_its_unit_round_and_newest_form(session: Session) -> None:
    link = unit_link(session, "dot1", "HU-AB")
    assert link.unit is not None
    assert (link.unit.code, link.unit.name) == ("HU-AB", "Huyện ủy An Biên")
    assert (link.round.code, link.round.kind, link.round.late_allowed) == ("dot1", "closed", True)
    assert link.round.due_at == LAST_SECOND
    assert link.campaign.board_name == "Ban Tuyên giáo Tỉnh ủy Kiên Giang"
    assert link.state == "not_opened"


def test_a_code_may_be_typed_in_capitals_with_hyphens(session: Session) -> None:
    code = unit_link(session).code
    typed = f"{code[:4]}-{code[4:8]}-{code[8:]}".upper()
    assert reporting.open_link(session, typed, WORKING_DAY).code == code


def test_a_unit_link_knows_the_same_units_link_for_difficulties(session: Session) -> None:
    link = unit_link(session, "dot2", "HU-AB")
    assert link.standing_code == unit_link(session, "kho_khan", "HU-AB").code


def test_a_public_link_has_no_unit(session: Session) -> None:
    link = public_link(session)
    assert link.code.startswith("p")
    assert (link.assignment_id, link.unit, link.state) == (None, None, None)
    assert link.round.kind == "public"


@pytest.mark.parametrize(
    ("code", "problem"), [("k7m29xqabcde", "link_mistyped"), ("222222222222", "link_unknown")]
)
def test_a_wrong_code_is_told_from_an_unknown_one(
    session: Session, code: str, problem: str
) -> None:
    with pytest.raises(Problem) as caught:
        reporting.open_link(session, code, WORKING_DAY)
    assert (caught.value.code, caught.value.status) == (problem, 404)


def test_a_revoked_link_no_longer_opens(session: Session) -> None:
    link = unit_link(session)
    revoke(session, link)
    with pytest.raises(Problem) as caught:
        reporting.open_link(session, link.code, WORKING_DAY)
    assert (caught.value.code, caught.value.status) == ("link_revoked", 410)


# --- sending --------------------------------------------------------------------------------------


def test_sending_appends_a_revision_a_receipt_and_an_audit_entry(session: Session) -> None:
    entries = count(session, AuditEntry)
    receipt = send_report(session, unit_link(session), answers='{"a":1}')
    sent = reporting.receipt(session, unit_link(session), receipt.code)
    assert (receipt.number, receipt.late, receipt.repeated) == (1, False, False)
    assert (sent.answers, sent.submitted_at) == ('{"a":1}', WORKING_DAY)
    assert count(session, AuditEntry) == entries + 1


def test_sending_the_same_opened_form_again_gives_the_same_receipt(session: Session) -> None:
    link = unit_link(session)
    first = send_report(session, link, instance="opened")
    newer = send_report(session, link, base_revision=1)
    again = send_report(session, link, instance="opened")
    assert (again.code, again.repeated) == (first.code, True)
    assert newer.code != first.code
    assert count(session, Revision) == 2


def test_a_repeated_sending_is_answered_even_when_the_round_has_closed(session: Session) -> None:
    link = unit_link(session)
    first = send_report(session, link, instance="opened")
    change_round(session, "dot1", closes_at=WORKING_DAY)
    again = send_report(session, link, instance="opened", now=LATE_DAY)
    assert again.code == first.code


def test_an_instance_of_one_unit_means_nothing_for_another(session: Session) -> None:
    first = send_report(session, unit_link(session), instance="opened")
    other = send_report(session, unit_link(session, unit_code="HU-AB"), instance="opened")
    assert other.code != first.code
    assert other.repeated is False


def test_a_form_opened_before_somebody_else_sent_is_refused(session: Session) -> None:
    send_report(session, unit_link(session))
    assert refused(session, "stale_revision").details == {"newest": 1}
    assert count(session, Revision) == 1


def test_a_correction_is_a_new_revision_of_the_same_response(session: Session) -> None:
    link = unit_link(session)
    send_report(session, link, answers='{"a":1}')
    send_report(session, link, answers='{"a":2}', base_revision=1)
    assert [r.answers for r in reporting.revisions(session, link.assignment_id)] == [
        '{"a":2}',
        '{"a":1}',
    ]
    assert count(session, Response) == 1


@pytest.mark.parametrize(
    ("after_due", "late", "state"),
    [(timedelta(0), False, "on_time"), (timedelta(seconds=1), True, "late")],
)
def test_a_report_is_late_after_the_last_second_of_the_day(
    session: Session, after_due: timedelta, late: bool, state: str
) -> None:
    now = LAST_SECOND + after_due
    assert send_report(session, unit_link(session), now=now).late is late
    assert unit_link(session, now=now).state == state


def test_a_report_sent_on_time_stays_so_when_it_is_corrected_later(session: Session) -> None:
    send_report(session, unit_link(session))
    corrected = send_report(session, unit_link(session), base_revision=1, now=LATE_DAY)
    assert corrected.late is True
    assert unit_link(session, now=LATE_DAY).state == "on_time"


def test_a_round_may_refuse_late_reports(session: Session) -> None:
    change_round(session, "dot1", late_allowed=False)
    assert refused(session, "late_refused", now=LATE_DAY).status == 410


def test_a_closed_round_takes_nothing(session: Session) -> None:
    change_round(session, "dot1", closes_at=LAST_SECOND)
    assert unit_link(session).is_open(LAST_SECOND)
    assert not unit_link(session).is_open(LATE_DAY)
    assert refused(session, "round_closed", now=LATE_DAY).status == 410


def test_a_link_revoked_since_it_was_opened_sends_nothing(session: Session) -> None:
    link = unit_link(session)
    revoke(session, link)
    with pytest.raises(Problem, match="link_revoked"):
        send_report(session, link)
    assert count(session, Revision) == 0


def test_every_difficulty_is_a_response_of_its_own(session: Session) -> None:
    link = unit_link(session, "kho_khan")
    receipts = {send_report(session, link).code for _ in range(3)}
    assert len(receipts) == 3
    assert count(session, Response) == 3
    assert reporting.last_revision(session, link) is None


def test_a_receipt_is_found_by_its_own_unit_only(session: Session) -> None:
    receipt = send_report(session, unit_link(session))
    with pytest.raises(Problem, match="receipt_unknown"):
        reporting.receipt(session, unit_link(session, unit_code="HU-AB"), receipt.code)


# --- drafts ---------------------------------------------------------------------------------------


def test_a_draft_keeps_everything_typed_and_is_replaced(session: Session) -> None:
    link = unit_link(session)
    for typed in ({"a": ["1,5", "\ud800\x00"]}, {"b": ["Đợt 1"]}):
        drafts.save_draft(session, link, Saving(link.form_version_id, typed, 0), WORKING_DAY)
        draft = drafts.draft_of(session, link.assignment_id)
        assert draft is not None
        assert draft.values == typed
    assert count(session, Draft) == 1
    assert unit_link(session).state == "drafting"
    assert unit_link(session, now=LATE_DAY).state == "missing"


def test_sending_clears_the_draft(session: Session) -> None:
    link = unit_link(session)
    drafts.save_draft(session, link, Saving(link.form_version_id, {"a": ["1"]}, 0), WORKING_DAY)
    send_report(session, link)
    assert drafts.draft_of(session, link.assignment_id) is None


def test_a_closed_round_still_keeps_a_draft(session: Session) -> None:
    link = unit_link(session)
    change_round(session, "dot1", closes_at=LAST_SECOND)
    drafts.save_draft(session, link, Saving(link.form_version_id, {"a": ["1"]}, 0), LATE_DAY)
    draft = drafts.draft_of(session, link.assignment_id)
    assert draft is not None
    assert draft.values == {"a": ["1"]}


def test_a_revoked_link_keeps_no_draft(session: Session) -> None:
    link = unit_link(session)
    revoke(session, link)
    with pytest.raises(Problem, match="link_revoked"):
        drafts.save_draft(session, link, Saving(link.form_version_id, {"a": ["1"]}, 0), WORKING_DAY)


def test_every_unit_has_one_link_a_round(session: Session) -> None:
    for code in ("dot1", "dot2", "kho_khan"):
        listed = campaigns.links(session, code)
        assert len({x.unit_code for x in listed}) == len(listed) == 112
        assert not any(x.code.startswith("p") for x in listed)
