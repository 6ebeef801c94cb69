"""Sheets -> the bytes of an Excel workbook. The only importer of xlsxwriter."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from functools import cache
from io import BytesIO
from types import NoneType
from typing import Any, cast

from xlsxwriter import Workbook
from xlsxwriter.chart_bar import ChartBar
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from exports.cells import (
    MILLIMETRES_AN_INCH,
    Captioned,
    Chart,
    DropDown,
    FillIn,
    Formula,
    Link,
    Merge,
    Rule,
    Series,
    Shade,
    Sheet,
    plain_text,
)
from exports.measure import EDGE_PIXELS, PIXELS_A_POINT, column_pixels
from exports.styles import FONT, STYLES

BODY_SIZE = 12
A4 = 9
# 10 mm above the page number, in inches.
HEADER_MARGIN = 0.394
PAGE_NUMBER = f'&C&"{FONT},Regular"&{{size}}&P'
CAPTION_SIZE = 10
# What a hidden column is wide when somebody shows it again.
HIDDEN_WIDTH = 12.0
# What somebody may do to a sheet whose cells are locked, besides filling it in.
ALLOWED = {"format_rows": True, "format_columns": True}
# What Excel shows beside a cell, and the last row in which somebody is helped to type.
LONGEST_TITLE, LONGEST_MESSAGE = 32, 255
LAST_TYPED_ROW = 2000
# Green corners that Excel would put on codes written as text, and on subtotals among figures.
NO_WARNINGS = ("number_stored_as_text", "formula_differs", "formula_range")
EVERYWHERE = "A1:XFD1048576"
# A Roman face of its own: in the scheme of a theme, Excel would show the font of the theme.
_TYPEFACE = {"font_name": FONT, "font_family": 1, "font_scheme": "none"}
_OPTIONS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    # Pixels: the standard column and row of a book whose digits are 8 pixels wide.
    "default_column_width": 72,
    "default_row_height": 21,
}


@dataclass(frozen=True, slots=True)
class Document:
    """What a workbook says of itself. `created` is aware; the same one gives the same bytes."""

    title: str
    author: str
    created: datetime
    subject: str = ""
    company: str = ""


def write_workbook(sheets: Iterable[Sheet], document: Document) -> bytes:
    """Return the workbook; the same sheets and document always give the same bytes."""
    output = BytesIO()
    with _Book(output) as book:
        book.set_properties(
            {
                "title": document.title,
                "subject": document.subject,
                "author": document.author,
                "company": document.company,
                "created": document.created.astimezone(UTC).replace(tzinfo=None),
            }
        )
        for sheet in sheets:
            _write_sheet(book, sheet)
    return output.getvalue()


class _Page(Worksheet):
    """A worksheet whose first page has no page number, and whose formulas are ready as they are."""

    def _write_header_footer(self) -> None:
        """Write the header of all pages but the first; XlsxWriter knows no `differentFirst`."""
        if self.header:
            self._xml_start_tag("headerFooter", [("differentFirst", 1)])
            self._write_odd_header()
            self._xml_end_tag("headerFooter")

    def _prepare_formula(self, formula: str, expand_future_functions: bool = False) -> str:
        """Return the formula: it has no equals sign and names no function newer than Excel 2007."""
        return formula

    def _xml_formula_element(self, formula: str, result: Any, attributes: Any = ()) -> None:
        """Write a formula; one that is blank now is marked as text, never to be shown as 0."""
        marked = [*attributes, ("t", "str")] if result == "" else attributes
        super()._xml_formula_element(formula, result, marked)


class _Book(Workbook):
    """A workbook that makes each format once."""

    worksheet_class = _Page

    def __init__(self, output: BytesIO) -> None:
        # XlsxWriter keeps the properties and adds to them: every book has its own.
        typeface = {**_TYPEFACE, "font_size": BODY_SIZE}
        super().__init__(output, {**_OPTIONS, "default_format_properties": typeface})
        self.style = cache(self._style)
        self.styles = cache(self._styles)
        self.shade = cache(self._shade)

    def _style(self, name: str, size: int) -> Format | None:
        if name == "plain":
            return None
        return self.add_format({**_TYPEFACE, "font_size": size, **STYLES[name]})

    def _styles(self, names: tuple[str, ...], size: int) -> tuple[Format | None, ...]:
        return tuple(self.style(name, size) for name in names)

    def _shade(self, name: str) -> Format:
        """Return what a condition changes of a cell: that alone."""
        return self.add_format({**STYLES[name]})


def _write_sheet(book: _Book, sheet: Sheet) -> None:
    worksheet = book.add_worksheet(sheet.name)
    styles = sheet.column_styles or ("plain",) * len(sheet.widths)
    for column, (width, style) in enumerate(zip(sheet.widths, styles, strict=True)):
        worksheet.set_column(column, column, width, book.style(style, sheet.size))
    for drop_down in sheet.drop_downs:
        worksheet.data_validation(
            1, drop_down.column, LAST_TYPED_ROW, drop_down.column, _offer(drop_down)
        )
    _shade(book, worksheet, sheet.shades)
    _merge(worksheet, sheet)
    _write_rows(book, worksheet, sheet)
    if sheet.fill_in is not None:
        _let_fill_in(book, worksheet, sheet.fill_in)
    if sheet.hidden:
        worksheet.very_hidden()
    _draw(book, worksheet, sheet)
    worksheet.freeze_panes(*sheet.frozen)
    worksheet.ignore_errors(dict.fromkeys(NO_WARNINGS, EVERYWHERE))
    _set_page(worksheet, sheet)
    if sheet.breaks:
        worksheet.set_h_pagebreaks(list(sheet.breaks))
        worksheet.set_print_scale(sheet.scale)
    else:
        worksheet.fit_to_pages(1, 0)
    if sheet.back is not None:
        _lead_back(book, worksheet, sheet, sheet.back)
    if sheet.printed:
        worksheet.center_horizontally()
        worksheet.hide_gridlines(2)
    else:
        last_row = len(sheet.rows) - 1
        worksheet.autofilter(0, 0, last_row, len(sheet.widths) - 1)
        worksheet.print_area(0, 0, last_row, sheet.print_columns - 1)


def _offer(drop_down: DropDown) -> dict[str, Any]:
    """Return a data validation that helps and warns, but lets anything be typed."""
    source = drop_down.source or list(drop_down.choices)
    offered = {"validate": "list", "source": source} if source else {"validate": "any"}
    return {
        **offered,
        "error_type": "warning",
        "input_title": drop_down.title[:LONGEST_TITLE],
        "input_message": drop_down.message[:LONGEST_MESSAGE],
    }


def _let_fill_in(book: _Book, worksheet: Worksheet, fill_in: FillIn) -> None:
    for column in fill_in.hidden_columns:
        worksheet.set_column(column, column, HIDDEN_WIDTH, None, {"hidden": True})
    for row in fill_in.hidden_rows:
        worksheet.set_row(row, None, None, {"hidden": True})
    for rule in fill_in.rules:
        worksheet.data_validation(*_cells_of(rule.block), _validation(rule))
    _shade(book, worksheet, fill_in.shades)
    worksheet.print_area(*_cells_of(fill_in.printed))
    worksheet.protect("", ALLOWED)


def _shade(book: _Book, worksheet: Worksheet, shades: tuple[Shade, ...]) -> None:
    for shade in shades:
        looks = {"type": "formula", "criteria": shade.formula, "format": book.shade(shade.style)}
        worksheet.conditional_format(*_cells_of(shade.block), looks)


def _cells_of(block: Merge) -> tuple[int, int, int, int]:
    return block.first_row, block.first_column, block.last_row, block.last_column


def _validation(rule: Rule) -> dict[str, Any]:
    """Return a data validation: what is offered or asked, and what is said."""
    asked: dict[str, Any] = {"validate": rule.kind}
    if rule.source:
        asked["value"] = rule.source
    elif rule.kind != "any":
        asked |= {"criteria": "between", "minimum": rule.low, "maximum": rule.high}
    return {
        **asked,
        "error_type": "stop" if rule.strict else "warning",
        "error_message": _cut_short(rule.error, LONGEST_MESSAGE),
        "input_title": _cut_short(rule.title, LONGEST_TITLE) if rule.message else "",
        "input_message": _cut_short(rule.message, LONGEST_MESSAGE),
    }


def _cut_short(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 1] + "…"


def _merge(worksheet: Worksheet, sheet: Sheet) -> None:
    for merge in sheet.merges:
        worksheet.merge_range(*merge, "")


def _set_page(worksheet: Worksheet, sheet: Sheet) -> None:
    worksheet.set_paper(A4)
    if sheet.landscape:
        worksheet.set_landscape()
    setup = sheet.setup
    margins = {"top": setup.top, "bottom": setup.bottom, "left": setup.left, "right": setup.right}
    worksheet.set_margins(**{side: mm / MILLIMETRES_AN_INCH for side, mm in margins.items()})
    worksheet.set_header(PAGE_NUMBER.format(size=setup.number_size), {"margin": HEADER_MARGIN})
    worksheet.set_start_page(1)
    if sheet.heading is not None:
        worksheet.repeat_rows(*sheet.heading)


def _lead_back(book: _Book, worksheet: Worksheet, sheet: Sheet, back: Link) -> None:
    """Put the way to the first sheet beside the table, out of what is printed."""
    width = len(sheet.widths)
    column = width + (not sheet.printed)
    worksheet.write_url(0, column, _place(back), book.style("way back", BODY_SIZE), back.text)
    if sheet.printed:
        worksheet.print_area(0, 0, len(sheet.rows) - 1, width - 1)


def _place(link: Link) -> str:
    name = link.sheet.replace("'", "''")
    return f"internal:'{name}'!A1"


# --- charts ---------------------------------------------------------------------------------------

# In black and white, bars of each kind are told apart by how they are hatched.
PATTERNS = (
    {"pattern": "dark_upward_diagonal"},
    {"pattern": "percent_20"},
    {"pattern": "light_vertical"},
    {"pattern": "dark_horizontal"},
    {"pattern": "small_grid"},
)
_BARS = {"type": "bar"}
_STACKED = {**_BARS, "subtype": "stacked"}
BLACK, WHITE, GREY = "#000000", "#FFFFFF", "#BFBFBF"
CHART_FONT: dict[str, Any] = {"name": FONT, "size": 11, "color": BLACK}
GAP_BETWEEN_BARS = 60


def _draw(book: _Book, worksheet: Worksheet, sheet: Sheet) -> None:
    """Draw each chart over its row, as wide as the columns."""
    for chart in sheet.charts:
        drawn = cast(ChartBar, book.add_chart(_STACKED if chart.stacked else _BARS))
        for number, series in enumerate(chart.series):
            drawn.add_series(_series(chart, series, number))
        drawn.set_title({"name": chart.title, "overlay": False, "name_font": _font(12, bold=True)})
        drawn.set_legend(_legend(len(chart.series)))
        # The first point stands at the top, as in the table.
        drawn.set_y_axis({
            "reverse": True, "crossing": "max", "num_font": _font(11), "line": {"color": BLACK},
        })  # fmt: skip
        drawn.set_x_axis({
            "num_font": _font(10), "num_format": chart.format, "min": 0, "max": chart.most,
            "major_unit": chart.step,
            "major_gridlines": {"visible": True, "line": {"color": GREY, "width": 0.5}},
        })  # fmt: skip
        drawn.set_chartarea({"border": {"color": BLACK}, "fill": {"color": WHITE}})
        height = (sheet.rows[chart.row].height or 0) * PIXELS_A_POINT
        width = sum(int(column_pixels(width)) + EDGE_PIXELS for width in sheet.widths)
        drawn.set_size({"width": width, "height": int(height)})
        # Moved and stretched with its row.
        worksheet.insert_chart(
            chart.row, 0, drawn, {"object_position": 1, "description": chart.title}
        )


def _font(size: int, *, bold: bool = False) -> dict[str, Any]:
    return {**CHART_FONT, "size": size, "bold": bold}


def _legend(series: int) -> dict[str, Any]:
    return {"position": "bottom", "font": _font(11)} if series > 1 else {"none": True}


def _series(chart: Chart, series: Series, number: int) -> dict[str, Any]:
    hatched = PATTERNS[number % len(PATTERNS)]
    return {
        "name": f"={series.name}",
        "categories": f"={series.points}",
        "values": f"={series.values}",
        "pattern": {**hatched, "fg_color": BLACK, "bg_color": WHITE},
        "border": {"color": BLACK, "width": 0.75},
        "gap": GAP_BETWEEN_BARS,
        "data_labels": {
            "value": True,
            "num_format": chart.labels or chart.format,
            "font": _font(10, bold=chart.stacked),
            **({"fill": {"color": WHITE}} if chart.stacked else {"position": "outside_end"}),
        },
    }


# --- cells ----------------------------------------------------------------------------------------

Write = Callable[[int, int, Any, Format | None], object]


def _write_rows(book: _Book, worksheet: Worksheet, sheet: Sheet) -> None:
    if any(row.level for row in sheet.rows):
        worksheet.outline_settings(symbols_below=False)
    writers = _writers(worksheet)
    writers[Captioned] = _captions(worksheet, book.style("caption", CAPTION_SIZE))
    for number, row in enumerate(sheet.rows):
        if row.height is not None or row.level:
            outline = {"level": row.level} if row.level else None
            worksheet.set_row(number, row.height, None, outline)
        formats = book.styles(row.styles, sheet.size)
        for column, cell in enumerate(row.cells):
            writers[type(cell)](number, column, cell, formats[column])


def _captions(worksheet: Worksheet, small: Format | None) -> Write:
    def write(row: int, column: int, cell: Captioned, style: Format | None) -> object:
        text, caption = _own_text(cell.text), _own_text(cell.small)
        parts: list[Any] = [text, small, f"\n{caption}", style]
        return worksheet.write_rich_string(row, column, *filter(None, parts))

    return write


def _writers(worksheet: Worksheet) -> dict[type, Write]:
    def write_text(row: int, column: int, text: str, style: Format | None) -> object:
        return worksheet.write_string(row, column, _own_text(text), style)

    def write_formula(row: int, column: int, cell: Formula, style: Format | None) -> object:
        value = float(cell.value) if isinstance(cell.value, Decimal) else cell.value
        return worksheet.write_formula(row, column, cell.text, style, value)

    def write_link(row: int, column: int, cell: Link, style: Format | None) -> object:
        return worksheet.write_url(row, column, _place(cell), style, cell.text)

    return {
        str: write_text,
        int: worksheet.write_number,
        Decimal: worksheet.write_number,
        date: worksheet.write_datetime,
        datetime: worksheet.write_datetime,
        time: worksheet.write_datetime,
        Formula: write_formula,
        Link: write_link,
        NoneType: worksheet.write_blank,
    }


def _own_text(text: str) -> str:
    """Return the text as XlsxWriter takes it: one like this it would take for its own rich text."""
    text = plain_text(text)
    return f"{text} " if text.startswith("<r>") and text.endswith("</r>") else text
