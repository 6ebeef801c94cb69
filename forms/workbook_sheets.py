"""The sheets of a workbook that somebody filled in: what stands in each cell, and what is odd."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from forms import messages
from forms.cells import column_letter, split_address
from forms.findings import Finding, Part
from forms.formats import limits
from forms.formats.grid import Book, Grid, UnreadableFile, refuse
from forms.formats.signs import kind_of
from forms.formats.xls import OLE
from forms.formats.xlsx import read_xlsx
from forms.workbook_cells import Entry
from forms.workbook_keys import ANSWER, IDENTITY, LISTS, MARK, WORK
from language.text import UNICODE_VIETNAMESE, clean, legacy_encoding

_ZIP = b"PK\x03\x04"
_TEXTS = (".csv", ".txt", ".tsv")
# So far down from the corner of a sheet its mark may have been moved.
_MARK_WITHIN = 20
Place = tuple[str, str]
# A row, which counts from 1, and a column, which counts from 0.
Cell = tuple[int, int]


class Note(Finding):
    """Something to say about a workbook that somebody filled in."""

    __slots__ = ()

    def sentence(self, language: str) -> str:
        """Return the sentence without the place."""
        told = {n: p if isinstance(p, str) else p.sentence(language) for n, p in self.parts}
        return messages.workbook_message(self.key, language, **told)


class UnreadableWorkbook(Exception):
    """A file that is no workbook, or cannot be read; `note` says why and where."""

    def __init__(self, note: Note) -> None:
        super().__init__(note.sentence("en"))
        self.note = note


def read_workbook(source: bytes, file_name: str) -> Book:
    """Return the sheets of a file with what their cells are. Raises UnreadableWorkbook."""
    if len(source) > limits.LARGEST_FILE:
        limit = str(limits.LARGEST_FILE // 2**20)
        raise UnreadableWorkbook(Note("", "", "too_large", (("limit", limit),)))
    if not source.strip():
        raise UnreadableWorkbook(Note("", "", "empty_file"))
    if not source.startswith(_ZIP):
        raise UnreadableWorkbook(_other_file(source, file_name))
    try:
        return read_xlsx(source, lambda _: True, detailed=True)
    except UnreadableFile as error:
        raise UnreadableWorkbook(_of_finding(error.finding)) from error


def _other_file(source: bytes, file_name: str) -> Note:
    """Return what to do with a file that is no .xlsx, by what it is and by its name."""
    if source.startswith(OLE):
        # A workbook with a password is one, too.
        return Note("", "", "old_excel")
    kind = kind_of(source)
    if not kind and file_name.lower().endswith(_TEXTS):
        return Note("", "", "csv")
    return Note("", "", "unreadable", (("detail", kind or Note("", "", "unknown_kind")),))


def _of_finding(finding: Finding) -> Note:
    other = dict(finding.parts).get("detail") == "OpenDocument"
    key = "open_document" if other else finding.key
    return Note(finding.sheet, finding.cell, key, finding.parts)


# --- marks ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CarriedIdentity:
    """What a workbook says of itself on its hidden sheet; blank when it says nothing.

    `token` is the signed identity, `prints` are those of the answers that were in it at first, by
    input name.
    """

    token: str = ""
    prints: Mapping[str, str] = field(default_factory=dict)


def identity_of(book: Book) -> CarriedIdentity:
    """Return what the workbook says of itself."""
    for grid in book.grids:
        found = find_mark(grid, IDENTITY)
        if found is not None:
            return _identity_in(grid, *found)
    return CarriedIdentity()


def _identity_in(grid: Grid, head: int, column: int) -> CarriedIdentity:
    rows = {n: cells for n, cells in grid.rows.items() if n > head + 1}
    prints = {cells.get(column, ""): cells.get(column + 1, "") for cells in rows.values()}
    return CarriedIdentity(grid.rows.get(head + 1, {}).get(column, "").strip(), prints)


def sheet_of(grid: Grid) -> FilledSheet | None:
    """Return a sheet of ours that has answers. Raises UnreadableWorkbook for a hostile one."""
    mark = find_mark(grid, MARK)
    try:
        return None if mark is None else FilledSheet(grid, mark)
    except UnreadableFile as error:
        raise UnreadableWorkbook(_of_finding(error.finding)) from error


def is_foreign(grid: Grid) -> bool:
    """Tell whether a sheet has contents, and none of them is ours."""
    return bool(grid.rows) and not any(find_mark(grid, m) for m in (MARK, IDENTITY, LISTS, WORK))


def find_mark(grid: Grid, mark: str) -> Cell | None:
    """Return where a mark stands near the top of a sheet."""
    for number in sorted(grid.rows)[:_MARK_WITHIN]:
        for column, text in grid.rows[number].items():
            if text == mark:
                return number, column
    return None


# --- cells ----------------------------------------------------------------------------------------


class FilledSheet:
    """A sheet with answers: its keys, and its cells.

    `head` is the number of the row that says what the columns are, `columns` what it says.
    """

    def __init__(self, grid: Grid, mark: Cell) -> None:
        self.grid = grid
        self.title = clean(grid.title)
        self.head, self.key_column = mark
        self.columns = grid.rows[self.head]
        self.answer_column = next((c for c, key in self.columns.items() if key == ANSWER), None)
        self.problems = {(row, column): f for row, column, f in grid.findings}
        self.blocks = dict(_merged_cells(grid))

    def key(self, row: int) -> str:
        """Return the key of a row."""
        return self.text((row, self.key_column)).strip()

    def rows(self) -> list[int]:
        """Return the numbers of the rows below the head that hold anything, from the top."""
        found = set(self.grid.rows) | {row for row, _ in self.problems}
        return sorted(row for row in found if row > self.head)

    def text(self, cell: Cell) -> str:
        """Return the raw text of a cell."""
        return self.grid.rows.get(cell[0], {}).get(cell[1], "")

    def has(self, cell: Cell) -> bool:
        """Tell whether anything stands in a cell, be it only an error."""
        return cell[1] in self.grid.rows.get(cell[0], {}) or cell in self.problems

    def entry(self, cell: Cell) -> Entry:
        """Return what stands in a cell."""
        text, details = self.text(cell), self.grid.details
        if cell in self.grid.dates:
            return Entry(text, "date")
        if details is None or cell not in details.numbers:
            return Entry(text)
        if cell in details.percents:
            return Entry(text, "percent")
        return Entry(text, "number", details.from_1904)

    def is_formula(self, cell: Cell) -> bool:
        """Tell whether a cell holds the result of a formula."""
        return self.grid.details is not None and cell in self.grid.details.formulas

    def fault(self, cell: Cell) -> Note | None:
        """Return why a cell cannot be read, whatever it is an answer to; None when it can."""
        problem = self.problems.get(cell)
        if problem is not None:
            return Note(problem.sheet, problem.cell, problem.key, problem.parts)
        encoding = self._encoding(cell)
        return self.note(cell, "old_encoding", encoding=encoding) if encoding else None

    def _encoding(self, cell: Cell) -> str | None:
        """Return the old encoding that a cell is in; letters without marks are the same in all."""
        text = self.text(cell)
        if text.isascii() or UNICODE_VIETNAMESE.search(text.lower()):
            return None
        return legacy_encoding(text, self.grid.fonts.get(cell, ""))

    def place(self, cell: Cell) -> Place:
        """Return the sheet and the address of a cell."""
        return self.title, f"{column_letter(cell[1])}{cell[0]}"

    def note(self, cell: Cell, key: str, **parts: Part) -> Note:
        """Return something to say about a cell."""
        return Note(*self.place(cell), key, tuple(parts.items()))


def _merged_cells(grid: Grid) -> Iterator[tuple[Cell, str]]:
    """Yield each merged cell with its block. Raises UnreadableFile when they are too many."""
    left = limits.MOST_CELLS
    for block in grid.details.merges if grid.details is not None else ():
        ends = [split_address(end) for end in block.split(":")]
        first, last = ends[0], ends[-1]
        if first is None or last is None:
            continue
        rows, columns = range(first[0], last[0] + 1), range(first[1], last[1] + 1)
        left -= len(rows) * len(columns)
        if left < 0:
            raise refuse("too_many_elements", grid.title)
        yield from (((row, column), block) for row in rows for column in columns)
