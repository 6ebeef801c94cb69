"""Edits of a form on its sheets: each takes the sheets and returns new ones, right or wrong.

A row is known by its place below the headings, from 0. Nothing is checked here: compiling does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from forms.labels import language_code
from forms.survey import SELECTS
from forms.text_sheets import Cells, TextSheet, TextSheets, heading_in
from language.text import fold

SURVEY, CHOICES = "survey", "choices"
LONGEST_NAME = 40
_NOT_IN_NAMES = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the survey sheet: what it is, and how deep it stands within groups.

    `kind` is `question`, `begin` or `end`; `list_name` that of a select with a list of its own.
    """

    row: int
    kind: str
    type: str
    name: str
    depth: int
    cells: Cells
    list_name: str = ""


@dataclass(frozen=True, slots=True)
class ChoiceLine:
    """A row of the choices sheet."""

    row: int
    name: str
    cells: Cells


# --- looking --------------------------------------------------------------------------------------


def outline(sheets: TextSheets) -> tuple[Line, ...]:
    """Return the rows of the survey sheet."""
    lines: list[Line] = []
    depth = 0
    for row, cells in enumerate(sheets[SURVEY].rows):
        kind = row_kind(cells)
        depth -= kind == "end"
        base, list_name = _type(cells)
        lines.append(Line(row, kind, base, cells.get("name", ""), depth, cells, list_name))
        depth += kind == "begin"
    return tuple(lines)


def line_at(sheets: TextSheets, row: int) -> Line | None:
    """Return a row of the survey sheet; None when there is none."""
    return next((line for line in outline(sheets) if line.row == row), None)


def row_kind(cells: Cells) -> str:
    """Return `begin`, `end` or `question`, which the type `end` alone is, too."""
    word, *rest = re.split(r"[ _]+", cells.get("type", "").strip(), maxsplit=1)
    return word if word in ("begin", "end") and rest else "question"


def _type(cells: Cells) -> tuple[str, str]:
    """Return the type without its list, and the list when it stands on the choices sheet."""
    base, _, rest = " ".join(cells.get("type", "").split()).partition(" ")
    if base in SELECTS:
        return base, rest
    return (f"{base} {rest}", "") if row_kind(cells) != "question" else (base, "")


def languages(sheets: TextSheets) -> tuple[str, ...]:
    """Return the languages of the form, by the headings of its labels."""
    found = [
        language_code(language)
        for base, _, language in (h.partition("::") for h in sheets[SURVEY].headings)
        if base == "label" and language
    ]
    return tuple(dict.fromkeys(found))


def choices_of(sheets: TextSheets, list_name: str) -> tuple[ChoiceLine, ...]:
    """Return the choices of a list."""
    rows = sheets[CHOICES].rows if CHOICES in sheets else ()
    return tuple(
        ChoiceLine(row, cells.get("name", ""), cells)
        for row, cells in enumerate(rows)
        if cells.get("list_name") == list_name and list_name
    )


def sharing(sheets: TextSheets, list_name: str) -> int:
    """Return how many questions use a list."""
    return sum(line.list_name == list_name for line in outline(sheets)) if list_name else 0


def text_of(cells: Cells, base: str, language: str) -> str:
    """Return the text of a row in a language."""
    return cells.get(heading_in(base, language), "")


# --- questions ------------------------------------------------------------------------------------


def change_question(sheets: TextSheets, row: int, cells: Cells) -> TextSheets:
    """Put other texts into cells of a question; blank ones are taken away."""
    return _changed(sheets, SURVEY, row, cells)


def add_question(
    sheets: TextSheets, after: int, cells: Cells, choices: Iterable[Cells] = ()
) -> TextSheets:
    """Put a question behind a row (-1: before all); `choices` become a list of its own."""
    rows = list(sheets[SURVEY].rows)
    rows.insert(after + 1, _filled(cells))
    made = _with_rows(sheets, SURVEY, rows)
    added = [_filled(choice) for choice in choices]
    return _with_rows(made, CHOICES, [*sheets[CHOICES].rows, *added]) if added else made


def move(sheets: TextSheets, row: int, *, up: bool) -> TextSheets:
    """Let a question, or a whole group, change places with the row before or behind it.

    Before the first row of a group that is a step out of the group, past its end a step into it.
    """
    rows = list(sheets[SURVEY].rows)
    last = _end_of(rows, row)
    block = rows[row : last + 1]
    place = row - 1 if up else row + 1
    if place < 0 or last + 1 + (not up) > len(rows):
        return sheets
    del rows[row : last + 1]
    rows[place:place] = block
    return _with_rows(sheets, SURVEY, rows)


def remove_question(sheets: TextSheets, row: int) -> TextSheets:
    """Take a question away; its list of choices goes when no other question uses it."""
    line = line_at(sheets, row)
    rows = [cells for index, cells in enumerate(sheets[SURVEY].rows) if index != row]
    made = _with_rows(sheets, SURVEY, rows)
    if line is None or not line.list_name or sharing(made, line.list_name):
        return made
    kept = [cells for cells in sheets[CHOICES].rows if cells.get("list_name") != line.list_name]
    return _with_rows(made, CHOICES, kept)


def _end_of(rows: Sequence[Cells], row: int) -> int:
    """Return the last row of what begins at `row`: itself, or the end of the group."""
    depth = 0
    for index in range(row, len(rows)):
        kind = row_kind(rows[index])
        depth += (kind == "begin") - (kind == "end")
        if depth <= 0:
            return index
    return row


# --- choices --------------------------------------------------------------------------------------


def change_choice(sheets: TextSheets, row: int, cells: Cells) -> TextSheets:
    """Put other texts into cells of a choice."""
    return _changed(sheets, CHOICES, row, cells)


def add_choice(sheets: TextSheets, list_name: str, cells: Cells) -> TextSheets:
    """Put a choice at the end of a list."""
    rows = list(sheets[CHOICES].rows)
    known = choices_of(sheets, list_name)
    rows.insert(known[-1].row + 1 if known else len(rows), _filled(cells))
    return _with_rows(sheets, CHOICES, rows)


def move_choice(sheets: TextSheets, row: int, *, up: bool) -> TextSheets:
    """Let a choice change places with its neighbour in the list."""
    rows = list(sheets[CHOICES].rows)
    places = [line.row for line in choices_of(sheets, rows[row].get("list_name", ""))]
    place = places.index(row) + (-1 if up else 1)
    if 0 <= place < len(places):
        other = places[place]
        rows[row], rows[other] = rows[other], rows[row]
    return _with_rows(sheets, CHOICES, rows)


def remove_choice(sheets: TextSheets, row: int) -> TextSheets:
    """Take a choice away."""
    rows = [cells for index, cells in enumerate(sheets[CHOICES].rows) if index != row]
    return _with_rows(sheets, CHOICES, rows)


# --- names ----------------------------------------------------------------------------------------


def new_name(label: str, taken: Iterable[str]) -> str:
    """Return a name made of a label that is not taken: “Số người dự” is so_nguoi_du."""
    words = _shortened(_NOT_IN_NAMES.sub("_", fold(label).lower()).strip("_"))
    base = words if words[:1].isalpha() else f"c_{words}".strip("_")
    known = set(taken)
    names = (base, *(f"{base}_{number}" for number in range(2, len(known) + 3)))
    return next(name for name in names if name not in known)


def _shortened(words: str) -> str:
    """Return as many words as a name may hold; of a single long one, its beginning."""
    if len(words) <= LONGEST_NAME:
        return words
    whole = words[: LONGEST_NAME + 1].rpartition("_")[0]
    return whole or words[:LONGEST_NAME]


def question_names(sheets: TextSheets) -> frozenset[str]:
    """Return the names of all questions and groups."""
    return frozenset(line.name for line in outline(sheets) if line.name)


# --- sheets ---------------------------------------------------------------------------------------


def _changed(sheets: TextSheets, name: str, row: int, cells: Cells) -> TextSheets:
    rows = list(sheets[name].rows)
    rows[row] = _filled({**rows[row], **cells})
    return _with_rows(sheets, name, rows)


def _filled(cells: Cells) -> Cells:
    return {heading: text for heading, text in cells.items() if text}


def _with_rows(sheets: TextSheets, name: str, rows: Sequence[Cells]) -> Mapping[str, TextSheet]:
    """Return the sheets with other rows in one; headings that are new stand behind the others."""
    sheet = sheets[name]
    headings = dict.fromkeys((*sheet.headings, *(heading for row in rows for heading in row)))
    return {**sheets, name: replace(sheet, headings=tuple(headings), rows=tuple(rows))}
