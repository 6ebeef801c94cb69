"""The hidden sheet of a fill-in workbook with the choices that its cells offer."""

from __future__ import annotations

from dataclasses import dataclass, field

from exports.cells import Cell, Row, Sheet
from exports.template_values import Contents
from forms.tree import Question
from forms.workbook_keys import LISTS

LISTS_SHEET = "_danh_sach"
# A longer list helps nobody, and a workbook of too many rows could not be read back.
LONGEST_LIST, MOST_ROWS = 1_000, 4_000
_STYLES = ("plain",) * 3


@dataclass(slots=True)
class ChoiceLists:
    """Lists of choices, each of which is written once: how it is shown, and its name."""

    contents: Contents
    rows: list[tuple[str, str]] = field(default_factory=list)
    known: dict[tuple[tuple[str, str], ...], tuple[int, int]] = field(default_factory=dict)

    def offered(self, question: Question) -> str:
        """Return the cells that a question offers; blank when its list is too long."""
        return self._column(question, "B")

    def name_in(self, question: Question, cell: str) -> str:
        """Return the formula of the name of the choice that a cell shows; blank without a list."""
        shown, names = self._column(question, "B"), self._column(question, "C")
        return f'IFERROR(INDEX({names},MATCH({cell},{shown},0)),{cell}&"")' if shown else ""

    def _column(self, question: Question, column: str) -> str:
        shown = tuple(self.contents.shown(question).items())
        if shown not in self.known:
            first = len(self.rows) + 1
            if len(shown) > LONGEST_LIST or first + len(shown) > MOST_ROWS or not shown:
                return ""
            self.rows += [(label, name) for name, label in shown]
            self.known[shown] = (first, len(self.rows))
        first, last = self.known[shown]
        return f"{LISTS_SHEET}!${column}${first}:${column}${last}"

    def sheet(self) -> Sheet:
        """Return the hidden sheet."""
        rows = [
            Row((LISTS if number == 0 else None, label, _number(name)), _STYLES)
            for number, (label, name) in enumerate(self.rows or [("", "")])
        ]
        return Sheet(LISTS_SHEET, (12.0, 40.0, 20.0), tuple(rows), hidden=True)


def _number(name: str) -> Cell:
    """Return a name that is a number as one: conditions compare it with others."""
    return int(name) if name.isdecimal() and str(int(name)) == name else name
