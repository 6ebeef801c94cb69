"""What a form file holds once it is read: sheets, rows, and cells that have an address."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

_ADDRESS = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})")
_ALPHABET = 26


@dataclass(frozen=True, slots=True)
class Row:
    """One row below the headings: its number in the spreadsheet, and its cells by heading."""

    number: int
    cells: dict[str, str]

    def get(self, heading: str) -> str:
        """Return the text under `heading`, or an empty string."""
        return self.cells.get(heading, "")


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet: its headings with the letters of their columns, and its rows that are not blank.

    `name` and the headings are canonical (see forms.headings). What a person sees is kept besides:
    `title` is the name of the sheet as written, `titles` the headings as written, and `lines` holds
    every cell that is not blank, the headings among them, by row number and by column letter.
    `top` is the number of the row of headings.
    """

    name: str
    columns: dict[str, str]
    rows: tuple[Row, ...]
    title: str = ""
    titles: Mapping[str, str] = field(default_factory=dict)
    lines: Mapping[int, Mapping[str, str]] = field(default_factory=dict)
    top: int = 1

    def __post_init__(self) -> None:
        """Call a sheet that was not written by anybody by its canonical name."""
        if not self.title:
            object.__setattr__(self, "title", self.name)

    def address(self, row: Row | None, heading: str) -> str:
        """Return the address of a cell, like `C7`; of the heading when there is no row."""
        number = row.number if row else self.top
        return f"{self.columns.get(heading, 'A')}{number}"

    def heading(self, canonical: str) -> str:
        """Return a heading as it was written; a column that is not there by its canonical name."""
        return self.titles.get(canonical, canonical)


@lru_cache(maxsize=1024)
def column_letter(index: int) -> str:
    """Return the letters of a column: 0 is A, 25 is Z, 26 is AA."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, _ALPHABET)
        letters = chr(ord("A") + rest) + letters
    return letters


@lru_cache(maxsize=1024)
def column_index(letters: str) -> int:
    """Return the index of a column: A is 0, Z is 25, AA is 26."""
    index = 0
    for letter in letters:
        index = index * _ALPHABET + ord(letter) - ord("A") + 1
    return index - 1


def split_address(address: str) -> tuple[int, int] | None:
    """Return the row number and column index of an address: `C7` gives (7, 2); None of no cell."""
    found = _ADDRESS.fullmatch(address)
    return (int(found.group(2)), column_index(found.group(1))) if found else None
