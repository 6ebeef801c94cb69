"""Feedback counted in one go, as the service does it bit by bit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from exports.feedback import (
    CountedFeedback,
    count_answers,
    counted_questions,
    release,
    told_apart,
)
from exports.releasing import Waiting, blocks
from forms.tree import Definition

Answers = Mapping[str, Any]


def counted(
    newest: Definition,
    given: Sequence[Answers],
    versions: Iterable[Definition] = (),
    threshold: int = 10,
) -> tuple[CountedFeedback, ...]:
    """Return what may be shown of all feedback that was ever given; `versions` as given to."""
    told = told_apart(newest)
    definitions = list(versions) or [newest] * len(given)
    waiting = [
        Waiting(number, (*(str(answers.get(name, "")) for name in told), "link"), long=True)
        for number, answers in enumerate(given)
    ]
    groups = []
    for block in blocks(waiting, len(told), threshold):
        known = dict(zip(block.known, block.place, strict=True))
        labels = {name: known.get(part) for part, name in enumerate(told)}
        hidden = frozenset(name for name, label in labels.items() if label is None)
        shown: dict[str, dict[str, int | str]] = {}
        held: dict[str, dict[str, int | str]] = {}
        for number in block.keys:
            assert isinstance(number, int)
            questions = counted_questions(definitions[number], frozenset(told), hidden)
            count_answers(held, questions, given[number])
        release(shown, held, threshold)
        groups.append(CountedFeedback(labels, len(block.keys), shown))
    return tuple(groups)
