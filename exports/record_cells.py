"""Answers -> the cells of a row of tidy data, each of the kind of its column."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from string import Template
from typing import Any, Literal, NamedTuple

from exports.cells import Cell
from exports.flatten import computed_cell
from exports.values import LARGEST, date_cell, figure_cell, moment_cell
from forms.answers import rows_of, text_of, value_of
from forms.expressions import as_time
from forms.tree import Question

# What the cells of a column are, where they fit its question; `any` is for what is computed.
Kind = Literal["text", "integer", "number", "date", "moment", "time", "flag", "any"]
Convert = Callable[[Any], Cell]
# Gives the cells of a row from what gives an answer by its name.
RowReader = Callable[[Callable[[str], Any]], list[Cell]]


class Read(NamedTuple):
    """How one column is read: the question's name, and what makes a cell of its answer.

    An answer for which the expression `ready` of OWN_CELL holds is its own cell.
    """

    name: str
    convert: Convert
    ready: str = "never"


# --- rows -----------------------------------------------------------------------------------------

OWN_CELL: Mapping[str, str] = {
    "text": "a if a.__class__ is str else ",
    "whole": f"a if a.__class__ is int and -{LARGEST:f} < a < {LARGEST:f} else ",
    "never": "",
}
CELL = Template("""None if (a := get(name$i)) is None or a == "" else ${own}convert$i(a)""")


def row_reader(reads: Sequence[Read]) -> RowReader:
    """Return what reads a row: one expression, compiled once for a table of a form version.

    Names and texts of a form never become part of the expression.
    """
    cells = ", ".join(
        CELL.substitute(i=index, own=OWN_CELL[read.ready]) for index, read in enumerate(reads)
    )
    known = {f"name{index}": read.name for index, read in enumerate(reads)}
    converts = {f"convert{index}": read.convert for index, read in enumerate(reads)}
    reader: RowReader = eval(f"lambda get: [{cells}]", known | converts)  # noqa: S307 - made of the table above and of numbers
    return reader


# --- cells ----------------------------------------------------------------------------------------


def kind_of(question: Question) -> Kind:
    """Return what the cells of a question are."""
    return FIELDS.get(question.type, TEXT)[0]


def read_answer(question: Question) -> Read:
    """Return how the answer to a question without choices is read."""
    _, convert, ready = FIELDS.get(question.type, TEXT)
    return Read(question.name, lambda answer: convert(question, answer), ready)


def read_choices(name: str, labels: Mapping[str, str], separator: str) -> Read:
    """Return how chosen choices are read: by their labels where these are given."""

    def convert(answer: Any) -> Cell:
        names = answer if isinstance(answer, list) else [answer]
        return separator.join(labels.get(name, name) for name in map(text_of, names)) or None

    return Read(name, convert, "never" if labels else "text")


def read_flag(name: str, choice: str) -> Read:
    """Return how it is read whether a choice was chosen: 1 or 0."""

    def convert(answer: Any) -> Cell:
        return int(choice in (answer if isinstance(answer, list) else text_of(answer).split()))

    return Read(name, convert)


def read_count(name: str) -> Read:
    """Return how it is read how often a repeat was answered."""
    return Read(name, lambda answer: len(rows_of(answer)))


def read_nothing(name: str) -> Read:
    """Return how a question is read that a form version does not ask."""
    return Read(name, lambda _: None)


def _number(question: Question, answer: Any) -> Cell:
    value = value_of(question, answer)
    return value if isinstance(value, str) else figure_cell(value)


@lru_cache(4096)
def _day(text: str) -> Cell:
    return date_cell(text)


# Question type -> what its cells are, how they are made, and when an answer is one already; other
# types are text.
Field = tuple[Kind, Callable[[Question, Any], Cell], str]
FIELDS: Mapping[str, Field] = {
    "integer": ("integer", _number, "whole"),
    "decimal": ("number", _number, "whole"),
    "range": ("number", _number, "whole"),
    **dict.fromkeys(("date", "today"), ("date", lambda _, a: _day(text_of(a)), "never")),
    **dict.fromkeys(
        ("dateTime", "start", "end"), ("moment", lambda _, a: moment_cell(text_of(a)), "never")
    ),
    "time": ("time", lambda question, a: as_time(value_of(question, a)) or text_of(a), "never"),
    "calculate": ("any", lambda question, a: computed_cell(value_of(question, a)), "never"),
}
TEXT: Field = ("text", lambda _, answer: text_of(answer), "text")
