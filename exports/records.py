"""Tidy data for analysts: a table of responses, one for each repeat, and one that explains them.

One row per response, in columns named as a machine names them; one row per instance of a repeat,
with the key of its response. All versions of a form are united: same name, same column. A question
with several choices has a column of all of them and one of 0 and 1 for each. What serves to reach a
person is left out, unless it is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, count
from typing import Any, Literal, NamedTuple

from exports.cells import Cell
from exports.flatten import computed_cell
from exports.values import LARGEST, choice_labels, date_cell, figure_cell, moment_cell
from forms.answers import rows_of, text_of, value_of
from forms.contacts import is_for_contact
from forms.expressions import as_time
from forms.markup import alone
from forms.tree import Definition, Group, Question

# What the cells of a column are, where they fit its question; `any` is for what is computed.
Kind = Literal["text", "integer", "number", "date", "moment", "time", "flag", "any"]
Answers = Mapping[str, Any]
Convert = Callable[[Any], Cell]
Read = tuple[str, Convert]

KEY, INDEX = "key", "index"
NUMBERS: frozenset[Kind] = frozenset({"integer", "number"})
# The name of a sheet, and what is left of one to make it another one.
LONGEST_NAME, SHORT_NAME = 31, 26
SEPARATOR = {False: " ", True: "; "}


@dataclass(frozen=True, slots=True)
class DataColumn:
    """A column: its name, its label, what its cells are, and the choices its answers come from.

    `choices` are pairs of a choice and its label.
    """

    name: str
    label: str
    kind: Kind = "text"
    choices: tuple[tuple[str, str], ...] = ()


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
        self._readers: dict[tuple[str, Definition], tuple[Read, ...]] = {}

    @property
    def tables(self) -> tuple[DataTable, ...]:
        """The tables: that of the responses, then one for each repeat."""
        return tuple(self._table(name) for name in self._fields)

    def rows(self, name: str, records: Iterable[Record]) -> Iterator[list[Cell]]:
        """Yield the rows of a table, as long as its columns, in the order of the records."""
        return self._instances(name, records) if name else self._responses(records)

    def _table(self, name: str) -> DataTable:
        columns = [column for field in self._fields[name].values() for column in field]
        if not name:
            return DataTable("", "", (*self._known, *columns))
        first = (self._known[0], DataColumn(INDEX, "", "integer"))
        return DataTable(name, self._label(name), (*first, *columns))

    def _responses(self, records: Iterable[Record]) -> Iterator[list[Cell]]:
        for known, definition, answers in records:
            readers = self._readers_of("", definition)
            yield [*known, *_read(readers, answers)]

    def _instances(self, name: str, records: Iterable[Record]) -> Iterator[list[Cell]]:
        for known, definition, answers in records:
            readers = self._readers_of(name, definition)
            for index, instance in enumerate(rows_of(answers.get(name)), start=1):
                yield [known[0], index, *_read(readers, instance)]

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
        column = DataColumn(name, self._label(name), _common(kinds), choices)
        if not any(_has_several(item) for item in items):
            return (column,)
        flags = (DataColumn(f"{name}/{choice}", label, "flag") for choice, label in choices)
        return (column, *flags)

    def _label(self, name: str) -> str:
        newest = next(v.places[name].item for v in self.versions if name in v.places)
        return alone(newest.labels.text(self.options.language))

    # --- reading ----------------------------------------------------------------------------------

    def _readers_of(self, table: str, definition: Definition) -> tuple[Read, ...]:
        key = (table, definition)
        if key not in self._readers:
            self._readers[key] = tuple(self._make_readers(table, definition))
        return self._readers[key]

    def _make_readers(self, table: str, definition: Definition) -> Iterator[Read]:
        for name, columns in self._fields[table].items():
            place = definition.places.get(name)
            for column in columns:
                convert = self._convert(place.item, column) if place else _nothing
                yield name, convert

    def _convert(self, item: Question | Group, column: DataColumn) -> Convert:
        if isinstance(item, Group):
            return lambda answer: len(rows_of(answer))
        if column.kind == "flag":
            return _flag(column.name.partition("/")[2])
        if item.choices:
            labels = dict(column.choices) if self.options.labelled else {}
            return _named(labels, SEPARATOR[self.options.labelled])
        _, make = FIELDS.get(item.type, TEXT)
        return make(item)


DICTIONARY = tuple(DataColumn(name, "") for name in ("table", "name", "label", "kind", "choices"))
MANIFEST = (DataColumn("name", ""), DataColumn("value", "", "any"))


def dictionary(sheets: Iterable[DataSheet]) -> Iterator[list[Cell]]:
    """Yield a row for each column of the tables, in the columns of DICTIONARY."""
    for sheet in sheets:
        for column in sheet.columns:
            choices = "; ".join(f"{name} = {label}" for name, label in column.choices)
            yield [sheet.name, column.name, column.label, column.kind, choices]


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


def _read(readers: Iterable[Read], answers: Answers) -> list[Cell]:
    get = answers.get
    return [
        None if (answer := get(name)) is None or answer == "" else convert(answer)
        for name, convert in readers
    ]


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
    return "integer" if isinstance(item, Group) else FIELDS.get(item.type, TEXT)[0]


def _common(kinds: AbstractSet[Kind]) -> Kind:
    """Return what the cells are of a question whose type may have changed."""
    if len(kinds) == 1:
        return next(iter(kinds))
    return "number" if kinds <= NUMBERS else "any"


def _has_several(item: Question | Group) -> bool:
    return isinstance(item, Question) and item.type == "select_multiple"


# --- answers as cells -----------------------------------------------------------------------------


def _nothing(_: Any) -> Cell:
    return None


def _text(_: Question) -> Convert:
    return lambda answer: answer if answer.__class__ is str else text_of(answer)


def _number(question: Question) -> Convert:
    least, largest = -int(LARGEST), int(LARGEST)

    def convert(answer: Any) -> Cell:
        if answer.__class__ is int and least < answer < largest:
            return answer
        value = value_of(question, answer)
        return value if isinstance(value, str) else figure_cell(value)

    return convert


def _date(_: Question) -> Convert:
    return lambda answer: _day(answer if answer.__class__ is str else text_of(answer))


@lru_cache(4096)
def _day(text: str) -> Cell:
    return date_cell(text)


def _moment(_: Question) -> Convert:
    return lambda answer: moment_cell(text_of(answer))


def _time(question: Question) -> Convert:
    return lambda answer: as_time(value_of(question, answer)) or text_of(answer)


def _computed(question: Question) -> Convert:
    return lambda answer: computed_cell(value_of(question, answer))


def _named(labels: Mapping[str, str], separator: str) -> Convert:
    def convert(answer: Any) -> Cell:
        if answer.__class__ is str:
            return labels.get(answer, answer)
        names = answer if isinstance(answer, list) else [answer]
        return separator.join(labels.get(name, name) for name in map(text_of, names)) or None

    return convert


def _flag(choice: str) -> Convert:
    def convert(answer: Any) -> Cell:
        return int(choice in (answer if isinstance(answer, list) else text_of(answer).split()))

    return convert


# Question type -> what its cells are, and how they are made; other types are text.
FIELDS: Mapping[str, tuple[Kind, Callable[[Question], Convert]]] = {
    "integer": ("integer", _number),
    "decimal": ("number", _number),
    "range": ("number", _number),
    "date": ("date", _date),
    "today": ("date", _date),
    "dateTime": ("moment", _moment),
    "start": ("moment", _moment),
    "end": ("moment", _moment),
    "time": ("time", _time),
    "calculate": ("any", _computed),
}
TEXT: tuple[Kind, Callable[[Question], Convert]] = ("text", _text)
