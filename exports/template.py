"""The fill-in workbook of a unit: its form in Excel, with what it has typed so far.

A sheet for each section, with drop-downs, rules, grey where nothing is asked, and live totals. All
but the cells for answers is locked, without a password. A hidden sheet carries a signed identity.
forms.workbook_reading reads it back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from exports.cells import Cell, FillIn, Merge, Row, Sheet
from exports.measure import count_lines, merged_width, row_height
from exports.page import sheet_name
from exports.styles import TITLE_SIZE
from exports.template_formulas import WORK_SHEET, Formulas
from exports.template_lines import (
    draw_answer,
    draw_asked,
    draw_choice,
    draw_file,
    draw_gap,
    draw_group,
    draw_note,
    draw_place,
    draw_result,
)
from exports.template_lists import LISTS_SHEET, ChoiceLists
from exports.template_plan import HEAD_ROWS, KEY, Line, SheetPlan, make_plan
from exports.template_sheet import Drawing, Whose
from exports.template_tables import (
    draw_bands,
    draw_headings,
    draw_hidden_columns,
    draw_instance,
    draw_keys,
    draw_matrix_row,
)
from exports.template_values import Contents
from exports.template_words import steps_of, words_of
from exports.workbook import Document, write_workbook
from forms.markup import alone
from forms.workbook_keys import IDENTITY, MARK, OURS, PLAIN
from language.dates import format_moment

IDENTITY_SHEET = "_phieu"
HIDDEN_SHEETS = (IDENTITY_SHEET, LISTS_SHEET, WORK_SHEET)
GUIDE_WIDTHS = (12.0, 8.0, 6.0, 76.0)
# A little less than there is, for what a screen rounds.
ROOM = 0.95
SIZE = 12


@dataclass(frozen=True, slots=True)
class Cover:
    """Whose workbook it is: the unit, the round, when it is due, and its signed identity.

    `prints` tell of each answer in it what it was when the workbook was made, by input name; they
    say no more.
    """

    unit: str
    round: str
    due_at: datetime | None
    identity: str
    prints: Mapping[str, str]


def write_template(contents: Contents, cover: Cover, document: Document) -> bytes:
    """Return the workbook; the same contents always give the same bytes."""
    return write_workbook(tuple(template_sheets(contents, cover)), document)


def template_sheets(contents: Contents, cover: Cover) -> Iterator[Sheet]:
    """Yield the sheets: the guide, one for each section, and the hidden ones."""
    guide_name = sheet_name(words_of(contents.language)["guide"])
    plan = make_plan(contents, (guide_name, *HIDDEN_SHEETS))
    formulas = Formulas(contents, plan, ChoiceLists(contents))
    yield _guide(contents, cover, guide_name, [sheet.name for sheet in plan.sheets])
    whose = Whose(cover.unit, cover.round)
    drawings = [_draw(Drawing(sheet, contents, formulas, whose)) for sheet in plan.sheets]
    for drawing in drawings:
        draw_hidden_columns(drawing)
        yield drawing.sheet()
    yield formulas.lists.sheet()
    yield formulas.sheet()
    yield _identity(cover)


def _identity(cover: Cover) -> Sheet:
    lines = [(IDENTITY, None), (cover.identity, None), *cover.prints.items()]
    rows = tuple(Row(line, ("plain", "plain")) for line in lines)
    return Sheet(IDENTITY_SHEET, (40.0, 20.0), rows, hidden=True)


def _draw(drawing: Drawing) -> Drawing:
    drawing.head()
    _head_of_section(drawing, drawing.plan)
    for number, line in enumerate(drawing.plan.lines, start=HEAD_ROWS):
        drawing.put(number, KEY, line.key, "plain")
        _DRAWERS[line.kind](drawing, number, line)
    return drawing


def _head_of_section(drawing: Drawing, plan: SheetPlan) -> None:
    """Let the title of a sheet be grey, too, while its section is not asked."""
    if plan.group is not None:
        drawing.flag(1, plan.group.name)


_DRAWERS: Mapping[str, Callable[[Drawing, int, Line], None]] = {
    "group": draw_group,
    "note": draw_note,
    "answer": draw_answer,
    "asked": draw_asked,
    "choice": draw_choice,
    "place": draw_place,
    "result": draw_result,
    "file": draw_file,
    "gap": draw_gap,
    "bands": draw_bands,
    "headings": draw_headings,
    "keys": draw_keys,
    "row": draw_matrix_row,
    "instance": draw_instance,
}


# --- the guide ------------------------------------------------------------------------------------


class GuideLine(NamedTuple):
    """A line of the guide: a text on the left and one on the right, and how the left one looks."""

    left: str
    right: str = ""
    style: str = "guide fact"

    @property
    def is_wide(self) -> bool:
        """Whether the left text reaches across the sheet."""
        return self.style in ("ask title", "guide step")


def _title(text: str) -> GuideLine:
    return GuideLine(text, style="ask title")


def _fact(word: str, fact: str) -> GuideLine:
    return GuideLine(f"{word}: {fact}", style="guide step")


def _guide_lines(contents: Contents, cover: Cover, sheets: list[str]) -> Iterator[GuideLine]:
    words, language = words_of(contents.language), contents.language
    yield _title(alone(contents.definition.title.text(language)))
    yield _fact(words["unit"], cover.unit)
    yield _fact(words["round"], cover.round)
    if cover.due_at is not None:
        yield _fact(words["due"], format_moment(cover.due_at, language))
    yield GuideLine("")
    yield _title(words["steps"])
    yield from _numbered(steps_of(language))
    yield GuideLine("")
    yield _title(words["colours"])
    yield GuideLine("", words["typed"], "answer text")
    yield GuideLine("", words["worked_out"], "result any")
    yield GuideLine("", words["not_asked"], "not asked")
    yield GuideLine("")
    yield _title(words["sheets"])
    yield from _numbered(sheets)


def _numbered(texts: Iterable[str]) -> Iterator[GuideLine]:
    return (GuideLine(f"{number}.", text) for number, text in enumerate(texts, start=1))


def _guide(contents: Contents, cover: Cover, name: str, sheets: list[str]) -> Sheet:
    lines = list(_guide_lines(contents, cover, sheets))
    wide = [number for number, line in enumerate(lines, start=1) if line.is_wide]
    keys = Row((MARK, OURS, OURS, OURS), ("plain",) * 4)
    return Sheet(
        name=name,
        widths=GUIDE_WIDTHS,
        rows=(keys, *map(_guide_row, lines)),
        merges=tuple(Merge(number, 2, number, 3) for number in wide),
        heading=(1, 1),
        size=SIZE,
        fill_in=FillIn(Merge(1, 2, len(lines), 3), frozenset({0, 1}), frozenset({0})),
    )


def _guide_row(line: GuideLine) -> Row:
    size = TITLE_SIZE if line.style == "ask title" else SIZE
    width = merged_width(GUIDE_WIDTHS[2:]) if line.is_wide else GUIDE_WIDTHS[2]
    lines = max(
        count_lines(line.left, width * ROOM, size, bold=True),
        count_lines(line.right, GUIDE_WIDTHS[3] * ROOM, SIZE),
    )
    cells: tuple[Cell, ...] = (PLAIN, None, line.left or None, line.right or None)
    return Row(cells, ("plain", "plain", line.style, "guide step"), row_height(lines, size))
