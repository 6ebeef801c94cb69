"""The cover of the workbook: what it is of, who made it when, and the way to every sheet."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from exports.cells import Cell, Link, Sheet
from exports.page import Head, Heading, Page
from exports.provenance import facts_of, write_facts
from exports.rounds import Consolidation
from exports.styles import TITLE_SIZE
from exports.wording import words_of

NUMBER, NAME, CONTENT = range(3)
WIDTHS = (5.0, 29.0, 44.0)
_STYLES = ("item centre", "item link", "item text")


class Listed(NamedTuple):
    """A sheet as the cover lists it: the number that its name begins with, if any."""

    number: int | None
    name: str
    title: str


def build_cover(consolidation: Consolidation, listed: Iterable[Listed]) -> Sheet:
    """Return the cover; `listed` are the other sheets in order."""
    words = words_of(consolidation.language)
    labels = (words["number"], words["sheet"], words["content"])
    headings = [Heading(label, width) for label, width in zip(labels, WIDTHS, strict=True)]
    page = Page(consolidation, headings, WIDTHS)
    page.head(Head(words["cover"], consolidation.title))
    write_facts(page, facts_of(consolidation, words))
    page.gap()
    page.line(words["contents"], "title", size=TITLE_SIZE)
    page.head_columns()
    for number, name, title in listed:
        cells: list[Cell] = [number, Link(name, name), title or None]
        page.add_texts(cells, _STYLES)
    page.frozen_columns = 0
    return page.sheet(words["cover"])
