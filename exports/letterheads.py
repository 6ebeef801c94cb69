"""How official documents look: one table of styles, that of the Party and that of the State.

Sources: Hướng dẫn 36-HD/VPTW of 2018 for the Party; Nghị định 30/2020/NĐ-CP, annex I, for the
State.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from exports.cells import Setup
from exports.styles import MOTTO_SIZE, PARTY_SIZE, STATE_SIZE, TITLE_SIZE
from exports.wording import Words
from language.numbers import roman

PARTY, DECREE = "party", "decree"
# In the place of, on behalf of, by order of, by proxy of: as either style abbreviates them.
_FOR_ANOTHER = re.compile(r"^(K(?=/?T)|T(?!/?T))/?(T|M|L|UQ)\.?(?=\s)", re.MULTILINE)


class Line(NamedTuple):
    """One line of half a letterhead: which text, its cell style, and its size in points."""

    text: str = ""
    style: str = "body_name"
    size: int = TITLE_SIZE


@dataclass(frozen=True, slots=True)
class DocumentStyle:
    """What differs between documents of the Party and of the State.

    `letterhead` are its rows, left and right. `number`, `annex`, `attached` and `rule` name words
    of a workbook, `annex_number` writes the number of an annex. `for_another` is put between and
    behind the letters of who signs for another: K/T, or KT.
    """

    setup: Setup
    letterhead: tuple[tuple[Line, Line], ...]
    number: str
    annex: str
    annex_number: Callable[[int], str]
    attached: str
    rule: str
    for_another: tuple[str, str]

    def sign(self, title: str) -> str:
        """Return the title of who signs, abbreviated as this style does."""
        between, behind = self.for_another
        return _FOR_ANOTHER.sub(rf"\1{between}\2{behind}", title)

    def head_texts(self, words: Words, given: Mapping[str, str]) -> Mapping[str, str]:
        """Return the texts that the lines of the letterhead name; `given` fills their blanks."""
        named = {
            "": "",
            "parent": "{parent}",
            "board": "{board}",
            "star": "*",
            "line": words["line"],
            "party": words["party"],
            "state": words["state_name"],
            "motto": words["motto"],
            "number": words[self.number],
            "day": words["place_and_day"],
        }
        return {name: text.format(**given) for name, text in named.items()}


_MARGINS = {"top": 20, "bottom": 20, "left": 30, "right": 15}
STYLES: Mapping[str, DocumentStyle] = {
    PARTY: DocumentStyle(
        setup=Setup(**_MARGINS, number_size=14),
        letterhead=(
            (Line("parent"), Line("party", "party_name", PARTY_SIZE)),
            (Line("board", "board_name"), Line()),
            (Line("star"), Line("day", "place_and_day")),
            (Line("number"), Line()),
        ),
        number="report_number",
        annex="annex",
        annex_number=str,
        attached="attached",
        rule="dashes",
        for_another=("/", ""),
    ),
    DECREE: DocumentStyle(
        setup=Setup(**_MARGINS, number_size=13),
        letterhead=(
            (
                Line("parent", "body_name_small", STATE_SIZE),
                Line("state", "state_name", STATE_SIZE),
            ),
            (Line("board", "office_name", STATE_SIZE), Line("motto", "motto", MOTTO_SIZE)),
            (Line("line", "body_name_small", STATE_SIZE), Line()),
            (
                Line("number", "office_number", MOTTO_SIZE),
                Line("day", "office_day", MOTTO_SIZE),
            ),
        ),
        number="report_number_decree",
        annex="annex_decree",
        annex_number=roman,
        attached="attached_decree",
        rule="line",
        for_another=("", "."),
    ),
}


def style_of(name: str) -> DocumentStyle:
    """Return the style that a campaign names; that of the Party for a name that is not known."""
    return STYLES.get(name, STYLES[PARTY])
