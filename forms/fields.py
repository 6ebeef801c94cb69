"""FIELDS: question type -> WTForms field. A new question type is one row here."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date, time
from decimal import Decimal
from typing import Any

from wtforms import Field

from forms import messages
from forms.expressions import Value
from forms.tree import Question
from language.dates import parse_date, parse_moment, parse_month, parse_time
from language.numbers import format_number, parse_decimal, parse_integer
from language.text import clean, clean_lines, forbidden_character, is_clean, legacy_encoding

# What one answer may hold at most, whatever its form says: 20,000 characters are eight pages.
LONGEST_TEXT = 20_000
LARGEST_NUMBER = 10**15
_BREAKS = re.compile(r"[\r\n]+")
_YEAR = re.compile(r"[12][0-9]{3}")
# The ends and the step that a range has when its parameters do not say (XLSForm reference table).
RANGE = {"start": "1", "end": "10", "step": "1"}
# What a latitude, a longitude, an altitude and an accuracy can be at most.
GEOPOINT_LIMITS = (90, 180, 20_000, 10_000_000)
_COORDINATE = re.compile(r"-?[0-9]{1,8}(\.[0-9]{1,15})?")
_POINTS = re.compile(r"[0-9]\.[0-9]")
# A telephone number as people write it, and what they put between its digits (CORRECTNESS 14).
_PHONE = re.compile(r"[+(]?[0-9][0-9 .()-]{7,20}")
_PHONE_MARKS = re.compile(r"[ .()-]")


def refusal(text: str, language: str, longest: int = LONGEST_TEXT) -> str:
    """Return why a clean text cannot be kept, as a sentence; nothing when it can."""
    if len(text) > longest:
        return messages.answer_message("length", language, limit=f"{longest:,}".replace(",", "."))
    if forbidden_character(text):
        return messages.answer_message("character", language)
    encoding = legacy_encoding(text)
    return messages.answer_message("legacy", language, encoding=encoding) if encoding else ""


class AnswerField(Field):
    """A field of one question: reads what was typed, refuses what cannot be an answer.

    `data` is "" when nothing was typed; else the value an expression sees: text, Decimal or date.
    `several` says whether the name may stand more than once in a request.
    """

    several = False

    def __init__(self, question: Question, **options: Any) -> None:
        super().__init__(**options)
        self.question = question

    def process(self, formdata: Any, data: Any = None, extra_filters: Any = None) -> None:
        """Read what was typed; unlike WTForms' own, without defaults and filters, and quicker."""
        self.raw_data = formdata.getlist(self.name)
        self.process_errors = []
        try:
            self.process_formdata(self.raw_data)
        except ValueError as error:
            self.process_errors.append(str(error))

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        """Read the typed text; a wrong one is kept in `raw_data` and raises ValueError."""
        self.data = ""
        if len(valuelist) > 1 and not self.several:
            raise ValueError(self.sentence("repeated"))
        text = self.text(valuelist[0]) if valuelist else ""
        if text:
            self.data = self.value(text)

    def text(self, typed: str) -> str:
        """Return the typed text as it will be kept. Raises ValueError for what cannot be kept."""
        text = self.tidy(typed)
        wrong = refusal(text, self.meta.language)
        if wrong:
            raise ValueError(wrong)
        return text

    def tidy(self, typed: str) -> str:
        """Return the text in NFC, on one line."""
        return typed if is_clean(typed) else clean(_BREAKS.sub(" ", typed))

    def value(self, text: str) -> Value:
        """Return the value of a text that is not blank. Raises ValueError when it has none."""
        return text

    def sentence(self, key: str, **parts: object) -> str:
        """Return a sentence in the language of the form."""
        return messages.answer_message(key, self.meta.language, **parts)


class LineField(AnswerField):
    """Text on one line."""


class ContactField(LineField):
    """How to reach somebody: an e-mail address, or a telephone number without its spaces."""

    def value(self, text: str) -> str:
        """Return the text; of a telephone number only the digits and the plus."""
        return _PHONE_MARKS.sub("", text) if _PHONE.fullmatch(text) else text


class LinesField(AnswerField):
    """Text on several lines."""

    def tidy(self, typed: str) -> str:
        """Return the text in NFC, its lines kept."""
        return clean_lines(typed)


class IntegerField(AnswerField):
    """A whole number in Vietnamese or English style (CORRECTNESS rule 9)."""

    def value(self, text: str) -> Decimal:
        """Return the whole number, below zero too. Raises ValueError for anything else."""
        negative = text.startswith("-")
        try:
            number = Decimal(parse_integer(text[negative:]))
        except ValueError:
            raise ValueError(self.sentence("integer")) from None
        if number > LARGEST_NUMBER:
            raise ValueError(self.sentence("integer_size"))
        return -number if negative else number


class DecimalField(AnswerField):
    """A number whose decimals follow a comma, or a point."""

    def value(self, text: str) -> Decimal:
        """Return the number. Raises ValueError for anything else."""
        try:
            number = parse_decimal(text)
        except ValueError:
            raise ValueError(self.sentence("decimal")) from None
        if abs(number) > LARGEST_NUMBER:
            raise ValueError(self.sentence("integer_size"))
        return number


class RangeField(DecimalField):
    """A number between two ends, in steps (XLSForm `range`)."""

    def value(self, text: str) -> Decimal:
        """Return the number. Raises ValueError for one that is not on the scale."""
        start, end, step = (
            Decimal(self.question.parameter(name, otherwise)) for name, otherwise in RANGE.items()
        )
        number = super().value(text)
        if not min(start, end) <= number <= max(start, end) or (number - start) % step:
            bounds = {"start": start, "end": end, "step": abs(step)}
            raise ValueError(
                self.sentence("range", **{k: self.shown(n) for k, n in bounds.items()})
            )
        return number

    def shown(self, number: Decimal) -> str:
        """Return a number as the language of the form writes it."""
        places = max(0, -int(number.as_tuple().exponent))
        return format_number(number, places, self.meta.language)


class MomentField(AnswerField):
    """A date, a time or both, day first; what a browser's own input sends is understood, too."""

    # What people type stands first: a reading that fails takes longer than one that does not.
    readings: tuple[Callable[[str], date | time], ...] = (parse_date, date.fromisoformat)
    key = "date"

    def value(self, text: str) -> Value:
        """Return the first reading that the text has. Raises ValueError when it has none."""
        for read in self.readings:
            try:
                return read(text)
            except ValueError:
                continue
        raise ValueError(self.sentence(self.key))


class DateField(MomentField):
    """A date."""


class TimeField(MomentField):
    """A time of day, of 24 hours."""

    readings = (parse_time,)
    key = "time"


class DateTimeField(MomentField):
    """A date and a time, where the board is."""

    readings = (parse_moment,)
    key = "moment"


class MonthField(MomentField):
    """A month, kept as its first day."""

    readings = (parse_month, parse_date, date.fromisoformat)
    key = "month"

    def value(self, text: str) -> Value:
        """Return the first day of the month. Raises ValueError for anything else."""
        found = super().value(text)
        return found.replace(day=1) if isinstance(found, date) else found


class YearField(AnswerField):
    """A year, kept as its first day."""

    def value(self, text: str) -> date:
        """Return the first day of the year. Raises ValueError for anything else."""
        if not _YEAR.fullmatch(text):
            raise ValueError(self.sentence("year"))
        return date(int(text), 1, 1)


class GeopointField(AnswerField):
    """A place: latitude and longitude in degrees, then altitude and accuracy in metres."""

    def value(self, text: str) -> str:
        """Return "latitude longitude altitude accuracy". Raises ValueError for anything else."""
        parts = [part.replace(",", ".") for part in _geopoint_parts(text)]
        if len(parts) < 2:  # noqa: PLR2004 - latitude and longitude at least
            raise ValueError(self.sentence("geopoint"))
        parts += ["0"] * (len(GEOPOINT_LIMITS) - len(parts))
        fits = len(parts) == len(GEOPOINT_LIMITS) and all(
            _COORDINATE.fullmatch(part) and abs(Decimal(part)) <= limit
            for part, limit in zip(parts, GEOPOINT_LIMITS, strict=True)
        )
        if not fits:
            raise ValueError(self.sentence("geopoint"))
        return " ".join(parts)


def _geopoint_parts(text: str) -> list[str]:
    """Split coordinates: a comma with a space, or between decimals with points, is no decimal."""
    separator = r"\s*;\s*|,\s+|\s+" if ";" in text or not _POINTS.search(text) else r"[\s,]+"
    return re.split(separator, text.strip(" ()"))


class SelectField(AnswerField):
    """One of the choices, by its name."""

    def __init__(self, question: Question, **options: Any) -> None:
        super().__init__(question, **options)
        self.choice_names = frozenset(question.choice_names)

    def text(self, typed: str) -> str:
        """Return the name of a choice; nothing else can be kept."""
        name = typed.strip()
        if name and name not in self.choice_names:
            raise ValueError(self.sentence("choice"))
        return name


class SelectManyField(SelectField):
    """Some of the choices: their names, joined by spaces in the order of the list."""

    several = True

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        """Read the chosen names; raises ValueError when one is not in the list."""
        self.data = ""
        chosen = {self.text(typed) for typed in valuelist}
        self.data = " ".join(n for n in self.question.choice_names if n in chosen)


class RankField(SelectField):
    """All of the choices, in the order in which they were ranked."""

    several = True

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        """Read the ranked names; raises ValueError unless each stands there once, or none."""
        self.data = ""
        ranked = [name for name in map(self.text, valuelist) if name]
        if ranked and sorted(ranked) != sorted(choice.name for choice in self.question.choices):
            raise ValueError(self.sentence("rank"))
        self.data = " ".join(ranked)


class AcknowledgeField(AnswerField):
    """A box that is ticked or not; its value is OK, as in ODK."""

    def value(self, text: str) -> str:
        """Return OK. Raises ValueError for anything else."""
        if text != "OK":
            raise ValueError(self.sentence("choice"))
        return text


class GivenField(AnswerField):
    """A value that is never typed: the server gives or computes it, a request cannot."""

    several = True

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        """Read nothing."""
        self.data = ""


FIELDS: dict[str, type[AnswerField]] = {
    "text": LineField,
    "integer": IntegerField,
    "decimal": DecimalField,
    "range": RangeField,
    "date": DateField,
    "time": TimeField,
    "dateTime": DateTimeField,
    "select_one": SelectField,
    "select_multiple": SelectManyField,
    "rank": RankField,
    "acknowledge": AcknowledgeField,
    "geopoint": GeopointField,
    "note": GivenField,
    "calculate": GivenField,
    "hidden": GivenField,
    "file": GivenField,
    "image": GivenField,
    "start": GivenField,
    "end": GivenField,
    "today": GivenField,
    "username": GivenField,
    "deviceid": GivenField,
}


# How something is asked for may make it another field.
APPEARANCES: dict[tuple[str, str], type[AnswerField]] = {
    ("text", "multiline"): LinesField,
    ("text", "contact"): ContactField,
    ("date", "month-year"): MonthField,
    ("date", "year"): YearField,
}


def field_class(question: Question) -> type[AnswerField]:
    """Return the field of a question; one that the server answers is never read from a request."""
    if question.read_only or question.is_computed:
        return GivenField
    ways = (APPEARANCES.get((question.type, word)) for word in question.appearance)
    return next(filter(None, ways), FIELDS[question.type])
