"""Compile an XLSForm into the frozen tree. The only importer of pyxform.

Every row is checked, so that all errors are told at once, each with its sheet and cell. Then
pyxform has its say, so that what is published is an XLSForm for other tools, too.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import Any

from pyxform.errors import PyXFormError
from pyxform.xls2xform import convert

from forms.build import default_form
from forms.cells import Row, Sheet
from forms.checks import read_checks
from forms.choices import Choices
from forms.findings import Finding, Findings, FormErrors, cell_finding, in_order
from forms.headings import HEADINGS, TRANSLATED, split_heading
from forms.labels import labels_by_language, language_code
from forms.pictures import is_picture
from forms.plan import find_cycle
from forms.questions import Items
from forms.sheets import for_pyxform, read_form
from forms.survey import read_survey
from forms.tables import default_tables, read_tables, unknown_headings
from forms.tree import Definition, Pairs
from forms.words import YES

# What the interface of a form that names no language is written in.
VIETNAMESE = "vi"
# The languages of the pages around a form.
PAGES = (VIETNAMESE, "en")

# What pyxform calls the form itself: nothing that a question can be called.
ROOT = "phieu-form"
_PYXFORM_ROW = re.compile(r"^\[row : (\d+)\]\s*")
_PYXFORM_REFERENCE = re.compile(r"the '([^']+)' value is invalid. Reference variables")
_PYXFORM_SHEET = re.compile(r"'(survey|choices|settings)' sheet")


@dataclass(frozen=True, slots=True)
class Compiled:
    """A form that can be published, and what was noticed on the way.

    `identifying`: why it cannot be published where people were promised anonymity.
    """

    definition: Definition
    warnings: tuple[Finding, ...]
    identifying: tuple[Finding, ...] = ()


def compile_form(
    source: bytes, file_name: str, files: Mapping[str, bytes] | None = None
) -> Compiled:
    """Compile the bytes of an XLSForm (.xlsx, .xls, .csv or Markdown .md).

    `files` are those beside it by name: lists of choices (.csv) and pictures. Raises FormErrors
    with every error; anything the product does not support is an error.
    """
    form = read_form(source, file_name)
    findings = Findings(list(form.errors), list(form.warnings))
    if "survey" not in form.sheets:
        findings.errors.append(Finding("survey", "", "no_sheet", (("name", "survey"),)))
    findings.raise_errors()
    return _Compiler(form.sheets, PurePath(file_name).stem, files or {}, findings).compile()


class _Compiler:
    """Turns sheets into a definition, one sheet after the other."""

    def __init__(
        self, sheets: dict[str, Sheet], stem: str, files: Mapping[str, bytes], findings: Findings
    ) -> None:
        self.sheets = sheets
        self.stem = stem
        self.files = files
        self.findings = findings
        self.languages = _languages(sheets)

    def compile(self) -> Compiled:
        """Return what can be published. Raises FormErrors."""
        self._headings()
        survey = read_survey(self.sheets["survey"], self.findings)
        duplicates = self._setting().get("allow_choice_duplicates").lower() in YES
        choices = Choices(
            self._sheet("choices"), self.files, self.languages, self.findings, duplicates
        )
        version = self._setting().get("version")
        items = Items(survey, choices, self.languages, self.findings, version)
        definition = replace(self._settings(items), files=self._pictures(items))
        self.findings.errors += _cycle(definition, items)
        self.findings.raise_errors()
        self.findings.errors += _wrong_defaults(definition, items)
        checks = read_checks(self.sheets.get("checks"), definition, self.findings)
        definition = replace(definition, checks=checks, tables=self._tables(definition))
        self.findings.raise_errors()
        self._ask_pyxform()
        warnings, identifying = (
            in_order(self.findings.warnings),
            in_order(self.findings.identifying),
        )
        return Compiled(definition, warnings, identifying)

    def _setting(self) -> Row:
        return next(iter(self._sheet("settings").rows), Row(2, {}))

    def _sheet(self, name: str) -> Sheet:
        return self.sheets.get(name) or Sheet(name, {}, ())

    def _headings(self) -> None:
        """Name every column that is not known; the choices sheet may have any."""
        self._languages()
        for name in ("survey", "settings", "checks"):
            sheet = self._sheet(name)
            for heading in sheet.columns:
                if split_heading(heading)[0] not in HEADINGS[name]:
                    written = sheet.heading(heading)
                    self.findings.warning(sheet, None, heading, "unknown_column", written)
        if "tables" in self.sheets:
            self.findings.warnings += unknown_headings(self.sheets["tables"])

    def _languages(self) -> None:
        """Name every language that pages are not in, once."""
        told = set(PAGES)
        for name, sheet in self.sheets.items():
            for heading in sheet.columns:
                base, language = split_heading(heading)
                if base in TRANSLATED.get(name, ()) and language:
                    if language_code(language) not in told:
                        self.findings.warning(sheet, None, heading, "other_language", language)
                    told.add(language_code(language))

    def _settings(self, items: Items) -> Definition:
        sheet, row = self._sheet("settings"), self._setting()
        form_id = row.get("form_id") or re.sub(r"\s+", "_", self.stem)
        children = items.children()
        title = labels_by_language(row.cells, "form_title", self.languages)
        return Definition(
            form_id=form_id,
            title=title or replace(title, texts=((self.languages[0], form_id),)),
            version=row.get("version"),
            languages=self.languages,
            children=children,
            instance_name=items.expression_at(sheet, row, "instance_name"),
            style=tuple(row.get("style").split()),
            datasets=tuple(items.used_datasets()),
        )

    def _pictures(self, items: Items) -> Pairs:
        """Return the pictures that the form shows, each with its digest."""
        found: dict[str, str] = {}
        for sheet, row, heading, name in items.pictures():
            if name not in self.files:
                self.findings.error(sheet, row, heading, "file_missing", value=name)
            elif not is_picture(self.files[name]):
                self.findings.error(sheet, row, heading, "image_kind", value=name)
            else:
                found[name] = hashlib.sha256(self.files[name]).hexdigest()
        return tuple(sorted(found.items()))

    def _tables(self, definition: Definition) -> Any:
        tables, errors = read_tables(self.sheets.get("tables"), definition)
        self.findings.errors += errors
        return tables or default_tables(definition)

    def _ask_pyxform(self) -> None:
        try:
            convert(for_pyxform(self.sheets), validate=False, pretty_print=False, form_name=ROOT)
        except PyXFormError as error:
            raise FormErrors((self._pyxform_finding(str(error)),)) from error

    def _pyxform_finding(self, text: str) -> Finding:
        row, name = _PYXFORM_ROW.match(text), _PYXFORM_SHEET.search(text)
        sheet = self._sheet(name.group(1) if name else "survey")
        column = _column(sheet, _PYXFORM_REFERENCE.search(text))
        cell = f"{column or 'A'}{row.group(1)}" if row else ""
        if column:
            return Finding(sheet.title, cell, "open_reference")
        return Finding(sheet.title, cell, "pyxform", (("detail", _PYXFORM_ROW.sub("", text)),))


def _column(sheet: Sheet, named: re.Match[str] | None) -> str:
    """Return the letter of the column that pyxform names; nothing when it names none."""
    wanted = named.group(1) if named else None
    return next((c for heading, c in sheet.columns.items() if heading == wanted), "")


def _languages(sheets: Mapping[str, Sheet]) -> tuple[str, ...]:
    """Return the language codes, the default one first; a form that names none is Vietnamese."""
    bare, named = False, dict[str, None]()
    for name, sheet in sheets.items():
        for heading in sheet.columns:
            base, language = split_heading(heading)
            if base in TRANSLATED.get(name, ()):
                bare |= not language
                named |= {language_code(language): None} if language else {}
    settings = sheets.get("settings")
    default = settings.rows[0].get("default_language") if settings and settings.rows else ""
    if default and default != "default":
        first = [language_code(default)]
    else:
        first = [VIETNAMESE] if bare or not named else []
    return tuple(dict.fromkeys([*first, *named]))


def _cycle(definition: Definition, items: Items) -> Iterator[Finding]:
    """Yield a finding for a circle of dependencies, at the first row of it that the sheet has."""
    cycle, parts = find_cycle(definition), items.survey.by_name
    for name in [name for name in cycle if name in parts][:1]:
        path = " → ".join(cycle)
        yield cell_finding(items.survey.sheet, parts[name].row, "name", "cycle", path=path)


def _wrong_defaults(definition: Definition, items: Items) -> Iterator[Finding]:
    """Yield a finding for every default that could not be typed as an answer."""
    for name, field in default_form(definition)._fields.items():
        if field.process_errors:
            row, sheet = items.survey.by_name[name].row, items.survey.sheet
            yield cell_finding(sheet, row, "default", "default", value=row.get("default"))
