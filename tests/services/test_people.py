"""Rights, links and sign-ins of accounts."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Account, AccountLink, AuditEntry
from models.problems import Problem
from services import account_links, accounts, sign_ins
from services.accounts import Rights
from tests.factories import WORKING_DAY

ADMIN = "quan.tri@example.com"
CHOSEN = Rights("officer", everywhere=False, campaigns=("kh46",))


def invited(session: Session, rights: Rights = CHOSEN) -> int:
    return accounts.invite(session, "can.bo@example.com", "Chị Tư", rights, ADMIN, WORKING_DAY).id


def acts(session: Session) -> list[str]:
    return list(session.scalars(select(AuditEntry.act).where(AuditEntry.act.like("account.%"))))


# --- rights ---------------------------------------------------------------------------------------


def test_rights_are_given_changed_and_noted_once(session: Session) -> None:
    account = invited(session)
    assert accounts.find_account(session, account).rights == CHOSEN
    accounts.change_rights(session, account, CHOSEN, ADMIN, WORKING_DAY)
    accounts.change_rights(session, account, Rights("viewer"), ADMIN, WORKING_DAY)
    assert accounts.find_account(session, account).rights == Rights("viewer")
    assert acts(session) == ["account.invited", "account.changed"]


def test_an_administrator_is_everywhere(session: Session) -> None:
    account = invited(session, Rights("admin", everywhere=False, campaigns=("kh46",)))
    assert accounts.find_account(session, account).rights == Rights("admin")


@pytest.mark.parametrize(
    ("rights", "problem"),
    [
        (Rights("owner"), "role_unknown"),
        (Rights("viewer", everywhere=False, campaigns=("khong-co",)), "campaign_unknown"),
    ],
)
def test_rights_that_there_are_not_are_refused(
    session: Session, rights: Rights, problem: str
) -> None:
    with pytest.raises(Problem, match=problem):
        invited(session, rights)


def test_somebody_administers_always(session: Session) -> None:
    only = accounts.create_account(session, ADMIN, "-", "admin", WORKING_DAY).id
    other = invited(session, Rights("admin"))
    accounts.set_active(session, other, False, ADMIN, WORKING_DAY)
    with pytest.raises(Problem, match="account_last_admin"):
        accounts.change_rights(session, only, Rights("viewer"), ADMIN, WORKING_DAY)
    with pytest.raises(Problem, match="account_last_admin"):
        accounts.set_active(session, only, False, "system", WORKING_DAY)
    with pytest.raises(Problem, match="account_own"):
        accounts.set_active(session, only, False, ADMIN, WORKING_DAY)


def test_whoever_creates_a_campaign_has_it(session: Session) -> None:
    account = invited(session, Rights("officer", everywhere=False))
    accounts.give_campaign(session, "can.bo@example.com", "kh46")
    accounts.give_campaign(session, "can.bo@example.com", "kh46")
    assert accounts.find_account(session, account).rights == CHOSEN


# --- links ----------------------------------------------------------------------------------------


def test_a_link_sets_a_password_once_and_ends_cookies(session: Session) -> None:
    account = invited(session)
    before = session.get_one(Account, account).fs_uniquifier
    link = account_links.invite(session, account, ADMIN, WORKING_DAY)
    assert account_links.use_link(session, link.secret, "hash", WORKING_DAY) == link.email
    row = session.get_one(Account, account)
    assert row.password == "hash"
    assert row.fs_uniquifier != before
    with pytest.raises(Problem, match="account_link_invalid"):
        account_links.use_link(session, link.secret, "another", WORKING_DAY)
    with pytest.raises(Problem, match="account_accepted"):
        account_links.invite(session, account, ADMIN, WORKING_DAY)
    assert acts(session)[-1] == "account.accepted"


def test_a_link_has_an_end(session: Session) -> None:
    link = account_links.invite(session, invited(session), ADMIN, WORKING_DAY)
    account_links.open_link(session, link.secret, WORKING_DAY + timedelta(days=7))
    with pytest.raises(Problem, match="account_link_invalid"):
        account_links.open_link(session, link.secret, WORKING_DAY + timedelta(days=7, seconds=1))


def test_the_secret_of_a_link_is_not_stored(session: Session) -> None:
    link = account_links.invite(session, invited(session), ADMIN, WORKING_DAY)
    row = session.scalars(select(AccountLink)).one()
    assert link.secret not in str(vars(row))


def test_a_forgotten_password_is_for_who_may_sign_in(session: Session) -> None:
    accounts.create_account(session, ADMIN, "-", "admin", WORKING_DAY)
    account = invited(session)
    assert account_links.forgotten(session, "ai.do@example.com", WORKING_DAY) is None
    again = account_links.forgotten(session, "CAN.BO@example.com", WORKING_DAY)
    assert again
    assert again.kind == "invitation"
    account_links.use_link(session, again.secret, "hash", WORKING_DAY)
    link = account_links.forgotten(session, "can.bo@example.com", WORKING_DAY)
    assert link
    assert link.kind == "password"
    accounts.set_active(session, account, False, ADMIN, WORKING_DAY)
    assert account_links.forgotten(session, "can.bo@example.com", WORKING_DAY) is None
    with pytest.raises(Problem, match="account_link_invalid"):
        account_links.open_link(session, link.secret, WORKING_DAY)


def test_the_letter_says_what_to_do_until_when(session: Session) -> None:
    link = account_links.invite(session, invited(session), ADMIN, WORKING_DAY)
    letter = account_links.letter(link, "https://phieu.example/ban/dat-mat-khau/abc?a&b")
    assert letter.to == "can.bo@example.com"
    assert "Kính gửi Chị Tư," in letter.text
    assert "10:00 ngày 27/8/2021" in letter.text
    assert "https://phieu.example/ban/dat-mat-khau/abc?a&b\n" in letter.text
    assert 'href="https://phieu.example/ban/dat-mat-khau/abc?a&amp;b"' in letter.html


# --- sign-ins -------------------------------------------------------------------------------------


def test_nobody_was_seen_before_signing_in(session: Session) -> None:
    account, at = invited(session), WORKING_DAY + timedelta(minutes=36)
    sign_ins.begin(session, account, "s1", "Chrome, Windows", at)
    (listed,) = sign_ins.list_open(session, account, "s1")
    assert listed.seen_at == at


def test_a_sign_in_is_open_until_it_is_ended(session: Session) -> None:
    account = invited(session)
    sign_ins.begin(session, account, "s1", "Chrome, Windows", WORKING_DAY)
    sign_ins.begin(session, account, "s2", "Firefox, Linux", WORKING_DAY)
    assert sign_ins.is_open(session, account, "s1") == WORKING_DAY
    assert sign_ins.is_open(session, account + 1, "s1") is None
    sign_ins.seen(session, "s1", WORKING_DAY + timedelta(minutes=90))
    listed = sign_ins.list_open(session, account, "s1")
    assert [(row.device, row.here) for row in listed] == [
        ("Firefox, Linux", False),
        ("Chrome, Windows", True),
    ]
    assert listed[1].seen_at == WORKING_DAY + timedelta(hours=1)
    assert sign_ins.revoke_others(session, account, "s1", "x", WORKING_DAY) == 1
    assert sign_ins.is_open(session, account, "s2") is None
    sign_ins.end(session, "s1", WORKING_DAY)
    assert sign_ins.list_open(session, account, "") == ()
    assert acts(session) == [
        "account.invited",
        *["account.signed_in"] * 2,
        "account.sessions_ended",
        "account.signed_out",
    ]


def test_what_has_ended_is_forgotten_after_a_while(session: Session) -> None:
    account = invited(session)
    sign_ins.begin(session, account, "s1", "Chrome", WORKING_DAY)
    sign_ins.end(session, "s1", WORKING_DAY)
    later = WORKING_DAY + sign_ins.KEPT + timedelta(seconds=1)
    sign_ins.begin(session, account, "s2", "Chrome", later)
    assert session.scalars(select(sign_ins.SignIn.at)).all() == [later]
