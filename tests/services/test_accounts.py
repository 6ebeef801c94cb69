"""Creating board accounts."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Account
from models.problems import Problem
from services import accounts
from tests.factories import WORKING_DAY


def create(session: Session, email: str = "Can.Bo@Example.com", role: str = "officer") -> None:
    accounts.create_account(session, email, "hash", role, WORKING_DAY)


def test_an_account_is_active_has_its_role_and_a_lower_case_address(session: Session) -> None:
    assert accounts.any_account(session) is False
    create(session)
    account = session.scalars(select(Account)).one()
    assert (account.email, account.active) == ("can.bo@example.com", True)
    assert [role.name for role in account.roles] == ["officer"]
    assert accounts.any_account(session) is True


@pytest.mark.parametrize(
    ("email", "role", "problem"),
    [
        ("can.bo@EXAMPLE.com", "viewer", "email_taken"),
        ("can bo", "viewer", "email_invalid"),
        ("khac@example.com", "owner", "role_unknown"),
    ],
)
def test_what_cannot_be_created_is_refused(
    session: Session, email: str, role: str, problem: str
) -> None:
    create(session)
    with pytest.raises(Problem, match=problem):
        create(session, email, role)
