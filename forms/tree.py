"""The frozen tree of a form: what a published form version is, and its JSON both ways."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass
from functools import cache, cached_property, wraps
from types import NoneType, UnionType
from typing import (
    Any,
    Concatenate,
    Literal,
    ParamSpec,
    TypeVar,
    get_args,
    get_origin,
    get_type_hints,
)
from weakref import WeakKeyDictionary

from forms.expressions import Node, from_json, to_json

TableKind = Literal["units", "list", "distribution", "comparison"]
Format = Literal["text", "integer", "decimal", "percent", "date", "moment", "scale", "tick"]
# What a column is drawn by: a bar for each group, or for each unit; `yes` in tables without units.
Chart = Literal["", "groups", "units", "yes"]
Json = dict[str, Any]
T = TypeVar("T")
P = ParamSpec("P")
# Names and texts that belong together, in the order in which they were written.
Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Labels:
    """One text in several languages; the first language is the form's default one."""

    texts: Pairs = ()

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
    """One choice of a list; `fields` are its further columns, which a choice filter reads."""

    name: str
    labels: Labels
    image: Labels = NO_LABELS
    fields: Pairs = ()

    def field(self, name: str, language: str) -> str:
        """Return a column of the choice; its name and its label are columns, too."""
        if name == "name":
            return self.name
        if name == "label":
            return self.labels.text(language)
        return next((text for column, text in self.fields if column == name), "")


@dataclass(frozen=True, slots=True)
class Question:
    """One row of the survey sheet that holds, shows or computes a value.

    `default` is a fixed default as it would be typed, `dynamic_default` one that is worked out when
    the form, or an instance of a repeat, is opened. A question with `trigger` is computed only when
    one of the questions named there changes, and can be typed over; without it, a question with a
    calculation is never typed. `image` names a file of the form by language. `list_name` is the
    name of the list of `choices` or, ending in .csv, of the dataset they stand in. `measure` is the
    unit of measure of a number.
    """

    name: str
    type: str
    labels: Labels = NO_LABELS
    hint: Labels = NO_LABELS
    guidance: Labels = NO_LABELS
    image: Labels = NO_LABELS
    required: Expression | None = None
    required_message: Labels = NO_LABELS
    constraint: Expression | None = None
    constraint_message: Labels = NO_LABELS
    relevant: Expression | None = None
    calculation: Expression | None = None
    trigger: tuple[str, ...] = ()
    default: str = ""
    dynamic_default: Expression | None = None
    read_only: bool = False
    appearance: tuple[str, ...] = ()
    parameters: Pairs = ()
    list_name: str = ""
    choices: tuple[Choice, ...] = ()
    choice_filter: Expression | None = None
    accept: tuple[str, ...] = ()
    measure: Labels = NO_LABELS

    @property
    def holds_value(self) -> bool:
        """Whether an answer is kept under this question's name."""
        return self.type != "note"

    @property
    def is_computed(self) -> bool:
        """Whether its value is always worked out and never typed."""
        return self.type == "calculate" or (self.calculation is not None and not self.trigger)

    @property
    def typed_default(self) -> list[str]:
        """The fixed default as what stands in its inputs; blank when there is none."""
        several = self.type in ("select_multiple", "rank")
        return self.default.split() if several else [self.default]

    @property
    def choice_names(self) -> tuple[str, ...]:
        """The names of the choices, each once."""
        return tuple(dict.fromkeys(choice.name for choice in self.choices))

    def parameter(self, name: str, otherwise: str = "") -> str:
        """Return a parameter of the question, like the `end` of a range."""
        return dict(self.parameters).get(name, otherwise)

    def choice_label(self, name: str, language: str) -> str:
        """Return the label of choice `name`; a choice that is not in the list is its own label."""
        for choice in self.choices:
            if choice.name == name:
                return choice.labels.text(language)
        return name


@dataclass(frozen=True, slots=True)
class Group:
    """A group of questions; when `repeat`, one that is answered any number of times.

    `repeat_count` says how often, when it is not for whoever answers to say.
    """

    name: str
    labels: Labels = NO_LABELS
    hint: Labels = NO_LABELS
    relevant: Expression | None = None
    appearance: tuple[str, ...] = ()
    repeat: bool = False
    repeat_count: Expression | None = None
    children: tuple[Question | Group, ...] = ()


@dataclass(frozen=True, eq=False)
class Dataset:
    """A CSV file beside the form: what choices are read from and pulldata() looks things up in."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def look_up(self, column: str, key_column: str, key: str) -> str:
        """Return what stands in `column` of the first row with this key; blank when none has."""
        if key_column not in self._by_key:
            self._by_key[key_column] = self._rows_by_key(key_column)
        return self._by_key[key_column].get(key, {}).get(column, "")

    @cached_property
    def _by_key(self) -> dict[str, Mapping[str, Mapping[str, str]]]:
        return {}

    def _rows_by_key(self, key_column: str) -> Mapping[str, Mapping[str, str]]:
        if key_column not in self.columns:
            return {}
        rows = [dict(zip(self.columns, row, strict=True)) for row in self.rows]
        return {row[key_column]: row for row in reversed(rows)}


@dataclass(frozen=True, slots=True)
class Check:
    """A soft check of the `checks` sheet: what deserves a second look, but may be right.

    `expression` holds where something is odd; `message` says so; `explain` asks for a reason.
    `question` is where the warning stands, when the sheet says so; `labels` is what it is called.
    """

    name: str
    expression: Expression
    message: Labels
    explain: bool = False
    question: str = ""
    labels: Labels = NO_LABELS


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a consolidated table.

    `value` is None for a column that the board fills in by hand. `band` is the heading that
    neighbouring columns share. `total` says whether group and grand totals add the column up;
    a column whose names are all columns of the same table is a formula and is computed from the
    totals of those columns, so that a ratio stays a ratio of sums. A column of the format `tick`
    has no value: the board ticks its rows on a page. `chart` says that it is drawn, and by what.
    """

    name: str
    labels: Labels
    band: Labels = NO_LABELS
    value: Expression | None = None
    total: bool = False
    format: Format = "text"
    width: int | None = None
    chart: Chart = ""


@dataclass(frozen=True, slots=True)
class Table:
    """One sheet of the consolidated workbook, as the `tables` sheet of the form asks for it.

    kind `units`: a row per unit, with group and grand totals; `list`: a row per response, or per
    item of the repeat `rows`; `distribution`: for each column (a question) the count and share of
    every choice; `comparison`: a row per column, with its figures of each round side by side.
    `group_by` splits a list by the choices of a question; `sort` names the columns that a list is
    ordered by, with a minus sign the largest first; `foot` names the questions whose counts are
    printed under a list, `head` those whose counts and shares are printed above it, round by round.
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
    sort: tuple[str, ...] = ()
    head: tuple[str, ...] = ()
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
    checks: tuple[Check, ...] = ()
    datasets: tuple[Dataset, ...] = ()
    # Images by name, each with the SHA-256 of its bytes.
    files: Pairs = ()

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

    def dataset(self, name: str) -> Dataset | None:
        """Return the dataset called `name`, with or without .csv; None when there is none."""
        wanted = name.removesuffix(".csv")
        return next((d for d in self.datasets if d.name.removesuffix(".csv") == wanted), None)

    def repeat_of(self, name: str) -> str | None:
        """Return the name of the repeat that holds question `name`, if one does."""
        return next((g.name for g in self.places[name].groups if g.repeat), None)


def per_definition(
    work: Callable[Concatenate[Definition, P], T],
) -> Callable[Concatenate[Definition, P], T]:
    """Keep what `work` makes of a definition, for each further argument, while that is there.

    A form that is uploaded, tried out and thrown away leaves nothing behind.
    """
    kept: WeakKeyDictionary[Definition, dict[tuple[Any, ...], T]] = WeakKeyDictionary()

    @wraps(work)
    def once(definition: Definition, /, *args: P.args, **kwargs: P.kwargs) -> T:
        known = kept.setdefault(definition, {})
        if args not in known:
            known[args] = work(definition, *args, **kwargs)
        return known[args]

    return once


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
    return _part_to_json(definition)


def definition_from_json(data: Json) -> Definition:
    """Return the definition that `definition_to_json` wrote."""
    definition: Definition = _part_from_json(Definition, data)
    return definition


def _part_to_json(part: Any) -> Json:
    data = {field.name: _to_json(getattr(part, field.name)) for field in fields(part)}
    if isinstance(part, Group):
        data["type"] = "repeat" if data.pop("repeat") else "group"
    return {key: value for key, value in data.items() if value not in (None, "", [], {}, False)}


def _to_json(value: Any) -> Any:
    match value:
        case Labels(texts):
            return [list(pair) for pair in texts]
        case Expression(source, node):
            return {"source": source, "node": to_json(node)}
        case tuple():
            return [_to_json(part) for part in value]
        case None | str() | int():
            return value
    return _part_to_json(value)


def _part_from_json(kind: Any, data: Json) -> Any:
    readers = _readers(kind)
    given = {name: readers[name](value) for name, value in data.items() if name in readers}
    return kind(**{**_blanks(kind), **given})


@cache
def _blanks(kind: Any) -> dict[str, Any]:
    """Return the values of fields without a default that are left out when they are empty."""
    hints = {name: get_origin(hint) or hint for name, hint in get_type_hints(kind).items()}
    required = (part.name for part in fields(kind) if part.default is MISSING)
    return {name: _EMPTY[hints[name]] for name in required if hints[name] in _EMPTY}


@cache
def _readers(kind: Any) -> dict[str, Callable[[Any], Any]]:
    """Return for each field of a part of the tree what reads it from JSON."""
    hints = get_type_hints(kind)
    return {part.name: _reader(hints[part.name]) for part in fields(kind)}


def _reader(hint: Any) -> Callable[[Any], Any]:
    if get_origin(hint) is tuple:
        read = _reader(get_args(hint)[0])
        return lambda data: tuple(read(part) for part in data)
    if get_origin(hint) is UnionType and hint not in _READERS:
        return _reader(next(kind for kind in get_args(hint) if kind is not NoneType))
    if isinstance(hint, type) and is_dataclass(hint) and hint not in _READERS:
        return lambda data: _part_from_json(hint, data)
    return _READERS.get(hint, lambda data: data)


def _item_from_json(data: Json) -> Question | Group:
    if data["type"] not in ("group", "repeat"):
        question: Question = _part_from_json(Question, data)
        return question
    group: Group = _part_from_json(Group, {**data, "repeat": data["type"] == "repeat"})
    return group


_EMPTY: Mapping[Any, Any] = {Labels: NO_LABELS, str: "", tuple: (), bool: False}
_READERS: Mapping[Any, Callable[[Any], Any]] = {
    Question | Group: _item_from_json,
    Labels: lambda data: Labels(tuple((code, text) for code, text in data)),
    Expression: lambda data: Expression(data["source"], from_json(data["node"])),
}
