"""The lines of a fill-in workbook that are no tables: questions, notes, headings, files."""

from __future__ import annotations

from exports.cells import Cell
from exports.template_plan import LABEL, Line
from exports.template_sheet import Drawing
from exports.template_values import figure_of
from forms.markup import alone, plain
from forms.tree import Question
from forms.workbook_cells import MARKED

LINES_OF_TEXT, MOST_LINES = 5, 20


def required_mark(drawing: Drawing, question: Question) -> str:
    """Return the sign behind the label of a question that has to be answered, or nothing."""
    return drawing.words["required"] if question.required is not None else ""


def draw_group(drawing: Drawing, row: int, line: Line) -> None:
    """Draw the heading of a group, with its hint."""
    contents, group = drawing.contents, line.group
    hint = alone(group.hint.text(contents.language))
    counted = drawing.words["counted"] if group.repeat_count is not None else ""
    caption = " ".join(filter(None, (hint, counted)))
    drawing.text(row, contents.label(group), caption, "ask group")
    drawing.flag(row, group.name)


def draw_note(drawing: Drawing, row: int, line: Line) -> None:
    """Draw a text without an answer."""
    contents, note = drawing.contents, line.question
    texts = (plain(note.labels.text(contents.language)), contents.hint(note))
    drawing.text(row, " ".join(filter(None, texts)), "", "ask note")
    drawing.flag(row, note.name)


def draw_answer(drawing: Drawing, row: int, line: Line) -> None:
    """Draw a question with one cell."""
    question = line.question
    _draw_label(drawing, row, question)
    cell = drawing.contents.cell(question, question.name)
    lines = _lines(question)
    block = drawing.answer(row, cell, f"answer {figure_of(question)}", lines)
    drawing.rule(question, block)


def draw_asked(drawing: Drawing, row: int, line: Line) -> None:
    """Draw the question above the rows of its choices."""
    _draw_label(drawing, row, line.question)
    how = "rank" if line.question.type == "rank" else "mark_each"
    drawing.answer(row, drawing.words[how], "ask later")


def draw_choice(drawing: Drawing, row: int, line: Line) -> None:
    """Draw a choice that can be marked."""
    question = line.question
    text = drawing.contents.shown(question)[line.part]
    drawing.put(row, LABEL, text, "ask choice")
    drawing.fit(row, LABEL, text, bold=True)
    marked = drawing.contents.is_chosen(question.name, line.part)
    block = drawing.answer(row, MARKED if marked else None, "answer mark")
    drawing.mark_rule(question, block)
    drawing.flag(row, question.name)


def draw_place(drawing: Drawing, row: int, line: Line) -> None:
    """Draw a place of a rank, at which a choice can stand."""
    question = line.question
    drawing.put(row, LABEL, drawing.words["place"].format(place=line.number), "ask choice")
    ranked = drawing.contents.ranked(question, question.name, line.number)
    block = drawing.answer(row, ranked, "answer choice")
    drawing.rule(question, block)
    drawing.flag(row, question.name)


def draw_result(drawing: Drawing, row: int, line: Line) -> None:
    """Draw what is worked out, or what the server knows."""
    question = line.question
    _draw_label(drawing, row, question)
    drawing.answer(row, given(drawing, question), result_style(drawing, question))


def given(drawing: Drawing, question: Question) -> Cell:
    """Return what stands where nobody types: a live result, or what the server knows now."""
    live = drawing.formulas.result(question) if question.is_computed else None
    if live is not None:
        return live
    told = drawing.contents.told(question.name)
    return told or (drawing.words["reckoned"] if question.is_computed else None)


def result_style(drawing: Drawing, question: Question) -> str:
    """Return the style of what nobody types."""
    whole = question.is_computed and drawing.formulas.is_whole(question)
    return "result integer" if whole else "result any"


def draw_file(drawing: Drawing, row: int, line: Line) -> None:
    """Say that a file is added on the web page, and which one is there."""
    _draw_label(drawing, row, line.question)
    name = drawing.contents.files.get(line.question.name)
    words = drawing.words
    said = words["kept"].format(name=name) if name else words["later"]
    drawing.answer(row, said, "ask later")


def draw_gap(drawing: Drawing, row: int, line: Line) -> None:
    """Leave some room below a table."""
    drawing.grow(row, 9.0)


def _draw_label(drawing: Drawing, row: int, question: Question) -> None:
    label = drawing.contents.label(question) + required_mark(drawing, question)
    drawing.label(row, label, drawing.contents.caption(question), "ask")
    drawing.flag(row, question.name)


def _lines(question: Question) -> int:
    """Return how many lines of text there is room for at least."""
    if question.type != "text" or "multiline" not in question.appearance:
        return 1
    rows = question.parameter("rows")
    return min(max(int(rows), 2), MOST_LINES) if rows.isdecimal() else LINES_OF_TEXT
