"""The `checks` sheet of a form: what deserves a second look before a report is sent.

A row holds a name, an expression that is true where something is odd, what to say then, and whether
a reason has to be given. The columns are described in docs/xlsform.md.
"""

from __future__ import annotations

from forms.cells import Row, Sheet
from forms.expressions import FUNCTIONS, ExpressionError, calls, parse, references
from forms.findings import Findings
from forms.headings import split_heading
from forms.labels import REFERENCE, labels_by_language
from forms.survey import NAME
from forms.tree import Check, Definition, Expression
from forms.words import NO, YES


def read_checks(
    sheet: Sheet | None, definition: Definition, findings: Findings
) -> tuple[Check, ...]:
    """Return the checks of the sheet; what is wrong with a row is noted."""
    if sheet is None:
        return ()
    reader = _Reader(sheet, definition, findings)
    return tuple(check for check in map(reader.read, sheet.rows) if check)


class _Reader:
    """Reads the sheet row by row."""

    def __init__(self, sheet: Sheet, definition: Definition, findings: Findings) -> None:
        self.sheet = sheet
        self.definition = definition
        self.findings = findings
        self.rows: dict[str, Row] = {}

    def read(self, row: Row) -> Check | None:
        """Return the check of a row, None when it has no expression that can be understood."""
        self._name(row)
        message = labels_by_language(row.cells, "message", self.definition.languages)
        if not message:
            self._error(row, "message", "no_expression", value="message")
        for heading, text in row.cells.items():
            if split_heading(heading)[0] == "message":
                self._known(row, heading, set(REFERENCE.findall(text)))
        explain = row.get("explain").lower()
        if explain and explain not in YES | NO:
            self._error(row, "explain", "yes_no", value=row.get("explain"))
        expression, question = self._expression(row), self._question(row)
        if expression is None:
            return None
        labels = labels_by_language(row.cells, "label", self.definition.languages)
        return Check(row.get("name"), expression, message, explain in YES, question, labels)

    def _error(self, row: Row, heading: str, key: str, **parts: str) -> None:
        self.findings.error(self.sheet, row, heading, key, **parts)

    def _name(self, row: Row) -> None:
        name = row.get("name")
        if not name:
            self._error(row, "name", "no_expression", value="name")
        elif not NAME.fullmatch(name):
            self._error(row, "name", "name", value=name)
        elif name in self.rows:
            cell = self.sheet.address(self.rows[name], "name")
            self._error(row, "name", "duplicate_check", value=name, cell=cell)
        self.rows.setdefault(name, row)

    def _question(self, row: Row) -> str:
        name = row.get("question").removeprefix("${").removesuffix("}").strip()
        if name and name not in self.definition.places:
            self._error(row, "question", "reference", value=name)
        return name

    def _known(self, row: Row, heading: str, names: set[str]) -> None:
        for name in sorted(names - self.definition.places.keys()):
            self._error(row, heading, "reference", value=name)

    def _expression(self, row: Row) -> Expression | None:
        source = row.get("expression")
        if not source:
            self._error(row, "expression", "no_expression", value="expression")
            return None
        try:
            node = parse(source)
        except ExpressionError as error:
            self.findings.expression_error(self.sheet, row, "expression", source, error)
            return None
        self._known(row, "expression", set(references(node)))
        for name in sorted(calls(node)):
            if FUNCTIONS[name].only_tables:
                self._error(row, "expression", "function", value=name)
        return Expression(source, node)
