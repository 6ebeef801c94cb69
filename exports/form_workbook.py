"""The sheets of an XLSForm as a workbook for people who know only Excel.

Headings are coloured by what they are for, types are offered as a list, every column says what
belongs there, and a last sheet explains it all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from exports.cells import Cell, DropDown, Row, Sheet, letters
from exports.guide import (
    APPEARANCES,
    COLUMNS,
    HEADINGS,
    SHEET_NAMES,
    STEPS,
    column_words,
    offered_types,
)
from exports.measure import HIGHEST_ROW, count_lines, row_height
from exports.workbook import Document, write_workbook
from forms.text_sheets import Cells, TextSheet, TextSheets

SIZE = 12
# The base of a heading -> the family that it belongs to; all others are logic.
_FAMILIES: Mapping[str, str] = {
    **dict.fromkeys(("type", "name", "list_name", "form_title", "form_id"), "form names"),
    **dict.fromkeys(
        ("label", "hint", "guidance_hint", "required_message", "constraint_message", "title"),
        "form texts",
    ),
    **dict.fromkeys(("measure", "band", "message", "version", "default_language"), "form texts"),
    **dict.fromkeys(("appearance", "parameters", "media", "body", "style", "width"), "form looks"),
}
_WIDTHS: Mapping[str, float] = {
    "type": 26.0, "name": 24.0, "list_name": 22.0, "label": 48.0, "hint": 38.0, "title": 44.0,
    "guidance_hint": 38.0, "message": 44.0, "form_title": 48.0, "form_id": 28.0,
    "relevant": 32.0, "constraint": 32.0, "constraint_message": 34.0, "required_message": 30.0,
    "calculation": 38.0, "choice_filter": 28.0, "value": 34.0, "filter": 30.0, "expression": 40.0,
    "default_language": 22.0,
}  # fmt: skip
USUAL_WIDTH = 16.0
YES_NO = ("yes", "no")
GUIDE_WIDTHS = (34.0, 92.0)


def write_form_sheets(sheets: TextSheets, document: Document, language: str) -> bytes:
    """Return the workbook of a form with its help sheet; the same sheets give the same bytes."""
    guide, types = _guide(sheets.get("choices"), language)
    written = [_sheet(sheet, types, language) for sheet in sheets.values()]
    return write_workbook((*written, guide), document)


def _base(heading: str) -> str:
    return heading.partition("::")[0]


def _sheet(sheet: TextSheet, types: str, language: str) -> Sheet:
    widths = tuple(_WIDTHS.get(_base(heading), USUAL_WIDTH) for heading in sheet.headings)
    families = tuple(_FAMILIES.get(_base(heading), "form logic") for heading in sheet.headings)
    top = Row(sheet.headings, families, _height(sheet.headings, widths, bold=True))
    rows = [
        Row(
            tuple(text or None for text in texts),
            (_style(cells),) * len(widths),
            _height(texts, widths),
        )
        for cells, texts in zip(sheet.rows, sheet.texts(), strict=True)
    ]
    # The columns that tell a row from others stay on the screen.
    told = 2 if sheet.headings[0] in ("type", "list_name") else 1
    return Sheet(
        name=sheet.name,
        widths=widths,
        rows=(top, *rows),
        frozen=(1, told),
        landscape=True,
        printed=False,
        print_columns=len(widths),
        size=SIZE,
        column_styles=("form cell",) * len(widths),
        drop_downs=tuple(_drop_downs(sheet, types, language)),
    )


def _style(cells: Cells) -> str:
    kind = cells.get("type", "")
    if kind.startswith("begin"):
        return "form group"
    return "form end" if kind.startswith("end") else "form cell"


def _height(texts: Sequence[str], widths: Sequence[float], *, bold: bool = False) -> float:
    pairs = zip(texts, widths, strict=True)
    lines = max(count_lines(text, width, SIZE, bold=bold) for text, width in pairs)
    return min(row_height(lines, SIZE), HIGHEST_ROW)


def _drop_downs(sheet: TextSheet, types: str, language: str) -> Iterator[DropDown]:
    for column, heading in enumerate(sheet.headings):
        words = column_words(heading, language)
        offers = _offers(sheet.name, heading, types)
        if words or offers:
            choices = () if isinstance(offers, str) else offers
            source = offers if isinstance(offers, str) else ""
            yield DropDown(column, heading, words, choices, source)


def _offers(sheet: str, heading: str, types: str) -> tuple[str, ...] | str:
    return types if (sheet, heading) == ("survey", "type") else _OFFERS.get((sheet, heading), ())


_OFFERS: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("survey", "required"): YES_NO,
    ("survey", "read_only"): YES_NO,
    ("survey", "appearance"): APPEARANCES,
    ("tables", "type"): ("begin table", "column", "end table"),
    ("tables", "kind"): ("units", "list", "distribution", "comparison"),
    ("tables", "total"): YES_NO,
    ("tables", "format"): ("text", "integer", "decimal", "percent", "date", "scale", "tick"),
    ("tables", "chart"): ("groups", "units", "yes"),
    ("checks", "explain"): YES_NO,
}


# --- the help sheet -------------------------------------------------------------------------------


def _guide(choices: TextSheet | None, language: str) -> tuple[Sheet, str]:
    """Return the help sheet, and where on it the types stand that may be chosen."""
    rows: list[Row] = [_line(HEADINGS["steps"][language], "guide title")]
    rows += [
        _pair(f"{number}.", text, "guide text")
        for number, text in enumerate(STEPS[language], start=1)
    ]
    rows += [_line("", "guide text"), _line(HEADINGS["types"][language], "guide title")]
    first = len(rows) + 1
    rows += [_pair(kind, words, "form cell") for kind, words in offered_types(choices, language)]
    name, last = SHEET_NAMES[language], len(rows)
    rows += [_line("", "guide text"), _line(HEADINGS["columns"][language], "guide title")]
    rows += [_pair(heading, words[language], "form cell") for heading, words in COLUMNS.items()]
    sheet = Sheet(
        name=name,
        widths=GUIDE_WIDTHS,
        rows=tuple(rows),
        landscape=True,
        heading=(0, 0),
        size=SIZE,
    )
    column = letters(0)
    return sheet, f"'{name}'!${column}${first}:${column}${last}"


def _line(text: str, style: str) -> Row:
    return Row((text or None, None), (style, "guide text"), row_height(1, SIZE + 2))


def _pair(left: str, right: str, style: str) -> Row:
    cells: tuple[Cell, ...] = (left, right)
    return Row(cells, (style, style), _height((left, right), GUIDE_WIDTHS))
