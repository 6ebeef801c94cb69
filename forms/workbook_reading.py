"""Reads a fill-in workbook that somebody has filled in: what was typed, and in which cells.

Nothing of the file is trusted but what its keys say; whatever is not understood is told by its
cell. See forms.workbook_keys for how cells are found, forms.formats for hostile files.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from forms.answers import LAST_INSTANCE, Typed
from forms.build import given_names
from forms.formats.grid import Book, Grid
from forms.markup import alone
from forms.matrix import rows_of_matrices
from forms.tree import Definition, Group, Question
from forms.workbook_cells import (
    Choices,
    Entry,
    Refused,
    Said,
    choices_of,
    is_marked,
    typed_in,
)
from forms.workbook_keys import COLUMNS, AnswerKey, answer_of, instance_of
from forms.workbook_sheets import Cell, FilledSheet, Note, Place, is_foreign, sheet_of
from language.text import clean

_LONGEST_SHOWN = 60
# More of one file tells nothing new.
_MOST_NOTES = 40
_MOST_FAULTS = 200
_SELECTS = frozenset({"select_one", "rank"})
# What the columns of a table are, by their index.
Columns = Mapping[int, str]


@dataclass(slots=True)
class Filled:
    """What was read of a workbook.

    `places` are the sheet and the cell of each input; `faults` are what could not be read, and
    `refused` the inputs of these cells, or the questions of a whole column; `notes` are what was
    read otherwise than it stands there, or not at all; `missing` are the questions and repeats that
    the workbook has no cells for.
    """

    typed: Typed = field(default_factory=Typed)
    places: dict[str, Place] = field(default_factory=dict)
    faults: list[Note] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)
    notes: list[Note] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)


def read_filled(definition: Definition, book: Book) -> Filled:
    """Return what somebody filled in, by the form that the workbook was made of.

    Raises UnreadableWorkbook.
    """
    reader = _Reader(definition)
    for grid in book.grids:
        reader.read(grid)
    return reader.result()


@dataclass(frozen=True, slots=True)
class _InstanceRow:
    """A row of a repeat in which something stands; one that somebody inserted has no index."""

    sheet: FilledSheet
    number: int
    index: int | None
    columns: Columns


class _Reader:
    """Reads sheet after sheet; the rows of repeats wait until all of them are known."""

    def __init__(self, definition: Definition) -> None:
        self.definition = definition
        self.filled = Filled()
        self.given = given_names(definition)
        self.choices: dict[str, Choices] = {}
        self.ranks: dict[str, dict[int, str]] = {}
        self.instances: dict[str, list[_InstanceRow]] = {}
        # Where each table was found, and which cells of each input.
        self.tables: dict[str, FilledSheet] = {}
        self.seen: dict[str, set[AnswerKey]] = {}
        self.merged: dict[tuple[int, str], list[tuple[Cell, str]]] = {}
        self.sheets: list[FilledSheet] = []

    # --- sheets and rows ---

    def read(self, grid: Grid) -> None:
        """Read a sheet; one that is not ours is only told."""
        sheet = sheet_of(grid)
        if sheet is not None:
            self.sheets.append(sheet)
            self._read_rows(sheet)
        elif is_foreign(grid):
            self._note(Note(clean(grid.title), "", "extra_sheet"))

    def result(self) -> Filled:
        """Return what was read, once all sheets have been."""
        for repeat, rows in self.instances.items():
            self._read_instances(repeat, rows)
        for name, ranked in self.ranks.items():
            self.filled.typed[name] = [ranked[place] for place in sorted(ranked)]
        self._refuse_merged()
        self._refuse_gone()
        for name in self.filled.refused:
            self.filled.typed.pop(name, None)
        return self.filled

    def _read_rows(self, sheet: FilledSheet) -> None:
        tables: dict[str, Columns] = {}
        repeat = ""
        for number in sheet.rows():
            key = sheet.key(number)
            if key.startswith(COLUMNS):
                repeat = self._open_table(sheet, number, key.removeprefix(COLUMNS), tables)
            elif repeat and (not key or instance_of(key)):
                self._keep_instance(sheet, number, repeat, tables[repeat])
            else:
                repeat = repeat if not key else ""
                self._row(sheet, number, key, tables)
            self._note_extras(sheet, number, whole=not key and not repeat)

    def _open_table(
        self, sheet: FilledSheet, number: int, name: str, tables: dict[str, Columns]
    ) -> str:
        """Keep what the columns of a table are; return its name when it is a repeat."""
        place = self.definition.places.get(name)
        if place is None or not isinstance(place.item, Group):
            return ""
        if self.tables.setdefault(name, sheet) is not sheet or name in tables:
            self._fault(sheet.note((number, sheet.key_column), "table_twice"))
            return ""
        cells = sheet.grid.rows[number].items()
        tables[name] = {c: text.strip() for c, text in cells if c != sheet.key_column}
        if not place.item.repeat:
            return ""
        self._refuse_gone_columns(sheet, number, name, tables[name])
        return name

    def _refuse_gone_columns(
        self, sheet: FilledSheet, number: int, repeat: str, columns: Columns
    ) -> None:
        there = {answer.name for key in columns.values() if (answer := answer_of(key))}
        for question in self.definition.questions:
            asked = self.definition.repeat_of(question.name) == repeat
            if asked and question.name not in there | self.given:
                cell = number, sheet.key_column
                note = sheet.note(cell, "column_gone", value=self._label(question))
                self._fault(note, question.name)

    def _row(
        self, sheet: FilledSheet, number: int, key: str, tables: Mapping[str, Columns]
    ) -> None:
        answer = answer_of(key)
        place = self.definition.places.get(answer.name) if answer else None
        if answer is None or place is None:
            return
        if isinstance(place.item, Group):
            self._matrix_row(sheet, number, place.item, tables)
        elif sheet.answer_column is not None:
            self._answer(sheet, (number, sheet.answer_column), place.item, answer, answer.name)

    def _matrix_row(
        self, sheet: FilledSheet, number: int, group: Group, tables: Mapping[str, Columns]
    ) -> None:
        questions = [child for child in group.children if isinstance(child, Question)]
        row = rows_of_matrices(self.definition).get(questions[0].name) if questions else None
        table = self.definition.places[group.name].groups[-1].name if row else ""
        for column, key in tables.get(table, {}).items():
            if row and key.isdecimal() and int(key) < len(row.cells):
                question = row.cells[int(key)]
                key_of = AnswerKey(question.name)
                self._answer(sheet, (number, column), question, key_of, question.name)

    def _note_extras(self, sheet: FilledSheet, number: int, *, whole: bool) -> None:
        """Tell what stands in columns, or in a whole row, that the form does not have."""
        for column in sorted(sheet.grid.rows.get(number, {})):
            if whole or column not in sheet.columns:
                cell = number, column
                self._note(sheet.note(cell, "extra", value=sheet.text(cell)[:_LONGEST_SHOWN]))

    # --- repeats ---

    def _keep_instance(
        self, sheet: FilledSheet, number: int, repeat: str, columns: Columns
    ) -> None:
        key = instance_of(sheet.key(number))
        if any(sheet.has((number, c)) for c, k in columns.items() if k not in self.given):
            index = key.index if key and key.repeat == repeat else None
            row = _InstanceRow(sheet, number, index, columns)
            self.instances.setdefault(repeat, []).append(row)

    def _read_instances(self, repeat: str, rows: list[_InstanceRow]) -> None:
        """Read the rows of a repeat; when some were inserted or moved, they are numbered anew.

        A row of a counted repeat is known by its number, which has to stay.
        """
        indices = [row.index for row in rows]
        known = [index for index in indices if index is not None]
        in_order = len(known) == len(rows) and known == sorted(set(known))
        if not in_order and self.definition.repeat(repeat).repeat_count is None:
            indices = list(range(len(rows)))
        used: set[int] = set()
        for index, row in zip(indices, rows, strict=True):
            if index is None or index in used:
                self._refuse_row(row, "inserted")
            elif index > LAST_INSTANCE:
                self._refuse_row(row, "too_many_instances")
            else:
                used.add(index)
                self._read_instance(repeat, row, index)

    def _refuse_row(self, row: _InstanceRow, key: str) -> None:
        cell = row.number, min(row.columns, default=0)
        self._fault(row.sheet.note(cell, key, limit=str(LAST_INSTANCE + 1)))

    def _read_instance(self, repeat: str, row: _InstanceRow, index: int) -> None:
        for column, key in row.columns.items():
            answer = answer_of(key)
            place = self.definition.places.get(answer.name) if answer else None
            if answer and place and isinstance(place.item, Question):
                name = f"{repeat}-{index}-{answer.name}"
                self._answer(row.sheet, (row.number, column), place.item, answer, name)

    # --- answers ---

    def _answer(
        self, sheet: FilledSheet, cell: Cell, question: Question, key: AnswerKey, name: str
    ) -> None:
        """Read one cell of an answer into what is typed under `name`."""
        if question.name in self.given:
            return
        seen = self.seen.setdefault(name, set())
        if key in seen:
            self._read_again(sheet, cell, name)
            return
        seen.add(key)
        self.filled.places.setdefault(name, sheet.place(cell))
        if cell in sheet.blocks:
            block = self.sheets.index(sheet), sheet.blocks[cell]
            self.merged.setdefault(block, []).append((cell, name))
        if sheet.has(cell):
            fault = sheet.fault(cell) or self._take(sheet, cell, question, key, name)
            if fault is not None:
                self._fault(fault, name)

    def _read_again(self, sheet: FilledSheet, cell: Cell, name: str) -> None:
        """Refuse a second cell of one answer, unless it says nothing."""
        if sheet.has(cell):
            first = "!".join(self.filled.places[name])
            self._fault(sheet.note(cell, "twice", first=first), name)

    def _take(
        self, sheet: FilledSheet, cell: Cell, question: Question, key: AnswerKey, name: str
    ) -> Note | None:
        """Put what a cell says to what is typed; return why when it says nothing that can be."""
        entry = sheet.entry(cell)
        try:
            said = self._said(question, key, entry)
        except Refused as refused:
            return sheet.note(cell, refused.key, value=refused.value)
        if question.type == "rank":
            self.ranks.setdefault(name, {})[key.place] = said[0].text
        else:
            texts = [one.text for one in said if one.text]
            if texts:
                self.filled.typed.setdefault(name, []).extend(texts)
        self._tell(sheet, cell, entry, said)
        return None

    def _tell(self, sheet: FilledSheet, cell: Cell, entry: Entry, said: list[Said]) -> None:
        """Tell when a cell was read otherwise than it stands there."""
        keys = [one.note for one in said if one.note]
        if sheet.is_formula(cell):
            keys.append("formula_value")
        for key in keys:
            value = "; ".join(one.text for one in said)[:_LONGEST_SHOWN]
            number = entry.text[:_LONGEST_SHOWN]
            self._note(sheet.note(cell, key, value=value, number=number))

    def _said(self, question: Question, key: AnswerKey, entry: Entry) -> list[Said]:
        """Return what a cell says, as it would be typed. Raises Refused."""
        if key.choice:
            return [Said(key.choice)] if is_marked(entry) else []
        if question.type == "acknowledge":
            return [Said("OK")] if is_marked(entry) else []
        if question.type == "select_multiple":
            return [Said(name) for name in self._choices(question).names(entry.text)]
        if question.type in _SELECTS:
            return [Said(self._choices(question).name(entry.text))]
        return [typed_in(question, entry)]

    def _choices(self, question: Question) -> Choices:
        if question.name not in self.choices:
            found = choices_of(question, self.definition.languages)
            self.choices[question.name] = found
        return self.choices[question.name]

    # --- what is wrong ---

    def _refuse_merged(self) -> None:
        """Refuse blocks of merged cells that hide an answer: nobody can tell whose it is."""
        for (index, block), cells in self.merged.items():
            sheet = self.sheets[index]
            first = block.partition(":")[0]
            if len(cells) == 1 and sheet.place(cells[0][0])[1] == first:
                continue
            names = [name for _, name in cells]
            self._fault(Note(sheet.title, first, "merged", (("value", block),)), *names)

    def _refuse_gone(self) -> None:
        """Tell which questions have no cells any more, and which choices."""
        for question in self.definition.single_questions:
            if question.name in self.given or question.type == "note":
                continue
            if question.name not in self.seen:
                self.filled.missing.append(question.name)
            elif question.type == "select_multiple":
                self._refuse_gone_choices(question)
        repeats = [r.name for r in self.definition.repeats if r.name not in self.tables]
        self.filled.missing += repeats

    def _refuse_gone_choices(self, question: Question) -> None:
        chosen = {key.choice for key in self.seen[question.name]}
        gone = [c for c in question.choices if c.name not in chosen and "" not in chosen]
        for choice in gone:
            sheet, cell = self.filled.places[question.name]
            label = alone(choice.labels.text(self.definition.default_language))
            parts = (("value", label), ("question", self._label(question)))
            self._fault(Note(sheet, cell, "choice_row_gone", parts), question.name)

    def _label(self, question: Question) -> str:
        label = alone(question.labels.text(self.definition.default_language))
        return label[:_LONGEST_SHOWN] or question.name

    def _fault(self, note: Note, *names: str) -> None:
        """Keep a fault, and its inputs: nothing of them will be taken from the workbook."""
        self.filled.refused.update(names)
        if len(self.filled.faults) < _MOST_FAULTS:
            self.filled.faults.append(note)

    def _note(self, note: Note) -> None:
        if len(self.filled.notes) < _MOST_NOTES:
            self.filled.notes.append(note)
