"""Tidy data for analysts: a table of responses, one for each repeat, and one that explains them.

One row per response, in columns named as a machine names them; one row per instance of a repeat,
with the key of its response. All versions of a form are united: same name, same column. A question
with several choices has a column of all of them and one of 0 and 1 for each. What serves to reach a
person is left out, unless it is asked for.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from itertools import chain, count
from typing import Any, NamedTuple

from exports.cells import Cell
from exports.explained import formula_of, groups_of, label_in, measure_in
from exports.record_cells import (
    Kind,
    Read,
    RowReader,
    kind_of,
    read_answer,
    read_choices,
    read_count,
    read_flag,
    read_nothing,
    row_reader,
)
from exports.values import choice_labels
from forms.answers import rows_of
from forms.contacts import is_for_contact
from forms.tree import Definition, Group, Question

Answers = Mapping[str, Any]

KEY, INDEX = "key", "index"
NUMBERS: frozenset[Kind] = frozenset({"integer", "number"})
# The name of a sheet, and what is left of one to make it another one.
LONGEST_NAME, SHORT_NAME = 31, 26
SEPARATOR = {False: " ", True: "; "}


@dataclass(frozen=True, slots=True)
class DataColumn:
    """A column: its name, its label, what its cells are, and the choices its answers come from.

    `choices` are pairs of a choice and its label, `measure` is its unit of measure, and `formula`
    how it is worked out.
    """

    name: str
    label: str
    kind: Kind = "text"
    choices: tuple[tuple[str, str], ...] = ()
    measure: str = ""
    formula: str = ""


@dataclass(frozen=True, slots=True)
class DataTable:
    """A table: `name` is blank for that of the responses, else the name of a repeat."""

    name: str
    label: str
    columns: tuple[DataColumn, ...]


@dataclass(frozen=True, slots=True)
class DataSheet:
    """A table to be written: `rows`, as long as its columns, are read anew at each call."""

    name: str
    columns: Sequence[DataColumn]
    rows: Callable[[], Iterable[Sequence[Cell]]]


class Record(NamedTuple):
    """A response: its key first in what is `known`, its form version and its canonical answers."""

    known: Sequence[Cell]
    definition: Definition
    answers: Answers


@dataclass(frozen=True, slots=True)
class DataOptions:
    """In which language labels are, whether choices are shown by them, and contacts at all."""

    language: str = "vi"
    labelled: bool = False
    contacts: bool = False


class DataPlan:
    """The tables of one or more versions of a form, and the rows of each.

    `versions` are the newest first; `known` are the columns of what is known of a response besides
    its answers, the key first.
    """

    def __init__(
        self,
        versions: Sequence[Definition],
        known: Sequence[DataColumn],
        options: DataOptions = DataOptions(),
    ) -> None:
        self.versions, self.options = versions, options
        self._known = tuple(known)
        self._private = {
            name
            for version in versions
            for name, place in version.places.items()
            if is_for_contact(place) and not options.contacts
        }
        self._fields = {
            "": self._united(""),
            **{name: self._united(name) for name in self._repeats()},
        }
        self._readers: dict[tuple[str, Definition], RowReader] = {}

    @property
    def tables(self) -> tuple[DataTable, ...]:
        """The tables: that of the responses, then one for each repeat."""
        return tuple(self._table(name) for name in self._fields)

    def rows(self, name: str, records: Iterable[Record]) -> Iterator[list[Cell]]:
        """Yield the rows of a table, as long as its columns, in the order of the records."""
        return self._instances(name, records) if name else self._responses(records)

    def _table(self, name: str) -> DataTable:
        united = [column for field in self._fields[name].values() for column in field]
        columns = self._told_apart(united)
        if not name:
            return DataTable("", "", (*self._known, *columns))
        first = (self._known[0], DataColumn(INDEX, "", "integer"))
        label = label_in(self._newest(name), name, self.options.language)
        return DataTable(name, label, (*first, *columns))

    def _responses(self, records: Iterable[Record]) -> Iterator[list[Cell]]:
        for known, definition, answers in records:
            yield [*known, *self._reader("", definition)(answers.get)]

    def _instances(self, name: str, records: Iterable[Record]) -> Iterator[list[Cell]]:
        for known, definition, answers in records:
            read = self._reader(name, definition)
            for index, instance in enumerate(rows_of(answers.get(name)), start=1):
                yield [known[0], index, *read(instance.get)]

    # --- columns ----------------------------------------------------------------------------------

    def _repeats(self) -> Iterator[str]:
        for version in self.versions:
            yield from (group.name for group in version.repeats)

    def _united(self, table: str) -> dict[str, tuple[DataColumn, ...]]:
        """Return the columns of every name that any version has in a table."""
        return {
            name: self._columns(name)
            for version in self.versions
            for name in _names(version, table)
            if name not in self._private
        }

    def _columns(self, name: str) -> tuple[DataColumn, ...]:
        """Return the column of a question and those of its choices when it may have several."""
        items = [v.places[name].item for v in self.versions if name in v.places]
        kinds = {_kind(item) for item in items}
        choices = tuple(choice_labels(self.versions, name, self.options.language).items())
        newest, language = self._newest(name), self.options.language
        column = DataColumn(
            name,
            label_in(newest, name, language),
            _common(kinds),
            choices,
            measure_in(newest, name, language),
            formula_of(newest.places[name].item),
        )
        if not any(_has_several(item) for item in items):
            return (column,)
        flags = (DataColumn(f"{name}/{choice}", label, "flag") for choice, label in choices)
        return (column, *flags)

    def _told_apart(self, columns: Sequence[DataColumn]) -> Iterator[DataColumn]:
        """Yield columns of one label with those of the groups around them: the nearest, else all.

        Flags stand behind their question, and are called as their choices.
        """
        listed = [column for column in columns if column.kind != "flag"]
        labels = Counter(column.label for column in listed)
        near = Counter(self._within(column, 1) for column in listed)
        for column in columns:
            if column.kind == "flag" or labels[column.label] == 1:
                yield column
            else:
                depth = 1 if near[self._within(column, 1)] == 1 else None
                yield replace(column, label=self._within(column, depth))

    def _within(self, column: DataColumn, depth: int | None) -> str:
        """Return the label of a column after those of so many groups around it."""
        language = self.options.language
        groups = groups_of(self._newest(column.name), column.name, language)[::-1][:depth][::-1]
        return ": ".join(filter(None, (*groups, column.label)))

    def _newest(self, name: str) -> Definition:
        return next(version for version in self.versions if name in version.places)

    # --- reading ----------------------------------------------------------------------------------

    def _reader(self, table: str, definition: Definition) -> RowReader:
        key = (table, definition)
        if key not in self._readers:
            self._readers[key] = row_reader(tuple(self._reads(table, definition)))
        return self._readers[key]

    def _reads(self, table: str, definition: Definition) -> Iterator[Read]:
        for name, columns in self._fields[table].items():
            place = definition.places.get(name)
            for column in columns:
                yield self._read(name, place.item, column) if place else read_nothing(name)

    def _read(self, name: str, item: Question | Group, column: DataColumn) -> Read:
        if isinstance(item, Group):
            return read_count(name)
        if column.kind == "flag":
            return read_flag(name, column.name.partition("/")[2])
        if item.choices:
            labels = dict(column.choices) if self.options.labelled else {}
            return read_choices(name, labels, SEPARATOR[self.options.labelled])
        return read_answer(item)


DICTIONARY = tuple(
    DataColumn(name, "")
    for name in ("table", "name", "label", "kind", "measure", "choices", "formula")
)
MANIFEST = (DataColumn("name", ""), DataColumn("value", "", "any"))


def dictionary(sheets: Iterable[DataSheet]) -> Iterator[list[Cell]]:
    """Yield a row for each column of the tables, in the columns of DICTIONARY."""
    for sheet in sheets:
        for column in sheet.columns:
            choices = "; ".join(f"{name} = {label}" for name, label in column.choices)
            told = (column.kind, column.measure, choices, column.formula)
            yield [sheet.name, column.name, column.label, *told]


def distinct(names: Iterable[str]) -> list[str]:
    """Return the names of tables, changed where two would be one sheet or one file.

    Sheets and many file systems do not tell A from a, and the name of a sheet is short.
    """
    found: dict[str, str] = {}
    for name in names:
        others = (f"{name[:SHORT_NAME]}_{number}" for number in count(2))
        free = next(x for x in chain((name,), others) if x[:LONGEST_NAME].lower() not in found)
        found[free[:LONGEST_NAME].lower()] = free
    return list(found.values())


def manifest(facts: Mapping[str, Any]) -> Iterator[list[Cell]]:
    """Yield what is known of an export in the columns of MANIFEST, facts within facts by a path."""
    for name, value in facts.items():
        if isinstance(value, Mapping):
            yield from ([f"{name}/{inner}", held] for inner, held in manifest(value))
        else:
            yield [name, int(value) if isinstance(value, bool) else value]


def _names(definition: Definition, table: str) -> Iterator[str]:
    """Yield the questions that hold an answer in a table, and in that of responses the repeats."""
    for name, place in definition.places.items():
        item = place.item
        if isinstance(item, Group):
            if item.repeat and not table:
                yield name
        elif item.holds_value and (definition.repeat_of(name) or "") == table:
            yield name


def _kind(item: Question | Group) -> Kind:
    return "integer" if isinstance(item, Group) else kind_of(item)


def _common(kinds: AbstractSet[Kind]) -> Kind:
    """Return what the cells are of a question whose type may have changed."""
    if len(kinds) == 1:
        return next(iter(kinds))
    return "number" if kinds <= NUMBERS else "any"


def _has_several(item: Question | Group) -> bool:
    return isinstance(item, Question) and item.type == "select_multiple"
