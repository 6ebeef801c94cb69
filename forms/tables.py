"""The `tables` sheet of a form: how its answers are consolidated, sheet by sheet.

`begin table` opens a table, each `column` is one of its columns, `end table` closes it. The columns
of the sheet are described in docs/xlsform.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import cast, get_args

from forms.expressions import ExpressionError, parse, references
from forms.findings import Finding, cell_finding, expression_finding
from forms.labels import labels_by_language
from forms.matrix import rows_of_matrices
from forms.sheets import Row, Sheet
from forms.survey import FILES
from forms.tree import (
    NO_LABELS,
    Chart,
    Column,
    Definition,
    Expression,
    Format,
    Group,
    Labels,
    Question,
    Table,
    TableKind,
    walk,
)
from forms.words import NO, YES

# Names that a tables expression may use besides the questions.
RESERVED = frozenset({"unit_code", "unit_name", "unit_group", "unit_level", "sent_date"})
# And that of a comparison, besides the columns of tables of units: of those that rates count.
COMPARED = frozenset({"units_asked", "units_sent", "units_on_time", "units_late"})
# Where the tables of a form that has no `tables` sheet go: after those of the other forms.
DEFAULT_POSITION = 20
KINDS = get_args(TableKind)
FORMATS = get_args(Format)
# What a column may be drawn by, in a table of each kind; nothing is always possible.
CHARTS: Mapping[str, frozenset[str]] = {
    "units": frozenset({"groups", "units"}),
    "distribution": frozenset({"yes"}),
    "comparison": frozenset({"yes"}),
}
NUMBERS: Mapping[str, Format] = {"integer": "integer", "decimal": "decimal", "range": "decimal"}
SUMMED = YES | {"sum"}
TRANSLATED = {"label", "title", "band"}
HEADINGS = {
    "type", "name", "kind", "position", "rows", "filter", "group_by", "head", "foot", "sort",
    "value", "total", "format", "width", "chart",
}  # fmt: skip


def unknown_headings(sheet: Sheet) -> Iterator[Finding]:
    """Yield a finding for every column that this sheet does not have."""
    for heading in sheet.columns:
        base, translated, _ = heading.partition("::")
        if base not in (TRANSLATED if translated else TRANSLATED | HEADINGS):
            title = sheet.heading(heading)
            yield cell_finding(sheet, None, heading, "unknown_column", value=title)


def read_tables(
    sheet: Sheet | None, definition: Definition
) -> tuple[tuple[Table, ...], tuple[Finding, ...]]:
    """Return the tables of the sheet, and every error found on it."""
    if sheet is None:
        return (), ()
    reader = _Reader(sheet, definition)
    for row in sheet.rows:
        reader.row(row)
    reader.end_of_sheet()
    return tuple(reader.tables), tuple(reader.errors)


class _Reader:
    """Reads the sheet row by row into tables, gathering every error."""

    def __init__(self, sheet: Sheet, definition: Definition) -> None:
        self.sheet = sheet
        self.definition = definition
        self.tables: list[Table] = []
        self.errors: list[Finding] = []
        self.open: Table | None = None
        self.row_of_open: Row | None = None
        self.columns: list[tuple[Row, Column]] = []
        # Comparisons name columns of other tables, which may stand below.
        self.compared: list[tuple[Row, Column, frozenset[str]]] = []

    def row(self, row: Row) -> None:
        """Read one row by its type."""
        kind = " ".join(row.get("type").split())
        act = {"begin table": self._begin, "column": self._column, "end table": self._end}.get(kind)
        if act is None:
            self._error(row, "type", "table_type")
        else:
            act(row)

    def end_of_sheet(self) -> None:
        """Complain about a table that was never closed."""
        if self.open is not None:
            self._error(None, "type", "open_table", value=self.open.name)
        tables = [table for table in self.tables if table.kind == "units"]
        figures = {column.name for table in tables for column in table.columns}
        for row, column, own in self.compared:
            known = figures | COMPARED | (own - {column.name})
            names = references(column.value.node) if column.value else frozenset[str]()
            for name in sorted(names - known):
                self._error(row, "value", "compared", value=name)

    def _error(self, row: Row | None, heading: str, key: str, **parts: str) -> None:
        self.errors.append(cell_finding(self.sheet, row, heading, key, **parts))

    def _begin(self, row: Row) -> None:
        if self.open is not None:
            self._error(row, "type", "open_table", value=self.open.name)
        self.columns = []
        self.open = Table(
            name=self._name(row),
            kind=cast(TableKind, self._one_of(row, "kind", KINDS, "kind")),
            position=self._position(row),
            labels=self._labels(row, "label"),
            title=self._labels(row, "title"),
            rows=self._repeat(row),
            filter=self._expression(row, "filter"),
            group_by=self._question(row, "group_by", row.get("group_by")),
            foot=self._questions(row, "foot"),
            head=self._questions(row, "head"),
            sort=tuple(row.get("sort").split()),
        )
        self.row_of_open = row
        if self.open.sort and self.open.kind != "list":
            self._error(row, "sort", "sort_kind")
        if self.open.head and self.open.kind != "list":
            self._error(row, "head", "head_kind")

    def _column(self, row: Row) -> None:
        if self.open is None:
            self._error(row, "type", "outside_table")
            return
        formats = row.get("format") or "text"
        column = Column(
            name=self._column_name(row),
            labels=self._labels(row, "label"),
            band=self._labels(row, "band"),
            value=self._expression(row, "value"),
            total=self._total(row),
            format=cast(Format, self._one_of(row, "format", FORMATS, "format", formats)),
            width=self._whole_number(row, "width") or None,
            chart=self._chart(row, self.open.kind),
        )
        if column.format == "tick" and (self.open.kind != "list" or column.value is not None):
            self._error(row, "format", "tick")
        self.columns.append((row, column))

    def _end(self, row: Row) -> None:
        if self.open is None:
            self._error(row, "type", "outside_table")
            return
        names = {column.name for _, column in self.columns}
        for name in self.open.sort:
            if name.removeprefix("-") not in names:
                self._error(self.row_of_open, "sort", "sort_column", value=name)
        for column_row, column in self.columns:
            if self.open.kind == "comparison":
                self.compared.append((column_row, column, frozenset(names)))
            else:
                self._references(column_row, "value", column.value, names)
        columns = tuple(self._labelled(column) for _, column in self.columns)
        self.tables.append(replace(self.open, columns=columns))
        self.open = None

    def _labelled(self, column: Column) -> Column:
        """Give a column without a label the label of the question it shows."""
        if column.labels or column.value is None:
            return column
        names = references(column.value.node) & {q.name for q in self.definition.questions}
        if len(names) != 1:
            return column
        return replace(column, labels=self.definition.question(next(iter(names))).labels)

    def _labels(self, row: Row, heading: str) -> Labels:
        return labels_by_language(row.cells, heading, self.definition.languages)

    def _name(self, row: Row) -> str:
        if not row.get("name"):
            self._error(row, "name", "no_table_name")
        return row.get("name")

    def _column_name(self, row: Row) -> str:
        name = self._name(row)
        first = next((r for r, column in self.columns if name and column.name == name), None)
        if first is not None:
            cell = self.sheet.address(first, "name")
            self._error(row, "name", "duplicate_column", value=name, cell=cell)
        return name

    def _position(self, row: Row) -> int:
        text = row.get("position")
        if not text.strip("0"):
            self._error(row, "position", "position")
            return 0
        return self._whole_number(row, "position")

    def _total(self, row: Row) -> bool:
        text = row.get("total").lower()
        if text not in SUMMED | NO:
            self._error(row, "total", "yes_no", value=row.get("total"))
        return text in SUMMED

    def _whole_number(self, row: Row, heading: str) -> int:
        text = row.get(heading)
        if text and not re.fullmatch(r"\d{1,4}", text):
            self._error(row, heading, "number", value=text)
            return 0
        return int(text or 0)

    def _one_of(
        self, row: Row, heading: str, allowed: Iterable[str], key: str, text: str = ""
    ) -> str:
        value = text or row.get(heading)
        if value not in allowed:
            self._error(row, heading, key, value=value, choices=", ".join(allowed))
        return value

    def _repeat(self, row: Row) -> str:
        name = row.get("rows")
        if name and name not in {repeat.name for repeat in self.definition.repeats}:
            self._error(row, "rows", "repeat_name", value=name)
        return name

    def _chart(self, row: Row, kind: str) -> Chart:
        """Return what a column is drawn by: nothing, or one of what its table can be drawn by."""
        text = row.get("chart").lower()
        text = "yes" if text in YES else "" if text in NO else text
        allowed = CHARTS.get(kind, frozenset())
        if text and text not in allowed:
            offered = ", ".join(sorted(allowed)) or "no"
            self._error(row, "chart", "chart", value=row.get("chart"), choices=offered)
        return cast(Chart, text if text in allowed else "")

    def _questions(self, row: Row, heading: str) -> tuple[str, ...]:
        return tuple(self._question(row, heading, name) for name in row.get(heading).split())

    def _question(self, row: Row, heading: str, name: str) -> str:
        if name and name not in {question.name for question in self.definition.questions}:
            self._error(row, heading, "reference", value=name)
        return name

    def _expression(self, row: Row, heading: str) -> Expression | None:
        source = row.get(heading)
        if not source:
            return None
        try:
            expression = Expression(source, parse(source))
        except ExpressionError as error:
            self.errors.append(expression_finding(self.sheet, row, heading, source, error))
            return None
        if heading == "filter":
            self._references(row, heading, expression, set())
        return expression

    def _references(
        self, row: Row, heading: str, expression: Expression | None, columns: set[str]
    ) -> None:
        known = set(self.definition.places) | RESERVED | columns
        for name in sorted(references(expression.node) - known if expression else ()):
            self._error(row, heading, "reference", value=name)


# --- a form without a tables sheet ----------------------------------------------------------------


def default_tables(definition: Definition) -> tuple[Table, ...]:
    """Return sensible tables for a form that asks for none.

    One row per unit with every number that is asked or computed outside repeats, added up; then a
    list for each repeat; and, when there is no number at all, a list of the answers. The cells of a
    fixed-rows table stand under the label of their row.
    """
    numbers = [
        _number_column(definition, q) for q in definition.questions if _is_number(definition, q)
    ]
    texts = [_text_column(definition, q) for q in definition.questions if _is_listed(definition, q)]
    tables = [_default(definition, "so_lieu", "units", "Số liệu", "Figures", numbers)]
    if not numbers:
        tables = [_default(definition, "tra_loi", "list", "Trả lời", "Answers", texts)]
    for repeat in definition.repeats:
        tables.append(_repeat_table(definition, repeat))
    return tuple(
        replace(table, position=DEFAULT_POSITION + number)
        for number, table in enumerate(table for table in tables if table.columns)
    )


def _is_number(definition: Definition, question: Question) -> bool:
    return (
        question.type in NUMBERS
        and not _is_for_contact(definition, question)
        and not definition.repeat_of(question.name)
    )


def _is_listed(definition: Definition, question: Question) -> bool:
    return (
        question.type not in ("note", "calculate", "hidden", *FILES)
        and not question.read_only
        and not _is_for_contact(definition, question)
        and not definition.repeat_of(question.name)
    )


def _is_for_contact(definition: Definition, question: Question) -> bool:
    place = definition.places[question.name]
    return any("contact" in item.appearance for item in (place.item, *place.groups))


def _number_column(definition: Definition, question: Question) -> Column:
    column = _text_column(definition, question)
    return replace(column, total=True, format=NUMBERS[question.type])


_FORMATS: Mapping[str, Format] = {
    "date": "date",
    "today": "date",
    "dateTime": "moment",
    "start": "moment",
    "end": "moment",
}


def _text_column(definition: Definition, question: Question) -> Column:
    source = f"${{{question.name}}}"
    row = rows_of_matrices(definition).get(question.name)
    return Column(
        name=question.name,
        labels=question.labels,
        band=row.group.labels if row else NO_LABELS,
        value=Expression(source, parse(source)),
        format=_FORMATS.get(question.type, "text"),
    )


def _repeat_table(definition: Definition, repeat: Group) -> Table:
    questions = [p.item for p in walk(repeat.children) if isinstance(p.item, Question)]
    columns = [
        _text_column(definition, question)
        for question in questions
        if question.type not in ("note", "calculate", "hidden")
        and not _is_for_contact(definition, question)
    ]
    table = _default(definition, repeat.name, "list", repeat.name, repeat.name, columns)
    return replace(table, labels=repeat.labels or table.labels, rows=repeat.name)


def _default(
    definition: Definition,
    name: str,
    kind: TableKind,
    vietnamese: str,
    english: str,
    columns: list[Column],
) -> Table:
    return Table(
        name=name,
        kind=kind,
        position=DEFAULT_POSITION,
        labels=Labels((("vi", vietnamese), ("en", english))),
        title=definition.title,
        columns=tuple(columns),
    )
