"""The frozen tree of a form: what a published form version is, and its JSON both ways."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from forms.expressions import Node, from_json, to_json

TableKind = Literal["units", "list", "distribution"]
Format = Literal["text", "integer", "decimal", "percent", "date", "scale"]
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Labels:
    """One text in several languages; the first language is the form's default one."""

    texts: tuple[tuple[str, str], ...] = ()

    def text(self, language: str) -> str:
        """Return the text in `language`, else in the default language, else an empty string."""
        for code, text in self.texts:
            if code == language:
                return text
        return self.texts[0][1] if self.texts else ""

    def __bool__(self) -> bool:
        return bool(self.texts)


NO_LABELS = Labels()


@dataclass(frozen=True, slots=True)
class Expression:
    """An expression as it was written (`source`) and as it is understood (`node`)."""

    source: str
    node: Node


@dataclass(frozen=True, slots=True)
class Choice:
    """One choice of a list."""

    name: str
    labels: Labels


@dataclass(frozen=True, slots=True)
class Question:
    """One row of the survey sheet that holds, shows or computes a value."""

    name: str
    type: str
    labels: Labels = NO_LABELS
    hint: Labels = NO_LABELS
    required: Expression | None = None
    required_message: Labels = NO_LABELS
    constraint: Expression | None = None
    constraint_message: Labels = NO_LABELS
    relevant: Expression | None = None
    calculation: Expression | None = None
    default: str = ""
    read_only: bool = False
    appearance: tuple[str, ...] = ()
    choices: tuple[Choice, ...] = ()
    accept: tuple[str, ...] = ()

    @property
    def holds_value(self) -> bool:
        """Whether an answer is kept under this question's name."""
        return self.type != "note"

    def choice_label(self, name: str, language: str) -> str:
        """Return the label of choice `name`; a choice that is not in the list is its own label."""
        for choice in self.choices:
            if choice.name == name:
                return choice.labels.text(language)
        return name


@dataclass(frozen=True, slots=True)
class Group:
    """A group of questions; when `repeat`, one that is answered any number of times."""

    name: str
    labels: Labels = NO_LABELS
    hint: Labels = NO_LABELS
    relevant: Expression | None = None
    appearance: tuple[str, ...] = ()
    repeat: bool = False
    children: tuple[Question | Group, ...] = ()


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a consolidated table.

    `value` is None for a column that the board fills in by hand. `band` is the heading that
    neighbouring columns share. `total` says whether group and grand totals add the column up;
    a column whose names are all columns of the same table is a formula and is computed from the
    totals of those columns, so that a ratio stays a ratio of sums.
    """

    name: str
    labels: Labels
    band: Labels = NO_LABELS
    value: Expression | None = None
    total: bool = False
    format: Format = "text"
    width: int | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """One sheet of the consolidated workbook, as the `tables` sheet of the form asks for it.

    kind `units`: a row per unit, with group and grand totals; `list`: a row per response, or per
    item of the repeat `rows`; `distribution`: for each column (a question) the count and share of
    every choice. `group_by` splits a list by the choices of a question; `foot` names the
    questions whose counts are printed under (or, for responses, above) a list.
    """

    name: str
    kind: TableKind
    position: int
    labels: Labels
    title: Labels
    rows: str = ""
    filter: Expression | None = None
    group_by: str = ""
    foot: tuple[str, ...] = ()
    columns: tuple[Column, ...] = ()


@dataclass(frozen=True, eq=False)
class Definition:
    """A whole form. Question and group names are unique in it, repeats included.

    Compared and hashed by identity: two definitions are the same when their digests are.
    """

    form_id: str
    title: Labels
    version: str
    languages: tuple[str, ...]
    children: tuple[Question | Group, ...]
    instance_name: Expression | None = None
    style: tuple[str, ...] = ()
    tables: tuple[Table, ...] = ()

    @property
    def default_language(self) -> str:
        """The code of the language that other texts fall back on."""
        return self.languages[0]

    @cached_property
    def digest(self) -> str:
        """Return the SHA-256 of the canonical JSON, in hexadecimal."""
        return hashlib.sha256(canonical_json(definition_to_json(self)).encode()).hexdigest()

    @cached_property
    def places(self) -> Mapping[str, Place]:
        """Every question and group by name, with the groups that hold it, in order of the form."""
        return {place.item.name: place for place in walk(self.children)}

    @cached_property
    def questions(self) -> tuple[Question, ...]:
        """Every question, in order of the form."""
        return tuple(p.item for p in self.places.values() if isinstance(p.item, Question))

    @cached_property
    def single_questions(self) -> tuple[Question, ...]:
        """Every question that is answered once, outside of repeats, in order of the form."""
        return tuple(q for q in self.questions if self.repeat_of(q.name) is None)

    @cached_property
    def repeats(self) -> tuple[Group, ...]:
        """Every repeat, in order of the form."""
        return tuple(
            p.item for p in self.places.values() if isinstance(p.item, Group) and p.item.repeat
        )

    def question(self, name: str) -> Question:
        """Return the question called `name`. Raises KeyError when there is none."""
        item = self.places[name].item
        if not isinstance(item, Question):
            raise KeyError(name)
        return item

    def repeat(self, name: str) -> Group:
        """Return the repeat called `name`. Raises KeyError when there is none."""
        return {group.name: group for group in self.repeats}[name]

    def repeat_of(self, name: str) -> str | None:
        """Return the name of the repeat that holds question `name`, if one does."""
        return next((g.name for g in self.places[name].groups if g.repeat), None)


@dataclass(frozen=True, slots=True)
class Place:
    """A question or group and the groups around it, outermost first."""

    item: Question | Group
    groups: tuple[Group, ...]


def walk(children: tuple[Question | Group, ...], groups: tuple[Group, ...] = ()) -> Iterator[Place]:
    """Yield every question and group below `children`, each group before what it holds."""
    for item in children:
        yield Place(item, groups)
        if isinstance(item, Group):
            yield from walk(item.children, (*groups, item))


def canonical_json(data: object) -> str:
    """Return the one JSON text of `data`: sorted keys, no spaces, real letters."""
    return _CANONICAL.encode(data)


_CANONICAL = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))


# --- JSON both ways ------------------------------------------------------------------------------


def definition_to_json(definition: Definition) -> Json:
    """Return the definition as plain JSON data; empty parts are left out."""
    return _compact(
        {
            "form_id": definition.form_id,
            "title": _labels(definition.title),
            "version": definition.version,
            "languages": list(definition.languages),
            "children": [_item(child) for child in definition.children],
            "instance_name": _expression(definition.instance_name),
            "style": list(definition.style),
            "tables": [_table(table) for table in definition.tables],
        }
    )


def definition_from_json(data: Json) -> Definition:
    """Return the definition that `definition_to_json` wrote."""
    return Definition(
        form_id=data["form_id"],
        title=_read_labels(data, "title"),
        version=data.get("version", ""),
        languages=tuple(data["languages"]),
        children=tuple(_read_item(child) for child in data.get("children", ())),
        instance_name=_read_expression(data, "instance_name"),
        style=tuple(data.get("style", ())),
        tables=tuple(_read_table(table) for table in data.get("tables", ())),
    )


def _compact(data: Json) -> Json:
    return {key: value for key, value in data.items() if value not in (None, "", [], {}, False)}


def _labels(labels: Labels) -> list[list[str]]:
    return [list(pair) for pair in labels.texts]


def _read_labels(data: Json, key: str) -> Labels:
    return Labels(tuple((code, text) for code, text in data.get(key, ())))


def _expression(expression: Expression | None) -> Json | None:
    if expression is None:
        return None
    return {"source": expression.source, "node": to_json(expression.node)}


def _read_expression(data: Json, key: str) -> Expression | None:
    part = data.get(key)
    return Expression(part["source"], from_json(part["node"])) if part else None


def _item(item: Question | Group) -> Json:
    shared: Json = {
        "name": item.name,
        "labels": _labels(item.labels),
        "hint": _labels(item.hint),
        "relevant": _expression(item.relevant),
        "appearance": list(item.appearance),
    }
    if isinstance(item, Group):
        return _compact(
            {
                **shared,
                "type": "repeat" if item.repeat else "group",
                "children": [_item(child) for child in item.children],
            }
        )
    return _compact(
        {
            **shared,
            "type": item.type,
            "required": _expression(item.required),
            "required_message": _labels(item.required_message),
            "constraint": _expression(item.constraint),
            "constraint_message": _labels(item.constraint_message),
            "calculation": _expression(item.calculation),
            "default": item.default,
            "read_only": item.read_only,
            "choices": [
                {"name": choice.name, "labels": _labels(choice.labels)} for choice in item.choices
            ],
            "accept": list(item.accept),
        }
    )


def _read_item(data: Json) -> Question | Group:
    if data["type"] in ("group", "repeat"):
        return Group(
            name=data["name"],
            labels=_read_labels(data, "labels"),
            hint=_read_labels(data, "hint"),
            relevant=_read_expression(data, "relevant"),
            appearance=tuple(data.get("appearance", ())),
            repeat=data["type"] == "repeat",
            children=tuple(_read_item(child) for child in data.get("children", ())),
        )
    return Question(
        name=data["name"],
        type=data["type"],
        labels=_read_labels(data, "labels"),
        hint=_read_labels(data, "hint"),
        required=_read_expression(data, "required"),
        required_message=_read_labels(data, "required_message"),
        constraint=_read_expression(data, "constraint"),
        constraint_message=_read_labels(data, "constraint_message"),
        relevant=_read_expression(data, "relevant"),
        calculation=_read_expression(data, "calculation"),
        default=data.get("default", ""),
        read_only=data.get("read_only", False),
        appearance=tuple(data.get("appearance", ())),
        choices=tuple(
            Choice(choice["name"], _read_labels(choice, "labels"))
            for choice in data.get("choices", ())
        ),
        accept=tuple(data.get("accept", ())),
    )


def _table(table: Table) -> Json:
    return _compact(
        {
            "name": table.name,
            "kind": table.kind,
            "position": table.position,
            "labels": _labels(table.labels),
            "title": _labels(table.title),
            "rows": table.rows,
            "filter": _expression(table.filter),
            "group_by": table.group_by,
            "foot": list(table.foot),
            "columns": [_column(column) for column in table.columns],
        }
    )


def _column(column: Column) -> Json:
    return _compact(
        {
            "name": column.name,
            "labels": _labels(column.labels),
            "band": _labels(column.band),
            "value": _expression(column.value),
            "total": column.total,
            "format": column.format,
            "width": column.width,
        }
    )


def _read_table(data: Json) -> Table:
    return Table(
        name=data["name"],
        kind=data["kind"],
        position=data["position"],
        labels=_read_labels(data, "labels"),
        title=_read_labels(data, "title"),
        rows=data.get("rows", ""),
        filter=_read_expression(data, "filter"),
        group_by=data.get("group_by", ""),
        foot=tuple(data.get("foot", ())),
        columns=tuple(
            Column(
                name=column["name"],
                labels=_read_labels(column, "labels"),
                band=_read_labels(column, "band"),
                value=_read_expression(column, "value"),
                total=column.get("total", False),
                format=column.get("format", "text"),
                width=column.get("width"),
            )
            for column in data.get("columns", ())
        ),
    )
