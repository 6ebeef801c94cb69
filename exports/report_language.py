"""The little language of templates: named places, and passages that depend on one.

`{{ name }}` is a place. `{% if name %}`, `{% else %}` and `{% endif %}` stand in one paragraph;
with a p behind the sign (`{%p if name %}`) each is a paragraph of its own, and what lies between
are whole paragraphs. There is nothing else: no filter, no call, no arithmetic.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import NamedTuple

from exports.report_places import ANNEXES, Place
from language.text import fold

_NAME = r"[A-Za-z][A-Za-z0-9_]*(?:\.[A-Za-z][A-Za-z0-9_]*)*"
_MARK = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)
_PLACE = re.compile(rf"\{{\{{\s*({_NAME})\s*\}}\}}")
_TAG = re.compile(rf"\{{%(p?)\s+(?:(if)\s+(not\s+)?({_NAME})|(else)|(endif))\s*%\}}")
_LOOSE = re.compile(r"\{\{|\}\}|\{%|%\}|\{#|#\}")
# What is shown of a paragraph, so that it is found.
EXCERPT = 80
LONGEST_NAME = 120
ZERO = "0"
# How much alike a name is that may have been meant, from 0 to 1: a slip, not another word.
CLOSE = 0.8
# Conditions within conditions.
DEEPEST = 5


class Mark(NamedTuple):
    """A mark in a text: from where to where, a `place`, or an `if`, `else` or `endif`.

    `whole` when it stands for its paragraph, `negated` when it asks whether nothing is there.
    """

    start: int
    end: int
    kind: str
    name: str = ""
    whole: bool = False
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Where:
    """A paragraph: the part of the document it is in, its number there, and how it begins."""

    part: str
    number: int
    excerpt: str


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a template: a code, the words at fault, where, and a name that is near."""

    code: str
    words: str = ""
    where: Where | None = None
    near: str = ""


class Passage(NamedTuple):
    """A paragraph of a template: where it is, its text, and what holds it (see exports.word)."""

    where: Where
    text: str
    holder: object
    in_body: bool


def names_in(text: str) -> set[str]:
    """Return the names of the places of a text."""
    return set(_PLACE.findall(text))


def marks_in(text: str) -> list[Mark]:
    """Return the marks of a text in order; one that is not understood has the kind `wrong`."""
    return [_mark(found) for found in _MARK.finditer(text)]


def _mark(found: re.Match[str]) -> Mark:
    start, end, text = found.start(), found.end(), found[0]
    if place := _PLACE.fullmatch(text):
        return Mark(start, end, "place", place[1])
    if tag := _TAG.fullmatch(text):
        whole, negated = bool(tag[1]), bool(tag[3])
        return Mark(start, end, tag[2] or tag[5] or tag[6], tag[4] or "", whole, negated)
    return Mark(start, end, "wrong", text)


def holds(mark: Mark, places: Mapping[str, Place]) -> bool:
    """Tell whether a condition holds: there is something in its place, and not the number 0."""
    place = places[mark.name]
    return (place.known and place.text != ZERO) is not mark.negated


# --- checking -------------------------------------------------------------------------------------


def faults(passages: Sequence[Passage], places: Mapping[str, Place]) -> Iterator[Fault]:
    """Yield what is wrong with the paragraphs of one part of a document, in order."""
    open_: list[_Open] = []
    for passage in passages:
        marks = marks_in(passage.text)
        yield from _loose(passage, marks)
        yield from _unknown(passage, marks, places)
        yield from _inner(passage, [mark for mark in marks if not mark.whole])
        for mark in marks:
            if mark.whole:
                yield from _outer(passage, mark, open_)
    for begun in open_:
        yield Fault("unclosed", begun.passage.text.strip(), begun.passage.where)


@dataclass(slots=True)
class _Open:
    """A condition that is open: the paragraph that opened it, and whether its other case began."""

    passage: Passage
    other: bool = False


def _loose(passage: Passage, marks: Sequence[Mark]) -> Iterator[Fault]:
    for mark in marks:
        if mark.kind == "wrong":
            yield Fault("wrong", mark.name[:LONGEST_NAME], passage.where)
    found = _LOOSE.search(_MARK.sub("", passage.text))
    if found:
        yield Fault("brace", found[0], passage.where)


def _unknown(
    passage: Passage, marks: Sequence[Mark], places: Mapping[str, Place]
) -> Iterator[Fault]:
    for mark in marks:
        if not mark.name or mark.kind == "wrong":
            continue
        place = places.get(mark.name)
        if place is None:
            near = nearest(mark.name, places)
            yield Fault("unknown", mark.name[:LONGEST_NAME], passage.where, near)
        elif mark.kind == "place" and place.is_block and not _stands_alone(passage, mark):
            yield Fault("alone", mark.name, passage.where)


def _stands_alone(passage: Passage, mark: Mark) -> bool:
    alone = not passage.text[: mark.start].strip() and not passage.text[mark.end :].strip()
    return alone and (passage.in_body or mark.name != ANNEXES)


def nearest(name: str, places: Mapping[str, Place]) -> str:
    """Return the known name that is most like another; blank when none is."""
    folded = {fold(known): known for known in reversed(list(places))}
    found = get_close_matches(fold(name), folded, n=1, cutoff=CLOSE)
    return folded[found[0]] if found else ""


def _inner(passage: Passage, marks: Sequence[Mark]) -> Iterator[Fault]:
    """Yield what is wrong with the conditions within a paragraph."""
    open_: list[_Open] = []
    for mark in marks:
        yield from _step(passage, mark, open_)
    if open_:
        yield Fault("unclosed", "if", passage.where)


def _outer(passage: Passage, mark: Mark, open_: list[_Open]) -> Iterator[Fault]:
    """Yield what is wrong with a condition that is a paragraph.

    What is open must end beside its beginning, not within another table or text box.
    """
    if passage.text.strip() != passage.text[mark.start : mark.end]:
        yield Fault("whole", passage.text[mark.start : mark.end], passage.where)
    elif mark.kind != "if" and open_ and open_[-1].passage.holder is not passage.holder:
        yield Fault("stray", mark.kind, passage.where)
    else:
        yield from _step(passage, mark, open_)


def _step(passage: Passage, mark: Mark, open_: list[_Open]) -> Iterator[Fault]:
    """Keep count of what is open; yield what is wrong with that."""
    if mark.kind == "if":
        open_.append(_Open(passage))
        if len(open_) > DEEPEST:
            yield Fault("deep", str(DEEPEST), passage.where)
    elif mark.kind in ("else", "endif"):
        if not open_ or (mark.kind == "else" and open_[-1].other):
            yield Fault("stray", mark.kind, passage.where)
        elif mark.kind == "else":
            open_[-1].other = True
        else:
            open_.pop()
