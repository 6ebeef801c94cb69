"""A sheet of a fill-in workbook under construction: cells, heights, rules and shades."""

from __future__ import annotations

from dataclasses import dataclass, field

from exports.cells import Captioned, Cell, FillIn, Formula, Merge, Row, Rule, Shade, Sheet, letters
from exports.measure import HIGHEST_ROW, count_lines, merged_width, row_height
from exports.template_formulas import Formulas
from exports.template_plan import FIRST, FLAG, HEAD_ROWS, KEY, LABEL, SheetPlan
from exports.template_rules import Rules
from exports.template_values import Contents
from exports.template_words import Words, words_of
from forms.tree import Question
from forms.workbook_keys import ANSWER, MARK, OURS, PLAIN

SIZE, SMALL, TITLE = 12, 10, 14
LABEL_WIDTH, TABLE_LABEL_WIDTH = 44.0, 30.0
# How much of a column the room before its text takes.
INDENT = 1.5
HEADING_HEIGHT = 21.0
# A4 on its side, when the columns are wider than this.
LANDSCAPE_BEYOND = 100.0
NOT_ASKED = "AND(ISLOGICAL({0}),NOT({0}))"


@dataclass(frozen=True, slots=True)
class Whose:
    """Whose workbook it is, as the head of each sheet says."""

    unit: str
    round: str


@dataclass(slots=True)
class Drawing:
    """A sheet that is being drawn: cells by row and column, heights, merges, rules and shades."""

    plan: SheetPlan
    contents: Contents
    formulas: Formulas
    whose: Whose
    cells: dict[int, dict[int, tuple[Cell, str]]] = field(default_factory=dict)
    heights: dict[int, float] = field(default_factory=dict)
    merges: list[Merge] = field(default_factory=list)
    rules: list[Rule] = field(default_factory=list)
    shades: list[Shade] = field(default_factory=list)
    hidden_rows: set[int] = field(default_factory=lambda: {0})

    # --- putting things down ---

    @property
    def words(self) -> Words:
        """The words of the language of the workbook."""
        return words_of(self.contents.language)

    @property
    def label_width(self) -> float:
        """The width of the column of labels."""
        return LABEL_WIDTH if len(self.plan.widths) == 1 else TABLE_LABEL_WIDTH

    def put(self, row: int, column: int, cell: Cell, style: str) -> None:
        """Put a cell down."""
        self.cells.setdefault(row, {})[column] = (cell, style)

    def across(self, row: int, columns: tuple[int, int], cell: Cell, style: str) -> None:
        """Put a cell down that reaches from one column to another."""
        first, last = columns
        self.put(row, first, cell, style)
        for column in range(first + 1, last + 1):
            self.put(row, column, None, style)
        if last > first:
            self.merges.append(Merge(row, first, row, last))

    def grow(self, row: int, *heights: float) -> None:
        """Make a row at least as high as each of these."""
        self.heights[row] = min(HIGHEST_ROW, max(self.heights.get(row, 0.0), *heights))

    def rule(self, question: Question, block: Merge) -> None:
        """Let the cells of a question take what the form takes."""
        rule = Rules(self.contents, self.formulas).of(question, block)
        if rule is not None:
            self.rules.append(rule)

    def mark_rule(self, question: Question, block: Merge) -> None:
        """Let cells be marked only."""
        self.rules.append(Rules(self.contents, self.formulas).mark(question, block))

    # --- the sheet ---

    def sheet(self) -> Sheet:
        """Return the finished sheet."""
        self._shade_rows()
        last_row = HEAD_ROWS + len(self.plan.lines) - 1
        last_used = max(max(row) for row in self.cells.values())
        shown = self.plan.last_column
        widths = (12.0, 8.0, self.label_width, *self.plan.widths, *(9.0,) * (last_used - shown))
        return Sheet(
            name=self.plan.name,
            widths=widths,
            rows=tuple(self._row(number, len(widths)) for number in range(last_row + 1)),
            merges=tuple(self.merges),
            heading=(HEAD_ROWS - 1, HEAD_ROWS - 1),
            frozen=(HEAD_ROWS, 0 if len(self.plan.widths) == 1 else FIRST),
            landscape=self.label_width + sum(self.plan.widths) > LANDSCAPE_BEYOND,
            size=SIZE,
            fill_in=FillIn(
                printed=Merge(1, LABEL, last_row, shown),
                hidden_columns=frozenset({KEY, FLAG, *range(shown + 1, last_used + 1)}),
                hidden_rows=frozenset(self.hidden_rows),
                rules=tuple(self.rules),
                shades=tuple(self.shades),
            ),
        )

    def _row(self, number: int, width: int) -> Row:
        cells = self.cells.get(number, {})
        pairs = [cells.get(column, (None, "plain")) for column in range(width)]
        height = None if number in self.hidden_rows else self.heights.get(number)
        return Row(tuple(c for c, _ in pairs), tuple(style for _, style in pairs), height)

    def head(self) -> None:
        """Draw the keys of the columns, the title and whose it is."""
        shown = self.plan.last_column
        keys = {KEY: MARK, FLAG: OURS, LABEL: OURS, FIRST: ANSWER}
        for column in range(shown + 1):
            self.put(0, column, keys.get(column, OURS), "plain")
        width = merged_width((self.label_width, *self.plan.widths))
        self.across(1, (LABEL, shown), self.plan.title, "ask title")
        self.grow(1, row_height(count_lines(self.plan.title, width, TITLE, bold=True), TITLE))
        whose = f"{self.whose.unit} – {self.whose.round}"
        self.across(2, (LABEL, shown), whose, "ask whose")
        self.grow(2, row_height(count_lines(whose, width, SIZE), SIZE))
        self.put(3, LABEL, self.words["question"], "ask heading")
        self.across(3, (FIRST, shown), self.words["answer"], "ask heading")
        self.grow(3, HEADING_HEIGHT)
        for row in (1, 2, 3):
            self.put(row, KEY, PLAIN, "plain")

    # --- what is not asked ---

    def _shade_rows(self) -> None:
        last = HEAD_ROWS + len(self.plan.lines) - 1
        if any(FLAG in self.cells.get(row, {}) for row in range(HEAD_ROWS, last + 1)):
            block = Merge(HEAD_ROWS, LABEL, last, self.plan.last_column)
            self.shade(block, f"${letters(FLAG)}{HEAD_ROWS + 1}")

    def flag(self, row: int, name: str) -> None:
        """Let a row be grey while a question or group is not asked."""
        asked = self.formulas.asked(name)
        if asked:
            self.put(row, FLAG, Formula(asked, self.formulas.is_asked(name)), "plain")

    def shade(self, block: Merge, cell: str) -> None:
        """Let cells be grey while the cell that belongs to them is FALSE."""
        self.shades.append(Shade(block, NOT_ASKED.format(cell), "not asked"))

    # --- texts ---

    def text(self, row: int, text: str, caption: str, style: str) -> None:
        """Put a text down across the sheet, with another one in small letters below."""
        shown = self.formulas.text(text)
        captioned = Captioned(shown, caption) if caption and isinstance(shown, str) else shown
        self.across(row, (LABEL, self.plan.last_column), captioned, style)
        width = merged_width((self.label_width, *self.plan.widths))
        self.grow(row, _height(str(getattr(shown, "value", shown)), caption, width))

    def label(self, row: int, text: str, caption: str, style: str) -> None:
        """Put down the label of a row, with a hint in small letters below."""
        shown = self.formulas.text(text)
        captioned = Captioned(shown, caption) if caption and isinstance(shown, str) else shown
        self.put(row, LABEL, captioned, style)
        width = self.label_width - INDENT
        self.grow(row, _height(str(getattr(shown, "value", shown)), caption, width))

    def answer(self, row: int, cell: Cell, style: str, lines: int = 1) -> Merge:
        """Put down an answer that is not in a table, so many lines high; return its cells."""
        last = self.plan.last_column
        self.across(row, (FIRST, last), cell, style)
        text = cell if isinstance(cell, str) else ""
        needed = count_lines(text, merged_width(self.plan.widths) - INDENT, SIZE)
        self.grow(row, row_height(max(needed, lines), SIZE))
        return Merge(row, FIRST, row, last)

    def fit(self, row: int, column: int, text: str, *, bold: bool = False) -> None:
        """Make a row high enough for a text in one of its columns."""
        widths = {LABEL: self.label_width}
        width = widths[column] if column in widths else self.plan.widths[column - FIRST]
        self.grow(row, row_height(count_lines(text, width - INDENT, SIZE, bold=bold), SIZE))


def _height(text: str, caption: str, width: float) -> float:
    """Return the height of a row with a text and a small one below, at most that of Excel."""
    height = row_height(count_lines(text, width, SIZE, bold=True), SIZE)
    if not caption:
        return height
    return height + row_height(count_lines(caption, width, SMALL), SMALL)
