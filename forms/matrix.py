"""Fixed-rows tables: groups of the appearance `matrix`, whose groups are rows of like questions."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import groupby, takewhile

from forms.tree import Definition, Group, Question, per_definition

MATRIX = "matrix"
# What stands before it in the labels of neighbouring columns is the heading above them.
BAND_MARK = ": "


@dataclass(frozen=True, slots=True)
class Row:
    """A row: the group that it is, and its cells from left to right."""

    group: Group
    cells: tuple[Question, ...]

    @property
    def is_total(self) -> bool:
        """Whether nothing in it is typed."""
        return all(question.is_computed for question in self.cells)


@dataclass(frozen=True, slots=True)
class Heading:
    """The heading of a column, and the one above it that it shares with neighbours, if any.

    `whole` is both in one line.
    """

    whole: str
    text: str
    band: str = ""


@dataclass(frozen=True, slots=True)
class Band:
    """A cell of the upper row of headings: where it begins and how many columns it spans.

    Without a text it is a column of its own, whose heading reaches down.
    """

    text: str
    first: int
    width: int


@dataclass(frozen=True, slots=True)
class Matrix:
    """A table of questions: the first row's labels are its headings; totals come last."""

    group: Group
    rows: tuple[Row, ...]

    @property
    def foot(self) -> tuple[Row, ...]:
        """The rows of totals at the end."""
        totals = takewhile(lambda row: row.is_total, reversed(self.rows))
        return tuple(reversed(list(totals)))

    @property
    def body(self) -> tuple[Row, ...]:
        """The rows before them."""
        return self.rows[: len(self.rows) - len(self.foot)]

    @property
    def columns(self) -> tuple[Question, ...]:
        """The questions of the first row."""
        return self.rows[0].cells

    def headings(self, language: str) -> tuple[Heading, ...]:
        """Return the headings; `Số cuộc: trực tiếp` beside `Số cuộc: trực tuyến` is a band."""
        labels = [question.labels.text(language) for question in self.columns]
        found: list[Heading] = []
        for band, run in groupby(labels, key=_band):
            texts = list(run)
            if band and len(texts) > 1:
                found += [Heading(t, _capitalised(t.partition(BAND_MARK)[2]), band) for t in texts]
            else:
                found += [Heading(text, text) for text in texts]
        return tuple(found)


def bands(headings: tuple[Heading, ...]) -> tuple[Band, ...]:
    """Return the upper row of headings, from left to right."""
    found: list[Band] = []
    for index, heading in enumerate(headings):
        if heading.band and found and found[-1].text == heading.band:
            found[-1] = replace(found[-1], width=found[-1].width + 1)
        else:
            found.append(Band(heading.band, index, 1))
    return tuple(found)


def matrix_of(group: Group) -> Matrix | None:
    """Return the table that a group is; None when it asks for none, or is not of that shape.

    Its children are groups, each with as many cells as the first; a calculation without a label
    is no cell, unless a row would be too short without it.
    """
    rows = [child for child in group.children if isinstance(child, Group) and not child.repeat]
    if MATRIX not in group.appearance or not rows or len(rows) != len(group.children):
        return None
    cells = [_cells(row, len(_labelled(rows[0]))) for row in rows]
    if any(row is None for row in cells):
        return None
    return Matrix(group, tuple(Row(row, c or ()) for row, c in zip(rows, cells, strict=True)))


def _labelled(row: Group) -> tuple[Question, ...]:
    questions = [child for child in row.children if isinstance(child, Question)]
    return tuple(q for q in questions if q.labels or q.type != "calculate")


def _cells(row: Group, wanted: int) -> tuple[Question, ...] | None:
    questions = tuple(child for child in row.children if isinstance(child, Question))
    if not wanted or len(questions) != len(row.children):
        return None
    return next((c for c in (_labelled(row), questions) if len(c) == wanted), None)


def _band(label: str) -> str:
    band, mark, _ = label.partition(BAND_MARK)
    return band if mark else ""


def _capitalised(text: str) -> str:
    return text[:1].upper() + text[1:]


@per_definition
def rows_of_matrices(definition: Definition) -> dict[str, Row]:
    """Return for each question in a matrix its row."""
    groups = [p.item for p in definition.places.values() if isinstance(p.item, Group)]
    matrices = filter(None, map(matrix_of, groups))
    return {cell.name: row for matrix in matrices for row in matrix.rows for cell in row.cells}
