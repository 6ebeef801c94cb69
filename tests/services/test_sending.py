"""Sending letters to the units of a round: who gets what, once; reminders; whom to telephone."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from language.dates import end_of_day
from models import (
    Assignment,
    AuditEntry,
    Campaign,
    Contact,
    Letter,
    LetterBatch,
    LetterTemplate,
    Link,
    Round,
    Unit,
)
from models.problems import Problem
from services import letters, sending, telephoning
from services.letter_texts import DEFAULTS, Wording, faults, fill, places, reword, tidy
from services.sending import AUDIENCES, SENT_KINDS, SKIPS, Order, Plan
from tests.factories import WORKING_DAY, change_round, send_report, unit_link

URL = "https://phieu.example"
OFFICER = "officer@ban.example"
# The first round is due on 31/8/2021 at the end of the day.
DUE = end_of_day(datetime(2021, 8, 31, tzinfo=UTC).date())


def round_id(session: Session) -> int:
    return session.scalars(select(Round.id).where(Round.code == "dot1")).one()


def unit(session: Session, code: str = "TU-RG") -> Unit:
    return session.scalars(select(Unit).where(Unit.code == code)).one()


def give_addresses(session: Session) -> None:
    for found in session.scalars(select(Unit)):
        found.email = f"{found.code.lower()}@units.example"
    session.flush()


def plan(session: Session, order: Order, now: datetime = WORKING_DAY) -> Plan:
    return sending.plan(session, round_id(session), order, URL, now)


def send(session: Session, order: Order, instance: str = "one", now: datetime = WORKING_DAY) -> int:
    made = plan(session, order, now)
    asked = round_id(session)
    return sending.send(session, asked, made, made.digest, instance, OFFICER, now)


def reasons(made: Plan) -> Counter[str]:
    return Counter(skip.reason for skip in made.skipped)


def test_each_unit_is_sent_to_or_is_told_why_not(session: Session) -> None:
    give_addresses(session)
    asked = select(Assignment.id).where(Assignment.round_id == round_id(session))
    units = len(session.scalars(asked).all())
    session.add(Contact(unit_id=unit(session).id, name="A", email="TU-RG@units.example"))
    session.add(Contact(unit_id=unit(session).id, name="B", email="b@units.example"))
    codes = [u.code for u in session.scalars(select(Unit).order_by(Unit.position))]
    codes = [code for code in codes if code != "TU-RG"]
    reported, gone, ended, mute, failing, unlinked, *_ = codes
    send_report(session, unit_link(session, unit_code=reported))
    linked = unit_link(session, unit_code=gone)
    session.get_one(Assignment, linked.assignment_id).withdrawn_at = WORKING_DAY
    unit(session, ended).valid_to = WORKING_DAY.date() - timedelta(days=1)
    unit(session, mute).email = ""
    letters.note_failing(session, unit(session, failing).email.upper(), "550 no", WORKING_DAY)
    session.get_one(Link, unit_link(session, unit_code=unlinked).code).revoked_at = WORKING_DAY
    session.flush()
    made = plan(session, Order("reminder_before", "all"))
    assert reasons(made) == {
        "reported": 1, "withdrawn": 1, "archived": 1, "no_address": 1, "address_fails": 1,
        "no_link": 1,
    }  # fmt: skip
    assert made.units + len(made.skipped) == units
    to = [letter.to for letter in made.letters if letter.unit.code == "TU-RG"]
    assert to == ["tu-rg@units.example", "b@units.example"], "each address once"
    invited = plan(session, Order("invitation", "all"))
    assert reasons(invited)["reported"] == 0
    session.execute(update(Campaign).values(archived_at=WORKING_DAY))
    assert plan(session, Order("invitation", "all")).letters == ()


def test_the_audiences(session: Session) -> None:
    give_addresses(session)
    first = unit(session)
    send_report(session, unit_link(session))
    everybody = plan(session, Order("invitation", "all")).units
    late = DUE + timedelta(days=1)
    among = frozenset({first.group_code})
    group = plan(session, Order("invitation", "group", among))
    assert 0 < group.units < everybody
    assert {letter.unit.group_code for letter in group.letters} == among
    assert plan(session, Order("invitation", "not_sent")).units == everybody - 1
    assert plan(session, Order("invitation", "late")).units == 0
    assert plan(session, Order("invitation", "late"), late).units == everybody - 1
    chosen = plan(session, Order("invitation", "units", frozenset({"TU-RG"})))
    assert [letter.unit.code for letter in chosen.letters] == ["TU-RG"]
    on_time = plan(session, Order("invitation", "state", frozenset({"on_time"})))
    assert [letter.unit.code for letter in on_time.letters] == ["TU-RG"]
    with pytest.raises(Problem, match="audience_unknown"):
        plan(session, Order("invitation", "nobody"))
    with pytest.raises(Problem, match="letter_kind_unknown"):
        plan(session, Order("report.accepted", "all"))
    assert set(AUDIENCES) == {"all", "not_sent", "late", "group", "state", "units"}
    assert "not_asked" in SKIPS


def test_what_was_seen_is_sent_once_and_nothing_else(session: Session) -> None:
    give_addresses(session)
    order = Order("invitation", "group", frozenset({unit(session).group_code}))
    made = plan(session, order)
    first = send(session, order)
    assert send(session, order) == first, "a double click"
    written = session.scalars(select(Letter)).all()
    assert len(written) == len(made.letters)
    assert {letter.batch_id for letter in written} == {first}
    assert len({letter.key for letter in written}) == len(written)
    entry = session.scalars(select(AuditEntry).where(AuditEntry.act == "letters.sent")).one()
    assert (entry.actor, entry.details["letters"]) == (OFFICER, len(written))
    unit(session).email = "other@units.example"
    session.flush()
    with pytest.raises(Problem, match="letters_changed"):
        sending.send(
            session, round_id(session), plan(session, order), made.digest, "x", OFFICER, WORKING_DAY
        )
    nobody = plan(session, Order("invitation", "units", frozenset({"?"})))
    with pytest.raises(Problem, match="letters_none"):
        sending.send(session, round_id(session), nobody, nobody.digest, "y", OFFICER, WORKING_DAY)


def test_nobody_is_reminded_twice_on_a_day(session: Session) -> None:
    give_addresses(session)
    order = Order("reminder_before", "units", frozenset({"TU-RG"}))
    send(session, order)
    again = plan(session, Order("reminder_due", "units", frozenset({"TU-RG"})))
    assert (again.letters, reasons(again)["reminded"]) == ((), 1)
    assert plan(session, order, WORKING_DAY + timedelta(days=1)).units == 1


# --- scheduled reminders --------------------------------------------------------------------------


def remind(session: Session, day: int, hour: int = 9) -> int:
    """Let it be an hour of a day before (negative) or after the due day; return what is written."""
    now = DUE + timedelta(days=day, hours=hour - 24, seconds=1)
    return sending.remind(session, URL, now)


def test_reminders_come_on_their_days_once_and_stop_when_the_report_arrives(
    session: Session,
) -> None:
    give_addresses(session)
    sending.set_reminders(session, round_id(session), [2, -3, 0, 0], OFFICER, WORKING_DAY)
    assert session.get_one(Round, round_id(session)).reminders == [-3, 0, 2]
    units = plan(session, Order("invitation", "all")).units
    assert remind(session, -3, hour=7) == 0, "too early in the morning"
    assert remind(session, -3) == units
    assert remind(session, -3, hour=15) == 0, "once a day"
    assert remind(session, -2) == 0
    send_report(session, unit_link(session))
    assert remind(session, 0) == units - 1
    assert remind(session, 2) == units - 1
    kinds = Counter(session.scalars(select(Letter.kind)))
    assert kinds == {
        "reminder_before": units, "reminder_due": units - 1, "reminder_after": units - 1,
    }  # fmt: skip
    batches = session.scalars(select(LetterBatch.actor)).all()
    assert batches == ["system"] * 3
    first = session.scalars(select(Letter).order_by(Letter.id)).first()
    assert first is not None
    assert "(còn 3 ngày)" in first.text


def missed_by(session: Session, days: list[int], last: int, again: int) -> int:
    """Let the worker look on a day, and not until another; return what it writes then."""
    sending.set_reminders(session, round_id(session), days, OFFICER, WORKING_DAY)
    remind(session, last)
    session.expire_all()
    return remind(session, again)


@pytest.mark.parametrize(
    ("days", "last", "again", "kind"),
    [
        ([-9, -7, -5], -10, -4, "reminder_before"),
        ([-5], -6, -1, "reminder_before"),
        ([1, 3], 0, 5, "reminder_after"),
        ([-7, 2], -8, 3, "reminder_after"),
    ],
)
def test_reminders_missed_while_the_worker_was_down_come_once(
    session: Session, days: list[int], last: int, again: int, kind: str
) -> None:
    give_addresses(session)
    units = plan(session, Order("invitation", "all")).units
    assert missed_by(session, days, last, again) == units
    assert set(session.scalars(select(Letter.kind))) == {kind}
    assert remind(session, again, hour=15) == 0
    assert remind(session, again + 1) == 0, "made up for"


@pytest.mark.parametrize(
    ("days", "last", "again"),
    [
        ([-1], -2, 0),
        ([-2], -3, 1),
        ([0], -1, 1),
        ([-20], -21, -12),
        ([-3], -3, -1),
    ],
    ids=["due by now", "late by now", "only true on the day", "long ago", "was sent"],
)
def test_a_missed_reminder_that_is_no_longer_true_is_not_sent(
    session: Session, days: list[int], last: int, again: int
) -> None:
    give_addresses(session)
    written = missed_by(session, days, last, again)
    assert written == 0


def test_days_nobody_could_miss_remind_nobody(session: Session) -> None:
    give_addresses(session)
    asked = round_id(session)
    remind(session, -9)
    now = DUE - timedelta(days=4)
    sending.set_reminders(session, asked, [-7], OFFICER, now)
    assert remind(session, -4) == 0, "the day had passed when it was chosen"
    change_round(session, "dot1", reminders_looked_on=now.date() - timedelta(days=5))
    change_round(session, "dot1", opens_at=now - timedelta(days=1))
    assert remind(session, -4) == 0, "the round was not open then"
    change_round(session, "dot1", opens_at=None)
    send(session, Order("reminder_before", "all"), "by hand", now - timedelta(days=1))
    assert remind(session, -4) == 0, "somebody has reminded them since"


def test_who_cannot_send_any_more_is_not_reminded(session: Session) -> None:
    give_addresses(session)
    units = plan(session, Order("invitation", "all")).units
    order, late = Order("reminder_after", "not_sent"), DUE + timedelta(days=3)
    assert plan(session, order, late).units == units
    change_round(session, "dot1", late_allowed=False)
    assigned = session.get_one(Assignment, unit_link(session).assignment_id)
    assigned.extended_to = DUE + timedelta(days=5)
    session.flush()
    made = plan(session, order, late)
    assert [letter.unit.code for letter in made.letters] == ["TU-RG"], "it has more time"
    assert reasons(made)["cannot_send"] == units - 1
    change_round(session, "dot1", late_allowed=True, closes_at=DUE + timedelta(days=1))
    assert plan(session, order, late).units == 1
    change_round(session, "dot1", closes_at=None, opens_at=DUE + timedelta(days=9))
    assert plan(session, order, late).units == 0
    assert plan(session, Order("invitation", "not_sent"), late).units == units


def test_a_reminder_in_the_outbox_is_not_sent_when_the_report_arrives(session: Session) -> None:
    give_addresses(session)
    sending.set_reminders(session, round_id(session), [0], OFFICER, WORKING_DAY)
    remind(session, 0)
    link = unit_link(session)
    mine = session.scalars(select(Letter).where(Letter.assignment_id == link.assignment_id)).one()
    other = session.scalars(
        select(Letter).where(Letter.assignment_id != link.assignment_id)
    ).first()
    send_report(session, link)
    assert letters.take(session, mine.id, DUE) is None
    session.refresh(mine)
    assert (mine.state, mine.problem, mine.tries) == ("cancelled", "reported", 0)
    assert other is not None
    assert letters.take(session, other.id, DUE) is not None


def test_a_unit_with_more_time_is_reminded_by_its_own_day(session: Session) -> None:
    give_addresses(session)
    assigned = session.get_one(Assignment, unit_link(session).assignment_id)
    assigned.extended_to = DUE + timedelta(days=5)
    session.flush()
    sending.set_reminders(session, round_id(session), [0], OFFICER, WORKING_DAY)
    everybody = plan(session, Order("invitation", "all")).units
    assert remind(session, 0) == everybody - 1
    assert remind(session, 5) == 1


def test_closed_and_archived_rounds_and_days_far_away_remind_nobody(session: Session) -> None:
    give_addresses(session)
    asked = round_id(session)
    for wrong in ([61], list(range(21))):
        with pytest.raises(Problem, match="reminders_wrong"):
            sending.set_reminders(session, asked, wrong, OFFICER, WORKING_DAY)
    sending.set_reminders(session, asked, [3], OFFICER, WORKING_DAY)
    change_round(session, "dot1", closes_at=DUE + timedelta(days=1))
    assert remind(session, 3) == 0
    change_round(session, "dot1", closes_at=None)
    session.execute(update(Campaign).values(archived_at=WORKING_DAY))
    assert remind(session, 3) == 0


# --- wording --------------------------------------------------------------------------------------


def test_every_shipped_wording_is_sound_and_tells_everything(session: Session) -> None:
    give_addresses(session)
    values = dict.fromkeys(places("report.returned"), "x")
    for kind, wording in DEFAULTS.items():
        assert faults(kind, wording) == (), kind
        assert "{" not in fill(wording, values, [("Câu", "Sai")]).text, kind
    for kind in SENT_KINDS:
        (letter,) = plan(session, Order(kind, "units", frozenset({"TU-RG"}))).letters
        code = unit_link(session).code
        assert f"{URL}/{code}" in letter.written.text
        assert f'<a href="{URL}/{code}">' in letter.written.html
        assert "Thành ủy Rạch Giá" in letter.written.text
        for loaded in ("<img", "src=", "url(", "<script", "<link"):
            assert loaded not in letter.written.html


def test_what_is_wrong_with_a_wording_is_named() -> None:
    def codes(body: str, subject: str = "Chủ đề") -> list[tuple[str, str, str]]:
        found = faults("invitation", tidy(Wording(subject, body)))
        return [(fault.field, fault.code, fault.words) for fault in found]

    assert codes("{duong_dan}") == []
    assert codes("{duong_dan} {donvi}") == [("body", "unknown", "{donvi}")]
    assert codes("{duong_dan} {ly_do}") == [("body", "unknown", "{ly_do}")]
    assert codes("{duong_dan} {") == [("body", "brace", "")]
    assert codes("Kính gửi") == [("body", "no_link", "{duong_dan}")]
    assert codes("{duong_dan}", "") == [("subject", "blank", "")]
    assert codes("{duong_dan}", "a\r\nBcc: x@y.example") == [], "it becomes one line"


def test_a_campaign_has_its_own_wording_until_it_goes_back(session: Session) -> None:
    give_addresses(session)
    campaign_id = session.scalars(select(Campaign.id)).one()
    own = Wording("Mời {don_vi}", "Xin <b>chào</b> {nguoi_lien_he}\n\nMở {duong_dan}\n& gửi")
    reword(session, campaign_id, "invitation", own, OFFICER, WORKING_DAY)
    reword(session, campaign_id, "invitation", own, OFFICER, WORKING_DAY)
    (letter,) = plan(session, Order("invitation", "units", frozenset({"TU-RG"}))).letters
    assert letter.written.subject == "Mời Thành ủy Rạch Giá"
    assert letter.written.text.startswith("Mở https://"), "nobody to greet: left out"
    assert "&amp; gửi" in letter.written.html
    session.add(Contact(unit_id=unit(session).id, name="Bà <A>", email=""))
    session.flush()
    (letter,) = plan(session, Order("invitation", "units", frozenset({"TU-RG"}))).letters
    assert letter.written.text.startswith("Xin <b>chào</b> Bà <A>\n\n")
    assert "Xin &lt;b&gt;chào&lt;/b&gt; Bà &lt;A&gt;" in letter.written.html
    reword(session, campaign_id, "invitation", DEFAULTS["invitation"], OFFICER, WORKING_DAY)
    assert session.scalars(select(LetterTemplate)).all() == []
    acts = select(AuditEntry.act).where(AuditEntry.act == "letters.reworded")
    assert len(session.scalars(acts).all()) == 2


# --- telephoning ----------------------------------------------------------------------------------


def test_whoever_letters_do_not_reach_is_to_be_telephoned(session: Session) -> None:
    give_addresses(session)
    assert telephoning.calls(session, round_id(session)) == ()
    unit(session).email = ""
    session.add(Contact(unit_id=unit(session).id, name="A", phone="0297 3862 031"))
    codes = [u.code for u in session.scalars(select(Unit).order_by(Unit.position))]
    failing, returned = [code for code in codes if code != "TU-RG"][:2]
    letters.note_failing(session, unit(session, failing).email, "550 no", WORKING_DAY)
    send(session, Order("invitation", "units", frozenset({returned})))
    session.execute(update(Letter).values(state="bounced"))
    found = {call.unit.code: call for call in telephoning.calls(session, round_id(session))}
    assert set(found) == {"TU-RG", failing, returned}
    assert found["TU-RG"].unit.people[0].phone == "0297 3862 031"
    assert found[failing].failing == ((unit(session, failing).email, "550 no"),)
    assert found[returned].trouble == "bounced"
    telephoning.use_again(session, unit(session, failing).email, OFFICER, WORKING_DAY)
    assert failing not in {call.unit.code for call in telephoning.calls(session, round_id(session))}
