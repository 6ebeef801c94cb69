"""A form back into the sheets of an XLSForm; reading them gives the very same tree."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from forms.datasets import CSV
from forms.survey import FROM_FILE, SELECTS
from forms.tables import default_tables
from forms.text_sheets import Cells, TextSheet, TextSheets, heading_in, labelled, language_name
from forms.tree import (
    Check,
    Choice,
    Column,
    Dataset,
    Definition,
    Expression,
    Group,
    Labels,
    Pairs,
    Question,
    Table,
)

BYTE_ORDER_MARK = "\ufeff"

# Heading -> whether it stands once for every language, and whether it stands even when it is empty:
# columns that people look for. What only some forms have is there only when it is filled in.
_SURVEY: tuple[tuple[str, bool, bool], ...] = (
    ("type", False, True),
    ("name", False, True),
    ("label", True, True),
    ("hint", True, True),
    ("guidance_hint", True, False),
    ("required", False, True),
    ("required_message", True, False),
    ("relevant", False, True),
    ("constraint", False, True),
    ("constraint_message", True, True),
    ("calculation", False, True),
    ("trigger", False, False),
    ("default", False, True),
    ("read_only", False, True),
    ("appearance", False, True),
    ("choice_filter", False, False),
    ("repeat_count", False, False),
    ("parameters", False, False),
    ("measure", True, False),
    ("body::accept", False, False),
    ("media::image", True, False),
)
_TABLES: tuple[tuple[str, bool, bool], ...] = (
    ("type", False, True),
    ("name", False, True),
    ("kind", False, True),
    ("position", False, True),
    ("rows", False, True),
    ("filter", False, True),
    ("group_by", False, True),
    ("foot", False, True),
    ("sort", False, False),
    ("head", False, False),
    ("label", True, True),
    ("title", True, True),
    ("band", True, True),
    ("value", False, True),
    ("total", False, True),
    ("format", False, True),
    ("width", False, True),
    ("chart", False, False),
)
_CHECKS: tuple[tuple[str, bool, bool], ...] = (
    ("name", False, True),
    ("expression", False, True),
    ("message", True, True),
    ("explain", False, True),
    ("question", False, True),
    ("label", True, False),
)
_CHOICES: tuple[tuple[str, bool, bool], ...] = (
    ("list_name", False, True),
    ("name", False, True),
    ("label", True, True),
    ("media::image", True, False),
)
DUPLICATES = "allow_choice_duplicates"
_SETTINGS = ("form_title", "form_id", "version", "default_language", "instance_name", "style")


def form_sheets(definition: Definition) -> TextSheets:
    """Return the sheets of a form; CSV files stand beside it, see `csv_files`."""
    languages = definition.languages
    sheets = [
        _text_sheet("survey", _SURVEY, _survey(definition.children), languages),
        _choices(definition),
        _settings(definition),
    ]
    if definition.tables != default_tables(definition):
        sheets.append(_text_sheet("tables", _TABLES, _tables(definition.tables), languages))
    if definition.checks:
        sheets.append(_text_sheet("checks", _CHECKS, map(_check, definition.checks), languages))
    return {sheet.name: sheet for sheet in sheets}


def csv_files(definition: Definition) -> Mapping[str, bytes]:
    """Return the CSV files beside a form, by file name; with a mark by which Excel knows UTF-8."""
    return {f"{d.name.removesuffix(CSV)}{CSV}": _csv(d) for d in definition.datasets}


def _csv(dataset: Dataset) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(dataset.columns)
    writer.writerows(dataset.rows)
    return (BYTE_ORDER_MARK + text.getvalue()).encode()


def _text_sheet(
    name: str,
    columns: Iterable[tuple[str, bool, bool]],
    rows: Iterable[Cells],
    languages: tuple[str, ...],
    more: Iterable[str] = (),
) -> TextSheet:
    """Return the sheet with the columns that it needs, in their order."""
    filled = tuple({h: text for h, text in row.items() if text} for row in rows)
    used = {heading for row in filled for heading in row}
    headings: list[str] = []
    for base, translated, always in columns:
        named = [heading_in(base, code) for code in languages] if translated else [base]
        if always or used.intersection(named):
            headings += named
    return TextSheet(name, (*headings, *more), filled)


# --- survey ---------------------------------------------------------------------------------------


def _survey(children: Iterable[Question | Group]) -> Iterator[Cells]:
    for child in children:
        if isinstance(child, Question):
            yield _question(child)
            continue
        kind = "repeat" if child.repeat else "group"
        yield {"type": f"begin {kind}", **_group(child)}
        yield from _survey(child.children)
        yield {"type": f"end {kind}"}


def _group(group: Group) -> Cells:
    return {
        "name": group.name,
        **labelled("label", group.labels),
        **labelled("hint", group.hint),
        "relevant": _source(group.relevant),
        "appearance": " ".join(group.appearance),
        "repeat_count": _source(group.repeat_count),
    }


def _question(question: Question) -> Cells:
    cells = {heading: write(question) for heading, write in _PLAIN.items()}
    for base, read in _TRANSLATED.items():
        cells |= labelled(base, read(question))
    return cells


def _type(question: Question) -> str:
    if question.type.removesuffix(FROM_FILE) not in SELECTS:
        return question.type
    name = list_name(question)
    kind = question.type.removesuffix(FROM_FILE)
    return f"{kind}{FROM_FILE} {name}" if name.endswith(CSV) else f"{kind} {name}"


def list_name(question: Question) -> str:
    """Return the name of the list of a question's choices; its own when the list has none."""
    return question.list_name or question.name


def _required(question: Question) -> str:
    source = _source(question.required)
    return "yes" if source == "true()" else source


def _source(expression: Expression | None) -> str:
    return expression.source if expression else ""


def _pairs(pairs: Pairs) -> str:
    return " ".join(f"{name}={value}" for name, value in pairs)


# Heading -> what stands under it for a question.
_PLAIN: Mapping[str, Callable[[Question], str]] = {
    "type": _type,
    "name": lambda question: question.name,
    "required": _required,
    "relevant": lambda question: _source(question.relevant),
    "constraint": lambda question: _source(question.constraint),
    "calculation": lambda question: _source(question.calculation),
    "trigger": lambda question: ", ".join(f"${{{name}}}" for name in question.trigger),
    "default": lambda question: question.default or _source(question.dynamic_default),
    "read_only": lambda question: "yes" if question.read_only else "",
    "appearance": lambda question: " ".join(question.appearance),
    "choice_filter": lambda question: _source(question.choice_filter),
    "parameters": lambda question: _pairs(question.parameters),
    "body::accept": lambda question: ",".join(question.accept),
}
_TRANSLATED: Mapping[str, Callable[[Question], Labels]] = {
    "label": lambda question: question.labels,
    "hint": lambda question: question.hint,
    "guidance_hint": lambda question: question.guidance,
    "required_message": lambda question: question.required_message,
    "constraint_message": lambda question: question.constraint_message,
    "measure": lambda question: question.measure,
    "media::image": lambda question: question.image,
}


# --- choices and settings -------------------------------------------------------------------------


def _choices(definition: Definition) -> TextSheet:
    lists = _lists(definition)
    rows = [
        {"list_name": name, **_choice(choice)}
        for name, choices in lists.items()
        for choice in choices
    ]
    known = {heading for heading, _, _ in _CHOICES}
    more = dict.fromkeys(
        name
        for choices in lists.values()
        for choice in choices
        for name, _ in choice.fields
        if name not in known
    )
    return _text_sheet("choices", _CHOICES, rows, definition.languages, more)


def _lists(definition: Definition) -> Mapping[str, tuple[Choice, ...]]:
    """Return the lists of choices by name; those that are read from a CSV file are left out."""
    lists: dict[str, dict[Choice, None]] = {}
    for question in definition.questions:
        name = list_name(question)
        if question.choices and not name.endswith(CSV):
            known = lists.setdefault(name, {})
            several = _has_duplicates(question.choices)
            names = {choice.name for choice in known}
            known.update(
                (choice, None) for choice in question.choices if several or choice.name not in names
            )
    return {name: tuple(choices) for name, choices in lists.items()}


def _has_duplicates(choices: Sequence[Choice]) -> bool:
    return len({choice.name for choice in choices}) < len(choices)


def _choice(choice: Choice) -> Cells:
    return {
        "name": choice.name,
        **labelled("label", choice.labels),
        **labelled("media::image", choice.image),
        **dict(choice.fields),
    }


def _settings(definition: Definition) -> TextSheet:
    titles = dict(definition.title.texts)
    others = {code: text for code, text in titles.items() if code != definition.default_language}
    row = {
        "form_title": titles.get(definition.default_language, ""),
        **{heading_in("form_title", code): text for code, text in others.items()},
        "form_id": definition.form_id,
        "version": definition.version,
        "default_language": language_name(definition.default_language),
        "instance_name": _source(definition.instance_name),
        "style": " ".join(definition.style),
        DUPLICATES: "yes" if any(map(_has_duplicates, _lists(definition).values())) else "",
    }
    filled = {heading: text for heading, text in row.items() if text}
    more = tuple(heading_in("form_title", code) for code in others)
    last = tuple(heading for heading in (DUPLICATES,) if heading in filled)
    return TextSheet("settings", (_SETTINGS[0], *more, *_SETTINGS[1:], *last), (filled,))


# --- our own sheets -------------------------------------------------------------------------------


def _tables(tables: Iterable[Table]) -> Iterator[Cells]:
    for table in tables:
        yield {"type": "begin table", **_table(table)}
        yield from map(_column, table.columns)
        yield {"type": "end table"}


def _table(table: Table) -> Cells:
    return {
        "name": table.name,
        "kind": table.kind,
        "position": str(table.position),
        "rows": table.rows,
        "filter": _source(table.filter),
        "group_by": table.group_by,
        "foot": " ".join(table.foot),
        "sort": " ".join(table.sort),
        "head": " ".join(table.head),
        **labelled("label", table.labels),
        **labelled("title", table.title),
    }


def _column(column: Column) -> Cells:
    return {
        "type": "column",
        "name": column.name,
        **labelled("label", column.labels),
        **labelled("band", column.band),
        "value": _source(column.value),
        "total": "yes" if column.total else "",
        "format": column.format,
        "width": str(column.width or ""),
        "chart": column.chart,
    }


def _check(check: Check) -> dict[str, Any]:
    return {
        "name": check.name,
        "expression": check.expression.source,
        **labelled("message", check.message),
        "explain": "yes" if check.explain else "",
        "question": check.question,
        **labelled("label", check.labels),
    }
