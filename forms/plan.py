"""In which order the parts of a form are worked out: whatever a part needs comes before it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter

from forms.expressions import Scope, Value, calls, compile_python, references, uses_current
from forms.tree import Definition, Expression, Group, Place, Question, per_definition

Evaluate = Callable[[Scope], Value]

# Where a question or a group holds an expression.
EXPRESSIONS = (
    "relevant", "required", "constraint", "calculation", "choice_filter", "dynamic_default",
    "repeat_count",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Step:
    """One question or group, ready to be worked out.

    `parent` is the group right around it, `repeat` the repeat that holds it, if any. `remembers`:
    its value is worked out once and kept; `pulls`: it is computed, and a trigger for others;
    `is_given`: nobody types it.
    """

    name: str
    question: Question | None
    parent: str | None
    repeat: str | None
    is_repeat: bool
    relevant: Evaluate | None
    calculation: Evaluate | None
    required: Evaluate | None
    constraint: Evaluate | None
    choice_filter: Evaluate | None
    default: Evaluate | None
    repeat_count: Evaluate | None
    trigger: tuple[str, ...]
    remembers: bool
    pulls: bool
    is_given: bool


@per_definition
def steps(definition: Definition) -> tuple[Step, ...]:
    """Return every question and group of the form in working order."""
    order = TopologicalSorter(_dependencies(definition)).static_order()
    places = definition.places
    triggers = frozenset(name for q in definition.questions for name in q.trigger)
    return tuple(_step(places[name], triggers) for name in order if name in places)


@per_definition
def checks(definition: Definition) -> tuple[Step, ...]:
    """Return the steps that may be missing or not allowed."""
    return tuple(step for step in steps(definition) if step.required or step.constraint)


@per_definition
def check_tests(definition: Definition) -> Mapping[str, Evaluate]:
    """Return what finds out whether a check of the `checks` sheet holds, by its name."""
    return {check.name: compile_python(check.expression.node) for check in definition.checks}


@per_definition
def opened_with(definition: Definition) -> tuple[Step, ...]:
    """Return the steps in which something stands as soon as they are opened."""
    return tuple(
        step
        for step in steps(definition)
        if step.default or (step.question is not None and step.question.default)
    )


def expressions_of(item: Question | Group) -> tuple[Expression, ...]:
    """Return every expression of a question or group."""
    return tuple(filter(None, (getattr(item, name, None) for name in EXPRESSIONS)))


@per_definition
def looks_back(definition: Definition) -> bool:
    """Return whether the form asks what was answered in the round before."""
    expressions = [check.expression for check in definition.checks]
    for place in definition.places.values():
        expressions += expressions_of(place.item)
    return any("previous" in calls(expression.node) for expression in expressions)


def find_cycle(definition: Definition) -> tuple[str, ...]:
    """Return the names of one circle of dependencies, its first name again at the end, or ()."""
    try:
        TopologicalSorter(_dependencies(definition)).prepare()
    except CycleError as error:
        return tuple(error.args[1])
    return ()


def _dependencies(definition: Definition) -> Mapping[str, frozenset[str]]:
    return {name: _needs(place) for name, place in definition.places.items()}


def _needs(place: Place) -> frozenset[str]:
    names = frozenset({place.groups[-1].name}) if place.groups else frozenset[str]()
    item = place.item
    if isinstance(item, Group):
        expressions = [item.relevant, item.repeat_count]
    else:
        expressions = [item.relevant, item.calculation, item.choice_filter]
        names |= frozenset(item.trigger)
    return names.union(*(references(e.node) for e in expressions if e))


def _step(place: Place, triggers: frozenset[str]) -> Step:
    item = place.item
    question = item if isinstance(item, Question) else Question(item.name, "group")
    calculation = question.calculation
    return Step(
        name=item.name,
        question=item if isinstance(item, Question) else None,
        parent=place.groups[-1].name if place.groups else None,
        repeat=next((group.name for group in place.groups if group.repeat), None),
        is_repeat=isinstance(item, Group) and item.repeat,
        relevant=_evaluate(item.relevant),
        calculation=_evaluate(calculation),
        required=_evaluate(question.required),
        constraint=_evaluate(question.constraint),
        choice_filter=_evaluate(question.choice_filter),
        default=_evaluate(question.dynamic_default),
        repeat_count=_evaluate(item.repeat_count) if isinstance(item, Group) else None,
        trigger=question.trigger,
        remembers=calculation is not None and _looks_at_itself(calculation),
        pulls=question.is_computed and item.name in triggers,
        is_given=question.read_only or question.type == "hidden",
    )


def _looks_at_itself(calculation: Expression) -> bool:
    """Tell whether a value hangs on what it was before: once(…), or the value itself."""
    return "once" in calls(calculation.node) or uses_current(calculation.node)


def _evaluate(expression: Expression | None) -> Evaluate | None:
    return compile_python(expression.node) if expression else None
