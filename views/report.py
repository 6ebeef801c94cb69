"""A report as people read it: sections of labels and values, as reviewed, sent and received."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from decimal import Decimal
from itertools import groupby
from typing import Any

from forms.answers import (
    KEPT_NUMBER,
    KEPT_PLACE,
    NOTHING,
    TICK,
    file_ids,
    rows_of,
    shown_text,
    text_of,
    value_in_text,
    value_of,
)
from forms.expressions import as_date
from forms.markup import OPEN, REFERENCE, alone, plain
from forms.matrix import Band, Heading, Matrix, Row, bands, matrix_of
from forms.survey import FILES
from forms.tree import Definition, Group, Question, walk
from language.dates import short_date
from language.numbers import format_number

CONTACT = "contact"
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True, slots=True)
class ReportRow:
    """One question and its answer; `files` are those that are kept, when it asks for files.

    `previous` says what was answered in the round before.
    """

    name: str
    label: str
    value: str
    files: tuple[Any, ...] = ()
    previous: str = ""


@dataclass(frozen=True, slots=True)
class ReportLine:
    """A line of its own: the heading of a group, or a note that says what was computed."""

    text: str
    is_heading: bool


@dataclass(frozen=True, slots=True)
class ReportTable:
    """A repeat: the labels of its questions, and a row of values for each instance."""

    label: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class MatrixLine:
    """A row of a fixed-rows table."""

    label: str
    cells: tuple[str, ...]
    is_total: bool
    previous: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReportMatrix:
    """A fixed-rows table as it was drawn: headings, rows, and the totals at the end.

    `texts` are the columns that hold no numbers, counted from 0.
    """

    label: str
    columns: tuple[Heading, ...]
    rows: tuple[MatrixLine, ...]
    totals: tuple[MatrixLine, ...]
    texts: frozenset[int]

    @property
    def bands(self) -> tuple[Band, ...]:
        """The upper row of headings."""
        return bands(self.columns)


ReportPart = ReportRow | ReportLine | ReportTable | ReportMatrix


@dataclass(frozen=True, slots=True)
class ReportSection:
    """A group at the top of the form, or questions between such groups (name and label empty)."""

    name: str
    label: str
    rows: tuple[ReportPart, ...]


def _nothing(_: str) -> str:
    return ""


def report_sections(
    definition: Definition,
    data: Mapping[str, Any],
    language: str,
    *,
    files: Mapping[str, Sequence[Any]] | None = None,
    contacts: bool = False,
    previous: Callable[[str], str] = _nothing,
) -> tuple[ReportSection, ...]:
    """Return canonical answers in the order of the form; blank ones are left out.

    `contacts` says whether answers marked as contact data (appearance `contact`) may be seen,
    `previous` what was answered to a question in the round before.
    """
    reader = _Reader(definition, data, language, files or {}, contacts, previous)
    return tuple(section for section in reader.sections() if section.rows)


def label_of(
    definition: Definition, data: Mapping[str, Any], part: Question | Group, language: str
) -> str:
    """Return how a question or group is called, with the answers that its label names."""
    return _Reader(definition, data, language, {}, contacts=True, previous=_nothing).label(part)


@dataclass(frozen=True, slots=True)
class _Reader:
    definition: Definition
    data: Mapping[str, Any]
    language: str
    files: Mapping[str, Sequence[Any]]
    contacts: bool
    previous: Callable[[str], str]

    def sections(self) -> Iterator[ReportSection]:
        for is_loose, run in groupby(self.definition.children, key=_is_question):
            if is_loose:
                yield ReportSection("", "", tuple(self._rows(run)))
            else:
                yield from (self._section(group) for group in run if isinstance(group, Group))

    def _section(self, group: Group) -> ReportSection:
        if group.repeat or matrix_of(group):
            return ReportSection(group.name, "", tuple(self._rows((group,))))
        return ReportSection(group.name, self.label(group), tuple(self._rows(group.children)))

    def _rows(self, children: Iterable[Question | Group]) -> Iterator[ReportPart]:
        for child in children:
            if isinstance(child, Group):
                yield from self._table(child) if child.repeat else self._matrix_or_group(child)
            elif child.type == "note":
                yield from self._computed(child)
            else:
                yield from self._row(child)

    def _matrix_or_group(self, group: Group) -> Iterator[ReportPart]:
        matrix = matrix_of(group)
        return self._group(group) if matrix is None else self._matrix(matrix)

    def _matrix(self, matrix: Matrix) -> Iterator[ReportMatrix]:
        body, foot = (tuple(map(self._line, filter(self._answered, r))) for r in _parts(matrix))
        if body:
            headings = tuple(map(self._filled, matrix.headings(self.language)))
            texts = frozenset(i for i, cell in enumerate(matrix.columns) if cell.type == "text")
            yield ReportMatrix(self.label(matrix.group), headings, body, foot, texts)

    def _filled(self, heading: Heading) -> Heading:
        return Heading(*map(self._said, (heading.whole, heading.text, heading.band)))

    def _answered(self, row: Row) -> bool:
        return any(cell.name in self.data for cell in row.cells)

    def _line(self, row: Row) -> MatrixLine:
        cells = (show_answer(c, self.data.get(c.name, ""), self.language) for c in row.cells)
        previous = tuple(self.previous(cell.name) for cell in row.cells)
        return MatrixLine(self.label(row.group), tuple(cells), row.is_total, previous)

    def _group(self, group: Group) -> Iterator[ReportPart]:
        rows = tuple(self._rows(group.children))
        if rows and group.labels:
            yield ReportLine(self.label(group), is_heading=True)
        yield from rows

    def _computed(self, note: Question) -> Iterator[ReportLine]:
        """Yield a note that shows computed values, once there are any."""
        text = note.labels.text(self.language)
        if any(name in self.data for name in REFERENCE.findall(text)):
            yield ReportLine(self.label(note), is_heading=False)

    def _value_in_text(self, found: re.Match[str]) -> str:
        item, value = self.definition.places[found[1]].item, self._value(found[1])
        if not isinstance(item, Question) or value == "":
            return NOTHING
        if item.choices:
            return value_in_text(item, value_of(item, value), self.language)
        return show_answer(item, value, self.language)

    def _value(self, name: str) -> Any:
        """Return the answer to a question; of one in a repeat, the first."""
        repeat = self.definition.repeat_of(name)
        rows = rows_of(self.data.get(repeat)) if repeat else None
        return (rows[0] if rows else self.data).get(name, "")

    def _row(self, question: Question) -> Iterator[ReportRow]:
        if question.name in self.data and self._shown(question):
            value = show_answer(question, self.data[question.name], self.language)
            files = self.files.get(question.name, ()) if question.type in FILES else ()
            previous = self.previous(question.name)
            yield ReportRow(question.name, self.label(question), value, tuple(files), previous)

    def _shown(self, question: Question) -> bool:
        return bool(question.labels) and (self.contacts or CONTACT not in question.appearance)

    def _table(self, repeat: Group) -> Iterator[ReportTable]:
        rows = rows_of(self.data.get(repeat.name))
        places = [p.item for p in walk(repeat.children) if isinstance(p.item, Question)]
        questions = [q for q in places if q.holds_value and self._shown(q)]
        if rows:
            yield ReportTable(
                self.label(repeat),
                tuple(self._heading(q) for q in questions),
                tuple(
                    tuple(show_answer(q, row.get(q.name, ""), self.language) for q in questions)
                    for row in rows
                ),
            )

    def label(self, part: Question | Group) -> str:
        """Return the label of a part without its Markdown, with the answers that it names."""
        return self._said(part.labels.text(self.language)) or part.name

    def _said(self, text: str) -> str:
        return REFERENCE.sub(self._value_in_text, plain(text))

    def _heading(self, question: Question) -> str:
        """Return the label above the answers of all instances: what differs is left open."""
        repeat = self.definition.repeat_of(question.name)

        def shown(found: re.Match[str]) -> str:
            differs = self.definition.repeat_of(found[1]) == repeat
            return OPEN if differs else self._value_in_text(found)

        return REFERENCE.sub(shown, plain(question.labels.text(self.language))) or question.name


def _is_question(child: Question | Group) -> bool:
    return isinstance(child, Question)


def _parts(matrix: Matrix) -> tuple[tuple[Row, ...], tuple[Row, ...]]:
    return matrix.body, matrix.foot


def show_answer(question: Question, value: Any, language: str) -> str:
    """Return one canonical answer as people write it in `language`.

    One that does not fit the type of its question is shown as it is.
    """
    if value == "":
        return ""
    return _SHOWN.get(question.type, _plain)(question, value, language)


def _plain(question: Question, value: Any, language: str) -> str:
    return text_of(value)


def _number(question: Question, value: Any, language: str) -> str:
    text = text_of(value)
    if KEPT_NUMBER.fullmatch(text):
        return format_number(Decimal(text), len(text.partition(".")[2]), language)
    day = as_date(text) if _DATE.fullmatch(text) else None
    return short_date(day) if day else text


def _computed(question: Question, value: Any, language: str) -> str:
    """Return a computed number as one; a text of digits, like a year or a code, as it is."""
    text = text_of(value)
    is_number = isinstance(value, int) or "." in text or _DATE.fullmatch(text)
    return _number(question, value, language) if is_number else text


def _shown_date(question: Question, value: Any, language: str) -> str:
    return shown_text(question, value_of(question, value), language)


def _time(question: Question, value: Any, language: str) -> str:
    clock = value_of(question, value)
    return f"{clock:%H:%M}" if isinstance(clock, time) else text_of(value)


def _moment(question: Question, value: Any, language: str) -> str:
    moment = value_of(question, value)
    if not isinstance(moment, datetime):
        return text_of(value)
    between = "ngày" if language == "vi" else "on"
    return f"{moment:%H:%M} {between} {short_date(moment)}"


def _choice(question: Question, value: Any, language: str) -> str:
    names = value if isinstance(value, list) else [value]
    return "; ".join(alone(question.choice_label(text_of(name), language)) for name in names)


def _files(question: Question, value: Any, language: str) -> str:
    """Return how many files there are; what they are called, only the kept files know."""
    count = len(file_ids(value))
    if not count:
        return text_of(value)
    word = "tệp" if language == "vi" else "file" if count == 1 else "files"
    return f"{count} {word}"


def _rank(question: Question, value: Any, language: str) -> str:
    names = value if isinstance(value, list) else [value]
    labels = (alone(question.choice_label(text_of(name), language)) for name in names)
    return "\n".join(f"{place}. {label}" for place, label in enumerate(labels, start=1))


def _place(question: Question, value: Any, language: str) -> str:
    text = text_of(value)
    return ", ".join(text.split()[:2]) if KEPT_PLACE.fullmatch(text) else text


def _tick(question: Question, value: Any, language: str) -> str:
    return TICK if value == "OK" else text_of(value)


_SHOWN: dict[str, Callable[[Question, Any, str], str]] = {
    "integer": _number,
    "decimal": _number,
    "range": _number,
    "calculate": _computed,
    "date": _shown_date,
    "today": _shown_date,
    "time": _time,
    "dateTime": _moment,
    "start": _moment,
    "end": _moment,
    "geopoint": _place,
    "select_one": _choice,
    "select_multiple": _choice,
    "rank": _rank,
    "file": _files,
    "image": _files,
    "acknowledge": _tick,
}
