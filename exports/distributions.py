"""Tables of kind `distribution`: how often each choice was made, for a group of feedbacks.

A group, or those who answered one question of it, must reach the threshold to be shown at all.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from exports.cells import Cell, Formula, address, column_range, letters
from exports.page import Head, Heading, Page, fit_widths
from exports.rounds import Answers, Consolidation, RoundResponses
from exports.shares import share
from exports.values import AnswerScope, bare_reference, test_of
from exports.wording import Words, words_of
from forms.tree import Column, Definition, Question, Table
from language.dates import local
from language.numbers import round_half_up

NUMBER, CHOICE, COUNT, SHARE = range(4)
CHOICE_WIDTH, CHOICE_LEAST, COUNT_WIDTH = 52.0, 40.0, 11.0
MEAN_PLACES = 2

_STYLES = ("body centre", "body text", "body integer", "body percent")
_TOTAL = ("total centre", "total text", "total integer", "total percent")
_MEAN = ("total centre", "total text", "total scale", "total percent")


def build_distribution(
    consolidation: Consolidation, responses: RoundResponses, table: Table, head: Head
) -> Page:
    """Return the page of one `distribution` table over the feedback of a round."""
    words = words_of(consolidation.language)
    feedback = _group(consolidation, responses, table)
    enough = len(feedback) >= consolidation.threshold
    counts = words["feedback"].format(number=len(feedback)) if enough else ""
    headings = _headings(words)
    page = Page(consolidation, headings, fit_widths(headings, [1.0] * len(headings)))
    page.head(replace(head, counts=counts))
    page.head_columns()
    if enough:
        for column in table.columns:
            _write_question(page, column, responses.definition, feedback)
    else:
        page.line(words["nothing"] if not responses.feedback else words["too_few"], "nothing")
    page.signature()
    return page


def _headings(words: Words) -> list[Heading]:
    return [
        Heading(words["number"], 5.0),
        Heading(words["choice"], CHOICE_WIDTH, least=CHOICE_LEAST),
        Heading(words["answers"], COUNT_WIDTH),
        Heading(words["share"], COUNT_WIDTH),
    ]


def _group(
    consolidation: Consolidation, responses: RoundResponses, table: Table
) -> Sequence[Answers]:
    """Return the feedback that passes the table's filter."""
    if table.filter is None:
        return responses.feedback
    passes = test_of(table.filter)
    today = local(consolidation.exported_at).date()
    definition = responses.definition
    return [
        answers
        for answers in responses.feedback
        if passes(AnswerScope(definition, answers, today, {}))
    ]


def _write_question(
    page: Page, column: Column, definition: Definition, feedback: Sequence[Answers]
) -> None:
    language = page.consolidation.language
    question = _question(column, definition)
    if question is None:
        return
    label = column.labels.text(language) or question.labels.text(language)
    page.line(label, "group text")
    write = _WRITERS.get(question.type, _write_free_text)
    write(page, column, question, [a[question.name] for a in feedback if question.name in a])


def _question(column: Column, definition: Definition) -> Question | None:
    place = definition.places.get(bare_reference(column.value.node)) if column.value else None
    return place.item if place and isinstance(place.item, Question) else None


def _write_free_text(page: Page, *_: object) -> None:
    page.line(page.words["free_text"], "remark")


def _write_numbers(page: Page, _column: Column, _question: Question, given: Sequence[Any]) -> None:
    if _too_few(page, given):
        return
    mean = sum(map(Decimal, given), Decimal(0)) / len(given)
    page.add((None, page.words["answered"], len(given), None), _TOTAL)
    page.add((None, page.words["average"], round_half_up(mean, MEAN_PLACES), None), _MEAN)


def _write_choices(page: Page, column: Column, question: Question, given: Sequence[Any]) -> None:
    """Write a row per choice, and under them how many answered: the whole of every share."""
    if _too_few(page, given):
        return
    several = question.type == "select_multiple"
    counts = Counter(given) if not several else Counter(name for names in given for name in names)
    labels = _labels(question, counts, page.consolidation.language)
    first, words = page.next_row, page.words
    last = first + len(labels) - 1
    whole = f"{letters(COUNT)}${last + 2}"
    for number, (name, label) in enumerate(labels.items(), start=1):
        row = page.next_row
        part = share(counts[name], len(given), address(row, COUNT), whole)
        page.add_texts((number, label, counts[name], part), _STYLES)
    answered: Cell = len(given)
    if not several:
        answered = Formula(f"SUM({column_range(COUNT, first, last)})", len(given))
    page.add((None, words["answered"], answered, None), _TOTAL)
    if several:
        page.line(words["several"], "remark")
    if column.format == "scale":
        _write_scale(page, {name: counts[name] for name in labels}, first)


def _labels(question: Question, counts: Mapping[str, int], language: str) -> dict[str, str]:
    """Return the labels of all choices; a choice of an older form version comes last."""
    labels = {choice.name: choice.labels.text(language) for choice in question.choices}
    return labels | {name: name for name in counts if name not in labels}


def _write_scale(page: Page, counts: Mapping[str, int], first: int) -> None:
    """Write the mean score and the share of the two highest levels, over the counts above."""
    levels = {name: int(name) for name in counts if name.isdecimal()}
    if not levels:
        return
    words, whole = page.words, sum(counts[name] for name in levels)
    cells = {name: address(first + place, COUNT) for place, name in enumerate(counts)}
    low, high = min(levels.values()), max(levels.values())
    upper = [name for name, level in levels.items() if level >= high - 1]
    products = "+".join(f"{level}*{cells[name]}" for name, level in levels.items())
    total = "+".join(cells[name] for name in levels)
    scored = sum(level * counts[name] for name, level in levels.items())
    mean = Formula(
        f'IF({total}=0,"",ROUND(({products})/({total}),{MEAN_PLACES}))',
        round_half_up(Decimal(scored) / whole, MEAN_PLACES) if whole else "",
    )
    page.add((None, words["mean"].format(low=low, high=high), mean, None), _MEAN)
    chosen = sum(counts[name] for name in upper)
    added = "+".join(cells[name] for name in upper)
    top = Formula(added, chosen)
    row = page.next_row
    part = share(chosen, whole, address(row, COUNT), f"({total})")
    label = words["top"].format(low=high - 1, high=high)
    page.add((None, label, top, part), _TOTAL)


def _too_few(page: Page, given: Sequence[object]) -> bool:
    few = len(given) < page.consolidation.threshold
    if few:
        page.line(page.words["too_few"], "remark")
    return few


_WRITERS: Mapping[str, Callable[[Page, Column, Question, Sequence[Any]], None]] = {
    "select_one": _write_choices,
    "select_multiple": _write_choices,
    "integer": _write_numbers,
    "decimal": _write_numbers,
}
