"""What the board does with a round: add it, change it, remove it while nothing was sent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import Table, delete, exists, func, select
from sqlalchemy.orm import Session

from forms.tree import Labels
from models.campaign import PUBLIC, Assignment, Link, Round
from models.database import Base
from models.form import FormDefinition
from models.problems import Problem
from models.queries import opening
from services import audit, definitions
from services.campaigns import find_campaign, find_round
from services.seen import refuse_unseen


@dataclass(frozen=True, slots=True)
class RoundFacts:
    """What the board says of a round; see models.campaign.Round."""

    code: str
    title: str
    kind: str
    form_definition_id: int
    opens_at: datetime | None
    due_at: datetime | None
    closes_at: datetime | None
    late_allowed: bool
    threshold: int


@dataclass(frozen=True, slots=True)
class PlannedRound:
    """A round as it is planned, and whether it still can be changed.

    `opened` is since when rates are counted (models.queries.opening); `sent` whether anything
    was ever sent to it; `units` how many are asked; a `removable` one has left no trace.
    """

    facts: RoundFacts
    opened: datetime | None
    sent: bool
    units: int
    removable: bool


def planned_rounds(session: Session, campaign_code: str) -> tuple[PlannedRound, ...]:
    """Return the rounds of a campaign in their order. Raises Problem `campaign_unknown`."""
    campaign = find_campaign(session, campaign_code)
    found = session.scalars(
        select(Round).where(Round.campaign_id == campaign.id).order_by(Round.position)
    )
    return tuple(_planned(session, asked) for asked in found.all())


def planned_round(session: Session, campaign_code: str, code: str) -> PlannedRound:
    """Return a round as it is planned. Raises Problem `round_unknown`."""
    return _planned(session, find_round(session, code, campaign_code))


def _planned(session: Session, asked: Round) -> PlannedRound:
    count = select(func.count()).where(
        Assignment.round_id == asked.id, Assignment.withdrawn_at.is_(None)
    )
    return PlannedRound(
        facts_of(asked),
        opening(session, asked.id),
        _has_answers(session, asked),
        session.scalar(count) or 0,
        removable=not _has_traces(session, asked),
    )


def facts_of(asked: Round) -> RoundFacts:
    """Return what is said of a round."""
    return RoundFacts(**{part.name: getattr(asked, part.name) for part in fields(RoundFacts)})


def askable_forms(session: Session) -> Mapping[int, tuple[str, Labels]]:
    """Return the id of each published form, with its name and its title."""
    found = session.scalars(select(FormDefinition).order_by(FormDefinition.form_id)).all()
    newest = {form.id: definitions.newest(session, form.id) for form in found}
    return {
        form.id: (form.form_id, definitions.definition(session, newest[form.id].digest).title)
        for form in found
    }


def versions_asked(session: Session) -> Mapping[int, int]:
    """Return the number of the version that is asked of each form, by the id of the form."""
    forms = session.scalars(select(FormDefinition.id)).all()
    return {form: definitions.newest(session, form).number for form in forms}


# --- acts -----------------------------------------------------------------------------------------


def add(
    session: Session, campaign_code: str, facts: RoundFacts, actor: str, now: datetime
) -> Round:
    """Add a round after the others of its campaign.

    Raises Problem `round_code_taken`, or `form_not_anonymous` when a public round would ask what
    tells who answers. Raises ValueError for dates that are out of order.
    """
    _refuse_disorder(facts, None, now)
    campaign = find_campaign(session, campaign_code)
    # Of two who add the same code, one waits and is told.
    session.refresh(campaign, with_for_update=True)
    of_campaign = Round.campaign_id == campaign.id
    if session.scalar(select(Round.id).where(of_campaign, Round.code == facts.code)):
        raise Problem("round_code_taken", round=facts.code)
    _refuse_identifying(session, facts)
    last = session.scalar(select(func.max(Round.position)).where(of_campaign)) or 0
    asked = Round(**_columns(facts), campaign=campaign, position=last + 1)
    session.add(asked)
    session.flush()
    _note(session, asked, "round.created", actor, now, after=audit.plain(facts))
    return asked


def change(
    session: Session,
    campaign_code: str,
    facts: RoundFacts,
    actor: str,
    now: datetime,
    seen: str = "",
) -> None:
    """Change the round that `facts` names; its code and its kind stay.

    `seen` marks what was said when the page was opened (services.seen). Raises Problem
    `changed_meanwhile`, `round_opened` when the opening would be moved after it has passed,
    `round_form_fixed` when something was sent to another form, `round_due_earlier` when somebody
    who has sent might become late, `round_threshold_fixed` when feedback was sent that is counted
    in groups of another size, `form_not_anonymous`. Raises ValueError for dates out of order.
    """
    asked = find_round(session, facts.code, campaign_code)
    session.refresh(asked, with_for_update=True)
    before = facts_of(asked)
    if before == facts:
        return
    refuse_unseen(before, seen)
    _refuse_disorder(facts, before, now)
    _refuse_moved_opening(session, asked, facts, now)
    if _has_answers(session, asked):
        _refuse_after_sending(before, facts)
    _refuse_identifying(session, facts)
    for name, value in _columns(facts).items():
        setattr(asked, name, value)
    session.flush()
    _note(session, asked, "round.changed", actor, now, **audit.changed(before, facts))


def remove(session: Session, campaign_code: str, code: str, actor: str, now: datetime) -> None:
    """Remove a round with its links. Raises Problem `round_not_empty` once it has left a trace.

    A trace is anything that was typed, sent, decided or written for it.
    """
    asked = find_round(session, code, campaign_code)
    if _has_traces(session, asked):
        raise Problem("round_not_empty")
    before = audit.plain(facts_of(asked))
    session.execute(delete(Link).where(Link.round_id == asked.id))
    session.execute(delete(Assignment).where(Assignment.round_id == asked.id))
    subject = _subject(asked)
    session.execute(delete(Round).where(Round.id == asked.id))
    audit.note(session, now, actor, "round.removed", subject, before=before)


# --- what is refused ------------------------------------------------------------------------------


def date_faults(facts: RoundFacts, before: RoundFacts | None, now: datetime) -> Mapping[str, str]:
    """Return what is wrong with the dates of a round: the field, and one of these codes.

    `past`: it would open before now, though it did not; `before_opening`, `before_due`: the field
    is earlier than what must come first.
    """
    first = {"due_at": facts.opens_at, "closes_at": facts.due_at or facts.opens_at}
    codes = {"due_at": "before_opening", "closes_at": "before_due"}
    faults = {
        name: codes[name]
        for name, earlier in first.items()
        if earlier and getattr(facts, name) and getattr(facts, name) < earlier
    }
    moved = facts.opens_at is not None and (before is None or before.opens_at != facts.opens_at)
    if moved and facts.opens_at is not None and facts.opens_at < now:
        faults["opens_at"] = "past"
    return faults


def _refuse_disorder(facts: RoundFacts, before: RoundFacts | None, now: datetime) -> None:
    faults = date_faults(facts, before, now)
    # That it has opened is told as such.
    if faults.keys() - {"opens_at"} or (faults and before is None):
        raise ValueError(f"dates out of order: {faults}")


def _refuse_moved_opening(session: Session, asked: Round, facts: RoundFacts, now: datetime) -> None:
    opened = opening(session, asked.id)
    moved = facts.opens_at != asked.opens_at
    if moved and opened is not None and opened <= now:
        raise Problem("round_opened")


def _refuse_after_sending(before: RoundFacts, facts: RoundFacts) -> None:
    if facts.form_definition_id != before.form_definition_id:
        raise Problem("round_form_fixed")
    if facts.due_at and (before.due_at is None or facts.due_at < before.due_at):
        raise Problem("round_due_earlier")
    # What was shown stays shown, and what was promised to whoever has answered holds.
    if facts.kind == PUBLIC and facts.threshold != before.threshold:
        raise Problem("round_threshold_fixed")


def _refuse_identifying(session: Session, facts: RoundFacts) -> None:
    if facts.kind == PUBLIC:
        in_use = definitions.newest(session, facts.form_definition_id)
        definitions.refuse_identifying(definitions.identifying(session, in_use.id))


def _has_answers(session: Session, asked: Round) -> bool:
    """Tell whether anything was sent to a round: a report, a difficulty, a feedback."""
    return _any_row(session, asked, {"response", "feedback"})


def _has_traces(session: Session, asked: Round) -> bool:
    return _any_row(session, asked, {table.name for table, _ in _pointing()} - OWN_TABLES)


# What a round consists of, and what goes with it when it is removed.
OWN_TABLES = {"assignment", "link"}


def _pointing() -> Iterator[tuple[Table, Any]]:
    """Yield every table that points to a round, its assignments or its links, with the column.

    Read from the tables themselves, so that nobody has to think of it who adds one.
    """
    for table in Base.metadata.sorted_tables:
        for key in table.foreign_keys:
            if key.column.table.name in {"round", *OWN_TABLES}:
                yield table, key.parent


def _any_row(session: Session, asked: Round, tables: set[str]) -> bool:
    of_round: Mapping[str, Any] = {
        "round": [asked.id],
        "assignment": select(Assignment.id).where(Assignment.round_id == asked.id),
        "link": select(Link.code).where(Link.round_id == asked.id),
    }
    found = (
        exists().where(column.in_(of_round[next(iter(column.foreign_keys)).column.table.name]))
        for table, column in _pointing()
        if table.name in tables
    )
    return any(session.scalar(select(row)) for row in found)


def _columns(facts: RoundFacts) -> dict[str, Any]:
    return {part.name: getattr(facts, part.name) for part in fields(RoundFacts)}


def _subject(asked: Round) -> str:
    return f"round:{asked.campaign.code}/{asked.code}"


def _note(
    session: Session, asked: Round, act: str, actor: str, now: datetime, **details: object
) -> None:
    audit.note(session, now, actor, act, _subject(asked), **details)
