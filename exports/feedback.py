"""Feedback as it is counted: which answers tell groups apart, and what is counted of each group.

Only counts of blocks (exports.releasing) leave this room, and of a question within a group only
what at least as many people as a block needs have answered since it was last shown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any

from forms.answers import KEPT_NUMBER
from forms.expressions import references
from forms.tree import Definition, Expression, Group, Question

# A question by whose choices feedback is counted.
BREAKDOWN = "breakdown"
# Of an answer: how many gave one. Names of choices have no blank in them.
ANSWERED, NUMBERS, SUM = "", " numbers", " sum"
OWN = frozenset({ANSWERED, NUMBERS, SUM})
# Excel keeps 15 digits of a number.
LARGEST = Decimal(10) ** 15

# Choice -> how many made it; under OWN names what is counted besides. SUM is a decimal as text.
AnswerCounts = Mapping[str, int | str]
Counts = Mapping[str, AnswerCounts]


@dataclass(frozen=True, slots=True)
class CountedFeedback:
    """A group of feedback: what its people answered to the questions that tell groups apart.

    In `labels` a blank answer is "", and None stands for an answer that must not be known: the
    group is put together from people who gave different ones. `count` people are in it, `counts`
    says what they answered to the other questions.
    """

    labels: Mapping[str, str | None]
    count: int
    counts: Counts


@dataclass(frozen=True, slots=True)
class ReviewedComment:
    """A comment that the board lets others read, and the group that it was counted with."""

    labels: Mapping[str, str | None]
    text: str


@lru_cache(maxsize=64)
def told_apart(definition: Definition) -> tuple[str, ...]:
    """Return the questions that groups are told apart by: in print first, then on the board."""
    choosing = [q.name for q in definition.single_questions if q.type == "select_one"]
    filters = (table.filter for table in definition.tables if table.kind == "distribution")
    printed = frozenset[str]().union(*(references(test.node) for test in filters if test))
    shown = {q.name for q in definition.single_questions if BREAKDOWN in q.appearance}
    first = [name for name in choosing if name in printed]
    return (*first, *(name for name in choosing if name in shown - printed))


@lru_cache(maxsize=1024)
def counted_questions(
    definition: Definition, told: frozenset[str], hidden: frozenset[str]
) -> tuple[Question, ...]:
    """Return the questions whose answers may be counted in a group.

    Those that groups are told apart by are none of them, nor is a question that is asked or worked
    out by the answers to `hidden` ones: how many have answered it would tell what they are.
    """
    return tuple(
        question
        for question in definition.single_questions
        if question.type in COUNTED
        and question.name not in told
        and "contact" not in question.appearance
        and not _depends_on(definition, question.name) & hidden
    )


def comment_questions(definition: Definition) -> tuple[Question, ...]:
    """Return the questions that are answered in words."""
    return tuple(
        question
        for question in definition.single_questions
        if question.type == "text"
        and not question.is_computed
        and "contact" not in question.appearance
    )


def _depends_on(definition: Definition, name: str) -> frozenset[str]:
    """Return every question that decides whether or how this one is answered, at any remove."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        for other in _decides(definition, waiting.pop()) - found:
            found.add(other)
            waiting.append(other)
    return frozenset(found)


def _decides(definition: Definition, name: str) -> frozenset[str]:
    place = definition.places.get(name)
    if place is None:
        return frozenset()
    parts = (place.item, *place.groups)
    nodes = (expression.node for part in parts for expression in _expressions(part))
    return frozenset[str]().union(*(references(node) for node in nodes))


def _expressions(part: Question | Group) -> Iterator[Expression]:
    names = ("relevant", "calculation", "constraint", "choice_filter", "dynamic_default")
    for name in names:
        expression = getattr(part, name, None)
        if expression is not None:
            yield expression


# --- counting -------------------------------------------------------------------------------------


def count_answers(
    counts: dict[str, dict[str, int | str]],
    questions: tuple[Question, ...],
    answers: Mapping[str, Any],
) -> None:
    """Add the answers of one feedback to `counts`."""
    for question in questions:
        answer = answers.get(question.name, "")
        if answer in ("", []):
            continue
        counted = counts.setdefault(question.name, {})
        _add(counted, ANSWERED, 1)
        COUNTED[question.type](counted, answer)


def _count_choices(counted: dict[str, int | str], answer: Any) -> None:
    for name in _names(answer):
        _add(counted, name, 1)


def _count_first(counted: dict[str, int | str], answer: Any) -> None:
    _add(counted, _names(answer)[0], 1)


def _count_number(counted: dict[str, int | str], answer: Any) -> None:
    """Count a number and add it up; an older version may have asked for something else."""
    text = str(answer)
    if KEPT_NUMBER.fullmatch(text) and abs(Decimal(text)) < LARGEST:
        _add(counted, NUMBERS, 1)
        _add(counted, SUM, text)


# How the answers to a question of a type are counted.
COUNTED: Mapping[str, Callable[[dict[str, int | str], Any], None]] = {
    "select_one": _count_choices,
    "select_multiple": _count_choices,
    "rank": _count_first,
    "integer": _count_number,
    "range": _count_number,
    "decimal": _count_number,
}


def _names(answer: Any) -> list[str]:
    return [str(name) for name in answer] if isinstance(answer, list) else [str(answer)]


def _add(counted: dict[str, int | str], name: str, more: int | str) -> None:
    before = counted.get(name, 0)
    if isinstance(before, int) and isinstance(more, int):
        counted[name] = before + more
    else:
        counted[name] = str(Decimal(before) + Decimal(more))


def merge(counts: dict[str, dict[str, int | str]], more: Counts) -> None:
    """Add counts to others."""
    for question, counted in more.items():
        into = counts.setdefault(question, {})
        for name, number in counted.items():
            _add(into, name, number)


def release(
    shown: dict[str, dict[str, int | str]],
    held: dict[str, dict[str, int | str]],
    threshold: int,
) -> None:
    """Move from `held` to `shown` what enough people have answered."""
    for question in [name for name, counted in held.items() if answered(counted) >= threshold]:
        merge(shown, {question: held.pop(question)})


def answered(counted: AnswerCounts) -> int:
    """Return how many people gave an answer."""
    return int(counted.get(ANSWERED, 0))
