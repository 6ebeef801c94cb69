"""A printed sheet under construction: its head, its headings, its rows and its signature."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate, groupby
from math import ceil

from exports.cells import Cell, Chart, Link, Merge, Row, Shade, Sheet
from exports.chosen import filter_of
from exports.drawings import Figure, Plot
from exports.letterheads import style_of
from exports.measure import (
    HIGHEST_ROW,
    count_lines,
    merged_width,
    row_height,
    text_units,
)
from exports.paging import break_before, print_scale
from exports.rounds import Consolidation
from exports.styles import TITLE_SIZE
from exports.wording import Words, words_of
from language.dates import local
from language.text import clean, clean_lines

BODY_SIZE, SMALL_SIZE = 12, 11
# From so many columns on, the body is small; beyond so many, the paper lies on its side.
SMALL_FROM, LANDSCAPE_BEYOND = 15, 7
# The printed width of A4 between its margins, in column units: 165 and 252 mm.
PORTRAIT_UNITS, LANDSCAPE_UNITS = 78.0, 119.0
# Wider than this many pages, text columns give way rather than the print become unreadable.
WIDEST = 1.4
# Rows that stay on the screen must leave room for the others.
HIGHEST_FROZEN = 330.0
SIGNATURE_LINES = 4
BOLD_LINES = frozenset({"title", "board_name", "group text"})
LONGEST_NAME = 31
# So much of either end of a digest is compared by eye.
SHORT_SIGNS = 8
# The position in front of the name of a sheet.
_NUMBERED = re.compile(r"^[0-9]+\. ")
_NOT_IN_NAMES = str.maketrans("", "", "[]:*?/\\")


@dataclass(frozen=True, slots=True)
class Heading:
    """The heading of a column of `width` units.

    A column with a `least` width shares what room the page has left, or gives some back.
    """

    label: str
    width: float
    band: str = ""
    least: float = 0.0


@dataclass(frozen=True, slots=True)
class Head:
    """What stands above a table. `annex` is its number among the annexes of the report.

    What is not `of_units` is not narrowed by which units were chosen. `called` is what the document
    is, when it is no consolidated table.
    """

    name: str
    title: str
    counts: str = ""
    annex: int | None = None
    until: datetime | None = None
    of_units: bool = True
    called: str = ""


def sheet_name(text: str) -> str:
    r"""Return the text as the name of a sheet: at most 31 characters, none of []:*?/\\."""
    kept = filter(str.isprintable, clean(text).translate(_NOT_IN_NAMES))
    return "".join(kept)[:LONGEST_NAME].strip("' ")


def body_size(columns: int) -> int:
    """Return the body size in points of a table of so many columns."""
    return SMALL_SIZE if columns >= SMALL_FROM else BODY_SIZE


def fit_widths(headings: Sequence[Heading], weights: Sequence[float]) -> tuple[float, ...]:
    """Return the column widths with which the table fills its page.

    Columns with a least width share what is left over, or what there is, by their weights.
    """
    page = LANDSCAPE_UNITS if len(headings) > LANDSCAPE_BEYOND else PORTRAIT_UNITS
    total = sum(heading.width for heading in headings)
    if page <= total <= page * WIDEST:
        return tuple(heading.width for heading in headings)
    wanted = page if total < page else page * WIDEST
    room = wanted - sum(heading.least or heading.width for heading in headings)
    whole = sum(w for heading, w in zip(headings, weights, strict=True) if heading.least) or 1.0
    return tuple(
        round(heading.least + max(room, 0.0) * weight / whole, 1)
        if heading.least
        else heading.width
        for heading, weight in zip(headings, weights, strict=True)
    )


class Page:
    """A printed sheet, written from top to bottom."""

    def __init__(
        self, consolidation: Consolidation, headings: Sequence[Heading], widths: Sequence[float]
    ) -> None:
        self.consolidation = consolidation
        self.words: Words = words_of(consolidation.language)
        self.headings = headings
        self.widths = tuple(widths)
        self.size = body_size(len(headings))
        self.rows: list[Row] = []
        self.merges: list[Merge] = []
        self.shades: list[Shade] = []
        self.charts: list[Chart] = []
        self.breaks: list[int] = []
        self.scale = 100
        # What other sheets may refer to: totals by the round and the name of their column, and what
        # may be drawn.
        self.figures: dict[tuple[str, str], Figure] = {}
        self.plots: list[Plot] = []
        self.name = self.title = ""
        self.style = style_of(consolidation.document_style)
        self.heading_rows: tuple[int, int] | None = (0, 0)
        self.frozen_columns = 2

    @property
    def next_row(self) -> int:
        """The number, from 0, of the row that is written next."""
        return len(self.rows)

    @property
    def last_column(self) -> int:
        """The number, from 0, of the last column."""
        return len(self.widths) - 1

    def lines(self, text: str, column: int, *, bold: bool = False) -> int:
        """Return how many lines the text takes in a column."""
        return count_lines(text, self.widths[column], self.size, bold=bold)

    def height(self, lines: int) -> float:
        """Return the height in points of a row of so many lines."""
        return row_height(lines, self.size)

    def add(
        self, cells: Sequence[Cell], styles: tuple[str, ...], lines: int = 1, level: int = 0
    ) -> int:
        """Write a row of so many lines of text and return its number.

        What is higher than the highest row of Excel is laid over several rows, merged.
        """
        number = self.next_row
        height = self.height(lines)
        parts = ceil(height / HIGHEST_ROW)
        self.rows.append(Row(cells, styles, height / parts, level))
        if parts > 1:
            blank = (None,) * len(cells)
            self.rows += [Row(blank, styles, height / parts, level)] * (parts - 1)
            self.merges += [
                Merge(number, column, number + parts - 1, column) for column in range(len(cells))
            ]
        return number

    def add_texts(
        self, cells: Sequence[Cell], styles: tuple[str, ...], *, bold: bool = False, level: int = 0
    ) -> int:
        """Write a row that is as high as its longest text needs."""
        return self.add(cells, styles, self.lines_of(cells, bold=bold), level)

    def lines_of(self, cells: Sequence[Cell], *, bold: bool = False) -> int:
        """Return how many lines the longest text of a row takes."""
        return max(
            (
                self.lines(cell if isinstance(cell, str) else cell.text, column, bold=bold)
                for column, cell in enumerate(cells)
                if isinstance(cell, str | Link)
            ),
            default=1,
        )

    def line(
        self, text: str, style: str, *, size: int = BODY_SIZE, last: int | None = None
    ) -> None:
        """Write one text across the columns, or across those up to `last`."""
        end = self.last_column if last is None else last
        number, count = self.next_row, end + 1
        lines = self.lines_across(text, (0, end), size, bold=style in BOLD_LINES)
        blank = (None,) * end
        self.rows.append(Row((text, *blank), (style,) * count, row_height(lines, size)))
        self.merge_across(number, 0, end)

    def lines_across(
        self, text: str, columns: tuple[int, int], size: int, *, bold: bool = True
    ) -> int:
        """Return how many lines the text takes across columns, first to last."""
        first, last = columns
        width = merged_width(self.widths[first : last + 1])
        return count_lines(text, width, size, bold=bold)

    def merge_across(self, row: int, first: int, last: int) -> None:
        """Show the first of some cells of a row over all of them."""
        if last > first:
            self.merges.append(Merge(row, first, row, last))

    def blank(self, points: float) -> Row:
        """Return an empty row of so many points."""
        return Row((None,) * len(self.widths), ("plain",) * len(self.widths), points)

    def gap(self, points: float = 9.0) -> None:
        """Leave an empty row."""
        self.rows.append(Row((), (), points))

    def head(self, head: Head) -> None:
        """Write what stands above the table: annex or board, title, and what it covers."""
        words, campaign = self.words, self.consolidation
        exported = local(campaign.exported_at)
        self.name, self.title = head.name, _NUMBERED.sub("", head.name)
        if head.annex is None or campaign.options.letterhead:
            self._letterhead(exported.year)
        else:
            self._annex(head.annex, exported.year)
        self.gap()
        self.line(head.called or words["consolidated"], "title", size=TITLE_SIZE)
        for text in (head.title, campaign.subject):
            if text:
                self.line(text, "title", size=TITLE_SIZE)
        self.line(words[self.style.rule], "italic")
        self.line(self._scope(head, exported), "italic")
        chosen = filter_of(campaign, words, of_units=head.of_units)
        if chosen:
            self.line(words["scope_filter"].format(chosen=chosen), "italic")
        self.gap()

    def _annex(self, number: int, year: int) -> None:
        """Write which annex it is, and of which report; its number and day are left to fill in."""
        words, campaign, style = self.words, self.consolidation, self.style
        attached = words[style.attached].format(
            symbol=campaign.report_symbol, year=year, board=campaign.board_name
        )
        annex = words[style.annex].format(number=style.annex_number(number))
        self.line(annex, "title", size=TITLE_SIZE)
        self.line(attached, "italic")

    def _letterhead(self, year: int) -> None:
        """Write whose document it is on the left; Party or State, place and day on the right."""
        campaign = self.consolidation
        given = {
            "parent": campaign.parent_body.upper(),
            "board": campaign.board_short_name.upper(),
            "place": campaign.place,
            "year": str(year),
            "symbol": campaign.report_symbol,
        }
        texts = self.style.head_texts(self.words, given)
        for left, right in self.style.letterhead:
            size = max(left.size, right.size)
            self._halves((texts[left.text], left.style), (texts[right.text], right.style), size)

    def _halves(
        self,
        left: tuple[str, str],
        right: tuple[str, str],
        size: int = TITLE_SIZE,
        least: float = 0.0,
    ) -> None:
        """Write a text in a style on either half of the page, at least so many points high."""
        number, half, last = self.next_row, self._half(), self.last_column
        cells: list[Cell] = [None] * len(self.widths)
        cells[0], cells[half] = left[0] or None, right[0] or None
        lines = max(
            self.lines_across(left[0], (0, half - 1), size),
            self.lines_across(right[0], (half, last), size),
        )
        styles = (left[1],) * half + (right[1],) * (last + 1 - half)
        self.rows.append(Row(cells, styles, max(row_height(lines, size), least)))
        self.merge_across(number, 0, half - 1)
        self.merge_across(number, half, last)

    def _scope(self, head: Head, exported: datetime) -> str:
        until = local(head.until) if head.until else exported
        return self.words["scope"].format(
            until=f"{until:%d/%m/%Y}",
            exported=exported.strftime(self.words["clock"]),
            counts=f"; {head.counts}" if head.counts else "",
        )

    def head_columns(self) -> None:
        """Write the headings of the columns: in two rows when columns share a band."""
        first = self.next_row
        styles = ("heading",) * len(self.headings)
        labels = [heading.label for heading in self.headings]
        bands = [heading.band for heading in self.headings]
        if not any(bands):
            self.add_texts(labels, styles, bold=True)
        else:
            self._band_rows(bands, labels, styles)
        self.heading_rows = (first, self.next_row - 1)

    def _band_rows(self, bands: list[str], labels: list[str], styles: tuple[str, ...]) -> None:
        row = self.next_row
        upper: list[Cell] = [band or label for band, label in zip(bands, labels, strict=True)]
        lower: list[Cell] = [
            label if band else None for band, label in zip(bands, labels, strict=True)
        ]
        upper_lines = 1
        for first, last in _spans(bands):
            if bands[first]:
                upper[first + 1 : last + 1] = [None] * (last - first)
                needed = self.lines_across(bands[first], (first, last), self.size)
                upper_lines = max(upper_lines, needed)
                self.merge_across(row, first, last)
            else:
                self.merges.append(Merge(row, first, row + 1, first))
        lower_lines = self.lines_of(lower, bold=True)
        alone = [label if not band else None for band, label in zip(bands, labels, strict=True)]
        lower_lines = max(lower_lines, self.lines_of(alone, bold=True) - upper_lines)
        self.add(upper, styles, upper_lines)
        self.add(lower, styles, lower_lines)

    def nothing(self) -> None:
        """Say that the table has no rows."""
        self.line(self.words["nothing"], "nothing")

    def signature(self) -> None:
        """Write who prepared and who signs, and the row of names, of which the left is to type.

        The room to sign belongs to the first of the two rows, so that a page break hardly finds
        a place between them.
        """
        self.gap(18.0)
        campaign, style = self.consolidation, "signature"
        title = self.style.sign(clean_lines(campaign.signer_title))
        room = row_height(title.count("\n") + 1 + SIGNATURE_LINES, BODY_SIZE)
        self._halves((self.words["prepared_by"], style), (title, style), BODY_SIZE, room)
        self._halves(("", style), (campaign.signer_name, style), BODY_SIZE)

    def keep_together(self, row: int) -> None:
        """Have all rows from this one on printed on one page, if they fit on one."""
        landscape = len(self.widths) > LANDSCAPE_BEYOND
        scale = print_scale(self.widths, landscape=landscape)
        heights = [one.height or row_height(1, BODY_SIZE) for one in self.rows]
        heading = self.heading_rows or (0, 0)
        found = break_before(heights, heading, row, scale, landscape=landscape)
        if found is not None:
            self.breaks.append(found)
            self.scale = scale

    def provenance(self) -> None:
        """Write with which entry the log ended when the workbook was made, if that is known."""
        head = self.consolidation.log_head
        if head:
            short = f"{head[:SHORT_SIGNS]}…{head[-SHORT_SIGNS:]}"
            self.gap(18.0)
            self.line(self.words["log_head"].format(short=short, head=head), "note")

    def _half(self) -> int:
        """Return the column at which the right half begins, so that both names have room."""
        wanted = sum(self.widths) / 2
        reached = list(accumulate(self.widths))
        inner = range(1, len(self.widths))
        return min(inner, key=lambda column: abs(reached[column - 1] - wanted), default=0)

    def sheet(self, name: str) -> Sheet:
        """Return the finished sheet."""
        top = self.heading_rows[1] + 1 if self.heading_rows else 0
        high = sum(row.height or row_height(1, BODY_SIZE) for row in self.rows[:top])
        return Sheet(
            name=sheet_name(name),
            widths=self.widths,
            rows=tuple(self.rows),
            merges=tuple(self.merges),
            shades=tuple(self.shades),
            heading=self.heading_rows,
            frozen=(
                top if high <= HIGHEST_FROZEN else 0,
                min(self.frozen_columns, self.last_column),
            ),
            landscape=len(self.widths) > LANDSCAPE_BEYOND,
            size=self.size,
            charts=tuple(self.charts),
            breaks=tuple(self.breaks),
            scale=self.scale,
        )


def _spans(bands: Sequence[str]) -> Iterable[tuple[int, int]]:
    """Yield the first and last column of each band; a column without one stands alone."""
    keys = [band or f"\0{index}" for index, band in enumerate(bands)]
    start = 0
    for _, run in groupby(keys):
        length = len(list(run))
        yield start, start + length - 1
        start += length


def longest_word(text: str, size: int) -> float:
    """Return the width in column units that the longest word of a heading needs."""
    return max((text_units(word, size, bold=True) for word in text.split()), default=0.0)
