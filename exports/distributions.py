"""Tables of kind `distribution`: how often each choice was made, for a group of feedbacks.

Feedback comes counted, by groups that may be shown (exports.feedback); nothing else is known here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Protocol

from exports.cells import Cell, Formula, Shown, address, column_range, letters
from exports.drawings import Plot, Point, figure
from exports.feedback import (
    ANSWERED,
    NUMBERS,
    OWN,
    SUM,
    AnswerCounts,
    CountedFeedback,
    answered,
    count_answers,
    merge,
)
from exports.page import Head, Heading, Page, fit_widths
from exports.rounds import Answers, Consolidation, RoundResponses
from exports.shares import share
from exports.values import (
    AnswerScope,
    bare_reference,
    given_names,
    test_of,
    with_vanished,
)
from exports.wording import words_of
from forms.expressions import references
from forms.markup import alone
from forms.tree import Column, Question, Table
from language.dates import wall_clock
from language.numbers import format_number, percent, round_half_up

NUMBER, CHOICE, COUNT, SHARE = range(4)
CHOICE_WIDTH, CHOICE_LEAST, COUNT_WIDTH = 52.0, 40.0, 11.0
MEAN_PLACES = 2
NUMERIC_TYPES = ("integer", "decimal", "range")

_STYLES = ("body centre", "body text", "body integer", "body percent")
_TOTAL = ("total centre", "total text", "total integer", "total percent")
_MEAN = ("total centre", "total text", "total scale", "total percent")


def build_distribution(
    consolidation: Consolidation, responses: RoundResponses, table: Table, head: Head
) -> Page:
    """Return the page of one `distribution` table over the feedback, or reports, of a round."""
    words = words_of(consolidation.language)
    headings = [
        Heading(words["number"], 5.0),
        Heading(words["choice"], CHOICE_WIDTH, least=CHOICE_LEAST),
        Heading(words["answers"], COUNT_WIDTH),
        Heading(words["share"], COUNT_WIDTH),
    ]
    page = Page(consolidation, headings, fit_widths(headings, [1.0] * len(headings)))
    _Distribution(page, responses).write(table, head)
    page.signature()
    return page


def read_distribution(
    consolidation: Consolidation, responses: RoundResponses, table: Table
) -> tuple[int, Mapping[str, tuple[Question, Tally]]]:
    """Return what the page of a distribution tells: how many people, and their answers.

    The answers to a question stand under the name of the column that shows it.
    """
    whole = _Distribution(Page(consolidation, (), ()), responses)
    group = whole.group(table)
    found = {column.name: whole.asked(column) for column in table.columns}
    return group.size, {
        name: (question, group.tally(question)) for name, question in found.items() if question
    }


@dataclass(frozen=True, slots=True)
class Tally:
    """What a group answered to a question: how many people, how often each choice was made.

    `total` is the sum of the numbers, where it asks for one.
    """

    answered: int
    choices: Mapping[str, int]
    total: Decimal


class _Distribution:
    """One table on its way to its page."""

    def __init__(self, page: Page, responses: RoundResponses) -> None:
        self.page = page
        self.words = page.words
        self.language = page.consolidation.language
        self.responses = responses
        self.definition = responses.definition
        # What units report is no secret; only feedback is anonymous.
        self.is_public = responses.kind == "public"
        self.least = page.consolidation.options.least if self.is_public else 0

    def write(self, table: Table, head: Head) -> None:
        """Write every question of the table for the group that passes its filter."""
        group = self.group(table)
        counts = self._counts(group)
        self.page.head(replace(head, counts=counts, of_units=not self.is_public))
        if self.is_public:
            # In any case: whether any waits, and how many, is told nowhere.
            self.page.line(self.words["feedback_waits"], "note")
        self.page.head_columns()
        if not group.size and self._may_be_any():
            self.page.line(self.words["too_few"], "nothing")
        elif not group.size:
            self.page.nothing()
        else:
            for column in table.columns:
                self._write_question(column, group)
        if self.is_public:
            self._write_comments(table, shown=group.size >= self.least)

    def _counts(self, group: _Group) -> str:
        if self.is_public and not group.size:
            return self.words["too_few"]
        number = format_number(group.size, language=self.language)
        return self.words["feedback"].format(number=number)

    def _may_be_any(self) -> bool:
        """Tell whether there may be somebody who is not shown; of reports, whether there is."""
        return self.is_public or any(
            response.answers is not None for response in self.responses.of_units
        )

    def _write_comments(self, table: Table, *, shown: bool) -> None:
        """Write the comments of the group that the board has reviewed, in no order that tells.

        Those of a group that is not `shown` would tell of it.
        """
        self.page.line(self.words["comments"], "group text")
        passes = self._passes(table)
        comments = self.responses.comments if shown else ()
        found = [comment.text for comment in comments if passes(comment.labels)]
        for text in found:
            self.page.line(text, "remark")
        if not found:
            self.page.nothing()

    # --- the group --------------------------------------------------------------------------------

    def group(self, table: Table) -> _Group:
        """Return the group that passes the filter of a table."""
        return self._feedback(table) if self.is_public else self._reports(table)

    def asked(self, column: Column) -> Question | None:
        """Return the question that a column shows; None when the form has none such."""
        name = bare_reference(column.value.node) if column.value else ""
        return self.definition.question(name) if name in self.definition.places else None

    def _feedback(self, table: Table) -> _Group:
        passes = self._passes(table)
        group = FeedbackGroups([one for one in self.responses.feedback if passes(one.labels)])
        return group if group.size >= self.least else FeedbackGroups(())

    def _passes(self, table: Table) -> Callable[[Mapping[str, str | None]], bool]:
        """Return the test of a group by its labels; one that does not know enough fails it."""
        now, test = wall_clock(self.page.consolidation.exported_at), test_of(table.filter)
        asked = references(table.filter.node) if table.filter else frozenset()

        def passes(labels: Mapping[str, str | None]) -> bool:
            known = {name: label for name, label in labels.items() if label is not None}
            scope = AnswerScope(self.definition, known, now, {})
            return asked <= known.keys() and test(scope)

        return passes

    def _reports(self, table: Table) -> _Group:
        passes = test_of(table.filter)
        now = wall_clock(self.page.consolidation.exported_at)
        scopes = (
            AnswerScope(
                response.definition or self.definition,
                response.answers,
                now,
                given_names(response),
            )
            for response in self.responses.of_units
            if response.answers is not None
        )
        return _Reports([scope.answers for scope in scopes if passes(scope)])

    def _write_question(self, column: Column, group: _Group) -> None:
        question = self.asked(column)
        if question is None:
            return
        label = column.labels.text(self.language) or question.labels.text(self.language)
        self.page.line(alone(label), "group text")
        if question.type not in _WRITERS:
            self.page.line(self.words["free_text"], "remark")
            return
        tally = group.tally(question)
        question = with_vanished(question, self.responses.definitions, tally.choices)
        if not tally.answered or tally.answered < self.least:
            self.page.line(self.words["too_few"], "remark")
        else:
            _WRITERS[question.type](self.page, column, question, tally)


class _Group(Protocol):
    """People, and what they answered."""

    @property
    def size(self) -> int:
        """How many there are."""

    def tally(self, question: Question) -> Tally:
        """Return what they answered to a question."""


@dataclass(frozen=True, slots=True)
class FeedbackGroups:
    """Groups of feedback taken together."""

    groups: Sequence[CountedFeedback]

    @property
    def size(self) -> int:
        """How many people they are."""
        return sum(group.count for group in self.groups)

    def answered(self, name: str) -> int:
        """Return how many of them answered a question."""
        return sum(answered(counted_in(group, name)) for group in self.groups)

    def tally(self, question: Question) -> Tally:
        """Return what they answered to a question."""
        counts: dict[str, dict[str, int | str]] = {}
        for group in self.groups:
            merge(counts, {question.name: counted_in(group, question.name)})
        return tally_of(question, counts.get(question.name, {}))


@dataclass(frozen=True, slots=True)
class _Reports:
    """Reports of units."""

    answers: Sequence[Answers]

    @property
    def size(self) -> int:
        return len(self.answers)

    def tally(self, question: Question) -> Tally:
        counts: dict[str, dict[str, int | str]] = {}
        for answers in self.answers:
            count_answers(counts, (question,), answers)
        return tally_of(question, counts.get(question.name, {}))


def tally_of(question: Question, counted: AnswerCounts) -> Tally:
    """Return what counts say of a question; of one that asks for a number, only numbers count."""
    by_number = question.type in NUMERIC_TYPES
    choices = {} if by_number else {n: int(c) for n, c in counted.items() if n not in OWN}
    return Tally(
        int(counted.get(NUMBERS, 0)) if by_number else answered(counted),
        choices,
        Decimal(counted.get(SUM, 0)),
    )


def counted_in(group: CountedFeedback, name: str) -> AnswerCounts:
    """Return what a group of feedback answered to a question, also one that tells groups apart."""
    label = group.labels.get(name, "")
    if label:
        return {ANSWERED: group.count, label: group.count}
    return group.counts.get(name, {})


def _write_numbers(page: Page, _column: Column, _question: Question, tally: Tally) -> None:
    mean = tally.total / tally.answered
    page.add((None, page.words["answered"], tally.answered, None), _TOTAL)
    page.add((None, page.words["average"], round_half_up(mean, MEAN_PLACES), None), _MEAN)


def _write_choices(page: Page, column: Column, question: Question, tally: Tally) -> None:
    """Write a row per choice, and under them how many answered: the whole of every share."""
    several = question.type == "select_multiple"
    counts = Counter(tally.choices)
    language = page.consolidation.language
    names = dict.fromkeys((*(choice.name for choice in question.choices), *counts))
    labels = {name: alone(question.choice_label(name, language)) for name in names}
    first, words = page.next_row, page.words
    last = first + len(labels) - 1
    whole = f"{letters(COUNT)}${last + 2}"
    for number, (name, label) in enumerate(labels.items(), start=1):
        part = share(counts[name], tally.answered, address(page.next_row, COUNT), whole)
        page.add_texts((number, label, counts[name], part), _STYLES)
    total: Cell = tally.answered
    if not several:
        total = Formula(f"SUM({column_range(COUNT, first, last)})", tally.answered)
    page.add((None, words["answered"], total, None), _TOTAL)
    if several:
        page.line(words["several"], "remark")
    if column.chart:
        label = column.labels.text(language) or question.labels.text(language)
        title = words["chart_choices"].format(what=alone(label), sheet=page.title)
        points = tuple(
            Point(text, (figure(first + place, SHARE, _share_of(counts[name], tally.answered)),))
            for place, (name, text) in enumerate(labels.items())
        )
        page.plots.append(Plot(title, (words["share"],), points, "percent"))
    if column.format == "scale":
        _write_scale(page, {name: counts[name] for name in labels}, first)


def _share_of(part: int, whole: int) -> Shown:
    value = percent(part, whole)
    return "" if value is None else value


def _write_scale(page: Page, counts: Mapping[str, int], first: int) -> None:
    """Write the mean score and the share of the two highest levels, over the counts above.

    The level of a choice is its name; choices whose name is no number are left out.
    """
    levels = {name: int(name) for name in counts if name.isdecimal()}
    if not levels:
        return
    cells = {name: address(first + place, COUNT) for place, name in enumerate(counts)}
    whole = sum(counts[name] for name in levels)
    total = f"({'+'.join(cells[name] for name in levels)})"
    low, high = min(levels.values()), max(levels.values())
    label = page.words["mean"].format(low=low, high=high)
    scored = sum(level * counts[name] for name, level in levels.items())
    products = "+".join(f"{level}*{cells[name]}" for name, level in levels.items())
    mean = Formula(
        f'IF({total}=0,"",ROUND(({products})/{total},{MEAN_PLACES}))',
        round_half_up(Decimal(scored) / whole, MEAN_PLACES) if whole else "",
    )
    page.add((None, label, mean, None), _MEAN)
    upper = [name for name, level in levels.items() if level >= high - 1]
    chosen = sum(counts[name] for name in upper)
    top = Formula("+".join(cells[name] for name in upper), chosen)
    part = share(chosen, whole, address(page.next_row, COUNT), total)
    page.add((None, page.words["top"].format(low=high - 1, high=high), top, part), _TOTAL)


def _write_ranks(page: Page, column: Column, question: Question, tally: Tally) -> None:
    """Write how often each choice was ranked first."""
    page.line(page.words["ranked_first"], "remark")
    _write_choices(page, column, question, tally)


_WRITERS: Mapping[str, Callable[[Page, Column, Question, Tally], None]] = {
    "select_one": _write_choices,
    "select_multiple": _write_choices,
    "rank": _write_ranks,
    **dict.fromkeys(NUMERIC_TYPES, _write_numbers),
}
