"""Read a filled form: every value, what is asked, and what is wrong where.

The only file that makes Answers of what was typed; below it, they are trusted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from wtforms import FieldList

from forms import messages
from forms.answers import (
    INSTANCE_NAME,
    LAST_INSTANCE,
    Answers,
    Typed,
    fitted,
    in_form_order,
    inputs_among,
    kept,
    remembered,
    standing,
    value_in_text,
)
from forms.build import bound, default_values, given_names, instance_names
from forms.explanations import LONGEST_EXPLANATION, Oddity, explained_checks
from forms.expressions import (
    Evaluate,
    Scope,
    Value,
    as_boolean,
    as_moment,
    as_number,
    as_text,
    is_blank,
)
from forms.fields import GivenField, refusal
from forms.markup import REFERENCE, alone
from forms.plan import Step, check_tests, checks, opened_with, steps
from forms.tree import Check, Choice, Definition, Labels, Question
from language.text import clean_lines

Kind = Literal["required", "invalid"]
Instance = dict[str, Value]


@dataclass(frozen=True, slots=True)
class AnswerError:
    """What is wrong with one input: a gap that must be filled, or something typed wrong."""

    name: str
    kind: Kind
    message: str


@dataclass(frozen=True, slots=True)
class Around:
    """What a reading knows besides what was typed.

    `now` is naive local time. `given` holds what the server fills in: read-only questions, and the
    names of kept files, by input name. `earlier` is what stood in the form when it was last saved,
    `previous` what the same unit answered in the round before, `username` who answers, when that
    is known.
    """

    language: str
    now: datetime
    given: Mapping[str, str] = field(default_factory=dict)
    earlier: Typed = field(default_factory=Typed)
    previous: Mapping[str, Value] = field(default_factory=dict)
    username: str = ""


@dataclass(slots=True)
class Reading:
    """What was understood of a filled form.

    `hidden`: names of questions and groups that are not asked (in a repeat GROUP-INDEX-NAME);
    `values`: what expressions see; `instances`: for each repeat the input index of each instance;
    `offered`: the places of the choices that a filter leaves, by input; `written`: what the server
    itself writes into the form, by input, because a trigger asks for it or it has to be kept until
    the next time; `explanations`: the reasons that are given, by the check that asks for them.
    """

    definition: Definition
    around: Around
    values: dict[str, Value] = field(default_factory=dict)
    repeats: dict[str, list[Instance]] = field(default_factory=dict)
    instances: dict[str, list[int]] = field(default_factory=dict)
    hidden: set[str] = field(default_factory=set)
    offered: dict[str, frozenset[int]] = field(default_factory=dict)
    written: dict[str, list[str]] = field(default_factory=dict)
    explanations: dict[str, str] = field(default_factory=dict)
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

    def shown_instances(self, repeat: str) -> list[int]:
        """Return the indices of the instances that a page shows: a blank one when there is none."""
        indices = self.instances[repeat]
        counted = self.definition.repeat(repeat).repeat_count is not None
        return indices if indices or counted else [0]

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
        yield question.name, kept(question, value)


# --- reading --------------------------------------------------------------------------------------


def read(definition: Definition, typed: Typed, around: Around) -> Reading:
    """Read a filled form: every value, what is asked, and what is wrong where.

    Nothing typed is needed for a question that is not asked, and nothing of it is kept.
    """
    reading = Reading(definition, around)
    known = inputs_among(definition, typed)
    work = _Work(reading, known)
    with bound(definition, around.language, known) as form:
        work.take(form)
    for step in steps(definition):
        work.settle(step)
    for name in typed.keys() - known.keys():
        reading.errors[name] = work.error(name, "invalid", "unknown", name=name[:60])
    for step in checks(definition):
        work.check(step)
    reading.errors = {
        name: reading.errors[name]
        for name in in_form_order(definition, reading.errors)
        if name not in reading.hidden
    }
    work.explain()
    return reading


def first_typed(definition: Definition, around: Around) -> Typed:
    """Return what stands in a form that is opened for the first time: its defaults."""
    work = _Work(Reading(definition, around), Typed())
    single = {q.name: work.fixed(q) for q in definition.single_questions if q.default}
    reading = read(definition, Typed(single), around)
    work = _Work(reading, Typed(single))
    for step in opened_with(definition):
        if step.repeat is None:
            single |= work.default(step, step.name)
    for repeat in definition.repeats:
        for index in reading.shown_instances(repeat.name):
            single |= instance_typed(reading, repeat.name, index)
    return Typed(single)


def instance_typed(reading: Reading, repeat: str, index: int) -> Typed:
    """Return what stands in an instance of a repeat that is opened anew: its defaults."""
    work = _Work(reading, Typed())
    found = Typed()
    for step in opened_with(reading.definition):
        if step.repeat == repeat:
            found |= work.default(step, f"{repeat}-{index}-{step.name}")
    return found


def said(reading: Reading, text: str, at: str) -> str:
    """Return a text with the values of the questions that it names, as seen from the input `at`."""
    scope, found = _FormScope(reading), INSTANCE_NAME.fullmatch(at)
    if found and found[1] in reading.instances:
        filled = dict(zip(reading.instances[found[1]], reading.repeats[found[1]], strict=True))
        blank: Instance = dict.fromkeys(instance_names(reading.definition)[found[1]], "")
        scope.instance = filled.get(int(found[2]), blank)
    return scope.filled(text)


def oddities(reading: Reading) -> tuple[Oddity, ...]:
    """Return what the checks of the form find odd; none of it keeps a report from being sent."""
    scope = _FormScope(reading)
    language = reading.around.language

    return tuple(
        Oddity(
            check.name,
            scope.filled(check.message.text(language)),
            check.explain,
            check.question,
            reading.explanations.get(check.name, ""),
        )
        for check in reading.definition.checks
        if _holds(check, scope)
    )


def _holds(check: Check, scope: _FormScope) -> bool:
    return as_boolean(check_tests(scope.definition)[check.name](scope))


class _FormScope(Scope):
    """What an expression sees: the values of the form, those of its own instance first."""

    __slots__ = ("choice", "definition", "instance", "reading")

    def __init__(self, reading: Reading) -> None:
        super().__init__(reading.around.now, reading.around.language)
        self.reading = reading
        self.definition = reading.definition
        self.instance: Mapping[str, Value] = {}
        self.choice: Choice | None = None

    def value(self, name: str) -> Value:
        """Return the value of question `name`; of every instance, seen from outside a repeat."""
        if name in self.instance:
            return self.instance[name]
        return self.reading.values.get(name, "")

    def filled(self, text: str) -> str:
        """Return a text with the values of the questions that it names: ${name}."""
        return REFERENCE.sub(lambda found: self._shown(found[1]), text)

    def _shown(self, name: str) -> str:
        place = self.definition.places.get(name)
        return value_in_text(place.item if place else None, self.value(name), self.language)

    def every(self, name: str) -> Value:
        """Return the values of a question in every instance, as far as they are worked out."""
        repeat = self.definition.repeat_of(name)
        if repeat is None:
            return self.reading.values.get(name, "")
        return tuple(instance.get(name, "") for instance in self.reading.repeats[repeat])

    def previous(self, name: str) -> Value:
        """Return what the same unit answered in the round before."""
        return self.reading.around.previous.get(name, "")

    def choice_field(self, name: str) -> str:
        """Return a column of the choice at hand; its name and label are columns, too."""
        if self.choice is None:
            return ""
        return self.choice.field(name, self.language)

    def choice_label(self, question: str, choice: str) -> str:
        """Return the label of a choice of a question."""
        return alone(self.definition.question(question).choice_label(choice, self.language))

    def look_up(self, dataset: str, column: str, key_column: str, key: str) -> str:
        """Return a cell of a dataset of the form."""
        found = self.definition.dataset(dataset)
        return found.look_up(column, key_column, key) if found else ""


class _Work:
    """One pass over a reading: first what is asked and computed, then what is wrong."""

    def __init__(self, reading: Reading, typed: Typed) -> None:
        self.reading = reading
        self.around = reading.around
        self.typed = typed
        self.scope = _FormScope(reading)

    # --- what was typed ---

    def take(self, form: Any) -> None:
        """Keep every value that was typed."""
        for name, entered in form._fields.items():
            if isinstance(entered, FieldList):
                self._take_instances(name, entered)
            else:
                self.reading.values[name] = self._value_of(entered)
                self._note_wrong(entered)

    def _value_of(self, entered: Any) -> Value:
        question: Question = entered.question
        given = self.around.given.get(entered.name)
        if given is not None:
            return given
        if question.read_only or question.type in ("calculate", "hidden"):
            return self._fixed_value(question)
        if question.type in _METADATA:
            return self._metadata(question, entered.name)
        value: Value = entered.data if entered.data is not None else ""
        return value

    def _metadata(self, question: Question, name: str) -> Value:
        """Return what is known of the answering itself; the start is kept from the first time."""
        start = as_moment(self.around.earlier.first(name)) or self.around.now
        if question.type == "start":
            self.reading.written[name] = [as_text(start)]
        values: dict[str, Value] = {
            "start": start,
            "end": self.around.now,
            "today": self.around.now.date(),
            "username": self.around.username,
        }
        return values.get(question.type, "")

    def _take_instances(self, repeat: str, entered: FieldList[Any]) -> None:
        """Keep the instances in which anything was typed, each with the index of its inputs."""
        rows: list[Instance] = []
        indices: list[int] = []
        for entry in entered.entries:
            fields = entry.form._fields
            if any(map(self._is_filled, fields.values())):
                rows.append({name: self._value_of(f) for name, f in fields.items()})
                indices.append(int(entry.name.rsplit("-", 1)[1]))
                for inner in fields.values():
                    self._note_wrong(inner)
        self.reading.repeats[repeat], self.reading.instances[repeat] = rows, indices

    def _is_filled(self, entered: Any) -> bool:
        """Return whether somebody typed something: what stood there by itself does not count."""
        text = " ".join(entered.raw_data or []).strip()
        question: Question = entered.question
        stands = question.default and entered.data == self._fixed_value(question)
        if not text or stands or isinstance(entered, GivenField):
            return entered.name in self.around.given
        dynamic = entered.question.dynamic_default
        return dynamic is None or text not in self._dynamic_default(entered.question)

    def _dynamic_default(self, question: Question) -> list[str]:
        return [
            " ".join(self._standing(question, fitted(question, step.default(self.scope))))
            for step in opened_with(self.reading.definition)
            if step.name == question.name and step.default
        ]

    def _note_wrong(self, entered: Any) -> None:
        if entered.process_errors:
            message = str(entered.process_errors[0])
            self.reading.errors[entered.name] = AnswerError(entered.name, "invalid", message)

    # --- what is asked and computed ---

    def settle(self, step: Step) -> None:
        """Find out whether the part is asked; blank it when it is not, compute it when it is."""
        if step.repeat is not None:
            self._settle_instances(step, step.repeat)
        elif not self._asked(step, step.name, step.parent):
            self._hide(step)
        elif step.is_repeat:
            self._open_repeat(step)
        else:
            self._work_out(step, step.name, self.reading.values)

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
                self._drop_instance(step.name, index)
            self.reading.repeats[step.name] = []
            self.reading.instances[step.name] = []
        elif step.question is not None:
            self.reading.values[step.name] = ""

    def _drop_instance(self, repeat: str, index: int) -> None:
        names = instance_names(self.reading.definition)[repeat]
        self.reading.hidden.update(f"{repeat}-{index}-{name}" for name in names)

    def _open_repeat(self, step: Step) -> None:
        """Count the instances; add one to a repeat asked under a condition that has none."""
        name = step.name
        if step.repeat_count is not None:
            self._count_instances(name, step.repeat_count(self.scope))
        elif not self.reading.repeats[name] and step.relevant is not None:
            self.reading.repeats[name].append(self._blank_instance(name, 0))
            self.reading.instances[name] = [0]
        self.reading.values[name] = tuple(
            str(number) for number in range(1, len(self.reading.repeats[name]) + 1)
        )

    def _count_instances(self, repeat: str, count: Value) -> None:
        """Make a repeat have just as many instances as its count says."""
        number = as_number(count)
        wanted = 0 if number.is_nan() else max(0, min(LAST_INSTANCE + 1, int(number)))
        filled = dict(self._instances(repeat))
        for index in filled:
            if index >= wanted:
                self._drop_instance(repeat, index)
        self.reading.instances[repeat] = list(range(wanted))
        self.reading.repeats[repeat] = [
            filled.get(index) or self._blank_instance(repeat, index) for index in range(wanted)
        ]

    def _blank_instance(self, repeat: str, index: int) -> Instance:
        definition, given = self.reading.definition, self.around.given
        kept_default = default_values(definition)
        return {
            name: given.get(f"{repeat}-{index}-{name}")
            or (kept_default.get(name, "") if name in given_names(definition) else "")
            for name in instance_names(definition)[repeat]
        }

    def _settle_instances(self, step: Step, repeat: str) -> None:
        within = step.parent != repeat
        for index, instance in self._each_instance(repeat):
            name = f"{repeat}-{index}-{step.name}"
            parent = f"{repeat}-{index}-{step.parent}" if within else step.parent
            if self._asked(step, name, parent):
                self._work_out(step, name, instance)
            else:
                instance[step.name] = ""
        self.reading.values[step.name] = tuple(
            instance.get(step.name, "") for _, instance in self._instances(repeat)
        )

    def _work_out(self, step: Step, name: str, values: Instance) -> None:
        if step.trigger:
            self._pull_trigger(step, name, values)
        elif step.calculation:
            values[step.name] = self._calculated(step, name)
        elif step.default and step.is_given:
            values[step.name] = self._given_default(step, step.default, name)
        if step.choice_filter and step.question:
            self._offer(step, step.question, name, values)
        if step.pulls:
            self.reading.written[name] = [as_text(values.get(step.name, ""))]

    def _calculated(self, step: Step, name: str) -> Value:
        """Return the result; a value that is worked out once is kept until the next time."""
        if step.calculation is None or step.question is None:
            return ""
        earlier = self.around.earlier.first(name) if step.remembers else ""
        self.scope.current = remembered(step.question, earlier)
        value = fitted(step.question, step.calculation(self.scope))
        if step.remembers:
            self.reading.written[name] = [as_text(value)]
        return value

    def _given_default(self, step: Step, work: Evaluate, name: str) -> Value:
        """Return the default of a question that nobody types: worked out once, and kept."""
        question, earlier = step.question, self.around.earlier.first(name)
        if question is None:
            return ""
        value = remembered(question, earlier) if earlier else fitted(question, work(self.scope))
        self.reading.written[name] = [as_text(value)]
        return value

    def _pull_trigger(self, step: Step, name: str, values: Instance) -> None:
        """Work the value out anew when what it hangs on has changed, unless it was typed over."""
        earlier, question = self.around.earlier, step.question
        if question is None:
            return
        names = [name[: len(name) - len(step.name)] + t if t in values else t for t in step.trigger]
        changed = any(self._text_of(trigger) != _whole(earlier, trigger) for trigger in names)
        typed = question.type != "calculate" and not question.read_only
        if changed and not (typed and self.typed.first(name) != earlier.first(name)):
            value = values[step.name] = self._calculated(step, name)
            self.reading.written[name] = self._standing(question, value)
        elif not typed:
            values[step.name] = remembered(question, earlier.first(name))
            self.reading.written[name] = [earlier.first(name)]

    def _text_of(self, name: str) -> str:
        """Return what a trigger says now: what was typed, or what was worked out."""
        written = self.reading.written.get(name)
        return " ".join(written) if written else _whole(self.typed, name)

    def _standing(self, question: Question, value: Value) -> list[str]:
        given = question.name in given_names(self.reading.definition)
        return standing(question, value, self.around.language, given=given)

    def _offer(self, step: Step, question: Question, name: str, values: Instance) -> None:
        """Find out which choices the filter leaves; what was chosen has to be one of them."""
        if step.choice_filter is None:
            return
        offered, names = set(), set()
        self.scope.current = ""
        for place, choice in enumerate(question.choices):
            self.scope.choice = choice
            if as_boolean(step.choice_filter(self.scope)):
                offered.add(place)
                names.add(choice.name)
        self.scope.choice = None
        self.reading.offered[name] = frozenset(offered)
        if not names.issuperset(as_text(values.get(step.name, "")).split()):
            self.reading.errors.setdefault(name, self.error(name, "invalid", "choice_gone"))

    def _fixed_value(self, question: Question) -> Value:
        return default_values(self.reading.definition).get(question.name, "")

    def fixed(self, question: Question) -> list[str]:
        """Return the fixed default of a question as it stands in the form; blank without one."""
        return self._standing(question, self._fixed_value(question))

    def default(self, step: Step, name: str) -> Typed:
        """Return what stands in an input when it is opened, if anything does."""
        question = step.question
        if question is None or name in self.reading.hidden:
            return Typed()
        if step.default is None:
            texts = self.fixed(question)
        else:
            texts = self._standing(question, fitted(question, step.default(self.scope)))
        return Typed({name: texts}) if any(texts) else Typed()

    # --- what is wrong ---

    def check(self, step: Step) -> None:
        """Add the error of a gap that must be filled, or of a value that is not allowed."""
        if step.repeat is None:
            self._check_value(step, step.name, self.reading.values)
            return
        for index, instance in self._each_instance(step.repeat):
            self._check_value(step, f"{step.repeat}-{index}-{step.name}", instance)

    def explain(self) -> None:
        """Keep the reasons that are given; one that cannot be kept is wrong while it is wanted."""
        for name, check in explained_checks(self.reading.definition).items():
            text = clean_lines(self.typed.first(name))
            if text:
                self.reading.explanations[check.name] = text
                wrong = refusal(text, self.around.language, LONGEST_EXPLANATION)
                if wrong and _holds(check, self.scope):
                    self.reading.errors[name] = AnswerError(name, "invalid", wrong)

    def error(self, at: str, kind: Kind, key: str, **parts: object) -> AnswerError:
        """Return the error at an input, with one of our own sentences."""
        language = self.around.language
        return AnswerError(at, kind, messages.answer_message(key, language, **parts))

    def _instances(self, repeat: str) -> Iterable[tuple[int, Instance]]:
        return zip(self.reading.instances[repeat], self.reading.repeats[repeat], strict=True)

    def _each_instance(self, repeat: str) -> Iterator[tuple[int, Instance]]:
        """Yield the instances, each with the scope of expressions laid over it."""
        for position, (index, instance) in enumerate(self._instances(repeat), start=1):
            self.scope.instance, self.scope.position = instance, position
            yield index, instance
        self.scope.instance, self.scope.position = {}, 0

    def _check_value(self, step: Step, name: str, values: Mapping[str, Value]) -> None:
        question = step.question
        if question is None or name in self.reading.errors or name in self.reading.hidden:
            return
        self.scope.current = value = values.get(step.name, "")
        if is_blank(value):
            if step.required and as_boolean(step.required(self.scope)):
                self._add(name, "required", question.required_message)
        elif step.constraint and not as_boolean(step.constraint(self.scope)):
            self._add(name, "invalid", question.constraint_message)

    def _add(self, name: str, kind: Kind, labels: Labels) -> None:
        """Add an error: what the form says of it, or else a sentence of ours."""
        key = "required" if kind == "required" else "constraint"
        message = self.scope.filled(labels.text(self.around.language))
        error = AnswerError(name, kind, message) if message else self.error(name, kind, key)
        self.reading.errors[name] = error


# What an XLSForm asks about the answering itself; a web page has no device to speak of.
_METADATA = frozenset({"start", "end", "today", "username", "deviceid"})


def _whole(typed: Typed, name: str) -> str:
    """Return everything that was typed under a name, as one text."""
    return " ".join(typed.getlist(name))
