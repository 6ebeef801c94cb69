"""The sheets of an XLSForm as text: what is written to a file, and edited."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from forms.labels import language_code
from forms.sheets import read_form
from forms.tree import Labels

Cells = Mapping[str, str]
# The sheets of a form by name, in order.
TextSheets = Mapping[str, "TextSheet"]

LANGUAGE_NAMES = {"vi": "Tiếng Việt", "en": "English", "km": "ភាសាខ្មែរ", "zh": "中文"}
_CODE = re.compile(r"[a-z]{2,3}(-[a-z0-9]+)?")


@dataclass(frozen=True, slots=True)
class TextSheet:
    """A sheet: its headings, and its rows of cells by heading; blank cells are left out."""

    name: str
    headings: tuple[str, ...]
    rows: tuple[Cells, ...]

    def texts(self) -> tuple[tuple[str, ...], ...]:
        """Return the rows below the headings as texts, one for every heading."""
        return tuple(tuple(row.get(h, "") for h in self.headings) for row in self.rows)


def read_text_sheets(source: bytes, file_name: str) -> TextSheets:
    """Return the sheets of a form file, right or wrong. Raises FormErrors when it is none."""
    return {
        name: TextSheet(name, tuple(sheet.columns), tuple(dict(row.cells) for row in sheet.rows))
        for name, sheet in read_form(source, file_name).sheets.items()
    }


def heading_in(base: str, language: str) -> str:
    """Return the heading of a column in a language: `label::Tiếng Việt (vi)`."""
    return f"{base}::{language_name(language)}"


def language_name(language: str) -> str:
    """Return a language as XLSForm names it: `Tiếng Việt (vi)`; its own code when it has no name.

    Reading the name gives the same code again.
    """
    if not _CODE.fullmatch(language):
        return language
    named = f"{LANGUAGE_NAMES.get(language, language)} ({language})"
    return named if language_code(named) == language else language


def labelled(base: str, labels: Labels) -> dict[str, str]:
    """Return the cells of labels, each under the heading of its language."""
    return {heading_in(base, language): text for language, text in labels.texts}
