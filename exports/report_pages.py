"""Annexes as pages of Word: tables with real headings, each in a section as wide as it needs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from exports.letterheads import style_of
from exports.measure import PIXELS_A_POINT, text_pixels
from exports.page import Heading
from exports.report import DECREE, Report
from exports.report_annexes import Annex, AnnexRow
from exports.units import FIRST, NAME
from exports.word_xml import (
    LANDSCAPE,
    ONE,
    PORTRAIT,
    TWIPS_A_POINT,
    CellSpan,
    Look,
    Paper,
    cell,
    paragraph,
    row,
    run,
    section,
    table,
)
from exports.wording import words_of
from language.dates import local
from language.numbers import roman

# Of the body, from the largest to the smallest that is still read; below, a table is parted.
SIZES = (12.0, 11.0, 10.0, 9.0)
PARTED_SIZE = 10.0
# What the name of a unit needs at least and at most, and what stands beside a text in its cell.
NAME_LEAST, NAME_MOST, SIDES = 95.0, 210.0, 7.0
# What a column of texts is given, at most.
TEXT_MOST = 110.0
# A text so short stays on one line.
SHORT_TEXT = 12
# Behind the figures stand the remarks, and which units the total counts.
TAIL = 2
NUMERIC = frozenset({"integer", "decimal", "percent", "scale"})
CENTRED = frozenset({"centre", "date", "moment"})


@dataclass(frozen=True, slots=True)
class Spread:
    """Columns of an annex that share a page: which, how wide in points, and at what size."""

    columns: tuple[int, ...]
    widths: tuple[float, ...]
    size: float
    paper: Paper


def annex_pages(report: Report, found: Sequence[Annex], references: str = "") -> tuple[str, str]:
    """Return the annexes as the body of a document, and the properties of their last section.

    Each is in a section of its own; `references` are those of the headers of all of them.
    """
    spreads = [(number, annex, spread_out(annex)) for number, annex in enumerate(found, start=1)]
    parts: list[str] = []
    last = ""
    for number, annex, spread in spreads:
        last = section(spread[0].paper, references)
        ending = "" if number == len(spreads) else last
        parts.append(_annex(report, number, annex, spread, ending))
    return "".join(parts), last


def _annex(
    report: Report, number: int, annex: Annex, spreads: Sequence[Spread], ending: str
) -> str:
    words = words_of("vi")
    whole = report.whole
    attached = words["attached"].format(
        symbol=whole.report_symbol, year=local(whole.exported_at).year, board=whole.board_name
    )
    bold = Look(bold=True)
    label = f"Phụ lục {roman(number)}" if report.style == DECREE else f"PHỤ LỤC {number}"
    head = [
        paragraph(run(label, bold), "Annex"),
        paragraph(run(annex.title[:1].upper() + annex.title[1:], bold), "Annex"),
        paragraph(run(attached, Look(italic=True)), "Annex"),
        paragraph(run(words[style_of(report.style).rule]), "Annex"),
    ]
    note = words["total_note"] if annex.rows else words["nothing"]
    held_back = sum(response.held_back for response in annex.asked.responses)
    if held_back:
        note += f" {words['returned_note'].format(number=held_back)}"
    foot = paragraph(run(note, Look(italic=True, size=11)), "AnnexNote", ending)
    return "".join((*head, *_tables(annex, spreads), foot))


def _tables(annex: Annex, spreads: Sequence[Spread]) -> Iterator[str]:
    for number, spread in enumerate(spreads, start=1):
        if len(spreads) > 1:
            part = f"(Phần {number}/{len(spreads)})"
            broken = "<w:pageBreakBefore/>" if number > 1 else ""
            yield paragraph(run(part, Look(italic=True, size=11)), "Annex", broken)
        if annex.rows:
            yield _table(annex, spread)


# --- widths ---------------------------------------------------------------------------------------


def spread_out(annex: Annex) -> list[Spread]:
    """Return how the columns of an annex are laid out; in parts when one page is too narrow."""
    columns = tuple(range(len(annex.headings)))
    for paper, size in ((PORTRAIT, SIZES[0]), *((LANDSCAPE, size) for size in SIZES)):
        needed = _needed(annex, size)
        if sum(needed) <= paper.width / TWIPS_A_POINT:
            return [_fitted(columns, needed, size, paper)]
    needed = _needed(annex, PARTED_SIZE)
    room = LANDSCAPE.width / TWIPS_A_POINT
    return [
        _fitted(part, [needed[index] for index in part], PARTED_SIZE, LANDSCAPE)
        for part in _parts(annex.headings, needed, room)
    ]


def _fitted(columns: Sequence[int], needed: Sequence[float], size: float, paper: Paper) -> Spread:
    """Give what room is left to the names of units, and then to all columns alike."""
    room = paper.width / TWIPS_A_POINT - sum(needed)
    widths = list(needed)
    place = list(columns).index(NAME)
    more = min(room, NAME_MOST - widths[place]) if room > 0 else 0.0
    widths[place] += more
    share = (room - more) / len(widths)
    return Spread(tuple(columns), tuple(width + share for width in widths), size, paper)


def _needed(annex: Annex, size: float) -> list[float]:
    return [_column(annex, index, size) for index in range(len(annex.headings))]


def _column(annex: Annex, index: int, size: float) -> float:
    """Return how many points a column needs: of its heading the longest word, of figures all."""
    if index == NAME:
        return NAME_LEAST * size / SIZES[0]
    heading = max((_points(word, size) for word in annex.headings[index].label.split()), default=0)
    texts = (text for line in annex.rows if (text := _wide(line, index)))
    figures = max((_points(text, size) for text in texts), default=0.0)
    return max(heading, figures) + SIDES


def _wide(line: AnnexRow, index: int) -> str:
    """Return what must stand on one line: a figure, a short text, the longest word of another."""
    text = line.texts[index]
    if line.kinds[index] in NUMERIC or len(text) <= SHORT_TEXT:
        return text
    return max(text.split(), key=len, default="")


def _points(text: str, size: float) -> float:
    return min(text_pixels(text, round(size), bold=True) / PIXELS_A_POINT, TEXT_MOST)


def _parts(
    headings: Sequence[Heading], needed: Sequence[float], room: float
) -> Iterator[tuple[int, ...]]:
    """Yield columns that fit on a page behind the names of units; a band stays together.

    Parts are about as wide as each other, so that no pages are filled by a column or two.
    """
    first = tuple(range(FIRST))
    bands = list(_bands(headings))
    wide = [sum(needed[index] for index in band) for band in bands]
    fewest = _filled(wide, room - sum(needed[index] for index in first))
    spans = (sum(wide[start:end]) for end in range(len(wide) + 1) for start in range(end))
    even = next(tried for span in sorted(spans) if len(tried := _filled(wide, span)) <= len(fewest))
    for start, end in even:
        yield (*first, *(index for band in bands[start:end] for index in band))


def _filled(wide: Sequence[float], room: float) -> list[tuple[int, int]]:
    """Return the spans of a row of widths that are each filled as far as there is room."""
    starts, left = [0], room
    for index, width in enumerate(wide):
        if index > starts[-1] and width > left:
            starts.append(index)
            left = room
        left -= width
    return list(pairwise((*starts, len(wide))))


def _bands(headings: Sequence[Heading]) -> Iterator[list[int]]:
    """Yield columns that share a band; the last ones, which belong to a row, stay together."""
    behind = len(headings) - TAIL
    inner = range(FIRST, behind)
    for _, found in groupby(inner, key=lambda index: headings[index].band or f"\0{index}"):
        yield list(found)
    yield list(range(behind, len(headings)))


# --- tables ---------------------------------------------------------------------------------------


def _table(annex: Annex, spread: Spread) -> str:
    widths = [round(width * TWIPS_A_POINT) for width in spread.widths]
    body = (row(_cells(line, spread, widths)) for line in annex.rows)
    return table((*_heading_rows(annex, spread, widths), *body), widths, margin=40)


def _cells(line: AnnexRow, spread: Spread, widths: Sequence[int]) -> Iterator[str]:
    look = Look(bold=line.role != "body", size=spread.size)
    for index, width in zip(spread.columns, widths, strict=True):
        text = run(line.texts[index], look) if line.texts[index] else ""
        style = f"Table{_align(line.kinds[index])}"
        # A group does not end a page on which none of its units stands.
        kept = "<w:keepNext/>" * (line.role == "group")
        yield cell(paragraph(text, style, kept), width, grey=line.role == "group")


def _align(kind: str) -> str:
    if kind.removesuffix(" centred") in NUMERIC:
        return "Right"
    return "Centre" if kind in CENTRED else "Left"


def _heading_rows(annex: Annex, spread: Spread, widths: Sequence[int]) -> Iterator[str]:
    shown = [annex.headings[index] for index in spread.columns]
    write = _writer(spread.size)
    if not any(heading.band for heading in shown):
        labels = zip(shown, widths, strict=True)
        yield row((write(h.label, width, ONE) for h, width in labels), heading=True)
        return
    yield row(_upper(shown, widths, write), heading=True)
    lower = zip(shown, widths, strict=True)
    yield row(
        (
            write(h.label, width, ONE) if h.band else write("", width, CellSpan(down=True))
            for h, width in lower
        ),
        heading=True,
    )


Write = Callable[[str, int, CellSpan], str]


def _upper(shown: Sequence[Heading], widths: Sequence[int], write: Write) -> Iterator[str]:
    columns = enumerate(zip(shown, widths, strict=True))
    keys = groupby(columns, key=lambda column: column[1][0].band or column[0])
    for band, found in keys:
        together = [pair for _, pair in found]
        width = sum(width for _, width in together)
        if isinstance(band, str):
            yield write(band, width, CellSpan(len(together)))
        else:
            yield write(together[0][0].label, width, CellSpan(first=True))


def _writer(size: float) -> Write:
    look = Look(bold=True, size=size)

    def write(label: str, width: int, span: CellSpan) -> str:
        return cell(paragraph(run(label, look) if label else "", "TableCentre"), width, span)

    return write
