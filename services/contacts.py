"""Whom to telephone and write to in a campaign, for officers: what units and their reports say."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from forms.contacts import contact_questions
from forms.tree import Definition
from models import sent
from models.campaign import PUBLIC, Assignment, Campaign, Round
from models.unit import Contact, Unit
from services import audit, definitions
from services.campaigns import find_campaign


@dataclass(frozen=True, slots=True)
class FoundContact:
    """One thing that is known of a unit: what it is and how it reads.

    `source` is the title of a round, "" for the directory of units.
    """

    unit_code: str
    unit_name: str
    source: str
    label: str
    value: str


def find_contacts(
    session: Session, campaign_code: str, language: str = "vi"
) -> tuple[FoundContact, ...]:
    """Return every contact of a campaign. Raises Problem `campaign_unknown`."""
    campaign = find_campaign(session, campaign_code)
    return (*_of_directory(session, campaign), *_of_reports(session, campaign, language))


def note_export(
    session: Session, campaign_code: str, count: int, actor: str, now: datetime
) -> None:
    """Note who took the contacts of a campaign."""
    subject = f"campaign:{campaign_code}"
    audit.note(session, now, actor, "contacts.exported", subject, count=count)


def _of_directory(session: Session, campaign: Campaign) -> Iterator[FoundContact]:
    asked = (
        select(Assignment.unit_id)
        .join(Round, Round.id == Assignment.round_id)
        .where(Round.campaign_id == campaign.id)
    )
    units = session.scalars(select(Unit).where(Unit.id.in_(asked)).order_by(Unit.position)).all()
    people: dict[int, list[Contact]] = {}
    for person in session.scalars(select(Contact).where(Contact.unit_id.in_(asked))):
        people.setdefault(person.unit_id, []).append(person)
    for unit in units:
        if unit.email:
            yield FoundContact(unit.code, unit.name, "", "", unit.email)
        for person in people.get(unit.id, ()):
            told = ", ".join(filter(None, (person.title, person.phone, person.email)))
            yield FoundContact(unit.code, unit.name, "", person.name, told)


def _of_reports(session: Session, campaign: Campaign, language: str) -> Iterator[FoundContact]:
    rounds = select(Round).where(Round.campaign_id == campaign.id, Round.kind != PUBLIC)
    for asked in session.scalars(rounds.order_by(Round.position)):
        for report in sent.reports(session, asked.id):
            if report.answers is None or report.form_version_id is None:
                continue
            definition = definitions.definition(session, report.form_version_id)
            for name, value in _values(json.loads(report.answers), definition):
                label = definition.question(name).labels.text(language)
                yield FoundContact(report.code, report.name, asked.title, label, value)


def _values(answers: Mapping[str, Any], definition: Definition) -> Iterator[tuple[str, str]]:
    names = contact_questions(definition)
    for name, value in answers.items():
        if name in names and value not in (None, ""):
            yield name, str(value)
        elif isinstance(value, list):
            for row in value:
                if isinstance(row, dict):
                    yield from _values(row, definition)
