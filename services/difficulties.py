"""The difficulties desk: what units report at any time, who handles it, and what they are told."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, aliased

from forms.tree import Definition, Question
from language.dates import local
from language.text import clean_lines, fold
from models.account import Account
from models.campaign import ANSWER_DAYS, STANDING, Assignment, Campaign, Round
from models.decided import assigned_report
from models.difficulty import ANSWERED, CLOSED, FORWARDED, HANDLED, NEW, Difficulty
from models.problems import Problem
from models.response import Response, Revision
from models.unit import Unit
from services import audit, definitions, letters
from services.letters import Told

STATES = (NEW, HANDLED, FORWARDED, ANSWERED, CLOSED)
ENDED = frozenset({ANSWERED, CLOSED})
LONGEST_ANSWER = 5000
PAGE_DIFFICULTIES = 100


@dataclass(frozen=True, slots=True)
class Handling:
    """What the board has decided on a difficulty.

    `days` is for how long it is, or was, open; the board has `answer_days` to answer.
    """

    state: str
    category: str
    owner: str
    note: str
    answer: str
    answered_at: datetime | None
    days: int
    answer_days: int

    @property
    def is_overdue(self) -> bool:
        """Whether the board should have answered by now."""
        return self.state not in ENDED and self.days > self.answer_days


@dataclass(frozen=True, slots=True)
class ReportedDifficulty:
    """A difficulty as it was reported, the definition it was given to, and what became of it."""

    response_id: int
    assignment_id: int
    unit_code: str
    unit_name: str
    receipt: str
    sent_at: datetime
    definition: Definition
    answers: Mapping[str, Any]
    handling: Handling


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which difficulties are looked for; what is blank does not matter."""

    text: str = ""
    state: str = ""
    category: str = ""
    owner: str = ""
    overdue: bool = False


@dataclass(frozen=True, slots=True)
class Desk:
    """One page of the queue, oldest open ones first; the counts are of all that were reported.

    `counts` counts by category and state.
    """

    difficulties: tuple[ReportedDifficulty, ...]
    found: int
    number: int
    pages: int
    counts: Mapping[tuple[str, str], int]
    overdue: int

    @property
    def total(self) -> int:
        """Return how many were ever reported."""
        return sum(self.counts.values())

    def of_state(self, state: str) -> int:
        """Return how many are in a state."""
        return sum(count for (_, found), count in self.counts.items() if found == state)


def category_question(definition: Definition) -> Question | None:
    """Return the question whose choices are the categories: the first that its list counts."""
    named = next((table.foot for table in definition.tables if table.kind == "list"), ())
    choosing = (q for name in named for q in definition.single_questions if q.name == name)
    return next((q for q in choosing if q.choices), None)


def desk(session: Session, round_id: int, wanted: Wanted, number: int, now: datetime) -> Desk:
    """Return page `number`, from 1, of the difficulties that are wanted."""
    every = reported(session, round_id, now)
    counts = Counter((one.handling.category, one.handling.state) for one in every)
    found = [one for one in every if _is_wanted(one, wanted)]
    found.sort(key=lambda one: (one.handling.state in ENDED, -one.handling.days, one.response_id))
    pages = max((len(found) - 1) // PAGE_DIFFICULTIES + 1, 1)
    number = min(max(number, 1), pages)
    return Desk(
        tuple(found[(number - 1) * PAGE_DIFFICULTIES : number * PAGE_DIFFICULTIES]),
        len(found),
        number,
        pages,
        counts,
        sum(one.handling.is_overdue for one in every),
    )


def _is_wanted(one: ReportedDifficulty, wanted: Wanted) -> bool:
    asked = ((wanted.state, one.handling.state), (wanted.category, one.handling.category))
    return (
        all(sought in ("", found) for sought, found in asked)
        and wanted.owner in ("", one.handling.owner)
        and (one.handling.is_overdue or not wanted.overdue)
        and all(word in _searched(one) for word in fold(wanted.text).split())
    )


def _searched(one: ReportedDifficulty) -> str:
    """Return what is searched: the unit, its answers with the labels of choices, the answer."""
    parts = [one.unit_code, one.unit_name, one.receipt, one.handling.answer, one.handling.note]
    for question in one.definition.single_questions:
        answer = one.answers.get(question.name, "")
        several = answer if isinstance(answer, list) else [answer]
        if "contact" not in question.appearance:
            parts += [question.choice_label(str(name), "vi") for name in several]
    return fold(" ".join(parts))


def reported(session: Session, round_id: int, now: datetime) -> tuple[ReportedDifficulty, ...]:
    """Return everything that was reported to a standing round, the oldest first."""
    rows = session.execute(_reported().where(Assignment.round_id == round_id))
    return tuple(_difficulty(session, row, now) for row in rows)


def find(session: Session, round_id: int, receipt: str, now: datetime) -> ReportedDifficulty:
    """Return what was reported with this receipt. Raises Problem `receipt_unknown`."""
    row = session.execute(
        _reported().where(Assignment.round_id == round_id, Revision.receipt_code == receipt)
    ).one_or_none()
    if row is None:
        raise Problem("receipt_unknown")
    return _difficulty(session, row, now)


def handling_of(session: Session, receipt: str, now: datetime) -> Handling | None:
    """Return what became of a difficulty; None for a receipt of another kind of round."""
    row = session.execute(
        _reported().where(Revision.receipt_code == receipt, Round.kind == STANDING)
    ).one_or_none()
    return None if row is None else _difficulty(session, row, now).handling


def _reported() -> Select[*tuple[Any, ...]]:
    newer = aliased(Revision)
    newest = (
        select(func.max(newer.number))
        .where(newer.response_id == Response.id)
        .correlate(Response)
        .scalar_subquery()
    )
    return (
        select(
            Response.id,
            Assignment.id,
            Unit.code,
            Assignment.unit_name,
            Revision.receipt_code,
            Revision.submitted_at,
            Revision.form_version_id,
            Revision.answers,
            Difficulty,
            func.coalesce(Account.email, ""),
            Campaign.answer_days,
        )
        .select_from(Revision)
        .join(Response, Response.id == Revision.response_id)
        .join(Assignment, Assignment.id == Response.assignment_id)
        .join(Unit, Unit.id == Assignment.unit_id)
        .join(Round, Round.id == Assignment.round_id)
        .join(Campaign, Campaign.id == Round.campaign_id)
        .outerjoin(Difficulty, Difficulty.response_id == Response.id)
        .outerjoin(Account, Account.id == Difficulty.owner_id)
        .where(Revision.number == newest)
        .order_by(Response.id)
    )


def _difficulty(session: Session, row: Sequence[Any], now: datetime) -> ReportedDifficulty:
    *known, sent_at, version_id, text, kept, owner, answer_days = row
    definition = definitions.definition(session, version_id)
    answers = json.loads(text)
    asked = category_question(definition)
    own = _first(answers.get(asked.name, "")) if asked else ""
    until = kept.ended_at if kept and kept.ended_at else now
    handling = Handling(
        state=kept.state if kept else NEW,
        category=(kept.category if kept else "") or own,
        owner=owner,
        note=kept.note if kept else "",
        answer=kept.answer if kept else "",
        answered_at=kept.answered_at if kept else None,
        days=max((local(until).date() - local(sent_at).date()).days, 0),
        answer_days=answer_days,
    )
    response_id, assignment_id, code, name, receipt = known
    return ReportedDifficulty(
        response_id, assignment_id, code, name, receipt, sent_at, definition, answers, handling
    )


def _first(answer: Any) -> str:
    return str(answer[0]) if isinstance(answer, list) and answer else str(answer or "")


# --- handling -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Change:
    """What is done about a difficulty; with an `answer`, the unit is told."""

    state: str
    category: str
    owner: str
    note: str = ""
    answer: str = ""


def answer_days(session: Session, round_id: int) -> int:
    """Return how many days the board has to answer what is reported in a round."""
    asked = select(Campaign.answer_days).join(Round, Round.campaign_id == Campaign.id)
    return session.scalar(asked.where(Round.id == round_id)) or ANSWER_DAYS


def owners(session: Session) -> tuple[str, ...]:
    """Return the e-mail addresses of those who may own a difficulty."""
    accounts = session.scalars(select(Account).where(Account.active).order_by(Account.email))
    return tuple(
        account.email
        for account in accounts
        if any(role.name in ("officer", "admin") for role in account.roles)
    )


def handle(
    session: Session,
    one: ReportedDifficulty,
    change: Change,
    address: str,
    actor: str,
    now: datetime,
) -> int | None:
    """Note what is done about a difficulty; return the id of the letter, if the unit is told.

    A new answer is sent to the unit with its link `address`, and ends the difficulty unless
    another state was chosen. Raises Problem `difficulty_invalid` for a state, category or owner
    that there is not, and for an answer that is too long.
    """
    change = _checked(session, one, change)
    row = session.get(Difficulty, one.response_id, with_for_update=True)
    if row is None:
        row = Difficulty(response_id=one.response_id, changed_at=now)
        session.add(row)
    told = bool(change.answer) and change.answer != row.answer
    row.category, row.note = change.category, change.note
    row.state = ANSWERED if told and change.state == one.handling.state else change.state
    row.owner_id = session.scalar(select(Account.id).where(Account.email == change.owner))
    row.ended_at = (row.ended_at or now) if row.state in ENDED else None
    row.changed_at = now
    if told:
        row.answer, row.answered_at = change.answer, now
    session.flush()
    _note(session, one, replace(change, state=row.state), told, actor, now)
    return _tell(session, one, change.answer, address, now) if told else None


def _checked(session: Session, one: ReportedDifficulty, change: Change) -> Change:
    asked = category_question(one.definition)
    categories = {one.handling.category, "", *(asked.choice_names if asked else ())}
    known: Iterable[tuple[str, Iterable[str]]] = (
        (change.state, STATES),
        (change.category, categories),
        (change.owner, ("", one.handling.owner, *owners(session))),
    )
    answer, note = clean_lines(change.answer), clean_lines(change.note)
    if any(given not in allowed for given, allowed in known):
        raise Problem("difficulty_invalid")
    if max(len(answer), len(note)) > LONGEST_ANSWER:
        raise Problem("difficulty_invalid")
    return replace(change, answer=answer, note=note)


def _note(
    session: Session,
    one: ReportedDifficulty,
    change: Change,
    told: bool,
    actor: str,
    now: datetime,
) -> None:
    audit.note(
        session,
        now,
        actor,
        "difficulty.answered" if told else "difficulty.handled",
        f"unit:{one.unit_code}",
        receipt=one.receipt,
        before=_logged(one.handling),
        after=_logged(change),
    )


def _tell(
    session: Session, one: ReportedDifficulty, answer: str, address: str, now: datetime
) -> int:
    report = assigned_report(session, one.assignment_id)
    about = replace(report, receipt=one.receipt, sent_at=one.sent_at)
    return letters.write(session, "difficulty.answered", about, Told(answer, address=address), now)


def _logged(handled: Handling | Change) -> dict[str, str]:
    return {"state": handled.state, "category": handled.category, "owner": handled.owner}
