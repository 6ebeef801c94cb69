"""Answers that tell how to reach a person: whose appearance, or that of a group, is `contact`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from forms.tree import Definition, Group, Place, Question, canonical_json

CONTACT = "contact"
Answers = Mapping[str, Any]


def contact_questions(definition: Definition) -> frozenset[str]:
    """Return the names of the questions that ask how to reach a person."""
    return frozenset(
        name
        for name, place in definition.places.items()
        if isinstance(place.item, Question) and is_for_contact(place)
    )


def is_for_contact(place: Place) -> bool:
    """Tell whether a question or group, or a group around it, has the appearance."""
    parts: tuple[Question | Group, ...] = (place.item, *place.groups)
    return any(CONTACT in part.appearance for part in parts)


def answered(answers: str, names: frozenset[str]) -> tuple[str, ...]:
    """Return which of these questions have an answer, in alphabetical order, repeats included."""
    return tuple(sorted(names & set(_names(json.loads(answers)))))


def without(answers: str, names: frozenset[str]) -> str:
    """Return answers, canonical JSON, without those to these questions."""
    return canonical_json(_without(json.loads(answers), names))


def input_question(name: str) -> str:
    """Return the question of an input: within a repeat, the last part of its name."""
    return name.rpartition("-")[2]


def _names(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [*value, *(name for inner in value.values() for name in _names(inner))]
    if isinstance(value, list):
        return [name for inner in value for name in _names(inner)]
    return []


def _without(value: Any, names: frozenset[str]) -> Any:
    if isinstance(value, dict):
        kept = {name: inner for name, inner in value.items() if name not in names}
        return {name: _without(inner, names) for name, inner in kept.items()}
    if isinstance(value, list):
        return [_without(inner, names) for inner in value]
    return value
