"""What checking a form found: where it stands and what is said of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol

from forms import messages
from forms.cells import Row, Sheet, split_address
from forms.expressions import ExpressionError
from language.numbers import format_number


class Told(Protocol):
    """A part of a sentence that is itself told in the language of the sentence."""

    def sentence(self, language: str) -> str:
        """Return the part in `language`."""


Part = str | Told


@dataclass(frozen=True, slots=True)
class Count:
    """A number in a sentence, with the thousands as the language writes them."""

    number: int

    def sentence(self, language: str) -> str:
        """Return 5.000 in Vietnamese, 5,000 in English."""
        return format_number(self.number, language=language)


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to say about a form: where (sheet and cell, empty for the whole file) and what.

    `sheet` is the name that stands on the tab of the sheet, for that is what a person sees. `parts`
    fill the places of the sentence; one that can be told in a language is told in the same one.
    """

    sheet: str
    cell: str
    key: str
    parts: tuple[tuple[str, Part], ...] = ()

    def sentence(self, language: str) -> str:
        """Return the sentence without the place."""
        told = {
            name: part if isinstance(part, str) else part.sentence(language)
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


@dataclass(slots=True)
class Findings:
    """Gathers what is found, so that everything is told at once.

    `identifying`: what must not be asked where people were promised anonymity.
    """

    errors: list[Finding] = field(default_factory=list)
    warnings: list[Finding] = field(default_factory=list)
    identifying: list[Finding] = field(default_factory=list)

    def error(self, sheet: Sheet, row: Row | None, heading: str, key: str, **parts: Part) -> None:
        """Note an error at a cell; without a row, at the heading."""
        self.errors.append(cell_finding(sheet, row, heading, key, **parts))

    def warning(self, sheet: Sheet, row: Row | None, heading: str, key: str, value: str) -> None:
        """Note something that has no effect or deserves a second look."""
        self.warnings.append(cell_finding(sheet, row, heading, key, value=value))

    def identify(self, sheet: Sheet, row: Row | None, heading: str, value: str) -> None:
        """Note what must not be asked where people were promised anonymity."""
        self.identifying.append(cell_finding(sheet, row, heading, "identifying", value=value))

    def expression_error(
        self, sheet: Sheet, row: Row | None, heading: str, source: str, error: ExpressionError
    ) -> None:
        """Note a wrong expression."""
        self.errors.append(expression_finding(sheet, row, heading, source, error))

    def raise_errors(self) -> None:
        """Raise FormErrors when there is any error, those of a sheet from top to bottom."""
        if self.errors:
            raise FormErrors(in_order(self.errors))


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return findings sheet by sheet, from top to bottom."""
    found = list(findings)
    sheets = {sheet: place for place, sheet in enumerate(dict.fromkeys(f.sheet for f in found))}
    return tuple(sorted(found, key=lambda f: (sheets[f.sheet], split_address(f.cell) or (0, 0))))


def cell_finding(sheet: Sheet, row: Row | None, heading: str, key: str, **parts: Part) -> Finding:
    """Return a finding at a cell, or at the heading of a column when there is no row."""
    return Finding(sheet.title, sheet.address(row, heading), key, tuple(parts.items()))


def expression_finding(
    sheet: Sheet, row: Row | None, heading: str, source: str, error: ExpressionError
) -> Finding:
    """Return the finding for a wrong expression, with a caret under the sign it stopped at."""
    caret = " " * error.position + "^"
    return cell_finding(sheet, row, heading, "expression", detail=error, source=source, caret=caret)
