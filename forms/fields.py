"""FIELDS: question type -> WTForms field. A new question type is one row here."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from wtforms import Field

from forms import messages
from forms.tree import Question
from language.dates import parse_date
from language.numbers import parse_decimal, parse_integer
from language.text import clean, clean_lines, forbidden_character, legacy_encoding

# What one answer may hold at most, whatever its form says: 20,000 characters are eight pages.
LONGEST_TEXT = 20_000
LARGEST_NUMBER = 10**15
_ISO = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
# A telephone number as people write it, and what they put between its digits (CORRECTNESS 14).
_PHONE = re.compile(r"[+(]?[0-9][0-9 .()-]{7,20}")
_PHONE_MARKS = re.compile(r"[ .()-]")


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
        if len(text) > LONGEST_TEXT:
            raise ValueError(self.sentence("length", limit=f"{LONGEST_TEXT:,}".replace(",", ".")))
        if forbidden_character(text):
            raise ValueError(self.sentence("character"))
        encoding = legacy_encoding(text)
        if encoding:
            raise ValueError(self.sentence("legacy", encoding=encoding))
        return text

    def tidy(self, typed: str) -> str:
        """Return the text in NFC, on one line."""
        return clean(re.sub(r"[\r\n]+", " ", typed))

    def value(self, text: str) -> str | Decimal | date:
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


class DateField(AnswerField):
    """A date, day first; the ISO form of a browser's own date input is understood too."""

    def value(self, text: str) -> date:
        """Return the date. Raises ValueError for anything else."""
        try:
            return date.fromisoformat(text) if _ISO.fullmatch(text) else parse_date(text)
        except ValueError:
            raise ValueError(self.sentence("date")) from None


class SelectField(AnswerField):
    """One of the choices, by its name."""

    def text(self, typed: str) -> str:
        """Return the name of a choice; nothing else can be kept."""
        name = typed.strip()
        if name and all(choice.name != name for choice in self.question.choices):
            raise ValueError(self.sentence("choice"))
        return name


class SelectManyField(SelectField):
    """Some of the choices: their names, joined by spaces in the order of the list."""

    several = True

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        """Read the chosen names; raises ValueError when one is not in the list."""
        self.data = ""
        chosen = {self.text(typed) for typed in valuelist}
        self.data = " ".join(c.name for c in self.question.choices if c.name in chosen)


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
    "date": DateField,
    "select_one": SelectField,
    "select_multiple": SelectManyField,
    "acknowledge": AcknowledgeField,
    "note": GivenField,
    "calculate": GivenField,
    "file": GivenField,
}


# How a text is asked for makes it another field.
TEXTS: dict[str, type[AnswerField]] = {"multiline": LinesField, "contact": ContactField}


def field_class(question: Question) -> type[AnswerField]:
    """Return the field of a question; what is read-only is never read from a request."""
    if question.read_only:
        return GivenField
    if question.type == "text":
        return next((TEXTS[a] for a in question.appearance if a in TEXTS), LineField)
    return FIELDS[question.type]
