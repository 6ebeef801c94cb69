"""What checking a form found: where it stands and what is said of it."""

from __future__ import annotations

from dataclasses import dataclass

from forms import messages
from forms.expressions import ExpressionError
from forms.sheets import Row, Sheet


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to say about a form: where (sheet and cell, empty for the whole file) and what.

    `parts` fill the places of the sentence; an error among them is told in the same language.
    """

    sheet: str
    cell: str
    key: str
    parts: tuple[tuple[str, str | ExpressionError], ...] = ()

    def sentence(self, language: str) -> str:
        """Return the sentence without the place."""
        told = {
            name: part.sentence(language) if isinstance(part, ExpressionError) else part
            for name, part in self.parts
        }
        return messages.form_message(self.key, language, **told)

    @property
    def place(self) -> str:
        """Where it stands: `sheet!cell`, or the sheet alone."""
        return f"{self.sheet}!{self.cell}" if self.cell else self.sheet


class FormErrors(Exception):
    """A form that cannot be published, with every error found, in order of the sheets."""

    def __init__(self, errors: tuple[Finding, ...]) -> None:
        super().__init__("; ".join(f"{e.place}: {e.sentence('en')}" for e in errors))
        self.errors = errors


def expression_finding(
    sheet: Sheet, row: Row | None, heading: str, source: str, error: ExpressionError
) -> Finding:
    """Return the finding for a wrong expression, with a caret under the sign it stopped at."""
    parts = (("detail", error), ("source", source), ("caret", " " * error.position + "^"))
    return Finding(sheet.name, sheet.address(row, heading), "expression", parts)
