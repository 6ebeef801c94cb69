"""What a unit says of what the checks of a form find odd: its inputs, and how it is kept.

A reason for the check NAME is typed into the input explain-NAME, which no question can be called.
A revision keeps every check that held when it was sent, with the message as the unit was shown it
and its reason: the round before may be corrected later, and the message would be another one.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from forms.tree import Check, Definition, canonical_json, per_definition

PREFIX = "explain-"
# A sum that was taken over from the units below and then changed is kept as COLLECTED + question.
COLLECTED = "collected-"
# Half a page.
LONGEST_EXPLANATION = 1000


@dataclass(frozen=True, slots=True)
class Oddity:
    """Something that deserves a second look: what is odd, where, and what the unit says of it.

    `name` is that of the check, `explain` says whether a reason is wanted, `question` is blank when
    the check names none, `text` is the reason, blank when none is given.
    """

    name: str
    message: str
    explain: bool
    question: str
    text: str = ""

    @property
    def is_unexplained(self) -> bool:
        """Whether a reason is wanted and not given."""
        return self.explain and not self.text


@per_definition
def explained_checks(definition: Definition) -> Mapping[str, Check]:
    """Return the checks that want a reason, by the input in which it is typed."""
    return {PREFIX + check.name: check for check in definition.checks if check.explain}


def canonical_explanations(found: Iterable[Oddity]) -> str:
    """Return what a revision keeps: canonical JSON, {check: {"message": ..., "text": ...}}."""
    return canonical_json({one.name: {"message": one.message, "text": one.text} for one in found})


def sent_oddities(definition: Definition, explanations: str) -> tuple[Oddity, ...]:
    """Return what was odd in a revision, in the order of its form; the text is that of our tables.

    `definition` is the version that the revision was sent by.
    """
    kept: Mapping[str, Mapping[str, Any]] = json.loads(explanations)
    checked = tuple(
        Oddity(check.name, message, check.explain, check.question, text)
        for check in definition.checks
        if check.name in kept
        for message, text in [(kept[check.name]["message"], kept[check.name]["text"])]
    )
    return checked + tuple(
        Oddity(name, said["message"], True, name.removeprefix(COLLECTED), said["text"])
        for name, said in kept.items()
        if name.startswith(COLLECTED)
    )


def typed_explanations(definition: Definition, explanations: str) -> dict[str, list[str]]:
    """Return the reasons of a revision as they are typed, as far as this version asks for them."""
    kept: Mapping[str, Mapping[str, Any]] = json.loads(explanations)
    return {
        name: [kept[check.name]["text"]]
        for name, check in explained_checks(definition).items()
        if check.name in kept and kept[check.name]["text"]
    }
