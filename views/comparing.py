"""Two reports side by side as people read them: what was added, taken away and changed, in words.

What changed is marked by `ins` and `del`, so that it is told without colours, too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import Any

from flask_babel import gettext as _
from markupsafe import Markup, escape

from forms.answers import file_ids
from forms.changes import (
    Change,
    Kind,
    RepeatChange,
    RowChange,
    SectionChange,
    Side,
    compare_answers,
)
from forms.matrix import rows_of_matrices
from forms.survey import FILES
from forms.tree import Group, Question
from views.report import CONTACT, label_of, show_answer

# Of longer texts, it is only said that they differ: comparing words takes long.
MOST_WORDS = 4_000
MARKS = {"del": Markup("<del>{}</del>"), "ins": Markup("<ins>{}</ins>")}
_WORD = re.compile(r"\s+|\S+")


@dataclass(frozen=True, slots=True)
class ComparedLine:
    """One answer on both sides, with what changed in it marked; `remark` is about the question."""

    label: str
    old: Markup
    new: Markup
    kind: Kind
    remark: str = ""


@dataclass(frozen=True, slots=True)
class ComparedRow:
    """What stands above the cells of a row of a repeat: which one it is, and what became of it."""

    label: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class ComparedSection:
    """A section of the form with its lines."""

    label: str
    lines: tuple[ComparedLine | ComparedRow, ...]


@dataclass(frozen=True, slots=True)
class Compared:
    """A report to be compared: `names` are those of its files, by what the answer holds."""

    side: Side
    explanations: Mapping[str, str] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)


def compared_sections(
    old: Compared,
    new: Compared,
    language: str,
    *,
    contacts: bool = False,
    everything: bool = False,
) -> tuple[ComparedSection, ...]:
    """Return the sections of both reports in order of the form, with what differs in them.

    `everything` keeps what is the same, too. `contacts` says whether contact data may be seen.
    """
    comparer = _Comparer(old, new, language, contacts, everything)
    found = (comparer.section(section) for section in compare_answers(old.side, new.side))
    return tuple(s for s in (*found, comparer.explanations()) if s.lines)


@dataclass(frozen=True, slots=True)
class _Comparer:
    old: Compared
    new: Compared
    language: str
    contacts: bool
    everything: bool

    def section(self, section: SectionChange) -> ComparedSection:
        label = self._label(section.section) if section.section else ""
        lines = [line for part in section.parts for line in self._lines(part)]
        return ComparedSection(label, tuple(lines))

    def explanations(self) -> ComparedSection:
        """Return what the unit said to the checks of the form."""
        before, after = self.old.explanations, self.new.explanations
        messages = {
            check.name: check.message.text(self.language)
            for form in (self.old, self.new)
            for check in form.side.definition.checks
        }
        lines = (
            _line(messages.get(name, name), before.get(name, ""), after.get(name, ""))
            for name in dict.fromkeys([*after, *before])
        )
        return ComparedSection(_("Explanations"), tuple(x for x in lines if self._counts(x)))

    def _lines(self, part: Change | RepeatChange) -> Iterator[ComparedLine | ComparedRow]:
        if isinstance(part, RepeatChange):
            for row in filter(self._counts, part.rows):
                yield ComparedRow(self._row_label(part.repeat, row), row.kind)
                yield from self._cells(row.cells)
        else:
            yield from self._cells((part,))

    def _cells(self, cells: tuple[Change, ...]) -> Iterator[ComparedLine]:
        shown = (self._answer(cell) for cell in cells if self._may_be_seen(cell))
        return (line for line in shown if (line.old or line.new) and self._counts(line))

    def _counts(self, part: ComparedLine | RowChange) -> bool:
        return self.everything or part.kind != "same"

    def _may_be_seen(self, change: Change) -> bool:
        question = change.question
        return bool(question.labels) and (self.contacts or CONTACT not in question.appearance)

    def _answer(self, change: Change) -> ComparedLine:
        old = self._shown(change.old_question, change.old, self.old.names)
        new = self._shown(change.new_question, change.new, self.new.names)
        label, remark = self._question_label(change.question), self._remark(change)
        if change.is_file and old == new and change.kind == "changed":
            # Another file of the same name.
            return ComparedLine(label, _marked("del", old), _marked("ins", new), "changed", remark)
        return _line(label, old, new, remark)

    def _shown(self, question: Question | None, value: Any, names: Mapping[str, str]) -> str:
        if question is None or value == "":
            return ""
        if question.type in FILES:
            return "\n".join(names.get(id_, id_) for id_ in file_ids(value))
        return show_answer(question, value, self.language)

    def _remark(self, change: Change) -> str:
        if change.new_question is None:
            return _("no longer asked")
        return _("asked since") if change.old_question is None else ""

    def _question_label(self, question: Question) -> str:
        """Return how a question is called, with the group or the row that it stands in."""
        side = self._side_of(question.name)
        label = self._label(question)
        row = rows_of_matrices(side.definition).get(question.name)
        groups = side.definition.places[question.name].groups
        heading = row.group if row else next(reversed([g for g in groups[1:] if g.labels]), None)
        return f"{self._label(heading)}: {label}" if heading and not heading.repeat else label

    def _row_label(self, repeat: Group, row: RowChange) -> str:
        label = self._label(repeat)
        if row.old_number in (row.new_number, None) or row.new_number is None:
            number = row.new_number or row.old_number
            return _("%(what)s: row %(number)s", what=label, number=number)
        return _(
            "%(what)s: row %(number)s (before: row %(old)s)",
            what=label,
            number=row.new_number,
            old=row.old_number,
        )

    def _label(self, item: Question | Group) -> str:
        side = self._side_of(item.name)
        return label_of(side.definition, side.data, item, self.language)

    def _side_of(self, name: str) -> Side:
        """Return the newer report, or the older one for what only that one asks."""
        return self.new.side if name in self.new.side.definition.places else self.old.side


def _line(label: str, old: str, new: str, remark: str = "") -> ComparedLine:
    if old == new:
        return ComparedLine(label, escape(old), escape(new), "same", remark)
    kind: Kind = "added" if not old else "changed" if new else "removed"
    was, now = marked_words(old, new)
    return ComparedLine(label, was, now, kind, remark)


def marked_words(old: str, new: str) -> tuple[Markup, Markup]:
    """Return both texts with the words marked that were taken away (del) and put in (ins)."""
    before, after = _WORD.findall(old), _WORD.findall(new)
    if len(before) + len(after) > MOST_WORDS:
        return _marked("del", old), _marked("ins", new)
    steps = SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
    was = (_piece("del", before[i:j], step) for step, i, j, _k, _l in steps)
    now = (_piece("ins", after[k:m], step) for step, _i, _j, k, m in steps)
    return Markup("").join(was), Markup("").join(now)


def _piece(tag: str, words: list[str], step: str) -> Markup:
    text = "".join(words)
    return escape(text) if step == "equal" else _marked(tag, text)


def _marked(tag: str, text: str) -> Markup:
    return MARKS[tag].format(text) if text else Markup("")
