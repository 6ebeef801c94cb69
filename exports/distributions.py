"""Tables of kind `distribution`: how often each choice was made, for a group of feedbacks.

A group, or those who answered one question of it, must reach the threshold to be shown at all.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from exports.cells import Cell, Formula, address, column_range, letters
from exports.page import Head, Heading, Page, fit_widths
from exports.rounds import Answers, Consolidation, RoundResponses
from exports.shares import share
from exports.values import (
    LARGEST,
    AnswerScope,
    bare_reference,
    given_names,
    test_of,
    with_vanished,
)
from exports.wording import words_of
from forms.answers import KEPT_NUMBER
from forms.markup import alone
from forms.tree import Column, Question, Table
from language.dates import wall_clock
from language.numbers import format_number, round_half_up

NUMBER, CHOICE, COUNT, SHARE = range(4)
CHOICE_WIDTH, CHOICE_LEAST, COUNT_WIDTH = 52.0, 40.0, 11.0
MEAN_PLACES = 2

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
        self.threshold = page.consolidation.threshold if self.is_public else 1

    def write(self, table: Table, head: Head) -> None:
        """Write every question of the table for the group that passes its filter."""
        passes = test_of(table.filter)
        group = [scope.answers for scope in self._scopes() if passes(scope)]
        enough = len(group) >= self.threshold
        hidden = self.is_public and not enough
        number = format_number(self.threshold if hidden else len(group), language=self.language)
        counts = self.words["feedback"].format(number=f"<{number}" if hidden else number)
        self.page.head(replace(head, counts=counts))
        self.page.head_columns()
        if next(self._scopes(), None) is None:
            self.page.nothing()
        elif not enough:
            self.page.line(self.words["too_few"], "nothing")
        else:
            for column in table.columns:
                self._write_question(column, group)
        if self.is_public:
            self._write_comments()

    def _write_comments(self) -> None:
        """Say that no comment stands here: the board prints none that it has not reviewed."""
        self.page.line(self.words["comments"], "group text")
        self.page.nothing()

    def _scopes(self) -> Iterator[AnswerScope]:
        now = wall_clock(self.page.consolidation.exported_at)
        for definition, answers in self.responses.versioned_feedback:
            yield AnswerScope(definition, answers, now, {})
        for response in self.responses.responses:
            if response.answers is not None:
                definition = response.definition or self.definition
                yield AnswerScope(definition, response.answers, now, given_names(response))

    def _write_question(self, column: Column, group: Sequence[Answers]) -> None:
        name = bare_reference(column.value.node) if column.value else ""
        if name not in self.definition.places:
            return
        question = self.definition.question(name)
        label = column.labels.text(self.language) or question.labels.text(self.language)
        self.page.line(alone(label), "group text")
        given = [answers[name] for answers in group if name in answers]
        question = with_vanished(question, self.responses.definitions, given)
        given = list(filter(_FITTING.get(question.type, _any), given))
        if question.type not in _WRITERS:
            self.page.line(self.words["free_text"], "remark")
        elif len(given) < self.threshold:
            self.page.line(self.words["too_few"], "remark")
        else:
            _WRITERS[question.type](self.page, column, question, given)


def _write_numbers(page: Page, _column: Column, _question: Question, given: Sequence[Any]) -> None:
    mean = sum((Decimal(str(number)) for number in given), Decimal(0)) / len(given)
    page.add((None, page.words["answered"], len(given), None), _TOTAL)
    page.add((None, page.words["average"], round_half_up(mean, MEAN_PLACES), None), _MEAN)


def _write_choices(page: Page, column: Column, question: Question, given: Sequence[Any]) -> None:
    """Write a row per choice, and under them how many answered: the whole of every share."""
    several = question.type == "select_multiple"
    counts = Counter(name for answer in given for name in _names(answer))
    language = page.consolidation.language
    names = dict.fromkeys((*(choice.name for choice in question.choices), *counts))
    labels = {name: alone(question.choice_label(name, language)) for name in names}
    first, words = page.next_row, page.words
    last = first + len(labels) - 1
    whole = f"{letters(COUNT)}${last + 2}"
    for number, (name, label) in enumerate(labels.items(), start=1):
        part = share(counts[name], len(given), address(page.next_row, COUNT), whole)
        page.add_texts((number, label, counts[name], part), _STYLES)
    answered: Cell = len(given)
    if not several:
        answered = Formula(f"SUM({column_range(COUNT, first, last)})", len(given))
    page.add((None, words["answered"], answered, None), _TOTAL)
    if several:
        page.line(words["several"], "remark")
    if column.format == "scale":
        _write_scale(page, {name: counts[name] for name in labels}, first)


def _names(answer: Any) -> list[str]:
    return [str(name) for name in answer] if isinstance(answer, list) else [str(answer)]


def _is_number(answer: Any) -> bool:
    """Tell whether an answer is a number; an older version may have asked for something else."""
    return KEPT_NUMBER.fullmatch(str(answer)) is not None and abs(Decimal(str(answer))) < LARGEST


def _any(_answer: Any) -> bool:
    return True


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


def _write_ranks(page: Page, column: Column, question: Question, given: Sequence[Any]) -> None:
    """Write how often each choice was ranked first."""
    page.line(page.words["ranked_first"], "remark")
    _write_choices(page, column, question, [_names(ranked)[0] for ranked in given])


# Which answers of any version can be counted as those of a question of a type.
_FITTING: Mapping[str, Callable[[Any], bool]] = {
    "integer": _is_number,
    "decimal": _is_number,
    "range": _is_number,
}
_WRITERS: Mapping[str, Callable[[Page, Column, Question, Sequence[Any]], None]] = {
    "select_one": _write_choices,
    "select_multiple": _write_choices,
    "rank": _write_ranks,
    "integer": _write_numbers,
    "range": _write_numbers,
    "decimal": _write_numbers,
}
