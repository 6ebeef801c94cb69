"""Answers: canonical JSON data, what is typed, and what expressions see, each from the other."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from forms.build import given_names, input_names, instance_names
from forms.explanations import explained_checks
from forms.expressions import Value, as_date, as_moment, as_number, as_text, as_time, is_blank
from forms.markup import alone
from forms.tree import Definition, Group, Question, canonical_json
from language.dates import short_date
from language.numbers import format_number, parse_decimal

# What a text shows of a blank, and of a box that is ticked.
NOTHING, TICK = "–", "✓"
_SEVERAL, _FILES = frozenset({"select_multiple", "rank"}), frozenset({"file", "image"})
# No repeat has more instances than a hundred, numbered from 0.
LAST_INSTANCE = 99
INSTANCE_NAME = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)-(0|[1-9][0-9]?)-([A-Za-z_][A-Za-z0-9_]*)")
# How a number is kept; "0912", "1e3" and "NaN" are none.
KEPT_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?")
# How a place is kept: four numbers.
KEPT_PLACE = re.compile(r"-?[0-9.]+(?: -?[0-9.]+){3}")


class Typed(dict[str, list[str]]):
    """What stands in a form, by input name, as a request or a draft holds it.

    What a person types is kept as it was typed, what only the server answers as canonical text:
    nobody types that, so that no way of writing it may be taken for another value.
    """

    def getlist(self, name: str) -> list[str]:
        """Return every text typed under `name`."""
        return self.get(name, [])

    def first(self, name: str) -> str:
        """Return the first text typed under `name`, or an empty one."""
        return (self.get(name) or [""])[0]


@dataclass(frozen=True, slots=True)
class Answers:
    """The answers of one response: canonical JSON data, and the digest of their form version.

    Blank answers are left out. Text and choice: str; date, time, dateTime: ISO str, local time;
    integer: int; decimal and computed numbers that are not whole: str; geopoint: "latitude
    longitude altitude accuracy"; select_multiple: list of choice names in the order of the list,
    rank: in their rank; file and image: list of the ids of kept files, or the id of one (str) in
    revisions that are older; a repeat: list of objects.
    """

    digest: str
    data: Mapping[str, Any]

    def canonical(self) -> str:
        """Return the one JSON text of these answers."""
        return canonical_json(self.data)


def kept(question: Question, value: Value) -> Any:
    """Return a value as canonical JSON data."""
    return _TO_JSON.get(question.type, as_text)(value)


def _number_json(value: Value) -> Any:
    if not isinstance(value, Decimal):
        return as_text(value)
    return int(value) if value == value.to_integral_value() else as_text(value)


def _words(value: Value) -> list[str]:
    return as_text(value).split()


_TO_JSON: dict[str, Callable[[Value], Any]] = {
    "integer": _number_json,
    "range": _number_json,
    "calculate": _number_json,
    "select_multiple": _words,
    "rank": _words,
    "file": _words,
    "image": _words,
}


def file_ids(answer: Any) -> list[str]:
    """Return the ids of the files that an answer names, as canonical data or as it is typed.

    An older version of the form may have asked for something else: a number names none.
    """
    if isinstance(answer, str):
        return answer.split()
    return [id_ for id_ in answer if isinstance(id_, str)] if isinstance(answer, list) else []


def is_input(definition: Definition, name: str) -> bool:
    """Return whether an input of this form may be called `name`."""
    if name in input_names(definition) or name in explained_checks(definition):
        return True
    found = INSTANCE_NAME.fullmatch(name)
    return found is not None and found[3] in instance_names(definition).get(found[1], ())


def inputs_among(definition: Definition, typed: Mapping[str, list[str]]) -> Typed:
    """Return what stands in inputs of this form; anything else is left out."""
    single = input_names(definition)
    return Typed({n: t for n, t in typed.items() if n in single or is_input(definition, n)})


def in_form_order(definition: Definition, names: Iterable[str]) -> list[str]:
    """Return the names of inputs as the form asks for them; those it does not have come first."""
    order = {name: index for index, name in enumerate(definition.places)}

    def place(name: str) -> tuple[int, int, int]:
        found = INSTANCE_NAME.fullmatch(name)
        if found and found[1] in order:
            return order[found[1]], int(found[2]), order.get(found[3], -1)
        return order.get(name, -1), 0, 0

    return sorted(names, key=place)


# --- from answers back to what is typed, and to what expressions see ------------------------------


def typed_of(definition: Definition, data: Mapping[str, Any], language: str) -> Typed:
    """Return canonical answers as what stands in the form; reading that gives them back.

    Answers of an older version of the form are typed as far as this version asks for them. One
    that does not fit its question any more is typed as it is, to be seen and put right.
    """
    return Typed(
        {
            name: _typed_value(definition, name.rpartition("-")[2], value, language)
            for name, value in _by_input(data)
            if is_input(definition, name)
        }
    )


def _by_input(data: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in data.items():
        rows = rows_of(value)
        if rows:
            for index, row in enumerate(rows):
                yield from ((f"{name}-{index}-{inner}", part) for inner, part in row.items())
        else:
            yield name, value


def _typed_value(definition: Definition, name: str, value: Any, language: str) -> list[str]:
    question = definition.question(name)
    if isinstance(value, list) and question.type in _FILES:
        return [text_of(part) for part in value]
    given = name in given_names(definition)
    return standing(question, value_of(question, value), language, given=given)


def standing(question: Question, value: Value, language: str, *, given: bool) -> list[str]:
    """Return what stands in the inputs of a question when it has this value.

    `given`: the server answers it, and nobody types.
    """
    if given:
        return [as_text(value)]
    if question.type in _SEVERAL:
        return as_text(value).split()
    return [typed_text(question, value, language)]


def rows_of(value: Any) -> list[Mapping[str, Any]]:
    """Return the answers of each instance of a repeat; none when a value is no such list."""
    rows = value if isinstance(value, list) else []
    return rows if all(isinstance(row, dict) for row in rows) else []


def typed_text(question: Question, value: Value, language: str) -> str:
    """Return a value as a person would type it in answer to the question; it reads back exactly."""
    if question.type == "text":
        return as_text(value)
    if isinstance(value, Decimal) and question.type in ("decimal", "range"):
        return _typed_number(value, language)
    return shown_text(question, value, language)


def _typed_number(number: Decimal, language: str) -> str:
    """Return a number so that it is understood: 1,234 in English is taken for a decimal comma."""
    shown = show_value(number, language)
    ways = (shown, shown.replace(",", ""), show_value(number, "vi"))
    return next((text for text in ways if text and parse_decimal(text) == number), shown)


def shown_text(question: Question, value: Value, language: str) -> str:
    """Return a value as the question shows it: a month and not its first day."""
    for appearance in question.appearance:
        if appearance in _TYPED_DATES and isinstance(value, date):
            return _TYPED_DATES[appearance](value)
    if question.type == "geopoint" and KEPT_PLACE.fullmatch(as_text(value)):
        return ", ".join(as_text(value).removesuffix(" 0 0").split())
    return show_value(value, language)


def value_in_text(item: Question | Group | None, value: Value, language: str) -> str:
    """Return a value of a question as it is shown where a text names it; a dash for a blank.

    A choice is its label, several choices are theirs with ", " between. Of the answers in a
    repeat, seen from outside, the first is shown.
    """
    if isinstance(value, tuple):
        value = value[0] if value else ""
    if isinstance(item, Question) and item.choices:
        names = as_text(value).split()
        shown = ", ".join(alone(item.choice_label(name, language)) for name in names)
    elif isinstance(item, Question):
        shown = _IN_TEXT.get(item.type, shown_text)(item, value, language)
    else:
        shown = show_value(value, language)
    return shown or NOTHING


def show_value(value: Value, language: str) -> str:
    """Return a value as people write it in `language`; nothing for a blank."""
    if isinstance(value, Decimal):
        text = as_text(value)
        return format_number(value, len(text.partition(".")[2]), language) if text else ""
    return _SHOWN.get(type(value), as_text)(value)


def _clock(clock: datetime | time) -> str:
    """Return hours and minutes, and the seconds only when somebody typed some."""
    return f"{clock:%H:%M:%S}".removesuffix(":00")


_SHOWN: dict[type, Callable[[Any], str]] = {
    date: short_date,
    datetime: lambda moment: f"{short_date(moment)} {_clock(moment)}",
    time: _clock,
}
_IN_TEXT: dict[str, Callable[[Question, Value, str], str]] = {
    "acknowledge": lambda question, value, language: TICK if value else "",
    "geopoint": lambda question, value, language: as_text(value),
}
_TYPED_DATES: dict[str, Callable[[date], str]] = {
    "month-year": lambda day: f"{day.month}/{day.year}",
    "year": lambda day: str(day.year),
}


def value_of(question: Question, value: Any) -> Value:
    """Return one canonical answer as an expression sees it.

    One that does not fit the type of its question, because another version of the form asked for
    something else, is a text.
    """
    if value in ("", None):
        return ""
    try:
        return _VALUES.get(question.type, text_of)(value)
    except (TypeError, ValueError):
        return text_of(value)


def fitted(question: Question, value: Value) -> Value:
    """Return a computed value as one of the type of its question, as far as it can be one."""
    fit = _FITTED.get(question.type)
    found = fit(value) if fit and not is_blank(value) else None
    return value if found is None or is_blank(found) else found


def remembered(question: Question, text: str) -> Value:
    """Return a value that the server has kept as canonical text; a number when it was one."""
    value = value_of(question, text)
    number = as_number(value) if isinstance(value, str) and value else value
    return number if isinstance(number, Decimal) and as_text(number) == text else value


def text_of(value: Any) -> str:
    """Return a canonical answer as one text, whatever it is; several parts with blanks between."""
    if isinstance(value, dict):
        value = list(value.values())
    return " ".join(map(text_of, value)) if isinstance(value, list) else str(value)


def _number(value: Any) -> Value:
    text = str(value)
    if not KEPT_NUMBER.fullmatch(text):
        raise ValueError(text)
    return Decimal(text)


def _computed(value: Any) -> Value:
    return _number(value) if isinstance(value, int) else text_of(value)


_VALUES: dict[str, Callable[[Any], Value]] = {
    "integer": _number,
    "decimal": _number,
    "range": _number,
    "date": date.fromisoformat,
    "today": date.fromisoformat,
    "time": time.fromisoformat,
    "dateTime": datetime.fromisoformat,
    "start": datetime.fromisoformat,
    "end": datetime.fromisoformat,
    "calculate": _computed,
}
_FITTED: dict[str, Callable[[Value], Value | None]] = {
    "integer": as_number,
    "decimal": as_number,
    "range": as_number,
    "date": as_date,
    "time": as_time,
    "dateTime": as_moment,
}


def values_of(definition: Definition, data: Mapping[str, Any]) -> dict[str, Value]:
    """Return canonical answers as expressions see them, those outside of repeats."""
    single = {question.name: question for question in definition.single_questions}
    return {name: value_of(single[name], value) for name, value in data.items() if name in single}


def answers_of(digest: str, text: str) -> Answers:
    """Return the answers that `canonical` wrote; the text comes from our own tables."""
    return Answers(digest, json.loads(text))
