"""How questions are drawn: which control a question gets, and which of them stand in one table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby

from flask_babel import lazy_gettext

from forms.fields import RANGE
from forms.matrix import MATRIX, Matrix, matrix_of
from forms.tree import Group, Question

# Held by the page, but not drawn: only conditions and labels look at them.
UNDRAWN = {"hidden", "start", "end", "today", "username", "deviceid"}
SELECTS = {"select_one", "select_multiple"}
PICTURES = (".jpg", ".jpeg", ".png")
# So many numbers of a scale fit in a row; of a longer one, the number is typed.
MOST_BUTTONS = 11
# So many choices can be overlooked; a longer list opens on demand.
MOST_RADIOS = 30
CONTROLS = {
    "note": "note",
    "acknowledge": "tick",
    "rank": "rank",
    "file": "file",
    "image": "file",
    "geopoint": "place",
}
# The appearances that put choices side by side.
BESIDE = {"horizontal", "horizontal-compact", "columns", "columns-pack", "compact"}
ORDINALS = (
    lazy_gettext("First"),
    lazy_gettext("Second"),
    lazy_gettext("Third"),
    lazy_gettext("Fourth"),
    lazy_gettext("Fifth"),
    lazy_gettext("Sixth"),
    lazy_gettext("Seventh"),
    lazy_gettext("Eighth"),
    lazy_gettext("Ninth"),
    lazy_gettext("Tenth"),
)


@dataclass(frozen=True, slots=True)
class Grid:
    """Questions with the same choices, one per row; `heading` is drawn above the choices."""

    questions: tuple[Question, ...]
    heading: Question | None = None
    kind: str = "grid"


Part = Question | Group | Matrix | Grid


def kind_of(part: Part) -> str:
    """Return the name of the macro that draws a part of the form."""
    match part:
        case Question():
            return "question"
        case Matrix():
            return "matrix"
        case Grid():
            return "grid"
    return "repeat" if part.repeat else "group"


def parts(children: tuple[Question | Group, ...], appearance: tuple[str, ...]) -> list[Part]:
    """Return what a group draws: its children, or tables of those that belong together."""
    drawn: list[Part] = []
    for key, run in groupby(children, key=lambda child: _grid_key(child, appearance)):
        together = tuple(run)
        questions = tuple(child for child in together if isinstance(child, Question))
        if key and questions:
            drawn += _grids(questions)
        else:
            drawn += (_matrix_or_group(child) for child in together)
    return drawn


def _matrix_or_group(child: Question | Group) -> Part:
    matrix = matrix_of(child) if isinstance(child, Group) and MATRIX in child.appearance else None
    return matrix or child


def is_matrix(group: Group) -> bool:
    """Return whether a group is drawn as a table with fixed rows."""
    return MATRIX in group.appearance and matrix_of(group) is not None


def is_drawn(question: Question) -> bool:
    """Return whether a question can be seen on a page."""
    return control_of(question) != "stored"


def _grid_key(child: Question | Group, appearance: tuple[str, ...]) -> tuple[str, ...]:
    """Return what the rows of one table have in common: type and choices; () for no row."""
    if not isinstance(child, Question) or child.type not in SELECTS:
        return ()
    in_grid = {"label", "list-nolabel"}.intersection(child.appearance)
    names = tuple(choice.name for choice in child.choices)
    return (child.list_name, *names) if in_grid or "table-list" in appearance else ()


def _grids(questions: tuple[Question, ...]) -> Iterator[Grid]:
    """Yield a table for each `label` question, and one for what stands before the first."""
    heading: Question | None = None
    rows: list[Question] = []
    for question in questions:
        if "label" in question.appearance:
            if rows:
                yield Grid(tuple(rows), heading)
            heading, rows = question, []
        else:
            rows.append(question)
    if rows:
        yield Grid(tuple(rows), heading)


def control_of(question: Question) -> str:
    """Return the name of the control of a question."""
    if question.type in UNDRAWN or (question.type == "calculate" and not question.labels):
        return "stored"
    if question.type == "calculate":
        return "result"
    if question.type in SELECTS:
        return "dropdown" if is_dropdown(question) else "choices"
    if question.type == "range":
        return "scale" if len(scale(question)) <= MOST_BUTTONS else "line"
    if question.type == "text" and "multiline" in question.appearance:
        return "lines"
    return CONTROLS.get(question.type, "line")


def is_dropdown(question: Question) -> bool:
    """Return whether the choices open on demand: when the form says so, or there are many."""
    many = question.type == "select_one" and len(question.choices) > MOST_RADIOS
    return many or "minimal" in question.appearance


def layout_of(question: Question) -> str:
    """Return the class that says how the choices of a question stand."""
    if "likert" in question.appearance:
        return "likert"
    words = {word if word in BESIDE else word.rpartition("-")[0] for word in question.appearance}
    return "choices beside" if BESIDE & words else "choices"


def reader_of(question: Question) -> str:
    """Return how the browser reads what is typed; see READERS in static/form.js."""
    for word in ("contact", "month-year", "year"):
        if word in question.appearance and question.type in ("text", "date"):
            return word.partition("-")[0]
    return _STORED_AS.get(question.type, question.type)


_STORED_AS = {"today": "date", "start": "dateTime", "end": "dateTime"}


def scale(question: Question) -> tuple[Decimal, ...]:
    """Return the numbers of a range, from its start to its end; (), when there are too many."""
    start, end, step = (Decimal(question.parameter(name, text)) for name, text in RANGE.items())
    count = int(abs(end - start) / abs(step)) + 1 if step else 0
    signed = abs(step) if end >= start else -abs(step)
    return tuple(start + signed * index for index in range(min(count, MOST_BUTTONS + 1)))


def endings(question: Question) -> tuple[str, ...]:
    """Return the endings of the files that a question takes; () for all that can be kept."""
    return question.accept or (PICTURES if question.type == "image" else ())


def line_of(question: Question) -> tuple[str, str, str]:
    """Return the keyboard of a line, what stands in it as an example, and its width."""
    if question.type == "text" and "numbers" in question.appearance:
        return "numeric", "", "short"
    mode, placeholder, width = _LINES.get(reader_of(question), ("", "", ""))
    return mode, str(placeholder), width


_LINES = {
    "integer": ("numeric", "", "short"),
    "decimal": ("decimal", "", "short"),
    "range": ("decimal", "", "short"),
    "date": ("text", lazy_gettext("dd/mm/yyyy"), "short"),
    "month": ("text", lazy_gettext("mm/yyyy"), "short"),
    "year": ("numeric", lazy_gettext("yyyy"), "short"),
    "time": ("text", lazy_gettext("hh:mm"), "short"),
    "dateTime": ("text", lazy_gettext("dd/mm/yyyy hh:mm"), "moment"),
    "geopoint": ("text", lazy_gettext("latitude, longitude"), ""),
}


def ordinal(number: int) -> str:
    """Return how the place with a number, from 1, is called."""
    return str(ORDINALS[number - 1]) if number <= len(ORDINALS) else str(number)


def body_of(group: Group) -> str:
    """Return the class that says how the children of a group stand."""
    line = "row-of-numbers" if "field-list" in group.appearance else ""
    return columns_of(group.children) or line


def columns_of(children: tuple[Question | Group, ...]) -> str:
    """Return the class of what holds children that say how wide they are; nothing when none do."""
    return "columns" if any(map(span_of, children)) else ""


def has_matrix(children: tuple[Question | Group, ...]) -> bool:
    """Return whether a fixed-rows table is among the children, however deep."""
    groups = [child for child in children if isinstance(child, Group)]
    return any(matrix_of(group) or has_matrix(group.children) for group in groups)


def span_of(part: Question | Group) -> str:
    """Return how many twelfths of the width a part takes: `w1` to `w12`, or nothing."""
    return next((word for word in part.appearance if word[:1] == "w" and word[1:].isdigit()), "")


def needs(children: tuple[Question | Group, ...], kind: str) -> bool:
    """Return whether a question of a type is among the children, however deep."""
    return any(
        needs(child.children, kind) if isinstance(child, Group) else child.type == kind
        for child in children
    )
