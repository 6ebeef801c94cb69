"""What was typed into a form as the cells of its fill-in workbook, and how those cells look."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Context, Decimal
from functools import cached_property

from exports.cells import Cell, Shown
from forms.answers import Typed, show_value, typed_text
from forms.expressions import Value, as_text
from forms.fields import RANGE
from forms.markup import alone, plain
from forms.reading import Reading
from forms.tree import Definition, Group, Question
from forms.workbook_cells import MARKED, WRITTEN, entered, shown_choices

_FIFTEEN = Context(prec=15)
# Excel counts a day in 1900 that never was; before it, days are one off.
_FIRST_DAY = date(1900, 3, 1)
_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001 - a date in a cell has no time zone
_DAY_SECONDS = 86_400
_TYPES: Mapping[str, str] = {
    "integer": "integer",
    "decimal": "decimal",
    "time": "time",
    "dateTime": "moment",
    "select_one": "choice",
    "select_multiple": "choice",
    "rank": "choice",
    "acknowledge": "mark",
    "today": "date",
    "start": "moment",
    "end": "moment",
}
_DATES: Mapping[str, str] = {"month-year": "month", "year": "year"}
MOMENTS = frozenset({"date", "time", "dateTime", "today", "start", "end"})


@dataclass(frozen=True)
class Contents:
    """A form as a unit has opened it: what is typed, what is understood of it, and its files.

    `files` are the names of kept files by question, `previous` what the unit answered in the round
    before, as it is shown beside a question.
    """

    definition: Definition
    language: str
    typed: Typed
    reading: Reading
    files: Mapping[str, str] = field(default_factory=dict)
    previous: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def values(self) -> Mapping[str, Value]:
        """The value of everything typed that has one, by input name."""
        return entered(self.definition, self.typed, self.language)

    @cached_property
    def _shown(self) -> dict[str, Mapping[str, str]]:
        return {}

    def shown(self, question: Question) -> Mapping[str, str]:
        """Return how each choice of a question is shown, by its name."""
        if question.name not in self._shown:
            found = shown_choices(question, self.language)
            self._shown[question.name] = found
        return self._shown[question.name]

    def cell(self, question: Question, name: str) -> Cell:
        """Return what stands in the one cell of an input."""
        text = self.typed.first(name)
        if not text:
            return None
        if question.type == "select_one":
            return self.shown(question).get(text, text)
        if question.type == "select_multiple":
            return "; ".join(self.shown(question).get(part, part) for part in self.typed[name])
        if question.type == "acknowledge":
            return MARKED if text == "OK" else text
        value = self.values.get(name, "")
        return text if value == "" else _cell(question, value)

    def is_chosen(self, name: str, choice: str) -> bool:
        """Tell whether a choice is among those typed under a name."""
        return choice in self.typed.getlist(name)

    def ranked(self, question: Question, name: str, place: int) -> Cell:
        """Return what was ranked at a place, from 1."""
        ranked = list(filter(None, self.typed.getlist(name)))
        if place > len(ranked):
            return None
        return self.shown(question).get(ranked[place - 1], ranked[place - 1])

    def label(self, item: Question | Group) -> str:
        """Return the label of a question or group, or its name; references stay in it."""
        return plain(item.labels.text(self.language)) or item.name

    def hint(self, question: Question) -> str:
        """Return what a question says below its label."""
        texts = (question.hint.text(self.language), question.guidance.text(self.language))
        return " ".join(filter(None, map(alone, texts)))

    def caption(self, question: Question) -> str:
        """Return what stands in small letters below a label: the hint, and the round before."""
        return "\n".join(filter(None, (self.hint(question), self.previous.get(question.name, ""))))

    def told(self, name: str) -> str:
        """Return the answer to a question as people write it; blank when there is none."""
        value = self.reading.values.get(name, "")
        place = self.definition.places.get(name)
        if isinstance(value, tuple) or place is None or not isinstance(place.item, Question):
            return ""
        if place.item.choices:
            shown = self.shown(place.item)
            return "; ".join(shown.get(part, part) for part in as_text(value).split())
        return show_value(value, self.language)


def figure_of(question: Question) -> str:
    """Return how the answers to a question look in a cell, as a style says it."""
    if question.type == "date":
        return next((_DATES[w] for w in question.appearance if w in _DATES), "date")
    if question.type == "range":
        steps = [Decimal(question.parameter(name, RANGE[name])) for name in ("start", "step")]
        return "integer" if all(s == s.to_integral_value() for s in steps) else "decimal"
    return _TYPES.get(question.type, "text")


def shown_value(value: Value) -> Shown:
    """Return a value as the result of a formula: dates as serial numbers, nothing as ""."""
    match value:
        case bool() | str():
            return value
        case Decimal():
            return "" if value.is_nan() else _FIFTEEN.plus(value)
        case tuple():
            return ""
    return _serial(value)


def _serial(value: date | datetime | time) -> Decimal:
    match value:
        case datetime():
            moment = value
        case date():
            moment = datetime.combine(value, time())
        case _:
            return Decimal(_seconds(value)) / _DAY_SECONDS
    past = moment - _EPOCH
    return _FIFTEEN.plus(past.days + Decimal(past.seconds) / _DAY_SECONDS)


def _seconds(clock: time) -> int:
    return clock.hour * 3600 + clock.minute * 60 + clock.second


def _cell(question: Question, value: Value) -> Cell:
    """Return a value as a cell of its own kind; what Excel cannot hold exactly, as text."""
    text = typed_text(question, value, WRITTEN)
    match value:
        case Decimal():
            return value if _fits(value) else text
        case datetime() | date():
            day = value.date() if isinstance(value, datetime) else value
            if figure_of(question) == "year":
                return day.year
            return value if day >= _FIRST_DAY else text
        case time():
            return value
    return text


def _fits(number: Decimal) -> bool:
    return _FIFTEEN.plus(number) == number
