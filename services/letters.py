"""Letters to units: written with the act they tell of, and what becomes of each afterwards."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, or_, select, update
from sqlalchemy.orm import Session

from language.codes import show_code
from language.dates import format_moment
from language.text import clean
from models.addressed import addressed_unit, letter_round
from models.campaign import Assignment
from models.decided import AssignedReport
from models.letter import (
    BOUNCED,
    CANCELLED,
    FAILED,
    FILED,
    REFUSED,
    SENDING,
    SENT,
    UNADDRESSED,
    UNKNOWN,
    WAITING,
    FailingAddress,
    Letter,
)
from models.problems import Problem
from services import audit, carrier
from services.carrier import Outcome
from services.letter_texts import LINK, REMINDERS, Written, fill, known, wordings

LONGEST_PROBLEM = 300
# After each try one waits four times as long, at most so long, and gives up after so long
# (RFC 5321, 4.5.4.1).
FIRST_PAUSE, PAUSE_FACTOR = timedelta(minutes=1), 4
LONGEST_PAUSE = timedelta(hours=4)
GIVEN_UP_AFTER = timedelta(days=3)
# Why a letter is cancelled by itself; views have the words.
REPORTED, WITHDRAWN = "reported", "withdrawn"
# What may be sent once more, and what may still be cancelled.
RETRIED = frozenset({WAITING, REFUSED, FAILED, UNKNOWN, BOUNCED, CANCELLED})
CANCELLABLE = frozenset({WAITING, UNKNOWN, FAILED, REFUSED})


@dataclass(frozen=True, slots=True)
class Told:
    """What a letter tells: `note`, the sentence of each marked question, and until when.

    `marks` are pairs of a question as the unit knows it and what is wrong with it; `address` is the
    link of the unit, blank when it has none that opens.
    """

    note: str = ""
    marks: Sequence[tuple[str, str]] = ()
    deadline: datetime | None = None
    address: str = ""


@dataclass(frozen=True, slots=True)
class ReadyLetter:
    """A letter as it is delivered; see models.letter.Letter."""

    id: int
    kind: str
    to: str
    subject: str
    text: str
    html: str
    created_at: datetime
    state: str
    tries: int
    sent_at: datetime | None
    problem: str


# --- writing --------------------------------------------------------------------------------------


def write(session: Session, kind: str, report: AssignedReport, told: Told, now: datetime) -> int:
    """Write a letter that tells of an act to every address of a unit; return the id of the first.

    They wait to be delivered after the commit; without any address one is kept to be read.
    """
    unit = addressed_unit(session, report.assignment_id)
    asked = letter_round(session, session.get_one(Assignment, report.assignment_id).round_id)
    wording = wordings(session, asked.campaign_id)[kind]
    written = fill(wording, known(asked, unit, "", now) | _told(report, told), told.marks)
    ids = [
        add(session, kind, report.assignment_id, address, written, now)
        for address in unit.addresses or ("",)
    ]
    return ids[0]


def _told(report: AssignedReport, told: Told) -> dict[str, str]:
    return {
        "so_tiep_nhan": show_code(report.receipt),
        "gui_luc": format_moment(report.sent_at) if report.sent_at else "",
        "ly_do": told.note,
        "han": format_moment(told.deadline) if told.deadline else "",
        LINK: told.address,
    }


def add(
    session: Session,
    kind: str,
    assignment_id: int,
    to: str,
    written: Written,
    now: datetime,
    *,
    batch_id: int | None = None,
    key: str | None = None,
) -> int:
    """Add a letter to one address, blank when there is none; return its id."""
    letter = Letter(
        kind=kind,
        assignment_id=assignment_id,
        batch_id=batch_id,
        key=key,
        to=clean(to),
        subject=written.subject,
        text=written.text,
        html=written.html,
        created_at=now,
        state=WAITING if clean(to) else UNADDRESSED,
    )
    session.add(letter)
    session.flush()
    return letter.id


# --- delivering -----------------------------------------------------------------------------------


def waiting(session: Session, now: datetime) -> tuple[int, ...]:
    """Return the ids of the letters that are to be delivered now, the oldest first."""
    rows = session.scalars(select(Letter.id).where(_deliverable(now)).order_by(Letter.id))
    return tuple(rows)


def any_left_behind(session: Session) -> bool:
    """Tell whether letters are on their way: to be asked by who knows that nobody delivers."""
    return session.scalar(select(Letter.id).where(Letter.state == SENDING).limit(1)) is not None


def count_undelivered(session: Session) -> int:
    """Return how many letters wait, or may not have arrived."""
    states = (WAITING, SENDING, UNKNOWN)
    return session.scalar(select(func.count()).where(Letter.state.in_(states))) or 0


def last_try(session: Session) -> datetime | None:
    """Return when a letter was last begun to be delivered."""
    return session.scalar(select(func.max(Letter.tried_at)))


def take(session: Session, letter_id: int, now: datetime) -> ReadyLetter | None:
    """Take a letter to deliver it; None when it needs no delivery or somebody else does it.

    To be committed before the delivery begins. A reminder whose report has arrived is cancelled.
    """
    taken = session.execute(
        update(Letter)
        .where(Letter.id == letter_id, _deliverable(now))
        .values(state=SENDING, tries=Letter.tries + 1, tried_at=now)
        .returning(Letter.id)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    if taken is None:
        return None
    letter = session.get_one(Letter, letter_id, populate_existing=True)
    reason = _no_longer_wanted(letter)
    if reason:
        letter.state, letter.problem, letter.tries = CANCELLED, reason, letter.tries - 1
        session.flush()
        return None
    return _ready(letter)


def _no_longer_wanted(letter: Letter) -> str:
    """Return why a letter is not to be delivered any more, if so."""
    if letter.batch_id is not None and letter.assignment.withdrawn_at is not None:
        return WITHDRAWN
    reported = letter.assignment.first_sent_at is not None
    return REPORTED if letter.kind in REMINDERS and reported else ""


def delivered(session: Session, letter_id: int, now: datetime, *, filed: bool = False) -> None:
    """Note that a letter was handed to the mail server or, when `filed`, written to a file."""
    letter = session.get_one(Letter, letter_id)
    letter.state, letter.sent_at, letter.problem = FILED if filed else SENT, now, ""
    session.flush()


def failed(session: Session, letter_id: int, problem: str, now: datetime) -> None:
    """Note why a letter could not be delivered; it is tried again later, but not for ever."""
    letter = session.get_one(Letter, letter_id)
    letter.problem = clean(problem)[:LONGEST_PROBLEM]
    pause = min(FIRST_PAUSE * PAUSE_FACTOR ** min(letter.tries - 1, 9), LONGEST_PAUSE)
    letter.next_try_at = now + pause
    letter.state = FAILED if now + pause > letter.created_at + GIVEN_UP_AFTER else WAITING
    session.flush()


def settle(session: Session, letter_id: int, outcome: Outcome, now: datetime) -> None:
    """Note what became of a letter that was handed over, or was to be."""
    SETTLINGS[outcome.result](session, letter_id, outcome.problem, now)


def _sent(session: Session, letter_id: int, _problem: str, now: datetime) -> None:
    delivered(session, letter_id, now)


def _ended(state: str) -> Callable[[Session, int, str, datetime], None]:
    def end(session: Session, letter_id: int, problem: str, now: datetime) -> None:
        letter = session.get_one(Letter, letter_id)
        letter.state, letter.problem = state, clean(problem)[:LONGEST_PROBLEM]
        session.flush()

    return end


def _address_refused(session: Session, letter_id: int, problem: str, now: datetime) -> None:
    _ended(REFUSED)(session, letter_id, problem, now)
    note_failing(session, session.get_one(Letter, letter_id).to, problem, now)


SETTLINGS: Mapping[str, Callable[[Session, int, str, datetime], None]] = {
    carrier.SENT: _sent,
    carrier.ADDRESS_REFUSED: _address_refused,
    carrier.REFUSED: _ended(REFUSED),
    carrier.DELAYED: failed,
    carrier.UNREACHABLE: failed,
    carrier.UNKNOWN: _ended(UNKNOWN),
}


def settle_left_behind(
    session: Session, outcomes: Mapping[int, Outcome], now: datetime, *, known_past: bool
) -> None:
    """Note what became of the letters that were on their way when a worker was killed.

    `outcomes` are those of the journal: a letter that is not there was not handed over and waits
    again, if the past is known at all. Where nobody can tell, it is left to an officer.
    """
    for letter_id in session.scalars(select(Letter.id).where(Letter.state == SENDING)).all():
        outcome = outcomes.get(letter_id)
        if outcome is None and known_past:
            letter = session.get_one(Letter, letter_id)
            letter.state, letter.tries = WAITING, letter.tries - 1
        else:
            settle(session, letter_id, outcome or Outcome(carrier.UNKNOWN), now)
    session.flush()


def note_failing(session: Session, address: str, problem: str, now: datetime) -> None:
    """Note that letters do not reach an address."""
    row = session.get(FailingAddress, address.lower())
    if row is None:
        row = FailingAddress(address=address.lower(), since=now)
        session.add(row)
    row.problem = clean(problem)[:LONGEST_PROBLEM]
    session.flush()


# --- what officers do -----------------------------------------------------------------------------


def hurry(session: Session) -> None:
    """Let every waiting letter be tried at once."""
    session.execute(
        update(Letter)
        .where(Letter.state == WAITING)
        .values(next_try_at=None)
        .execution_options(synchronize_session=False)
    )


def retry(session: Session, letter_id: int, actor: str, now: datetime) -> None:
    """Let a letter be sent once more, whatever has become of it; nothing when it was sent."""
    letter = _locked(session, letter_id)
    if letter.state not in RETRIED or not letter.to:
        return
    before = letter.state
    letter.state, letter.next_try_at = WAITING, None
    _note(session, letter, actor, "letter.retried", before, now)


def cancel(session: Session, letter_id: int, actor: str, now: datetime) -> None:
    """Keep a letter from being sent; nothing when it is too late."""
    letter = _locked(session, letter_id)
    if letter.state not in CANCELLABLE:
        return
    before = letter.state
    letter.state = CANCELLED
    _note(session, letter, actor, "letter.cancelled", before, now)


def cancel_batch(session: Session, batch_id: int, actor: str, now: datetime) -> None:
    """Keep the letters of a batch from being sent that still wait."""
    waiting_ids = session.scalars(
        update(Letter)
        .where(Letter.batch_id == batch_id, Letter.state == WAITING)
        .values(state=CANCELLED)
        .returning(Letter.id)
        .execution_options(synchronize_session=False)
    ).all()
    if waiting_ids:
        letters_cancelled = len(waiting_ids)
        audit.note(
            session, now, actor, "letters.cancelled", f"batch:{batch_id}", letters=letters_cancelled
        )


def confirm(session: Session, letter_id: int, actor: str, now: datetime) -> None:
    """Note that a letter of which nobody could tell has arrived: somebody has asked the unit."""
    letter = _locked(session, letter_id)
    if letter.state != UNKNOWN:
        return
    letter.state, letter.sent_at = SENT, letter.tried_at
    _note(session, letter, actor, "letter.confirmed", UNKNOWN, now)


def _note(
    session: Session, letter: Letter, actor: str, act: str, before: str, now: datetime
) -> None:
    session.flush()
    audit.note(session, now, actor, act, f"letter:{letter.id}", before={"state": before})


def _locked(session: Session, letter_id: int) -> Letter:
    letter = session.scalar(select(Letter).where(Letter.id == letter_id).with_for_update())
    if letter is None:
        raise Problem("letter_unknown")
    return letter


# --- reading --------------------------------------------------------------------------------------


def letters_to(session: Session, assignment_id: int) -> tuple[ReadyLetter, ...]:
    """Return the letters to the unit of an assignment, the newest first."""
    rows = session.scalars(
        select(Letter).where(Letter.assignment_id == assignment_id).order_by(Letter.id.desc())
    )
    return tuple(map(_ready, rows))


def find(session: Session, assignment_id: int, letter_id: int) -> ReadyLetter:
    """Return a letter to the unit of an assignment. Raises Problem `letter_unknown`."""
    row = session.scalar(
        select(Letter).where(Letter.id == letter_id, Letter.assignment_id == assignment_id)
    )
    if row is None:
        raise Problem("letter_unknown")
    return _ready(row)


def _deliverable(now: datetime) -> ColumnElement[bool]:
    is_due = or_(Letter.next_try_at.is_(None), Letter.next_try_at <= now)
    return (Letter.state == WAITING) & is_due


def _ready(row: Letter) -> ReadyLetter:
    return ReadyLetter(
        row.id,
        row.kind,
        row.to,
        row.subject,
        row.text,
        row.html,
        row.created_at,
        row.state,
        row.tries,
        row.sent_at,
        row.problem,
    )
