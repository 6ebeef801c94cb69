"""The log for administrators: looking through it, and taking a part of it along."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import suppress
from datetime import date

from flask import Blueprint, Response, render_template, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext

from exports.cells import Cell
from exports.plain import MOMENT, NUMBER, PlainColumn, plain_workbook
from forms.tree import canonical_json
from language.dates import local, parse_date
from language.files import content_disposition
from language.text import clean
from models.database import reading, transaction
from services import log as acts
from services.log import LogEntry, Sought
from views.access import account_name
from views.filling import current_moment
from views.language import show_date
from views.log_details import facts_of
from views.log_sentences import (
    KINDS,
    act_names,
    actor_of,
    changes_of,
    receipt_of,
    sentence_of,
    subject_of,
)
from views.workbook import MEDIA_TYPE

log = Blueprint("log", __name__, url_prefix="/nhat-ky")

SOUGHT = {
    "actor": lazy_gettext("Who"),
    "act": lazy_gettext("What was done"),
    "subject": lazy_gettext("About"),
    "since": lazy_gettext("From (day/month/year)"),
    "until": lazy_gettext("To (day/month/year)"),
}
FILTERS = tuple(SOUGHT)


@log.get("")
def show_log() -> str:
    """Show the entries that are looked for, the newest first, a page at a time."""
    sought = read_sought()
    below = request.args.get("below", type=int)
    with reading() as session:
        page = acts.read(session, sought, below)
    typed = {name: request.args.get(name, "") for name in FILTERS}
    return render_template(
        "people/show_log.html",
        page=page,
        typed=typed,
        wrong=[name for name in ("since", "until") if typed[name] and not day_of(typed[name])],
        kinds=KINDS,
        acts=act_names(),
        newest=below is None,
        read={
            "sentence": sentence_of,
            "actor": actor_of,
            "changes": changes_of,
            "facts": facts_of,
            "receipt": receipt_of,
        },
    )


@log.post("/tai-ve.xlsx")
def export_log() -> Response:
    """Send the entries that are looked for as a workbook, and note that."""
    sought, now, title = read_sought(), current_moment(), _("Log")
    with reading() as session:
        rows = [_row(entry) for entry in acts.everything(session, sought)]
        head = acts.read(session, sought).head
    columns = (
        PlainColumn(_("No."), 9, NUMBER),
        PlainColumn(_("Moment"), 18, MOMENT),
        PlainColumn(_("Who"), 30),
        PlainColumn(_("What was done"), 60),
        PlainColumn(_("About"), 30),
        PlainColumn(_("Details"), 60),
        PlainColumn(_("Details as they are sealed (JSON)"), 60),
        PlainColumn(_("Digest"), 68),
    )
    notes = [_("Head of the log: %(head)s", head=head), *_told(sought)]
    workbook = plain_workbook(title, notes, columns, rows, now)
    with transaction() as session:
        sha256 = hashlib.sha256(workbook).hexdigest()
        acts.note_export(session, sought, account_name(), now, sha256)
    response = Response(workbook, mimetype=MEDIA_TYPE)
    name = f"{title} {local(now):%d-%m-%Y}.xlsx"
    response.headers["Content-Disposition"] = content_disposition(name)
    return response


def read_sought() -> Sought:
    """Return what the address, or the form, looks for; what is no date says nothing."""
    given = {name: clean(request.values.get(name, "")) for name in FILTERS}
    return Sought(
        given["actor"],
        given["act"],
        given["subject"],
        day_of(given["since"]),
        day_of(given["until"]),
    )


def day_of(text: str) -> date | None:
    """Return a day as it was typed, or as a browser sends it; None for anything else."""
    with suppress(ValueError):
        return date.fromisoformat(text)
    with suppress(ValueError):
        return parse_date(text)
    return None


def _told(sought: Sought) -> list[str]:
    """Return what was looked for, in the words of the page."""
    days = {"since": sought.since, "until": sought.until}
    acts_called = {**KINDS, **act_names()}
    told = {
        **sought.as_details(),
        **{name: show_date(day) for name, day in days.items() if day},
        **({"act": str(acts_called.get(sought.act, sought.act))} if sought.act else {}),
    }
    return [f"{SOUGHT[name]}: {text}" for name, text in told.items()]


def _in_words(entry: LogEntry) -> Iterator[str]:
    """Yield what an entry says, as its page does: first what was changed."""
    yield from (f"{name}: {old or '–'} → {new or '–'}" for name, old, new in changes_of(entry))
    yield from (f"{name}: {said}" for name, said in facts_of(entry))


def _row(entry: LogEntry) -> tuple[Cell, ...]:
    return (
        entry.id,
        entry.at,
        entry.actor,
        sentence_of(entry),
        subject_of(entry),
        "; ".join(_in_words(entry)),
        canonical_json(dict(entry.details)),
        entry.digest,
    )
