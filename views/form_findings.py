"""What checking a form found, as the board shows it: sentences, and the sheet around each cell."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from forms.excerpts import Excerpt, drawn_sheets, excerpt
from forms.findings import Finding
from services.uploads import Upload

# So many cells are drawn; of more, the list says all that there is to say.
MOST_DRAWN = 60


@dataclass(frozen=True, slots=True)
class Said:
    """What is said of a cell: a sentence, and the expression it is about with its caret."""

    sentence: str
    source: str


@dataclass(frozen=True, slots=True)
class DrawnPlace:
    """A place in a form file, everything that is said of it, and what it looks like there."""

    number: int
    sheet: str
    cell: str
    said: tuple[Said, ...]
    excerpt: Excerpt | None


def draw(upload: Upload, findings: Sequence[Finding], language: str) -> tuple[DrawnPlace, ...]:
    """Return the findings by place, in order of the sheets."""
    sheets = drawn_sheets(upload.source, upload.source_name, upload.files) if findings else {}
    places = groupby(findings, key=lambda finding: (finding.sheet, finding.cell))
    return tuple(
        DrawnPlace(
            number,
            sheet,
            cell,
            _said(found, language),
            excerpt(sheets, sheet, cell) if number <= MOST_DRAWN else None,
        )
        for number, ((sheet, cell), found) in enumerate(places, start=1)
    )


def _said(findings: Iterable[Finding], language: str) -> tuple[Said, ...]:
    parts = (finding.sentence(language).partition("\n") for finding in findings)
    return tuple(Said(sentence, _unindented(source)) for sentence, _, source in parts)


def _unindented(source: str) -> str:
    """Return the expression and its caret without the indent of the command line."""
    return "\n".join(line.removeprefix("    ") for line in source.split("\n"))
