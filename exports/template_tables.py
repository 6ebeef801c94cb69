"""The tables of a fill-in workbook: fixed rows with their totals, and repeats with spare rows."""

from __future__ import annotations

from collections.abc import Sequence

from exports.cells import Cell, Formula, Merge, letters
from exports.measure import count_lines, merged_width, row_height
from exports.template_lines import given, required_mark, result_style
from exports.template_plan import FIRST, FLAG, LABEL, Line, RepeatPlan, TableColumn
from exports.template_repeats import LiveColumn
from exports.template_sheet import SIZE, Drawing
from exports.template_values import figure_of
from forms.expressions import ExpressionError
from forms.markup import alone
from forms.matrix import Heading, bands
from forms.tree import Question
from forms.workbook_cells import MARKED
from forms.workbook_keys import OURS

# --- headings -------------------------------------------------------------------------------------


def _headings(drawing: Drawing, line: Line) -> tuple[Heading, ...]:
    """Return the headings of a table; a question with several columns is the band above them."""
    if line.matrix is None:
        return tuple(_heading_of(drawing, column) for column in _repeat_of(drawing, line).columns)
    found = line.matrix.headings(drawing.contents.language)
    return tuple(Heading(alone(h.whole), alone(h.text), alone(h.band)) for h in found)


def _heading_of(drawing: Drawing, column: TableColumn) -> Heading:
    label = alone(drawing.contents.label(column.question))
    label += required_mark(drawing, column.question)
    if column.part:
        return Heading(label, drawing.contents.shown(column.question)[column.part], label)
    if column.number:
        return Heading(label, drawing.words["place"].format(place=column.number), label)
    return Heading(label, label)


def _repeat_of(drawing: Drawing, line: Line) -> RepeatPlan:
    return drawing.formulas.plan.repeats[line.group.name]


def draw_bands(drawing: Drawing, row: int, line: Line) -> None:
    """Draw the headings that several columns share; the others reach down to the next row."""
    headings = _headings(drawing, line)
    numbered = None if line.matrix else drawing.words["number"]
    drawing.put(row, LABEL, numbered, "ask heading")
    drawing.merges.append(Merge(row, LABEL, row + 1, LABEL))
    for band in bands(headings):
        first, last = FIRST + band.first, FIRST + band.first + band.width - 1
        text = band.text or headings[band.first].text
        drawing.across(row, (first, last), text, "ask heading")
        if band.text:
            width = merged_width(drawing.plan.widths[band.first : band.first + band.width])
            drawing.grow(row, row_height(count_lines(text, width, SIZE, bold=True), SIZE))
        else:
            drawing.merges.append(Merge(row, first, row + 1, first))


def draw_headings(drawing: Drawing, row: int, line: Line) -> None:
    """Draw the headings of single columns."""
    headings = _headings(drawing, line)
    banded = any(heading.band for heading in headings)
    numbered = None if line.matrix or banded else drawing.words["number"]
    drawing.put(row, LABEL, numbered, "ask heading")
    drawing.grow(row, row_height(1, SIZE))
    for column, heading in enumerate(headings, start=FIRST):
        alone = banded and not heading.band
        drawing.put(row, column, None if alone else heading.text, "ask heading")
        if not alone:
            drawing.fit(row, column, heading.text, bold=True)
    if banded:
        _make_room(drawing, row, headings)


def _make_room(drawing: Drawing, row: int, headings: Sequence[Heading]) -> None:
    """Let headings that reach over two rows find room in them."""
    for width, heading in zip(drawing.plan.widths, headings, strict=False):
        if not heading.band:
            needed = row_height(count_lines(heading.text, width, SIZE, bold=True), SIZE)
            drawing.grow(row, needed - drawing.heights.get(row - 1, 0.0))


def draw_keys(drawing: Drawing, row: int, line: Line) -> None:
    """Write what the columns of a table are, in a hidden row."""
    drawing.hidden_rows.add(row)
    if line.matrix is not None:
        keys = [str(index) for index in range(len(line.matrix.columns))]
    else:
        keys = [column.key for column in _repeat_of(drawing, line).columns]
    for column, key in enumerate(keys, start=FIRST):
        drawing.put(row, column, key, "plain")


# --- fixed rows -----------------------------------------------------------------------------------


def draw_matrix_row(drawing: Drawing, row: int, line: Line) -> None:
    """Draw a row of a table with fixed rows; one of totals has nothing to be typed."""
    cells = line.row.cells if line.row else ()
    total = line.row is not None and line.row.is_total
    drawing.label(row, drawing.contents.label(line.group), "", "ask group" if total else "ask")
    drawing.flag(row, line.group.name)
    for column, question in enumerate(cells, start=FIRST):
        if question.is_computed or question.read_only:
            drawing.put(row, column, given(drawing, question), result_style(drawing, question))
        else:
            _draw_cell(drawing, (row, column), question)
        asked = drawing.formulas.asked(question.name)
        if asked != drawing.formulas.asked(line.group.name):
            _shade_cell(drawing, (row, column), question)


def _draw_cell(drawing: Drawing, at: tuple[int, int], question: Question) -> None:
    row, column = at
    cell = drawing.contents.cell(question, question.name)
    drawing.put(row, column, cell, f"answer {figure_of(question)}")
    drawing.rule(question, Merge(row, column, row, column))
    if isinstance(cell, str):
        drawing.fit(row, column, cell)


def _shade_cell(drawing: Drawing, at: tuple[int, int], question: Question) -> None:
    """Let a cell of a table be grey while its question is not asked, though its row is."""
    row, column = at
    free = drawing.plan.last_column + 1 + column - FIRST
    asked = drawing.formulas.asked(question.name)
    drawing.put(0, free, OURS, "plain")
    drawing.put(row, free, Formula(asked, drawing.formulas.is_asked(question.name)), "plain")
    drawing.shade(Merge(row, column, row, column), f"${letters(free)}{row + 1}")


# --- repeats --------------------------------------------------------------------------------------


def draw_instance(drawing: Drawing, row: int, line: Line) -> None:
    """Draw a row of a repeat; what is alike in all its rows is drawn with the first."""
    repeat = _repeat_of(drawing, line)
    number = row - repeat.first + 1
    drawing.put(row, LABEL, number, "ask number")
    drawing.grow(row, row_height(1, SIZE))
    if number == 1:
        _draw_live(drawing, repeat)
    used = line.number in repeat.used or repeat.group.repeat_count is not None
    for column, planned in enumerate(repeat.columns, start=FIRST):
        if planned.is_typed:
            _draw_typed(drawing, (row, column), planned, line if used else None)


def _draw_typed(
    drawing: Drawing, at: tuple[int, int], planned: TableColumn, line: Line | None
) -> None:
    """Draw a cell that is typed in; without a line, a blank one."""
    row, column = at
    cell = None if line is None else _typed(drawing, planned, line)
    figure = "mark" if planned.part else figure_of(planned.question)
    drawing.put(row, column, cell, f"answer {figure}")
    if isinstance(cell, str):
        drawing.fit(row, column, cell)


def _typed(drawing: Drawing, planned: TableColumn, line: Line) -> Cell:
    contents, question = drawing.contents, planned.question
    name = f"{line.group.name}-{line.number}-{question.name}"
    if planned.part:
        return MARKED if contents.is_chosen(name, planned.part) else None
    if planned.number:
        return contents.ranked(question, name, planned.number)
    return contents.cell(question, name)


def _draw_live(drawing: Drawing, repeat: RepeatPlan) -> None:
    """Draw what makes a repeat live: rules, results, and what is grey when."""
    rows = drawing.formulas.rows_of(repeat.group.name)
    asked = rows.asked()
    if asked is not None:
        for row, formula in asked.formulas(repeat.rows()):
            drawing.put(row, FLAG, formula, "plain")
    for column, planned in enumerate(repeat.columns, start=FIRST):
        block = Merge(repeat.first, column, repeat.last, column)
        if not planned.is_typed:
            _draw_results(drawing, repeat, planned.question, column)
        elif planned.part:
            drawing.mark_rule(planned.question, block)
        else:
            drawing.rule(planned.question, block)
        _shade_column(drawing, repeat, planned.question, block)


def _draw_results(drawing: Drawing, repeat: RepeatPlan, question: Question, column: int) -> None:
    style = result_style(drawing, question)
    try:
        live: LiveColumn | None = drawing.formulas.rows_of(repeat.group.name).computed(question)
    except ExpressionError:
        live = None
    cells = dict(live.formulas(repeat.rows())) if live else {}
    for row in repeat.rows():
        drawing.put(row, column, cells.get(row), style)


def _shade_column(drawing: Drawing, repeat: RepeatPlan, question: Question, block: Merge) -> None:
    asked = drawing.formulas.rows_of(repeat.group.name).asked_in(question)
    if asked is not None:
        drawing.shade(block, f"${letters(asked.column)}{repeat.first + 1}")


def draw_hidden_columns(drawing: Drawing) -> None:
    """Write the hidden columns beside the repeats of a sheet, once all are known."""
    for rows in drawing.formulas.rows.values():
        if rows.plan.sheet != drawing.plan.name:
            continue
        for live in rows.columns.values():
            drawing.put(0, live.column, OURS, "plain")
            for row, formula in live.formulas(rows.plan.rows()):
                drawing.put(row, live.column, formula, "plain")
