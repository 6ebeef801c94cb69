"""Compile an XLSForm into the frozen tree. The only importer of pyxform.

Every row is first checked here, so that all errors are told at once, each with its sheet and cell;
then pyxform has its say, and its result becomes the tree.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import PurePath
from typing import Any

from pyxform.errors import PyXFormError
from pyxform.xls2xform import convert

from forms.build import build
from forms.expressions import (
    FUNCTIONS,
    ExpressionError,
    calls,
    parse,
    references,
    uses_current,
)
from forms.fields import FIELDS
from forms.findings import Finding, FormErrors, expression_finding
from forms.labels import labels_of, language_code
from forms.plan import find_cycle
from forms.sheets import Row, Sheet, UnreadableFile, read_sheets
from forms.tables import default_tables, read_tables, unknown_headings
from forms.tree import (
    Choice,
    Definition,
    Expression,
    Group,
    Labels,
    Question,
)

EXTENSIONS = (".xlsx", ".xls", ".md")
BLOCKS = ("begin group", "end group", "begin repeat", "end repeat")
SELECTS = ("select_one", "select_multiple")
# Appearances that many forms have, and that change nothing here.
IGNORED = {"quick"}
APPEARANCES = {"multiline", "minimal", "likert", "field-list", "contact", "breakdown"} | IGNORED
# Columns in which an expression may stand, and whether `.` means something there.
EXPRESSIONS = {"required": False, "constraint": True, "relevant": False, "calculation": False}
COLUMNS = {"type", "name", "default", "read_only", "readonly", "appearance", "parameters"} | set(
    EXPRESSIONS
)
TRANSLATED = {"label", "hint", "required_message", "constraint_message"}
UNSUPPORTED = {"choice_filter", "repeat_count", "trigger", "media", "image", "audio", "video"}
YES = {"yes", "true", "true()", "x", "có"}
NO = {"no", "false", "false()", "không"}
# What a page itself sends along with the answers.
CONTROLS = frozenset({"action", "base", "instance", "remove", "version"})
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,59}")
_REFERENCE = re.compile(r"\$\{\s*([^}]*?)\s*\}")
_PYXFORM_ROW = re.compile(r"^\[row : (\d+)\]\s*")
_PYXFORM_SHEET = re.compile(r"'(survey|choices|settings)' sheet")


@dataclass(frozen=True, slots=True)
class Compiled:
    """A form that can be published, and what was noticed on the way."""

    definition: Definition
    warnings: tuple[Finding, ...]


def compile_form(source: bytes, file_name: str) -> Compiled:
    """Compile the bytes of an XLSForm (.xlsx, .xls or Markdown .md).

    Raises FormErrors with every error; anything the product does not support is an error.
    """
    sheets = _read(source, file_name)
    check = _Check(sheets)
    check.survey()
    if check.errors:
        raise FormErrors(tuple(check.errors))
    definition = _definition(_pyxform(source, file_name), sheets)
    cycle = find_cycle(definition)
    if cycle:
        raise FormErrors((check.finding_at(cycle[0], "name", "cycle", path=" → ".join(cycle)),))
    tables, errors = read_tables(sheets.get("tables"), definition)
    errors = (*check.wrong_defaults(definition), *errors)
    if errors:
        raise FormErrors(errors)
    return Compiled(
        replace(definition, tables=tables or default_tables(definition)),
        (*check.warnings, *unknown_headings(sheets.get("tables", Sheet("tables", {}, ())))),
    )


def _read(source: bytes, file_name: str) -> dict[str, Sheet]:
    if PurePath(file_name).suffix.lower() not in EXTENSIONS:
        raise FormErrors((Finding("", "", "extension"),))
    try:
        sheets = read_sheets(source, file_name)
    except UnreadableFile as error:
        raise FormErrors((Finding("", "", "unreadable", (("detail", str(error)),)),)) from error
    if "survey" not in sheets:
        raise FormErrors((Finding("survey", "", "no_sheet", (("name", "survey"),)),))
    return sheets


def _pyxform(source: bytes, file_name: str) -> dict[str, Any]:
    suffix = PurePath(file_name).suffix.lower()
    form: str | bytes = source.decode("utf-8-sig") if suffix == ".md" else source
    try:
        result = convert(form, file_type=suffix, validate=False, pretty_print=False)
    except PyXFormError as error:
        raise FormErrors((_pyxform_finding(str(error)),)) from error
    # The parsed form before it becomes XML; pyxform keeps it under this name for such use.
    return dict(result._pyxform or {})  # noqa: SLF001 - there is no public name for it


def _pyxform_finding(text: str) -> Finding:
    row, sheet = _PYXFORM_ROW.match(text), _PYXFORM_SHEET.search(text)
    detail = _PYXFORM_ROW.sub("", text)
    return Finding(
        sheet.group(1) if sheet else "survey",
        f"A{row.group(1)}" if row else "",
        "pyxform",
        (("detail", detail),),
    )


@dataclass(frozen=True, slots=True)
class _Defaults:
    """The defaults of questions, to be read as if they were typed."""

    questions: Mapping[str, Question]

    def getlist(self, name: str) -> list[str]:
        """Return what stands in the input of a question."""
        return [self.questions[name].default]


class _Check:
    """The checks of the survey and choices sheets, row by row, gathering every error."""

    def __init__(self, sheets: dict[str, Sheet]) -> None:
        self.sheet = sheets["survey"]
        self.choices = sheets.get("choices", Sheet("choices", {}, ()))
        self.errors: list[Finding] = []
        self.warnings: list[Finding] = []
        self.names = self._names()
        self.lists = {row.get("list_name") or row.get("list name") for row in self.choices.rows}

    def survey(self) -> None:
        """Check headings, then every row."""
        for heading in ("type", "name"):
            if heading not in self.sheet.columns:
                self._error(self.sheet, None, heading, "no_column", name=heading)
        self._headings()
        repeats = 0
        for row in self.sheet.rows:
            repeats = self._row(row, repeats)
        self._choice_rows()
        if not self.sheet.rows:
            self._error(self.sheet, None, "type", "no_questions")

    def finding_at(self, name: str, heading: str, key: str, **parts: str) -> Finding:
        """Return a finding at a cell of the row that is called `name`."""
        row = self.names.get(name)
        return Finding("survey", self.sheet.address(row, heading), key, tuple(parts.items()))

    def wrong_defaults(self, definition: Definition) -> Iterator[Finding]:
        """Yield a finding for every default that could not be typed as an answer."""
        given = {q.name: replace(q, read_only=False) for q in definition.questions if q.default}
        form = build(replace(definition, children=tuple(given.values())), "vi")(_Defaults(given))
        for name, question in given.items():
            if form[name].process_errors:
                yield self.finding_at(name, "default", "default", value=question.default)

    def _names(self) -> dict[str, Row]:
        names: dict[str, Row] = {}
        for row in self.sheet.rows:
            if row.get("name") and not row.get("type").startswith("end"):
                names.setdefault(row.get("name"), row)
        return names

    def _error(self, sheet: Sheet, row: Row | None, heading: str, key: str, **parts: str) -> None:
        cell = sheet.address(row, heading)
        self.errors.append(Finding(sheet.name, cell, key, tuple(parts.items())))

    def _warning(self, row: Row | None, heading: str, key: str, value: str) -> None:
        cell = self.sheet.address(row, heading)
        self.warnings.append(Finding(self.sheet.name, cell, key, (("value", value),)))

    def _headings(self) -> None:
        for heading in self.sheet.columns:
            base = heading.partition("::")[0].strip().lower()
            if base in UNSUPPORTED:
                self._error(self.sheet, None, heading, "column", value=heading)
            elif base not in COLUMNS | TRANSLATED and heading != "body::accept":
                self._warning(None, heading, "unknown_column", heading)

    def _row(self, row: Row, repeats: int) -> int:
        kind = _row_type(row)
        if kind not in BLOCKS:
            self._type(row, kind, inside_repeat=repeats > 0)
        if kind == "begin repeat" and repeats:
            self._error(self.sheet, row, "type", "nested_repeat")
        if not kind.startswith("end"):
            self._name(row)
            self._cells(row)
        return repeats + (kind == "begin repeat") - (kind == "end repeat")

    def _type(self, row: Row, kind: str, *, inside_repeat: bool) -> None:
        base, _, rest = kind.partition(" ")
        if base not in FIELDS or (rest and base not in SELECTS):
            self._error(self.sheet, row, "type", "type", value=row.get("type"))
        elif base in SELECTS and rest not in self.lists:
            self._error(self.sheet, row, "type", "list", value=rest)
        elif base == "file" and inside_repeat:
            self._error(self.sheet, row, "type", "file_in_repeat")

    def _name(self, row: Row) -> None:
        name = row.get("name")
        if not name:
            self._error(self.sheet, row, "name", "no_name")
        elif not _NAME.fullmatch(name):
            self._error(self.sheet, row, "name", "name", value=name)
        elif name in CONTROLS:
            self._error(self.sheet, row, "name", "reserved", value=name)
        elif self.names[name] is not row:
            first = self.sheet.address(self.names[name], "name")
            self._error(self.sheet, row, "name", "duplicate", value=name, cell=first)

    def _cells(self, row: Row) -> None:
        for heading, text in row.cells.items():
            if heading in EXPRESSIONS:
                self._expression(row, heading, text)
            elif heading.partition("::")[0] in TRANSLATED:
                self._references(row, heading, set(_REFERENCE.findall(text)))
            elif heading == "appearance":
                self._appearances(row, text.split())
            elif heading == "parameters":
                self._warning(row, heading, "no_effect", text)

    def _appearances(self, row: Row, words: list[str]) -> None:
        for word in words:
            if word not in APPEARANCES:
                self._error(self.sheet, row, "appearance", "appearance", value=word)
            elif word in IGNORED:
                self._warning(row, "appearance", "no_effect", word)

    def _expression(self, row: Row, heading: str, source: str) -> None:
        if heading == "required" and source.lower() in YES | NO:
            return
        try:
            node = parse(source)
        except ExpressionError as error:
            self.errors.append(expression_finding(self.sheet, row, heading, source, error))
            return
        self._references(row, heading, set(references(node)))
        if uses_current(node) and not EXPRESSIONS[heading]:
            self._error(self.sheet, row, heading, "current")
        for name in sorted(calls(node)):
            if FUNCTIONS[name].only_tables:
                self._error(self.sheet, row, heading, "function", value=name)

    def _references(self, row: Row, heading: str, names: set[str]) -> None:
        for name in sorted(names - set(self.names)):
            self._error(self.sheet, row, heading, "reference", value=name)

    def _choice_rows(self) -> None:
        seen: set[tuple[str, str]] = set()
        for row in self.choices.rows:
            list_name = row.get("list_name") or row.get("list name")
            name = row.get("name")
            if not name or re.search(r"\s", name):
                self._error(self.choices, row, "name", "choice_name", value=name)
            elif (list_name, name) in seen:
                self._error(
                    self.choices, row, "name", "duplicate_choice", value=name, list=list_name
                )
            seen.add((list_name, name))


def _row_type(row: Row) -> str:
    """Return the type with single spaces; `begin_group` is `begin group`."""
    kind = " ".join(row.get("type").split())
    return re.sub(r"^(begin|end)_(group|repeat)$", r"\1 \2", kind)


# --- from pyxform's result to the tree ------------------------------------------------------------


def _definition(form: dict[str, Any], sheets: dict[str, Sheet]) -> Definition:
    languages = _languages(form, sheets)
    default = languages[0]
    return Definition(
        form_id=str(form["id_string"]),
        title=Labels(((default, str(form["title"])),)),
        version=str(form.get("version") or ""),
        languages=languages,
        children=tuple(_children(form["children"], languages)),
        instance_name=_expression(form.get("instance_name")),
        style=tuple(str(form.get("style") or "").split()),
    )


def _languages(form: dict[str, Any], sheets: dict[str, Sheet]) -> tuple[str, ...]:
    """Return the language codes, the default one first; a form that names none is Vietnamese."""
    found = [
        heading.partition("::")[2]
        for sheet in sheets.values()
        for heading in sheet.columns
        if "::" in heading and heading.partition("::")[0] in TRANSLATED
    ]
    default = str(form.get("default_language") or "")
    names = [default] if default and default != "default" else []
    codes = [language_code(name) for name in [*names, *found]]
    return tuple(dict.fromkeys(codes)) or ("vi",)


def _children(rows: list[dict[str, Any]], languages: tuple[str, ...]) -> Iterator[Question | Group]:
    for row in rows:
        if row.get("name") == "meta" and row.get("control", {}).get("bodyless"):
            continue
        yield (_group if row["type"] in ("group", "repeat") else _question)(row, languages)


def _group(row: dict[str, Any], languages: tuple[str, ...]) -> Group:
    return Group(
        name=row["name"],
        labels=labels_of(row.get("label"), languages),
        hint=labels_of(row.get("hint"), languages),
        relevant=_expression(row.get("bind", {}).get("relevant")),
        appearance=_words(row, "appearance"),
        repeat=row["type"] == "repeat",
        children=tuple(_children(row.get("children", []), languages)),
    )


_TYPES = {"select one": "select_one", "select all that apply": "select_multiple"}


def _question(row: dict[str, Any], languages: tuple[str, ...]) -> Question:
    bind: dict[str, Any] = row.get("bind", {})
    text = partial(labels_of, languages=languages)
    return Question(
        name=row["name"],
        type=_TYPES.get(row["type"], row["type"]),
        labels=text(row.get("label")),
        hint=text(row.get("hint")),
        required=_required(bind.get("required")),
        required_message=text(bind.get("jr:requiredMsg")),
        constraint=_expression(bind.get("constraint")),
        constraint_message=text(bind.get("jr:constraintMsg")),
        relevant=_expression(bind.get("relevant")),
        calculation=_expression(bind.get("calculate")),
        default=str(row.get("default") or ""),
        read_only=str(bind.get("readonly") or "").lower() in YES,
        appearance=_words(row, "appearance"),
        choices=tuple(
            Choice(str(choice["name"]), text(choice.get("label")))
            for choice in row.get("choices", ())
        ),
        accept=tuple(a.strip().lower() for a in _control(row, "accept").split(",") if a.strip()),
    )


def _control(row: dict[str, Any], key: str) -> str:
    return str(row.get("control", {}).get(key) or "")


def _words(row: dict[str, Any], key: str) -> tuple[str, ...]:
    return tuple(_control(row, key).split())


def _required(source: Any) -> Expression | None:
    text = str(source or "").strip()
    if not text or text.lower() in NO:
        return None
    return _expression("true()" if text.lower() in YES else text)


def _expression(source: Any) -> Expression | None:
    text = str(source or "").strip()
    return Expression(text, parse(text)) if text else None
