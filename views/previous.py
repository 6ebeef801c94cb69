"""What a unit answered in the round before, as it stands beside the same question now."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from forms.survey import FILES, IDENTIFYING
from forms.tree import Definition, Group, Question, per_definition
from services.previous import PreviousAnswers
from views.report import show_answer

# Answers of these types are compared with each other; of any other, with those of the same type.
NUMBERS = frozenset({"integer", "decimal", "range", "calculate"})
# What says nothing about this time.
_APART = FILES | IDENTIFYING | {"note", "hidden", "acknowledge"}
# What follows the name of a round in its title.
_SUBTITLE = re.compile(r"\s*(?:[:(–—]|\s-\s).*")


@dataclass(frozen=True, slots=True)
class PreviousTexts:
    """The short title of the round before, and what was answered then, by question."""

    title: str = ""
    texts: dict[str, str] = field(default_factory=dict)

    def said(self, name: str) -> str:
        """Return the round and its answer to a question; nothing when there was none."""
        return f"{self.title}: {self.texts[name]}" if name in self.texts else ""


NO_PREVIOUS = PreviousTexts()


def previous_texts(
    definition: Definition, previous: PreviousAnswers | None, language: str
) -> PreviousTexts:
    """Return the answers of the round before to questions that this form asks, too."""
    if previous is None:
        return NO_PREVIOUS
    texts = {
        question.name: show_answer(question, previous.data[question.name], language)
        for question in _asked_before(definition, previous)
    }
    return PreviousTexts(short_title(previous.round_title), texts)


def short_title(title: str) -> str:
    """Return the title of a round without what explains it: "Đợt 1" of "Đợt 1: Đảng viên"."""
    return _SUBTITLE.sub("", title) or title


@per_definition
def compared(definition: Definition) -> frozenset[str]:
    """Return the questions beside which an earlier answer may stand; none of a repeat."""
    return frozenset(
        question.name
        for question in definition.single_questions
        if question.labels and not question.read_only and _varies(question)
    )


def _varies(question: Question) -> bool:
    """Return whether an answer says anything: one that can only be given or left out does not."""
    several = question.type != "select_one" or len(question.choices) > 1
    return several and question.type not in _APART


def _asked_before(definition: Definition, previous: PreviousAnswers) -> Iterator[Question]:
    """Yield the questions as they were asked in the round before, those that were answered."""
    for name in compared(definition):
        place = previous.definition.places.get(name)
        before = place.item if place else None
        if name in previous.data and _are_alike(definition.question(name), before):
            yield previous.definition.question(name)


def _are_alike(question: Question, before: Question | Group | None) -> bool:
    return isinstance(before, Question) and (
        question.type == before.type or {question.type, before.type} <= NUMBERS
    )
