"""What an uploaded workbook comes to: whose it is, what was read, what is wrong, what is new."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from forms.answers import INSTANCE_NAME, Typed, is_input
from forms.build import given_names
from forms.formats.grid import Book
from forms.markup import alone
from forms.reading import AnswerError
from forms.tree import Definition, Question
from forms.workbook_cells import entered
from forms.workbook_reading import Filled, read_filled
from forms.workbook_sheets import Note, Place
from models.campaign import STANDING
from models.problems import Problem
from services import definitions, reporting
from views.filling import MOST_INPUTS, question_name
from views.language import asked_language
from views.opening import Opened, understand
from views.report import ReportSection, report_sections
from views.workbook_identity import Identity

# What the form that carries the answers may hold: what any form of ours may, less what is around.
MOST_BYTES = 1_900_000
SPARE_INPUTS = 50


class WrongWorkbook(Exception):
    """A workbook that is not of this report; `sentence` says so, in the language of the page."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


@dataclass(frozen=True, slots=True)
class Remark:
    """Something to say about a cell, or about a question that has none (a blank place)."""

    place: Place
    label: str
    message: str


@dataclass(frozen=True, slots=True)
class Difference:
    """A question whose answer on the server is another one than in the workbook."""

    label: str
    server: str
    workbook: str


@dataclass(frozen=True, slots=True)
class Checked:
    """An uploaded workbook, read and checked; nothing of it is stored.

    `taken` is the form with what the workbook says in it; `typed` is what is sent on. `wrong` keeps
    the report from being sent, and so does `missing`; `remarks` keep it from nothing. `count` is
    the number of answers read, `newest` the number of a revision that is newer than the workbook.
    """

    taken: Opened
    typed: Typed
    count: int
    wrong: tuple[Remark, ...]
    missing: tuple[Remark, ...]
    remarks: tuple[Remark, ...]
    differences: tuple[Difference, ...]
    report: tuple[ReportSection, ...]
    newest: int | None
    draft_changed: bool

    @property
    def can_be_sent(self) -> bool:
        """Whether the report can be sent as it is."""
        return not self.wrong and not self.missing


def told_place(place: Place) -> str:
    """Return where a cell is, in words; nothing for no place."""
    sheet, cell = place
    if not cell:
        return _("Sheet “%(sheet)s”", sheet=sheet) if sheet else ""
    return _("Cell %(cell)s, sheet “%(sheet)s”", cell=cell, sheet=sheet)


def check_workbook(
    session: Session, opened: Opened, book: Book, known: Identity | None, *, has_token: bool
) -> Checked:
    """Return what a workbook comes to. Raises WrongWorkbook or UnreadableWorkbook."""
    identity = _of_this_report(opened, known, has_token=has_token)
    definition = _definition(session, opened, identity)
    filled = read_filled(definition, book, alone)
    typed = _merged(opened, definition, filled)
    base = identity.base
    taken = understand(
        session, opened.link, opened.definition, typed, base, opened.saved_at, opened.typed
    )
    sent = _sent_on(taken)
    newest = _newest(session, opened, identity)
    errors = [e for e in taken.read.errors.values() if e.name not in filled.refused]
    return Checked(
        taken=taken,
        typed=sent,
        count=len(filled.typed),
        wrong=(*map(_of_note, filled.faults), *_remarks(taken, filled, errors, "invalid")),
        missing=tuple(_remarks(taken, filled, errors, "required")),
        remarks=tuple(_other_remarks(opened, definition, taken, filled)),
        differences=tuple(_differences(opened, sent)),
        report=report_sections(
            opened.definition,
            taken.read.data(),
            asked_language(),
            files=opened.files,
            contacts=True,
        ),
        newest=newest,
        draft_changed=opened.saved_at is not None and identity.draft != draft_mark(opened),
    )


def draft_mark(opened: Opened) -> str:
    """Return what tells one saving of a draft from another; blank when there is no draft."""
    return opened.saved_at.isoformat() if opened.saved_at else ""


# --- whose it is ----------------------------------------------------------------------------------


def _of_this_report(opened: Opened, known: Identity | None, *, has_token: bool) -> Identity:
    """Return the identity of a workbook of this unit and round. Raises WrongWorkbook."""
    if known is None:
        raise WrongWorkbook(_unknown(has_token=has_token))
    link = opened.link
    if (known.campaign, known.round) != (link.campaign.code, link.round.code):
        raise WrongWorkbook(
            _(
                "This file belongs to the round “%(other)s”, and this link to “%(round)s”. Please "
                "open the link of the other round, or choose another file.",
                other=known.round_title,
                round=link.round.title,
            )
        )
    if link.unit is None or known.unit != link.unit.code:
        raise WrongWorkbook(
            _(
                "This file is the form of “%(other)s”, and this link that of “%(unit)s”. Please "
                "choose the file of your own unit.",
                other=known.unit_name,
                unit=link.unit.name if link.unit else "",
            )
        )
    return known


def _unknown(*, has_token: bool) -> str:
    if has_token:
        return _(
            "The hidden sheet that this file is known by was changed. Please download the form "
            "again, copy your answers into it, and upload that file."
        )
    return _(
        "This file lacks the hidden sheet that it is known by; it may be another workbook, or only "
        "some of its sheets were copied. Please download the form again, copy your answers into "
        "it, and upload that file."
    )


def _definition(session: Session, opened: Opened, identity: Identity) -> Definition:
    """Return the form version that the workbook was made of. Raises WrongWorkbook."""
    if identity.form == opened.definition.digest:
        return opened.definition
    try:
        return definitions.definition(session, identity.form)
    except Problem as problem:
        raise WrongWorkbook(
            _(
                "This file was made of a version of the form that is not known here. Please "
                "download the form again and copy your answers into it."
            )
        ) from problem


def _newest(session: Session, opened: Opened, identity: Identity) -> int | None:
    """Return the number of the newest revision, when the workbook was made before it."""
    if opened.link.round.kind == STANDING:
        return None
    last = reporting.last_revision(session, opened.link)
    return last.number if last and last.number != identity.base else None


# --- what was read --------------------------------------------------------------------------------


def _merged(opened: Opened, definition: Definition, filled: Filled) -> Typed:
    """Return what the workbook says, and what the server has where the workbook says nothing.

    That is where its cells are gone or cannot be read, and what only the newer form asks.
    """
    typed = Typed({n: texts for n, texts in filled.typed.items() if is_input(opened.definition, n)})
    for name, texts in opened.typed.items():
        if name not in typed and _is_kept(name, definition, filled):
            typed[name] = texts
    kept = {name: opened.typed[name] for name in opened.files}
    return Typed({**typed, **kept})


def _is_kept(name: str, definition: Definition, filled: Filled) -> bool:
    instance = INSTANCE_NAME.fullmatch(name)
    asked = instance[1] if instance else name
    question = instance[3] if instance else name
    gone = asked in filled.missing or question not in definition.places
    return gone or name in filled.refused


def _sent_on(taken: Opened) -> Typed:
    """Return what the page carries. Raises WrongWorkbook when no form could carry as much."""
    given = given_names(taken.definition)
    typed = Typed(
        {
            name: texts
            for name, texts in taken.typed.items()
            if name.rpartition("-")[2] not in given and any(texts)
        }
    )
    size = sum(len(text.encode()) for texts in typed.values() for text in texts)
    if size > MOST_BYTES or sum(map(len, typed.values())) > MOST_INPUTS - SPARE_INPUTS:
        raise WrongWorkbook(
            _("The answers in this file are too long to be sent. Please shorten the texts.")
        )
    return typed


# --- what is said of it ---------------------------------------------------------------------------


def _of_note(note: Note) -> Remark:
    return Remark((note.sheet, note.cell), "", note.sentence(asked_language()))


def _remarks(
    taken: Opened, filled: Filled, errors: list[AnswerError], kind: str
) -> Iterator[Remark]:
    for error in errors:
        if error.kind == kind:
            place = filled.places.get(error.name, ("", ""))
            label = question_name(taken.definition, error.name, asked_language())
            yield Remark(place, label, error.message)


def _other_remarks(
    opened: Opened, definition: Definition, taken: Opened, filled: Filled
) -> Iterator[Remark]:
    language = asked_language()
    yield from map(_of_note, filled.notes)
    for name in filled.missing:
        label = question_name(definition, name, language)
        message = _("Its cells are no longer in the file; what the server has stays.")
        yield Remark(("", ""), label, message)
    for name, texts in filled.typed.items():
        place = filled.places.get(name, ("", ""))
        if not is_input(opened.definition, name):
            label = question_name(definition, name, language)
            shown = _shown(definition, name, texts)
            message = _("The form no longer asks this; left out: %(answer)s", answer=shown)
            yield Remark(place, label, message)
        elif name in taken.read.hidden:
            label = question_name(opened.definition, name, language)
            message = _("Because of another answer this is not asked; it will not be sent.")
            yield Remark(place, label, message)


def _differences(opened: Opened, typed: Typed) -> Iterator[Difference]:
    """Yield what the server has otherwise: another answer, or one that the workbook has not."""
    definition, language = opened.definition, asked_language()
    given = given_names(definition)
    here, there = (entered(definition, one, language) for one in (opened.typed, typed))
    for name, texts in opened.typed.items():
        if name.rpartition("-")[2] in given or not any(texts):
            continue
        sent = typed.get(name, [])
        same = here.get(name, texts) == there.get(name, sent)
        if not same:
            label = question_name(definition, name, language)
            yield Difference(label, *(_shown(definition, name, one) for one in (texts, sent)))


def _shown(definition: Definition, name: str, texts: list[str]) -> str:
    """Return what was typed as people read it: choices by their labels."""
    item = definition.places[name.rpartition("-")[2]].item
    if isinstance(item, Question) and item.choices:
        texts = [alone(item.choice_label(text, asked_language())) for text in texts if text]
    return "; ".join(filter(None, texts))
