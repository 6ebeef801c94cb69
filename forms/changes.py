"""What differs between two reports, also by two versions of the form: pure, in order of the form.

Questions are the same when they have the same name; the rows of a repeat are laid side by side so
that as many cells as possible stay the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any, Literal

from forms.survey import FILES
from forms.tree import Definition, Group, Question, walk

Kind = Literal["same", "changed", "added", "removed"]
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Side:
    """A report: the version of the form that asked for it, and its canonical data."""

    definition: Definition
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Change:
    """An answer on both sides, "" where there is none.

    A question is None on the side whose form does not ask it.
    """

    old_question: Question | None
    new_question: Question | None
    old: Any = ""
    new: Any = ""

    @property
    def kind(self) -> Kind:
        """What happened to the answer."""
        if self.old == self.new:
            return "same"
        if self.old == "":
            return "added"
        return "removed" if self.new == "" else "changed"

    @property
    def question(self) -> Question:
        """The question as it is asked now, or as it was when it is gone."""
        found = self.new_question or self.old_question
        if found is None:
            raise ValueError("a change of nothing")
        return found

    @property
    def is_file(self) -> bool:
        """Whether the answer names files."""
        return self.question.type in FILES


@dataclass(frozen=True, slots=True)
class RowChange:
    """A row of a repeat on both sides: its numbers from 1, None where it is not, and its cells."""

    old_number: int | None
    new_number: int | None
    cells: tuple[Change, ...]

    @property
    def kind(self) -> Kind:
        """What happened to the row."""
        if self.old_number is None:
            return "added"
        if self.new_number is None:
            return "removed"
        return "changed" if any(cell.kind != "same" for cell in self.cells) else "same"


@dataclass(frozen=True, slots=True)
class RepeatChange:
    """A repeat with its rows: as it is asked now, or as it was when it is gone."""

    repeat: Group
    rows: tuple[RowChange, ...]


@dataclass(frozen=True, slots=True)
class SectionChange:
    """A group at the top of the form, None for questions outside of any, and what is in it."""

    section: Group | None
    parts: tuple[Change | RepeatChange, ...]


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question or a repeat that stands at the first level of answers, and its section."""

    section: Group | None
    item: Question | Group

    @property
    def key(self) -> tuple[str, bool]:
        """What it is found by on the other side."""
        return self.item.name, isinstance(self.item, Group)


def compare_answers(old: Side, new: Side) -> tuple[SectionChange, ...]:
    """Return every answer of both reports side by side, those that are the same included."""
    before = {asked.key: asked for asked in _asked(old.definition)}
    after = {asked.key: asked for asked in _asked(new.definition)}
    parts: dict[str, list[Change | RepeatChange]] = {}
    sections: dict[str, Group | None] = {}
    for key in merged(list(before), list(after)):
        was, now = before.get(key), after.get(key)
        part = _part(old, new, was, now)
        section = (now or before[key]).section
        name = section.name if section else ""
        sections.setdefault(name, section)
        parts.setdefault(name, []).append(part)
    return tuple(SectionChange(sections[name], tuple(found)) for name, found in parts.items())


def _asked(definition: Definition) -> Iterator[_Asked]:
    for child in definition.children:
        section = child if isinstance(child, Group) and not child.repeat else None
        for item in _answered(child):
            yield _Asked(section, item)


def _answered(item: Question | Group) -> Iterator[Question | Group]:
    """Yield what has an answer of its own: a question, or a repeat as a whole."""
    if isinstance(item, Question):
        if item.holds_value:
            yield item
    elif item.repeat:
        yield item
    else:
        for child in item.children:
            yield from _answered(child)


def merged(
    before: Sequence[tuple[str, bool]], after: Sequence[tuple[str, bool]]
) -> list[tuple[str, bool]]:
    """Return both orders as one: that of `after`; what is only in `before` follows where it did."""
    order = list(after)
    known = set(after)
    place = 0
    for key in before:
        if key in known:
            place = order.index(key) + 1
        else:
            order.insert(place, key)
            place += 1
    return order


def _part(old: Side, new: Side, was: _Asked | None, now: _Asked | None) -> Change | RepeatChange:
    was_item, now_item = was.item if was else None, now.item if now else None
    if isinstance(was_item, Group) or isinstance(now_item, Group):
        return _repeat(
            old,
            new,
            was_item if isinstance(was_item, Group) else None,
            now_item if isinstance(now_item, Group) else None,
        )
    return _change(was_item, now_item, old.data, new.data)


def _change(
    was: Question | None, now: Question | None, old: Mapping[str, Any], new: Mapping[str, Any]
) -> Change:
    return Change(
        old_question=was,
        new_question=now,
        old=old.get(was.name, "") if was else "",
        new=new.get(now.name, "") if now else "",
    )


# --- repeats --------------------------------------------------------------------------------------


def _repeat(old: Side, new: Side, was: Group | None, now: Group | None) -> RepeatChange:
    repeat = now or was
    if repeat is None:
        raise ValueError("a change of nothing")
    before = {q.name: q for q in _columns(was)}
    after = {q.name: q for q in _columns(now)}
    names = [n for n, _ in merged([(n, False) for n in before], [(n, False) for n in after])]
    old_rows, new_rows = old.data.get(repeat.name, []), new.data.get(repeat.name, [])
    rows = tuple(
        RowChange(
            None if i is None else i + 1,
            None if j is None else j + 1,
            tuple(
                _change(
                    before.get(name),
                    after.get(name),
                    {} if i is None else old_rows[i],
                    {} if j is None else new_rows[j],
                )
                for name in names
            ),
        )
        for i, j in aligned(old_rows, new_rows)
    )
    return RepeatChange(repeat, rows)


def _columns(repeat: Group | None) -> tuple[Question, ...]:
    items = [place.item for place in walk(repeat.children)] if repeat else []
    return tuple(q for q in items if isinstance(q, Question) and q.holds_value)


def aligned(old: Sequence[Row], new: Sequence[Row]) -> list[tuple[int | None, int | None]]:
    """Lay two lists of rows side by side, in order, so that most cells are the same.

    Rows that are left between two pairs are laid beside each other as they come.
    """
    laid: list[tuple[int | None, int | None]] = []
    i = j = 0
    for pair in [*_pairs(old, new), (len(old), len(new))]:
        laid += zip_longest(range(i, pair[0]), range(j, pair[1]))
        laid.append(pair)
        i, j = pair[0] + 1, pair[1] + 1
    return laid[:-1]


def _pairs(old: Sequence[Row], new: Sequence[Row]) -> Iterator[tuple[int, int]]:
    """Yield the pairs of rows that have most cells in common, in the order of both lists."""
    alike = [[_alike(was, now) for now in new] for was in old]
    # The most cells that can be the same from row i and row j on.
    best = [[0] * (len(new) + 1) for _ in range(len(old) + 1)]
    for i in reversed(range(len(old))):
        for j in reversed(range(len(new))):
            together = best[i + 1][j + 1] + alike[i][j]
            best[i][j] = max(best[i + 1][j], best[i][j + 1], together)
    i = j = 0
    while i < len(old) and j < len(new):
        if alike[i][j] and best[i][j] == best[i + 1][j + 1] + alike[i][j]:
            yield i, j
            i, j = i + 1, j + 1
        elif best[i][j] == best[i + 1][j]:
            i += 1
        else:
            j += 1


def _alike(old: Row, new: Row) -> int:
    return sum(name in new and new[name] == value for name, value in old.items())
