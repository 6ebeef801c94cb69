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
from exports.drawings import Figure, Plot, absolute, quoted
from exports.page import PORTRAIT_UNITS, Head, Heading, Page
from exports.rounds import Consolidation
from exports.wording import words_of

NAME, FIRST = 0, 1
FIGURE_WIDTH, NAME_LEAST = 13.0, 30.0
FORMATS = {"integer": "#,##0", "decimal": "#,##0.0##", "percent": "0.0", "scale": "0.00"}
# An axis of shares ends where everything is reached, with room for the number at the bar.
WHOLE = 100
# In points: what a bar needs, and what is around the bars; a row is at most 409 high.
BAR, STACKED_BAR, AROUND, WITH_LEGEND = 15.0, 24.0, 80.0, 24.0
LOWEST, HIGHEST = 150.0, 400.0
# What is left of A4 between its margins, in points: 257 mm, less a little that printers round.
PAGE_HEIGHT = 715.0


def build_charts(
    consolidation: Consolidation, head: Head, plots: Sequence[tuple[str, Plot]]
) -> Page:
    """Return the page of charts; each plot comes with the name of its sheet."""
    words = words_of(consolidation.language)
    most = max(len(plot.kinds) for _, plot in plots)
    widths = (max(PORTRAIT_UNITS - most * FIGURE_WIDTH, NAME_LEAST), *(FIGURE_WIDTH,) * most)
    page = Page(consolidation, [Heading(words["indicator"], width) for width in widths], widths)
    page.frozen_columns = 0
    page.head(head)
    page.heading_rows = None
    top = 0
    for number, (sheet, plot) in enumerate(_parts(page, plots), start=1):
        first = page.next_row
        _write(page, number, sheet, plot)
        if number > 1 and _height(page, top) > PAGE_HEIGHT:
            page.breaks.append(first)
            top = first
    page.signature()
    if _height(page, top) > PAGE_HEIGHT:
        # Who signs is not parted from the room to sign.
        page.breaks.append(page.next_row - SIGNATURE_ROWS)
    page.breaks = page.breaks or [page.next_row]
    return page


SIGNATURE_ROWS = 2


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
    return STACKED_BAR if plot.stacked else BAR * len(plot.kinds) + BAR / 2


def _write(page: Page, number: int, sheet: str, plot: Plot) -> None:
    words = page.words
    title = words["chart_number"].format(number=number)
    page.line(f"{title}. {plot.title}", "caption title")
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
    most = WHOLE if plot.format == "percent" else None
    page.charts.append(Chart(chart, plot.title, series, plot.stacked, FORMATS[plot.format], most))
    source = Link(words["source"].format(sheet=sheet), sheet)
    page.add((source,), ("linked note",))
    page.gap()


def _row(page: Page, cells: Sequence[Cell], first: str, others: str) -> None:
    page.add_texts(cells, (first, *(others,) * (len(cells) - 1)), bold=first == "heading")


def _shown(sheet: str, found: Figure) -> Formula:
    """Return the formula that shows a figure of another sheet, blank when it is."""
    text = found.text(sheet)
    if len(found.cells) > 1:
        return Formula(text, found.value)
    return Formula(f'IF({text}="","",{text})', found.value)
