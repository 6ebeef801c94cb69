"""Exports on their way: asked for, made by a worker, given out, and forgotten after a day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from secrets import token_hex
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, or_, select, update
from sqlalchemy.orm import Session

from exports.options import WorkbookOptions, stored_options
from exports.records import DataOptions
from models.campaign import Campaign, Round
from models.export import CANCELLED, DONE, FAILED, WAITING, WORKING, Export
from models.problems import Problem
from models.proof import digest_of
from services import audit, campaigns

KEPT = timedelta(days=1)
# Whoever works at an export says so more often; silence means that the process has ended.
LONGEST_SILENCE = timedelta(minutes=1)
LIVE = (WAITING, WORKING)
ID_BYTES = 16
# The format of a consolidated workbook, and those of the Word report; the others are of data.
WORKBOOK = "workbook"
WORD = frozenset({"docx", "pdf"})
_REPORT = ("word.exported", "word.cancelled")
# Format -> what the log says when one is made, and when it is cancelled; the others are of data.
ACTS: Mapping[str, tuple[str, str]] = {
    WORKBOOK: ("workbook.exported", "workbook.cancelled"),
    **dict.fromkeys(WORD, _REPORT),
}
OF_DATA = ("data.exported", "data.cancelled")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is wanted: data of a round, its Word report, or the workbook of its campaign.

    `format` is one of views.making.FORMATS, of WORD, or WORKBOOK; with that, `round` is blank. Data
    have options of their own; of those of a workbook, a report heeds `returned` alone.
    """

    campaign: str
    round: str
    format: str
    options: DataOptions | WorkbookOptions

    @property
    def subject(self) -> str:
        """What it is about, as the log says it."""
        whole = f"campaign:{self.campaign}"
        return f"round:{self.campaign}/{self.round}" if self.round else whole

    @property
    def acts(self) -> tuple[str, str]:
        """What the log says when it is made, and when it is cancelled."""
        return ACTS.get(self.format, OF_DATA)


@dataclass(frozen=True, slots=True)
class Standing:
    """How an export stands; see models.export.Export. `percent` is 100 when it is done."""

    id: str
    wanted: Wanted
    actor: str
    state: str
    created_at: datetime
    finished_at: datetime | None
    percent: int
    file_name: str
    size_bytes: int

    @property
    def live(self) -> bool:
        """Whether it is still on its way."""
        return self.state in LIVE


@dataclass(frozen=True, slots=True)
class Made:
    """The file of an export: what is written of it in the log."""

    file_name: str
    size_bytes: int
    sha256: str
    rows: int
    log_head: str


# --- asking ---------------------------------------------------------------------------------------


def ask(session: Session, wanted: Wanted, actor: str, now: datetime) -> str:
    """Ask for an export; return its id: that of one on its way when the same is wanted.

    Raises Problem `campaign_unknown` or `round_unknown`.
    """
    campaign_id, round_id = _place(session, wanted)
    options = _stored(wanted)
    request = digest_of([campaign_id, round_id, options])
    same = select(Export.id).where(Export.request == request, Export.state.in_(LIVE))
    # Asking twice at once: the second one waits here and finds the first.
    session.execute(
        select(Campaign.id).where(Campaign.id == campaign_id).with_for_update(key_share=True)
    )
    live = session.scalars(same).first()
    if live is not None:
        return live
    export = Export(
        id=token_hex(ID_BYTES),
        campaign_id=campaign_id,
        round_id=round_id,
        options=options,
        request=request,
        actor=actor,
        state=WAITING,
        created_at=now,
    )
    session.add(export)
    session.flush()
    return export.id


def _place(session: Session, wanted: Wanted) -> tuple[int, int | None]:
    """Return the ids of the campaign and of the round, None for a whole campaign."""
    if not wanted.round:
        return campaigns.find_campaign(session, wanted.campaign).id, None
    asked = campaigns.find_round(session, wanted.round, wanted.campaign)
    return asked.campaign_id, asked.id


def cancel(
    session: Session, campaign: str, round_code: str, export_id: str, actor: str, now: datetime
) -> None:
    """Cancel an export that is on its way; one that has ended stays. Raises `export_unknown`."""
    found = find(session, campaign, round_code, export_id)
    cancelled = session.execute(
        update(Export)
        .where(Export.id == found.id, Export.state.in_(LIVE))
        .values(state=CANCELLED)
        .returning(Export.id)
    )
    if cancelled.one_or_none() is not None:
        _, act = found.wanted.acts
        audit.note(session, now, actor, act, found.wanted.subject, export=found.id)


def find(session: Session, campaign: str, round_code: str, export_id: str) -> Standing:
    """Return an export of a round, or without one of the campaign. Raises `export_unknown`."""
    row = session.scalar(_exports(campaign, round_code).where(Export.id == export_id))
    if row is None:
        raise Problem("export_unknown")
    return _standing(row)


def recent(session: Session, campaign: str, round_code: str) -> tuple[Standing, ...]:
    """Return the exports of a round, or without one of the campaign, the newest first."""
    rows = session.scalars(_exports(campaign, round_code).order_by(Export.created_at.desc()))
    return tuple(map(_standing, rows))


def _exports(campaign: str, round_code: str) -> Any:
    found = select(Export).join(Export.campaign).where(Campaign.code == campaign)
    if not round_code:
        return found.where(Export.round_id.is_(None))
    return found.join(Export.round).where(Round.code == round_code)


def _stored(wanted: Wanted) -> dict[str, Any]:
    options = wanted.options
    details = options.as_details() if isinstance(options, WorkbookOptions) else asdict(options)
    return {"format": wanted.format, **details}


def _wanted(row: Export) -> Wanted:
    details = dict(row.options)
    wish = details.pop("format")
    whole = wish == WORKBOOK or wish in WORD
    options = stored_options(details) if whole else DataOptions(**details)
    return Wanted(row.campaign.code, row.round.code if row.round else "", wish, options)


def _standing(row: Export) -> Standing:
    wanted = _wanted(row)
    done = 100 if row.state == DONE else min(100 * row.rows // max(row.rows_expected, 1), 99)
    return Standing(
        row.id,
        wanted,
        row.actor,
        row.state,
        row.created_at,
        row.finished_at,
        done,
        row.file_name,
        row.size_bytes,
    )


# --- making ---------------------------------------------------------------------------------------


def take(session: Session, now: datetime) -> Standing | None:
    """Take the oldest export that nobody works at, one left behind included; None without any.

    To be committed before the work begins.
    """
    oldest = select(Export.id).where(_open(now)).order_by(Export.created_at).limit(1)
    taken = session.scalar(
        update(Export)
        .where(Export.id == oldest.scalar_subquery(), _open(now))
        .values(state=WORKING, beat_at=now, rows=0)
        .returning(Export.id)
        .execution_options(synchronize_session=False)
    )
    return _standing(session.get_one(Export, taken)) if taken else None


def beat(session: Session, export_id: str, rows: int, expected: int, now: datetime) -> bool:
    """Say that the work goes on, and how far it is; tell whether it is still wanted."""
    going_on = session.execute(
        update(Export)
        .where(Export.id == export_id, Export.state == WORKING)
        .values(beat_at=now, rows=rows, rows_expected=expected)
        .returning(Export.id)
    )
    return going_on.one_or_none() is not None


def finish(session: Session, export_id: str, made: Made, now: datetime) -> bool:
    """Note that an export is made, in the log, too; tell whether it was still wanted."""
    row = session.get(Export, export_id, with_for_update=True)
    if row is None or row.state != WORKING:
        return False
    row.state, row.finished_at = DONE, now
    row.file_name, row.size_bytes, row.sha256 = made.file_name, made.size_bytes, made.sha256
    session.flush()
    wanted = _wanted(row)
    act, _ = wanted.acts
    audit.note(
        session,
        now,
        row.actor,
        act,
        wanted.subject,
        **row.options,
        rows=made.rows,
        head=made.log_head,
        sha256=made.sha256,
    )
    return True


def note_taken(session: Session, export: Standing, actor: str, now: datetime) -> None:
    """Note who took an export that has contacts."""
    wanted = export.wanted
    audit.note(session, now, actor, "contacts.exported", wanted.subject, export=export.id)


def hand_over(session: Session) -> None:
    """Let every export be taken again that is being made, by nobody any more."""
    session.execute(
        update(Export)
        .where(Export.state == WORKING)
        .values(state=WAITING, rows=0)
        .execution_options(synchronize_session=False)
    )


def fail(session: Session, export_id: str, now: datetime) -> None:
    """Note that an export cannot be made."""
    session.execute(
        update(Export)
        .where(Export.id == export_id, Export.state == WORKING)
        .values(state=FAILED, finished_at=now)
    )


def forget(session: Session, now: datetime) -> tuple[str, ...]:
    """Forget exports that are older than a day; return the ids of all that are left."""
    session.execute(delete(Export).where(Export.created_at < now - KEPT))
    return tuple(_ids(session))


def _ids(session: Session) -> Iterable[str]:
    return session.scalars(select(Export.id))


def _open(now: datetime) -> ColumnElement[bool]:
    silent = and_(Export.state == WORKING, Export.beat_at < now - LONGEST_SILENCE)
    return or_(Export.state == WAITING, silent)
