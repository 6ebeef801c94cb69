"""The sheet of charts: each over a small table of its figures, which are those of other sheets.

Charts have a sheet of their own. Below a table they would move with every unit, come between it and
the signature, and be cut by the end of a page. The figures are formulas that show the cells they
come from, so that a chart follows them and can be read without its bars; a chart needs its numbers
side by side, and on the sheets they are not.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from exports.cells import Cell, Chart, Formula, Link, Series
from exports.drawings import Figure, Plot, absolute, added, quoted
from exports.measure import DIGIT_PIXELS, EDGE_PIXELS
from exports.page import Head, Heading, Page
from exports.rounds import Consolidation
from exports.wording import words_of

NAME, FIRST = 0, 1
FIGURE_WIDTH, NAME_LEAST = 13.0, 30.0
FORMATS = {"integer": "#,##0", "decimal": "#,##0.0##", "percent": "0.0", "scale": "0.00"}
# An axis of shares tells no more than everything, but goes on: the number stands beyond the bar.
WHOLE, WITH_ROOM, STEP = 100, 115, 20
# In points: what a bar needs, and what is around the bars; a row is at most 409 high.
BAR, STACKED_BAR, BETWEEN, AROUND, WITH_LEGEND = 13.0, 20.0, 8.0, 70.0, 24.0
# A part of a stacked bar has room for a digit from so small a part of the longest bar on.
PARTS_WITH_LABELS = 25
LOWEST, HIGHEST, GAP = 150.0, 400.0, 12.0
# The room to sign and the names stand on one page.
SIGNATURE_ROWS = 2
# What is left of A4 between its margins, in points: 257 mm, less a little that printers round.
PAGE_HEIGHT = 720.0
# And its width in pixels of a screen: 165 mm, less what programs round up.
PAGE_PIXELS = 608


def build_charts(
    consolidation: Consolidation, head: Head, plots: Sequence[tuple[str, Plot]]
) -> Page:
    """Return the page of charts; each plot comes with the name of its sheet."""
    words = words_of(consolidation.language)
    most = max(len(plot.kinds) for _, plot in plots)
    room = (PAGE_PIXELS - (most + 1) * EDGE_PIXELS) / DIGIT_PIXELS
    figures = min(FIGURE_WIDTH, (room - NAME_LEAST) / most)
    widths = (room - most * figures, *(figures,) * most)
    page = Page(consolidation, [Heading(words["indicator"], width) for width in widths], widths)
    page.frozen_columns = 0
    page.head(head)
    page.heading_rows = None
    top = 0
    for number, (sheet, plot) in enumerate(_parts(page, plots), start=1):
        first = page.next_row
        _write(page, number, sheet, plot)
        over = _height(page, top) - PAGE_HEIGHT
        if over > 0 and number == 1:
            _lower(page, first + 1, over)
        elif over > 0:
            page.breaks.append(first)
            top = first
    page.signature()
    if page.charts:
        _sign_below(page, top)
    page.breaks = page.breaks or [page.next_row]
    return page


def _sign_below(page: Page, top: int) -> None:
    """Keep who signs on the page of the last chart: nobody signs a page that says nothing."""
    chart, over = page.charts[-1].row, _height(page, top) - PAGE_HEIGHT
    before = chart - 1
    if over > 0 and len(page.charts) > 1 and before > top:
        page.breaks.append(before)
        top = before
    elif over > 0:
        _lower(page, chart, over)
    if _height(page, top) > PAGE_HEIGHT:
        # Then at least not parted from the room to sign.
        page.breaks.append(page.next_row - SIGNATURE_ROWS)


def _lower(page: Page, row: int, points: float) -> None:
    """Make the chart below the title of the sheet so much lower, as far as that can be."""
    height = max((page.rows[row].height or 0.0) - points, LOWEST)
    page.rows[row] = page.blank(height)


def _height(page: Page, top: int) -> float:
    return sum(row.height or 0.0 for row in page.rows[top:])


def _parts(page: Page, plots: Sequence[tuple[str, Plot]]) -> Iterator[tuple[str, Plot]]:
    """Yield the plots, those of too many bars in parts of about the same size."""
    for sheet, plot in plots:
        most = int((HIGHEST - AROUND - WITH_LEGEND) / _bar(plot))
        count = -(-len(plot.points) // most)
        size = -(-len(plot.points) // max(count, 1))
        for part in range(count):
            title = page.words["chart_part"].format(title=plot.title, part=part + 1, parts=count)
            points = plot.points[part * size : (part + 1) * size]
            yield sheet, replace(plot, points=points, title=title if count > 1 else plot.title)


def _bar(plot: Plot) -> float:
    """Return the height that a point of a plot needs, in points."""
    return STACKED_BAR if plot.stacked else BAR * len(plot.kinds) + BETWEEN


def _write(page: Page, number: int, sheet: str, plot: Plot) -> None:
    words = page.words
    title = words["chart_number"].format(number=number, title=plot.title)
    # Before the chart, so that its border is not drawn at the end of the page before.
    page.gap(GAP)
    chart = page.next_row
    legend = WITH_LEGEND * (len(plot.kinds) > 1)
    height = min(max(_bar(plot) * len(plot.points) + AROUND + legend, LOWEST), HIGHEST)
    page.rows.append(page.blank(height))
    _row(page, (words["indicator"], *plot.kinds), "heading", "heading")
    head = page.next_row - 1
    for point in plot.points:
        cells = [_shown(sheet, found) for found in point.figures]
        _row(page, (point.name, *cells), "body text", f"body {plot.format}")
    last, here = page.next_row - 1, quoted(page.name)
    names = f"{here}!{absolute(head + 1, NAME)}:{absolute(last, NAME)}"
    series = tuple(
        Series(
            f"{here}!{absolute(head, column)}",
            names,
            f"{here}!{absolute(head + 1, column)}:{absolute(last, column)}",
        )
        for column in range(FIRST, FIRST + len(plot.kinds))
    )
    labels, (most, step) = _labels(plot) if plot.stacked else "", _end(plot)
    style = FORMATS[plot.format]
    page.charts.append(Chart(chart, title, series, plot.stacked, style, most, step, labels))
    source = Link(words["source"].format(sheet=sheet), sheet)
    row = page.add((source, *(None,) * page.last_column), ("linked note",) * len(page.widths))
    page.merge_across(row, NAME, page.last_column)
    if plot.note:
        page.line(plot.note, "note")


def _end(plot: Plot) -> tuple[int, int] | tuple[None, None]:
    """Return where the axis of shares ends, and its steps; both None for others, or above 100."""
    values = (found.value for point in plot.points for found in point.figures)
    if plot.format != "percent" or any(not isinstance(v, str) and v > WHOLE for v in values):
        return None, None
    return WITH_ROOM, STEP


def _labels(plot: Plot) -> str:
    """Return the format of numbers on stacked bars, which shows none that its part has no room for.

    It would stand on that of its neighbour, and be read as one with it. The table below has it.
    """
    longest = max((added(point.figures).value for point in plot.points), default=0)
    least = max(1, -(-int(longest) // PARTS_WITH_LABELS))
    return f'[<{least}]"";{FORMATS[plot.format]}'


def _row(page: Page, cells: Sequence[Cell], first: str, others: str) -> None:
    page.add_texts(cells, (first, *(others,) * (len(cells) - 1)), bold=first == "heading")


def _shown(sheet: str, found: Figure) -> Formula:
    """Return the formula that shows a figure of another sheet, blank when it is."""
    text = found.text(sheet)
    if len(found.cells) > 1:
        return Formula(text, found.value)
    return Formula(f'IF({text}="","",{text})', found.value)
