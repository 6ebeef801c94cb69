"""Entries of the board's own pages: one row a field; what is typed is read, checked and kept."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time
from typing import Any

from email_validator import EmailNotValidError, validate_email
from flask import request
from flask_babel import gettext as _
from flask_babel.speaklater import LazyString
from werkzeug.datastructures import MultiDict

from language.dates import LAST_SECOND, TIME_ZONE, local, parse_date, parse_time, short_date
from language.text import clean, clean_lines, forbidden_character, legacy_encoding
from models.unit import LEVELS, level_code

START_OF_DAY = time(0, 0)
LAST_MINUTE = time(23, 59)
LONGEST_LINE, LONGEST_TEXT = 300, 4000
UNIT_CODE = re.compile(r"\w[\w.-]*")
CODE = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")


@dataclass(frozen=True, slots=True)
class Entry:
    """A field of a page: how it is called, and what may be typed into it.

    `kind` is a row of KINDS. `needed` ones may not be blank. `start`: the time of a moment when
    none is typed is the start of the day, else its last second. `low` and `high` bound a number.
    """

    name: str
    label: LazyString
    kind: str = "line"
    needed: bool = False
    hint: LazyString | str = ""
    longest: int = LONGEST_LINE
    start: bool = False
    low: int = 0
    high: int = 10_000


Choices = Mapping[str, Mapping[str, Any]]
NO_CHOICES: Choices = {}


@dataclass(frozen=True, slots=True)
class Typed:
    """What was typed: the texts as they stand on the page, what they mean, and what is wrong."""

    texts: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Any] = field(default_factory=dict)
    faults: Mapping[str, str] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """Return what stands in an input."""
        return self.texts.get(name, "")

    def wrong(self, **faults: str) -> Typed:
        """Return the same with more faults, by field; blank ones are none."""
        return replace(self, faults={**self.faults, **{n: t for n, t in faults.items() if t}})


def read_entries(entries: Sequence[Entry], choices: Choices = NO_CHOICES) -> Typed:
    """Read the entries of the form of this request; `choices` are offered by name of the field."""
    texts: dict[str, str] = {}
    values: dict[str, Any] = {}
    faults: dict[str, str] = {}
    for entry in entries:
        kind = KINDS[entry.kind]
        given = kind.texts(entry, request.form)
        texts |= given
        fault = _fault(entry, given)
        try:
            values[entry.name] = kind.value(entry, given, choices.get(entry.name, {}))
        except ValueError as error:
            fault = fault or str(error)
        if fault:
            faults[entry.name] = fault
    return Typed(texts, values, faults)


def shown_entries(entries: Sequence[Entry], values: Mapping[str, Any]) -> Typed:
    """Return what stands in the entries of a page that is first opened, given their values."""
    texts: dict[str, str] = {}
    for entry in entries:
        if values.get(entry.name) is not None:
            texts |= KINDS[entry.kind].shown(entry, values[entry.name])
    return Typed(texts, values)


def shown_text(entry: Entry, typed: Typed, choices: Mapping[str, Any]) -> str:
    """Return what stands in an entry as people read it."""
    if entry.kind == "tick":
        return _("yes") if typed.text(entry.name) else _("no")
    names = moment_names(entry.name) if entry.kind == "moment" else (entry.name,)
    text = " ".join(filter(None, map(typed.text, names)))
    return str(choices.get(text, text))


def text_fault(text: str, longest: int = LONGEST_TEXT) -> str:
    """Return what is wrong with a text that is to be kept; nothing when it is right."""
    if forbidden_character(text):
        return _("There is a sign in it that cannot be kept.")
    if legacy_encoding(text):
        return _("It is written in an old encoding. Please convert it to Unicode.")
    return _("It is longer than %(longest)s signs.", longest=longest) if len(text) > longest else ""


def _fault(entry: Entry, texts: Mapping[str, str]) -> str:
    if entry.needed and not any(texts.values()):
        return _("Please fill this in.")
    faults = (text_fault(text, entry.longest) for text in texts.values())
    return next(filter(None, faults), "")


# --- kinds ----------------------------------------------------------------------------------------

Form = MultiDict[str, str]
Texts = Mapping[str, str]


def _line_texts(entry: Entry, form: Form) -> Texts:
    return {entry.name: clean(form.get(entry.name, ""))}


def _lines_texts(entry: Entry, form: Form) -> Texts:
    return {entry.name: clean_lines(form.get(entry.name, ""))}


def _moment_texts(entry: Entry, form: Form) -> Texts:
    return {name: clean(form.get(name, "")) for name in moment_names(entry.name)}


def moment_names(name: str) -> tuple[str, str]:
    """Return the names of the two inputs of a moment: its day and its time."""
    return f"{name}_day", f"{name}_clock"


def _text(entry: Entry, texts: Texts, _choices: Mapping[str, Any]) -> str:
    return texts[entry.name]


def _code(entry: Entry, texts: Texts, _choices: Mapping[str, Any]) -> str:
    text = texts[entry.name]
    if text and not CODE.fullmatch(text):
        raise ValueError(
            _("A code has lower-case letters without accents, digits, “-” and “_” only.")
        )
    return text


def _unit_code(entry: Entry, texts: Texts, _choices: Mapping[str, Any]) -> str:
    text = texts[entry.name]
    if text and not UNIT_CODE.fullmatch(text):
        raise ValueError(_("A code has letters, digits, “-”, “_” and “.” only."))
    return text


def _email(entry: Entry, texts: Texts, _choices: Mapping[str, Any]) -> str:
    text = texts[entry.name]
    try:
        return text and validate_email(text, check_deliverability=False).normalized
    except EmailNotValidError:
        raise ValueError(_("This is no e-mail address.")) from None


def _day(entry: Entry, texts: Texts, _choices: Mapping[str, Any]) -> Any:
    text = texts[entry.name]
    try:
        return parse_date(text) if text else None
    except ValueError:
        raise ValueError(_("Please write a day like 31/8/2021.")) from None


def _moment(entry: Entry, texts: Texts, _choices: Mapping[str, Any]) -> datetime | None:
    day, clock = (texts[name] for name in moment_names(entry.name))
    if not day and not clock:
        return None
    try:
        typed = parse_time(clock) if clock else START_OF_DAY if entry.start else LAST_SECOND
        # The last minute of a day means the whole of it.
        exact = LAST_SECOND if typed == LAST_MINUTE else typed
        return datetime.combine(parse_date(day), exact, TIME_ZONE).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError(_("Please write a day like 31/8/2021 and a time like 17:00.")) from None


def _number(entry: Entry, texts: Texts, _choices: Mapping[str, Any]) -> int:
    text = texts[entry.name]
    if not re.fullmatch(r"[0-9]{1,9}", text) or not entry.low <= int(text) <= entry.high:
        sentence = _("Please write a whole number from %(low)s to %(high)s.")
        raise ValueError(sentence % {"low": entry.low, "high": entry.high})
    return int(text)


def _choice(entry: Entry, texts: Texts, choices: Mapping[str, Any]) -> str:
    if texts[entry.name] and texts[entry.name] not in choices:
        raise ValueError(_("Please choose one from the list."))
    return texts[entry.name]


def _tick(entry: Entry, texts: Texts, _choices: Mapping[str, Any]) -> bool:
    return bool(texts[entry.name])


def _level(entry: Entry, texts: Texts, _choices: Mapping[str, Any]) -> str:
    return level_code(texts[entry.name])


def _show_level(entry: Entry, value: Any) -> Texts:
    return {entry.name: LEVELS.get(value, value)}


def _show_text(entry: Entry, value: Any) -> Texts:
    return {entry.name: str(value)}


def _show_day(entry: Entry, value: Any) -> Texts:
    return {entry.name: short_date(value)}


def _show_moment(entry: Entry, value: Any) -> Texts:
    day, clock = moment_names(entry.name)
    here = local(value)
    return {day: short_date(here), clock: f"{here:%H:%M}"}


def _show_tick(entry: Entry, value: Any) -> Texts:
    return {entry.name: "1" if value else ""}


@dataclass(frozen=True, slots=True)
class Kind:
    """How one kind of entry is taken from a form, what it means, and how a value is shown."""

    texts: Callable[[Entry, Form], Texts] = _line_texts
    value: Callable[[Entry, Texts, Mapping[str, Any]], Any] = _text
    shown: Callable[[Entry, Any], Texts] = _show_text


KINDS: Mapping[str, Kind] = {
    "line": Kind(),
    "lines": Kind(_lines_texts),
    "code": Kind(value=_code),
    "unit_code": Kind(value=_unit_code),
    "unit": Kind(),
    "level": Kind(value=_level, shown=_show_level),
    "email": Kind(value=_email),
    "day": Kind(value=_day, shown=_show_day),
    "moment": Kind(_moment_texts, _moment, _show_moment),
    "number": Kind(value=_number),
    "choice": Kind(value=_choice),
    "tick": Kind(value=_tick, shown=_show_tick),
}


def summary(entries: Sequence[Entry], typed: Typed) -> list[tuple[str, str, str]]:
    """Return for each fault where its input is, how it is called, and what is wrong with it."""
    known = {entry.name: entry for entry in entries}
    return [
        (_input_id(known[name]), str(known[name].label), fault)
        if name in known
        else ("main", "", fault)
        for name, fault in typed.faults.items()
    ]


def _input_id(entry: Entry) -> str:
    return moment_names(entry.name)[0] if entry.kind == "moment" else entry.name
