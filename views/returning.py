"""The page on which a report is returned: its questions, a reason for each, and a deadline."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import Any

from flask import request
from flask_babel import gettext as _

from forms.answers import typed_of
from forms.build import given_names
from forms.reading import Around, read
from forms.tree import Definition, Group, Question, walk
from language.dates import TIME_ZONE, local, parse_date, parse_time, short_date, wall_clock
from language.text import clean, clean_lines, forbidden_character
from services.correcting import Return
from services.reporting import SentRevision
from views.filling import current_moment, plain_label
from views.history import mark_label
from views.language import interface_language
from views.report import show_answer

# What stands before the name of an input in the name of the field for its reason.
PREFIX = "reason:"
DAYS_TO_CORRECT, HOUR_TO_CORRECT = 3, 17
SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Line:
    """A question, or a repeat as a whole: what it is called, and what was answered."""

    name: str
    label: str
    answer: str


@dataclass(frozen=True, slots=True)
class Section:
    """A section of the report with its questions."""

    label: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Moment:
    """A day and a time as they are typed."""

    day: str
    clock: str

    def parsed(self) -> datetime:
        """Return the moment, in UTC. Raises ValueError when it is none."""
        here = datetime.combine(parse_date(self.day), parse_time(self.clock), TIME_ZONE)
        return here.astimezone(UTC)


@dataclass(frozen=True, slots=True)
class TypedReturn:
    """What an officer typed on the page, and what is wrong with it, by field."""

    note: str = ""
    reasons: Mapping[str, str] = field(default_factory=dict)
    deadline: Moment = Moment("", "")
    faults: Mapping[str, str] = field(default_factory=dict)

    def made(self) -> Return:
        """Return what is to be stored, when nothing is wrong."""
        return Return(self.note, self.reasons, self.deadline.parsed())


def typed_moment(moment: datetime) -> Moment:
    """Return a moment as it would be typed."""
    here = local(moment)
    return Moment(short_date(here), f"{here:%H:%M}")


def first_deadline(now: datetime) -> datetime:
    """Return a deadline to begin with: in the afternoon, some days on, on a working day."""
    day = local(now).date() + timedelta(days=DAYS_TO_CORRECT)
    while day.weekday() >= SATURDAY:
        day += timedelta(days=1)
    return datetime.combine(day, time(HOUR_TO_CORRECT), TIME_ZONE).astimezone(UTC)


def read_moment(day: str, clock: str) -> Moment:
    """Return the day and the time of this request, as they were typed."""
    return Moment(clean(request.form.get(day, "")), clean(request.form.get(clock, "")))


def moment_fault(typed: Moment, now: datetime) -> str:
    """Return what is wrong with a moment that is to come; nothing when it is right."""
    try:
        moment = typed.parsed()
    except (ValueError, OverflowError):
        return _("Please write a day like 31/8/2021 and a time like 17:00.")
    return "" if moment > now else _("This moment has passed. Please choose a later one.")


def text_fault(text: str) -> str:
    """Return what is wrong with a text that is to be kept."""
    return _("There is a sign in it that cannot be kept.") if forbidden_character(text) else ""


def read_return() -> TypedReturn:
    """Return what was typed on the page of this request."""
    note = clean_lines(request.form.get("note", ""))
    given = {
        name.removeprefix(PREFIX): clean_lines(text)
        for name, text in request.form.items()
        if name.startswith(PREFIX)
    }
    reasons = {name: text for name, text in given.items() if text}
    deadline = read_moment("deadline_day", "deadline_clock")
    faults = {
        "note": _note_fault(note, reasons),
        "deadline": moment_fault(deadline, current_moment()),
        **{f"{PREFIX}{name}": text_fault(text) for name, text in reasons.items()},
    }
    wrong = {name: fault for name, fault in faults.items() if fault}
    return TypedReturn(note, reasons, deadline, wrong)


def _note_fault(note: str, reasons: Mapping[str, str]) -> str:
    if not note and not reasons:
        return _("Please say why: as a whole, or beside a question.")
    return text_fault(note)


# --- the questions of a report --------------------------------------------------------------------


def returned_sections(
    definition: Definition, sent: SentRevision, typed: TypedReturn
) -> tuple[Section, ...]:
    """Return what can be marked in a report, by section; it was asked and is not computed.

    What is marked already and is not among it, as in another revision, comes last.
    """
    reader = _Asked(definition, json.loads(sent.answers), interface_language())
    found = [section for section in reader.sections() if section.lines]
    known = {line.name for section in found for line in section.lines}
    others = tuple(
        Line(name, mark_label(definition, name, interface_language()), "")
        for name in typed.reasons
        if name not in known
    )
    if others:
        found.append(Section(_("Not in this revision"), others))
    return tuple(found)


class _Asked:
    """A report on its way to a list of what was asked."""

    def __init__(self, definition: Definition, data: Mapping[str, Any], language: str) -> None:
        self.definition = definition
        self.data = data
        self.language = language
        self.given = given_names(definition)
        given = {name: str(data[name]) for name in self.given if name in data}
        around = Around(language, wall_clock(current_moment()), given)
        self.hidden = read(definition, typed_of(definition, data, language), around).hidden

    def sections(self) -> Iterator[Section]:
        loose = tuple(c for c in self.definition.children if isinstance(c, Question))
        yield Section("", tuple(self._lines(loose)))
        for child in self.definition.children:
            if isinstance(child, Group):
                yield Section(plain_label(child, self.language), tuple(self._lines((child,))))

    def _lines(self, children: tuple[Question | Group, ...]) -> Iterator[Line]:
        for child in children:
            if child.name in self.hidden:
                continue
            if isinstance(child, Question):
                yield from self._line(child, child.name, self.data)
            elif child.repeat:
                yield from self._repeat(child)
            else:
                yield from self._lines(child.children)

    def _repeat(self, repeat: Group) -> Iterator[Line]:
        rows = self.data.get(repeat.name, [])
        count = _("%(number)s rows", number=len(rows))
        yield Line(repeat.name, plain_label(repeat, self.language), count)
        items = [place.item for place in walk(repeat.children)]
        for index, row in enumerate(rows):
            for question in (item for item in items if isinstance(item, Question)):
                yield from self._line(question, f"{repeat.name}-{index}-{question.name}", row)

    def _line(self, question: Question, name: str, row: Mapping[str, Any]) -> Iterator[Line]:
        typed = question.holds_value and question.labels and question.name not in self.given
        if typed and name not in self.hidden:
            answer = show_answer(question, row.get(question.name, ""), self.language)
            yield Line(name, mark_label(self.definition, name, self.language), answer)
