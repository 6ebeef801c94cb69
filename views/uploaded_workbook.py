"""What an uploaded workbook comes to: whose it is, what was read, what is wrong, what is new."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from forms.answers import INSTANCE_NAME, Typed, is_input
from forms.explanations import Oddity
from forms.formats.grid import Book
from forms.merging import is_typed
from forms.reading import AnswerError, oddities
from forms.tree import Definition
from forms.workbook_cells import as_written
from forms.workbook_reading import Filled as FilledWorkbook
from forms.workbook_reading import read_filled
from forms.workbook_sheets import CarriedIdentity, Note, Place
from models.problems import Problem
from services import definitions
from views.filling import MOST_INPUTS, Filled, new_instance, question_name
from views.language import asked_language
from views.opening import Opened
from views.report import ReportSection, report_sections
from views.settling import settle, shown, take
from views.workbook_identity import Identity, prints_of, read_identity

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
    """A question that the workbook answers otherwise than the server.

    `is_conflict`: it was changed on the server, too, after the workbook had been made.
    """

    label: str
    server: str
    workbook: str
    is_conflict: bool


@dataclass(frozen=True, slots=True)
class Checked:
    """An uploaded workbook, read and checked; nothing of it is stored.

    `taken` is the form with what the workbook says in it, as it will be when `filled` is sent on.
    `wrong` keeps the report from being sent, and so does `missing`; `remarks` keep it from nothing.
    `count` is the number of answers read, `oddities` are what deserves a second look.
    """

    taken: Opened
    filled: Filled
    count: int
    wrong: tuple[Remark, ...]
    missing: tuple[Remark, ...]
    remarks: tuple[Remark, ...]
    differences: tuple[Difference, ...]
    oddities: tuple[Oddity, ...]
    report: tuple[ReportSection, ...]

    @property
    def can_be_sent(self) -> bool:
        """Whether the report can be sent as it is."""
        return not self.wrong and not self.missing

    @property
    def conflicts(self) -> int:
        """How many questions were changed on the server as well."""
        return sum(difference.is_conflict for difference in self.differences)

    @property
    def touched(self) -> str:
        """The inputs that somebody changed in the workbook, as a page says it."""
        return " ".join(sorted(self.filled.touched or ()))


def told_place(place: Place) -> str:
    """Return where a cell is, in words; nothing for no place."""
    sheet, cell = place
    if not cell:
        return _("Sheet “%(sheet)s”", sheet=sheet) if sheet else ""
    return _("Cell %(cell)s, sheet “%(sheet)s”", cell=cell, sheet=sheet)


def check_workbook(
    session: Session, opened: Opened, book: Book, carried: CarriedIdentity, secret_key: str
) -> Checked:
    """Return what a workbook comes to. Raises WrongWorkbook or UnreadableWorkbook."""
    identity = _of_this_report(opened, carried, secret_key)
    definition = _definition(session, opened, identity)
    workbook = read_filled(definition, book)
    touched = _touched(definition, workbook, carried, secret_key)
    filled = _filled(opened, workbook, identity, touched)
    merged = settle(session, opened, filled, filled.typed, lambda _: True)
    taken = take(session, opened, merged, merged.over(opened.typed))
    errors = [e for e in taken.read.errors.values() if e.name not in workbook.refused]
    return Checked(
        taken=taken,
        filled=filled,
        count=len(workbook.typed),
        wrong=(*map(_of_note, workbook.faults), *_remarks(taken, workbook, errors, "invalid")),
        missing=tuple(_remarks(taken, workbook, errors, "required")),
        remarks=tuple(_other_remarks(definition, taken, workbook)),
        differences=tuple(_differences(opened, taken)),
        oddities=oddities(taken.read),
        report=report_sections(
            opened.definition,
            taken.read.data(),
            asked_language(),
            files=opened.files,
            contacts=True,
        ),
    )


# --- whose it is ----------------------------------------------------------------------------------


def _of_this_report(opened: Opened, carried: CarriedIdentity, secret_key: str) -> Identity:
    """Return the identity of a workbook of this unit and round. Raises WrongWorkbook."""
    known = read_identity(secret_key, carried.token)
    if known is None:
        raise WrongWorkbook(_unknown(carried))
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


def _unknown(carried: CarriedIdentity) -> str:
    if carried.token:
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


# --- what was read --------------------------------------------------------------------------------


def _touched(
    definition: Definition, workbook: FilledWorkbook, carried: CarriedIdentity, secret_key: str
) -> frozenset[str]:
    """Return the inputs that somebody changed in the workbook, filled in or blanked.

    Where its cells are gone or cannot be read, it has nothing to say.
    """
    now = prints_of(secret_key, as_written(definition, workbook.typed, asked_language()))
    names = {name for name in now.keys() | carried.prints.keys() if is_input(definition, name)}
    unread = workbook.refused.union(workbook.missing)
    return frozenset(
        name
        for name in names
        if now.get(name) != carried.prints.get(name) and not unread.intersection(_names_of(name))
    )


def _names_of(name: str) -> tuple[str, ...]:
    """Return an input with the repeat and the question that it is of."""
    instance = INSTANCE_NAME.fullmatch(name)
    return (name, instance[1], instance[3]) if instance else (name,)


def _filled(
    opened: Opened, workbook: FilledWorkbook, identity: Identity, touched: frozenset[str]
) -> Filled:
    """Return what is sent on, as a page would send it that the workbook had been typed into.

    Raises WrongWorkbook when no page could send as much.
    """
    known = frozenset(name for name in touched if is_input(opened.definition, name))
    typed = Typed({n: workbook.typed[n] for n in known if n in workbook.typed})
    size = sum(len(text.encode()) for texts in typed.values() for text in texts)
    if size > MOST_BYTES or sum(map(len, typed.values())) > MOST_INPUTS - SPARE_INPUTS:
        raise WrongWorkbook(
            _("The answers in this file are too long to be sent. Please shorten the texts.")
        )
    return Filled(
        typed=typed,
        action="save",
        instance=new_instance(),
        version=opened.definition.digest,
        base_revision=identity.base,
        removed_files=frozenset(),
        seen=identity.draft,
        touched=known,
    )


# --- what is said of it ---------------------------------------------------------------------------


def _of_note(note: Note) -> Remark:
    return Remark((note.sheet, note.cell), "", note.sentence(asked_language()))


def _remarks(
    taken: Opened, workbook: FilledWorkbook, errors: list[AnswerError], kind: str
) -> Iterator[Remark]:
    for error in errors:
        if error.kind == kind:
            place = workbook.places.get(error.name, ("", ""))
            label = question_name(taken.definition, error.name, asked_language())
            yield Remark(place, label, error.message)


def _other_remarks(
    definition: Definition, taken: Opened, workbook: FilledWorkbook
) -> Iterator[Remark]:
    yield from map(_of_note, workbook.notes)
    for name in workbook.missing:
        label = question_name(definition, name, asked_language())
        message = _("Its cells are no longer in the file; what the server has stays.")
        yield Remark(("", ""), label, message)
    for name, texts in workbook.typed.items():
        message = _why_not_sent(definition, taken, name, texts)
        if message:
            label = question_name(definition, name, asked_language())
            yield Remark(workbook.places.get(name, ("", "")), label, message)


def _why_not_sent(definition: Definition, taken: Opened, name: str, texts: list[str]) -> str:
    """Return why an answer in the workbook will not be sent; blank when it will."""
    if not is_input(taken.definition, name):
        answer = shown(definition, name, texts)
        return _("The form no longer asks this; left out: %(answer)s", answer=answer)
    if name in taken.read.hidden:
        return _("Because of another answer this is not asked; it will not be sent.")
    return ""


def _differences(opened: Opened, taken: Opened) -> Iterator[Difference]:
    """Yield what the server has otherwise: another answer, or one that the workbook blanks."""
    definition, language = opened.definition, asked_language()
    conflicts = {conflict.name: conflict.mine for conflict in taken.conflicts}
    here, there = (as_written(definition, one, language) for one in (opened.typed, taken.typed))
    for name, texts in here.items():
        sent = conflicts.get(name, there.get(name, []))
        if is_typed(definition, name) and texts != sent:
            label = question_name(definition, name, language)
            server, said = (shown(definition, name, one) for one in (texts, sent))
            yield Difference(label, server, said, name in conflicts)
