"""A valid form <-> Answers. The only file that makes Answers; below it, they are trusted."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from wtforms import FieldList

from forms import messages
from forms.build import bound, input_names, instance_names
from forms.expressions import Value, as_boolean, as_text, is_blank
from forms.plan import Step, checks, steps
from forms.tree import Definition, Question, canonical_json
from language.dates import short_date
from language.numbers import format_number

# No repeat has more instances than a hundred, numbered from 0.
LAST_INSTANCE = 99
_INSTANCE_NAME = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)-(0|[1-9][0-9]?)-([A-Za-z_][A-Za-z0-9_]*)")

Kind = Literal["required", "invalid"]
Instance = dict[str, Value]


class Typed(dict[str, list[str]]):
    """What was typed, by input name, as a request or a draft holds it."""

    def getlist(self, name: str) -> list[str]:
        """Return every text typed under `name`."""
        return self.get(name, [])

    def first(self, name: str) -> str:
        """Return the first text typed under `name`, or an empty one."""
        return (self.get(name) or [""])[0]


@dataclass(frozen=True, slots=True)
class AnswerError:
    """What is wrong with one input: a gap that must be filled, or something typed wrong."""

    name: str
    kind: Kind
    message: str


@dataclass(frozen=True, slots=True)
class Answers:
    """The answers of one response: canonical JSON data, and the digest of their form version.

    Blank answers are left out. Text, choice and file: str; date: ISO str; integer: int; decimal
    and computed numbers that are not whole: str; select_multiple: list of choice names in the
    order of the list; a repeat: list of objects.
    """

    digest: str
    data: Mapping[str, Any]

    def canonical(self) -> str:
        """Return the one JSON text of these answers."""
        return canonical_json(self.data)


@dataclass(slots=True)
class Reading:
    """What was understood of a filled form.

    `hidden`: names of questions and groups that are not asked (in a repeat GROUP-INDEX-NAME);
    `values`: what expressions see; `instances`: for each repeat the input index of each instance.
    """

    definition: Definition
    values: dict[str, Value] = field(default_factory=dict)
    repeats: dict[str, list[Instance]] = field(default_factory=dict)
    instances: dict[str, list[int]] = field(default_factory=dict)
    hidden: set[str] = field(default_factory=set)
    errors: dict[str, AnswerError] = field(default_factory=dict)

    @property
    def valid(self) -> bool:
        """Whether the form can be sent as it is."""
        return not self.errors

    def answers(self) -> Answers:
        """Return the answers. Raises ValueError when anything is wrong with them."""
        if self.errors:
            raise ValueError(", ".join(self.errors))
        return Answers(self.definition.digest, self.data())

    def data(self) -> dict[str, Any]:
        """Return what is understood so far as canonical data, whatever is still wrong."""
        return dict(self._data())

    def _data(self) -> Iterator[tuple[str, Any]]:
        for question in self.definition.single_questions:
            yield from _kept(question, self.values)
        for name, instances in self.repeats.items():
            rows = [dict(self._instance_data(name, instance)) for instance in instances]
            if any(rows):
                yield name, list(filter(None, rows))

    def _instance_data(self, repeat: str, instance: Instance) -> Iterator[tuple[str, Any]]:
        for question in self.definition.questions:
            if self.definition.repeat_of(question.name) == repeat:
                yield from _kept(question, instance)


def _kept(question: Question, values: Mapping[str, Value]) -> Iterator[tuple[str, Any]]:
    value = values.get(question.name, "")
    if question.holds_value and not is_blank(value):
        yield question.name, _TO_JSON.get(question.type, as_text)(value)


def _number_json(value: Value) -> Any:
    if not isinstance(value, Decimal):
        return as_text(value)
    return int(value) if value == value.to_integral_value() else as_text(value)


_TO_JSON: dict[str, Callable[[Value], Any]] = {
    "integer": _number_json,
    "calculate": _number_json,
    "select_multiple": lambda value: as_text(value).split(),
}


# --- reading --------------------------------------------------------------------------------------


def read(
    definition: Definition,
    typed: Typed,
    *,
    language: str,
    today: date,
    given: Mapping[str, str] | None = None,
) -> Reading:
    """Read a filled form: every value, what is asked, and what is wrong where.

    `given` holds what the server fills in: read-only questions, and the names of kept files.
    Nothing typed is needed for a question that is not asked, and nothing of it is kept.
    """
    reading = Reading(definition)
    known = Typed({name: typed[name] for name in typed if is_input(definition, name)})
    with bound(definition, language, known) as form:
        _take_values(reading, form, given or {})
    work = _Work(reading, language, today)
    for step in steps(definition):
        work.settle(step)
    for name in typed.keys() - known.keys():
        reading.errors[name] = work.error(name, "invalid", "unknown", name=name[:60])
    for step in checks(definition):
        work.check(step)
    reading.errors = {
        name: reading.errors[name]
        for name in _in_form_order(definition, reading.errors)
        if name not in reading.hidden
    }
    return reading


def is_input(definition: Definition, name: str) -> bool:
    """Return whether an input of this form may be called `name`."""
    if name in input_names(definition):
        return True
    found = _INSTANCE_NAME.fullmatch(name)
    return found is not None and found[3] in instance_names(definition).get(found[1], ())


def _take_values(reading: Reading, form: Any, given: Mapping[str, str]) -> None:
    for name, entered in form._fields.items():
        if isinstance(entered, FieldList):
            _take_instances(reading, name, entered)
        else:
            reading.values[name] = _value_of(entered, given.get(name))
            _note_wrong(reading, entered)


def _value_of(entered: Any, given: str | None) -> Value:
    question: Question = entered.question
    if given is not None:
        return given
    if question.read_only or question.type == "calculate":
        return question.default
    value: Value = entered.data if entered.data is not None else ""
    return value


def _take_instances(reading: Reading, repeat: str, entered: FieldList[Any]) -> None:
    """Keep the instances in which anything was typed, each with the index of its inputs."""
    rows: list[Instance] = []
    indices: list[int] = []
    for entry in entered.entries:
        fields = entry.form._fields
        if any("".join(f.raw_data or []).strip() for f in fields.values()):
            rows.append({name: _value_of(f, None) for name, f in fields.items()})
            indices.append(int(entry.name.rsplit("-", 1)[1]))
            for inner in fields.values():
                _note_wrong(reading, inner)
    reading.repeats[repeat], reading.instances[repeat] = rows, indices


def _note_wrong(reading: Reading, entered: Any) -> None:
    if entered.process_errors:
        message = str(entered.process_errors[0])
        reading.errors[entered.name] = AnswerError(entered.name, "invalid", message)


def _in_form_order(definition: Definition, errors: dict[str, AnswerError]) -> list[str]:
    order = {name: index for index, name in enumerate(definition.places)}

    def place(name: str) -> tuple[int, int, int]:
        found = _INSTANCE_NAME.fullmatch(name)
        if found and found[1] in order:
            return order[found[1]], int(found[2]), order.get(found[3], -1)
        return order.get(name, -1), 0, 0

    return sorted(errors, key=place)


class _Scope:
    """What an expression sees: the values of the form, those of its own instance first."""

    __slots__ = ("current", "instance", "today", "values")

    def __init__(self, values: Mapping[str, Value], today: date) -> None:
        self.values = values
        self.today = today
        self.instance: Mapping[str, Value] = {}
        self.current: Value = ""

    def value(self, name: str) -> Value:
        """Return the value of question `name`; of every instance, seen from outside a repeat."""
        if name in self.instance:
            return self.instance[name]
        return self.values.get(name, "")


class _Work:
    """One pass over a reading: first what is asked and computed, then what is wrong."""

    def __init__(self, reading: Reading, language: str, today: date) -> None:
        self.reading = reading
        self.language = language
        self.scope = _Scope(reading.values, today)

    def settle(self, step: Step) -> None:
        """Find out whether the part is asked; blank it when it is not, compute it when it is."""
        if step.repeat is not None:
            self._settle_instances(step, step.repeat)
        elif not self._asked(step, step.name, step.parent):
            self._hide(step)
        elif step.is_repeat:
            self._open_repeat(step)
        elif step.calculation:
            self.reading.values[step.name] = step.calculation(self.scope)

    def check(self, step: Step) -> None:
        """Add the error of a gap that must be filled, or of a value that is not allowed."""
        if step.repeat is None:
            self._check_value(step, step.name, self.reading.values)
            return
        for index, instance in self._instances(step.repeat):
            self.scope.instance = instance
            self._check_value(step, f"{step.repeat}-{index}-{step.name}", instance)
        self.scope.instance = {}

    def error(self, at: str, kind: Kind, key: str, **parts: object) -> AnswerError:
        """Return the error at an input, with one of our own sentences."""
        return AnswerError(at, kind, messages.answer_message(key, self.language, **parts))

    def _asked(self, step: Step, name: str, parent: str | None) -> bool:
        hidden = parent in self.reading.hidden or (
            step.relevant is not None and not as_boolean(step.relevant(self.scope))
        )
        if hidden:
            self.reading.hidden.add(name)
        return not hidden

    def _hide(self, step: Step) -> None:
        if step.is_repeat:
            for index in self.reading.instances[step.name]:
                names = instance_names(self.reading.definition)[step.name]
                self.reading.hidden.update(f"{step.name}-{index}-{name}" for name in names)
            self.reading.repeats[step.name] = []
            self.reading.instances[step.name] = []
        elif step.question is not None:
            self.reading.values[step.name] = ""

    def _open_repeat(self, step: Step) -> None:
        """Count the instances; add one to a repeat asked under a condition that has none."""
        instances = self.reading.repeats[step.name]
        if not instances and step.relevant is not None:
            names = instance_names(self.reading.definition)[step.name]
            instances.append(dict.fromkeys(names, ""))
            self.reading.instances[step.name] = [0]
        self.reading.values[step.name] = tuple(
            str(number) for number in range(1, len(instances) + 1)
        )

    def _settle_instances(self, step: Step, repeat: str) -> None:
        within = step.parent != repeat
        for index, instance in self._instances(repeat):
            self.scope.instance = instance
            parent = f"{repeat}-{index}-{step.parent}" if within else step.parent
            if not self._asked(step, f"{repeat}-{index}-{step.name}", parent):
                instance[step.name] = ""
            elif step.calculation:
                instance[step.name] = step.calculation(self.scope)
        self.scope.instance = {}
        self.reading.values[step.name] = tuple(
            instance.get(step.name, "") for _, instance in self._instances(repeat)
        )

    def _instances(self, repeat: str) -> Iterable[tuple[int, Instance]]:
        return zip(self.reading.instances[repeat], self.reading.repeats[repeat], strict=True)

    def _check_value(self, step: Step, name: str, values: Mapping[str, Value]) -> None:
        question = step.question
        if question is None or name in self.reading.errors or name in self.reading.hidden:
            return
        self.scope.current = value = values.get(step.name, "")
        if is_blank(value):
            if step.required and as_boolean(step.required(self.scope)):
                message = question.required_message.text(self.language)
                self._add(name, "required", message)
        elif step.constraint and not as_boolean(step.constraint(self.scope)):
            self._add(name, "invalid", question.constraint_message.text(self.language))

    def _add(self, name: str, kind: Kind, message: str) -> None:
        key = "required" if kind == "required" else "constraint"
        error = AnswerError(name, kind, message) if message else self.error(name, kind, key)
        self.reading.errors[name] = error


# --- from answers back to what is typed, and to what expressions see ------------------------------


def typed_of(definition: Definition, data: Mapping[str, Any], language: str) -> Typed:
    """Return canonical answers as a person would type them; reading them gives them back.

    Answers of an older version of the form are typed as far as this version asks for them.
    """
    return Typed(
        {
            name: _typed_value(definition.question(name.rpartition("-")[2]), value, language)
            for name, value in _by_input(data)
            if is_input(definition, name)
        }
    )


def _by_input(data: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in data.items():
        if isinstance(value, list) and any(isinstance(row, dict) for row in value):
            for index, row in enumerate(value):
                yield from ((f"{name}-{index}-{inner}", part) for inner, part in row.items())
        else:
            yield name, value


def _typed_value(question: Question, value: Any, language: str) -> list[str]:
    if isinstance(value, list):
        return [str(part) for part in value]
    try:
        return [_TYPED.get(question.type, _plain)(value, language)]
    except (ValueError, ArithmeticError):
        # An older version of the form asked for something of another type.
        return [str(value)]


def _plain(value: Any, language: str) -> str:
    return str(value)


def _typed_number(value: Any, language: str) -> str:
    number = Decimal(str(value))
    places = max(0, -int(number.normalize().as_tuple().exponent))
    return format_number(number, places, language)


_TYPED: dict[str, Callable[[Any, str], str]] = {
    "integer": _typed_number,
    "decimal": _typed_number,
    "date": lambda value, language: short_date(date.fromisoformat(str(value))),
}


def scope_of(
    definition: Definition, data: Mapping[str, Any], today: date, **extra: Value
) -> _Scope:
    """Return what expressions see of canonical answers; `extra` names more values."""
    values: dict[str, Value] = dict(extra)
    for name, value in data.items():
        place = definition.places.get(name)
        if place is None:
            continue
        if isinstance(place.item, Question):
            values[name] = value_of(place.item, value)
        else:
            _spread(definition, values, name, value)
    return _Scope(values, today)


def _spread(
    definition: Definition, values: dict[str, Value], repeat: str, rows: list[dict[str, Any]]
) -> None:
    values[repeat] = tuple(str(number) for number in range(1, len(rows) + 1))
    for name in instance_names(definition)[repeat]:
        question = definition.question(name)
        values[name] = tuple(value_of(question, row.get(name, "")) for row in rows)


def value_of(question: Question, value: Any) -> Value:
    """Return one canonical answer as an expression sees it."""
    if value in ("", None):
        return ""
    return _VALUES.get(question.type, _text)(value)


def _text(value: Any) -> Value:
    return " ".join(value) if isinstance(value, list) else value


def _computed(value: Any) -> Value:
    return Decimal(value) if isinstance(value, int) else str(value)


_VALUES: dict[str, Callable[[Any], Value]] = {
    "integer": Decimal,
    "decimal": Decimal,
    "date": date.fromisoformat,
    "calculate": _computed,
}


def answers_of(digest: str, text: str) -> Answers:
    """Return the answers that `canonical` wrote; the text comes from our own tables."""
    return Answers(digest, json.loads(text))
