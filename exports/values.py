"""How answers become cells: what an expression of a table sees, and how its value is shown."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from exports.cells import Cell, Number
from exports.rounds import Answers, UnitResponse
from forms.answers import rows_of, value_of
from forms.expressions import (
    Node,
    Reference,
    Scope,
    Value,
    as_boolean,
    as_date,
    as_moment,
    as_number,
    as_text,
    compile_python,
)
from forms.markup import alone
from forms.tree import Choice, Column, Definition, Expression, Format, Group, Question
from language.dates import local

NUMERIC: frozenset[Format] = frozenset({"integer", "decimal", "percent", "scale"})
SEPARATOR = "; "
# Excel keeps 15 digits of a number, and knows no day before 1900.
LARGEST = Decimal(10) ** 15
FIRST_YEAR = 1900

Read = Callable[["AnswerScope"], Cell]
Versions = Sequence[Definition]


class AnswerScope(Scope):
    """What expressions see of one response: its answers, and the given names of its unit.

    A question within a repeat has the values of all its instances, unless one instance is laid
    over the answers (see `instance_answers`). Values are converted when they are first asked for.
    """

    __slots__ = ("answers", "definition", "known")

    def __init__(
        self, definition: Definition, answers: Answers, now: datetime, given: Mapping[str, Value]
    ) -> None:
        super().__init__(now)
        self.definition = definition
        self.answers = answers
        self.known: dict[str, Value] = dict(given)

    def value(self, name: str) -> Value:
        """Return the value of a name; blank ("") when nothing was answered."""
        known = self.known
        if name not in known:
            known[name] = self._read(name)
        return known[name]

    def _read(self, name: str) -> Value:
        place = self.definition.places.get(name)
        if place is None:
            return ""
        raw = self.answers.get(name, "")
        if isinstance(place.item, Group):
            return tuple(str(number) for number in range(1, len(rows_of(raw)) + 1))
        repeat = self.definition.repeat_of(name) if name not in self.answers else None
        if repeat is None:
            return value_of(place.item, raw)
        rows = rows_of(self.answers.get(repeat))
        return tuple(value_of(place.item, row.get(name, "")) for row in rows)


def instance_answers(definition: Definition, answers: Answers, repeat: str) -> list[Answers]:
    """Return, for each instance of a repeat, the answers as seen from within it."""
    blank = {
        question.name: ""
        for question in definition.questions
        if definition.repeat_of(question.name) == repeat
    }
    return [{**answers, **blank, **row} for row in rows_of(answers.get(repeat))]


def given_names(response: UnitResponse) -> dict[str, Value]:
    """Return the reserved names of a response: its unit, and the day on which it was sent."""
    unit = response.unit
    return {
        "unit_code": unit.code,
        "unit_name": unit.name,
        "unit_group": unit.group_code,
        "unit_level": unit.level,
        "sent_date": local(response.sent_at).date() if response.sent_at else "",
    }


# --- values as cells ------------------------------------------------------------------------------


def number_cell(value: Value) -> Number | None:
    """Return a value as a number, whole ones as int; None when it is blank or no number."""
    number = as_number(value)
    if number.is_nan():
        return None
    whole = int(number)
    return whole if whole == number else number


def figure_cell(value: Value) -> Cell:
    """Return a value as a number; as text when it has more digits than Excel keeps."""
    number = number_cell(value)
    fits = number is None or -LARGEST < number < LARGEST
    return number if fits else as_text(value)


def date_cell(value: Value) -> Cell:
    """Return a value as a date; as text when it is none, or one that Excel does not know."""
    day = as_date(as_text(value))
    if day is None:
        return as_text(value) or None
    return day if day.year >= FIRST_YEAR else f"{day:%d/%m/}{day.year}"


def moment_cell(value: Value) -> Cell:
    """Return a value as a date and a time; as text when it is none that Excel knows."""
    moment = as_moment(value)
    if moment is None or moment.year < FIRST_YEAR:
        return text_cell(value)
    return moment


def text_cell(value: Value) -> Cell:
    """Return a value as text, None when blank; a number stays one, unless it is too long."""
    if isinstance(value, Decimal):
        return figure_cell(value)
    if isinstance(value, date):
        clock = f" {value:%H:%M}" if isinstance(value, datetime) else ""
        return f"{value:%d/%m/}{value.year}{clock}"
    if isinstance(value, tuple):
        return SEPARATOR.join(map(as_text, value)) or None
    return as_text(value) or None


_CELLS: Mapping[Format, Callable[[Value], Cell]] = {
    "text": text_cell,
    "date": date_cell,
    "moment": moment_cell,
    **dict.fromkeys(NUMERIC, figure_cell),
}


def choice_labels(versions: Versions, name: str, language: str) -> dict[str, str]:
    """Return the labels of a question's choices by choice name; none for other questions.

    Choices that only an older version of the form had come last.
    """
    labels: dict[str, str] = {}
    for choice in _offered(name, versions):
        labels.setdefault(choice.name, alone(choice.labels.text(language)) or choice.name)
    return labels


def with_vanished(question: Question, versions: Versions, given: Iterable[Any]) -> Question:
    """Return the question with the choices behind its own that were made and have vanished since.

    They keep the labels that they had in the newest version that offered them. `given` are the
    answers, as canonical data.
    """
    several = (answer if isinstance(answer, list) else [answer] for answer in given)
    wanted = {str(name) for names in several for name in names}
    wanted -= {choice.name for choice in question.choices}
    vanished: dict[str, Choice] = {}
    for choice in _offered(question.name, versions) if wanted else ():
        if choice.name in wanted:
            vanished.setdefault(choice.name, choice)
    return replace(question, choices=(*question.choices, *vanished.values()))


def _offered(name: str, versions: Versions) -> Iterator[Choice]:
    """Yield every choice that any version of a question offers."""
    for definition in versions:
        place = definition.places.get(name)
        if place and isinstance(place.item, Question):
            yield from place.item.choices


def reader(column: Column, versions: Versions, language: str) -> Read | None:
    """Return the function that gives a column's cell; None for a column that stays empty.

    A choice is shown by its label, several choices by theirs, with "; " between. `versions` are
    those of the form, the newest first.
    """
    if column.value is None:
        return None
    node = column.value.node
    evaluate = compile_python(node)
    labels = choice_labels(versions, bare_reference(node), language)
    if column.format == "text" and labels:
        return reading_of(bare_reference(node), versions, language)
    convert = _CELLS[column.format]
    return lambda scope: convert(evaluate(scope))


def reading_of(name: str, versions: Versions, language: str) -> Read:
    """Return the function that gives what a column showing the question `name` would hold."""
    evaluate, labels = compile_python(Reference(name)), choice_labels(versions, name, language)
    return lambda scope: _labelled(evaluate(scope), labels)


def _labelled(value: Value, labels: Mapping[str, str]) -> Cell:
    values = value if isinstance(value, tuple) else (value,)
    names = (name for one in values for name in as_text(one).split())
    return SEPARATOR.join(labels.get(name, name) for name in names) or None


def bare_reference(node: Node) -> str:
    """Return the name when the expression is nothing but a reference to it, else nothing."""
    return node.name if isinstance(node, Reference) else ""


def test_of(condition: Expression | None) -> Callable[[AnswerScope], bool]:
    """Return the test of a table's filter; without a filter everything passes."""
    if condition is None:
        return lambda _: True
    evaluate = compile_python(condition.node)
    return lambda scope: as_boolean(evaluate(scope))
