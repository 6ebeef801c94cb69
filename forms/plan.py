"""In which order the parts of a form are worked out: whatever a part needs comes before it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from graphlib import CycleError, TopologicalSorter

from forms.expressions import Scope, Value, compile_python, references
from forms.tree import Definition, Expression, Group, Place, Question

Evaluate = Callable[[Scope], Value]


@dataclass(frozen=True, slots=True)
class Step:
    """One question or group, ready to be worked out.

    `parent` is the group right around it, `repeat` the repeat that holds it, if any.
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


@lru_cache(maxsize=256)
def steps(definition: Definition) -> tuple[Step, ...]:
    """Return every question and group of the form in working order."""
    order = TopologicalSorter(_dependencies(definition)).static_order()
    places = definition.places
    return tuple(_step(places[name]) for name in order if name in places)


@lru_cache(maxsize=256)
def checks(definition: Definition) -> tuple[Step, ...]:
    """Return the steps that may be missing or not allowed."""
    return tuple(step for step in steps(definition) if step.required or step.constraint)


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
    expressions = [place.item.relevant]
    if isinstance(place.item, Question):
        expressions.append(place.item.calculation)
    return names.union(*(references(e.node) for e in expressions if e))


def _step(place: Place) -> Step:
    item = place.item
    question = item if isinstance(item, Question) else None
    return Step(
        name=item.name,
        question=question,
        parent=place.groups[-1].name if place.groups else None,
        repeat=next((group.name for group in place.groups if group.repeat), None),
        is_repeat=isinstance(item, Group) and item.repeat,
        relevant=_evaluate(item.relevant),
        calculation=_evaluate(question.calculation) if question else None,
        required=_evaluate(question.required) if question else None,
        constraint=_evaluate(question.constraint) if question else None,
    )


def _evaluate(expression: Expression | None) -> Evaluate | None:
    return compile_python(expression.node) if expression else None
