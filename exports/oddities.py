"""The sheet of warnings: figures that a check of their form or statistics find odd, and why.

What statistics find comes from exports.unusual, as on the page of warnings of the board.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from exports.cells import Cell, Merge, Shade, address
from exports.explained import groups_of, label_in
from exports.page import Head, Heading, Page, fit_widths
from exports.rounds import Consolidation, RoundResponses, UnitResponse
from exports.unusual import Figures, rule_of, rules_stated, typed_figures, unusual
from exports.values import AnswerScope, choice_labels, given_names, reading_of, text_cell
from exports.wording import Words, words_of
from forms.explanations import Oddity, sent_oddities
from forms.markup import alone
from forms.matrix import rows_of_matrices
from forms.tree import Definition
from language.dates import wall_clock

NUMBER, UNIT, ROUND, QUESTION, VALUE, RULE, MESSAGE, EXPLANATION = range(8)
# How wide the columns are, and the least that those of texts need.
_WIDTHS = (5.0, 24.0, 9.0, 24.0, 10.0, 22.0, 34.0, 28.0)
_LEASTS = (0.0, 15.0, 0.0, 15.0, 0.0, 15.0, 18.0, 15.0)
_LABELS = ("number", "unit", "round", "indicator", "value", "rule", "warning", "explanation")
_FIGURES: dict[type, str] = {int: "item integer", Decimal: "item decimal"}


@dataclass(frozen=True, slots=True)
class Entry:
    """A warning: to whom and when, about which figure, and what was said of it."""

    unit: str
    round: str
    question: str
    value: Cell
    found: Oddity
    definition: Definition


def has_warnings(consolidation: Consolidation) -> bool:
    """Return whether any form of the campaign looks for odd figures, or there are any."""
    checked = any(version.checks for asked in consolidation.rounds for version in asked.definitions)
    return checked or any(map(_unusual, consolidation.rounds))


def build_oddities(consolidation: Consolidation, head: Head) -> Page:
    """Return the page of warnings of all rounds, in official order of the units.

    Where a reason is wanted and none was given, the cell says so and is marked for as long as it
    says so: the board may type over it what it has learned.
    """
    words = words_of(consolidation.language)
    headings = [
        Heading(words[label], width, least=least)
        for label, width, least in zip(_LABELS, _WIDTHS, _LEASTS, strict=True)
    ]
    page = Page(consolidation, headings, fit_widths(headings, _WIDTHS))
    found = [e for asked in consolidation.rounds for e in _entries(consolidation, asked)]
    page.head(replace(head, counts=_counts(page, found), until=_until(consolidation.rounds)))
    page.head_columns()
    first = page.next_row
    for number, entry in enumerate(found, start=1):
        _write(page, number, entry)
    if found:
        block = Merge(first, EXPLANATION, page.next_row - 1, EXPLANATION)
        formula = f'{address(first, EXPLANATION)}="{words["unexplained"]}"'
        page.shades.append(Shade(block, formula, "marked"))
    else:
        page.nothing()
    _write_rules(page)
    page.signature()
    return page


def _write_rules(page: Page) -> None:
    page.gap()
    page.line(page.words["rules"], "group text")
    for name, stated in rules_stated(page.consolidation.language):
        page.line(f"{name}: {stated}", "remark")


def _write(page: Page, number: int, entry: Entry) -> None:
    found = entry.found
    missing = page.words["unexplained"] if found.is_unexplained else None
    cells: list[Cell] = [None] * len(_WIDTHS)
    cells[NUMBER], cells[UNIT], cells[ROUND] = number, entry.unit, entry.round
    cells[QUESTION], cells[VALUE] = entry.question or None, entry.value
    cells[RULE] = rule_of(found, entry.definition, page.consolidation.language)
    cells[MESSAGE], cells[EXPLANATION] = found.message, found.text or missing
    figure = _FIGURES.get(type(entry.value), "item text")
    text = "item text"
    page.add_texts(cells, ("item centre", text, "item centre", text, figure, text, text, text))


def _entries(consolidation: Consolidation, asked: RoundResponses) -> Iterator[Entry]:
    now, language = wall_clock(consolidation.exported_at), consolidation.language
    statistics = _unusual(asked, language)
    for response in asked.responses:
        if response.definition is None:
            continue
        checked = sent_oddities(response.definition, response.explanations)
        for found in (*checked, *statistics.get(response.unit.code, ())):
            yield Entry(
                response.unit.name,
                asked.title,
                label_of(response.definition, found.question, language),
                _value(response.definition, response, found.question, now, language),
                found,
                response.definition,
            )


def _unusual(asked: RoundResponses, language: str = "vi") -> Mapping[str, tuple[Oddity, ...]]:
    """Return what statistics find in a closed round, by unit; one that was withdrawn is in none."""
    if asked.kind != "closed":
        return {}
    figures = [
        Figures(
            response.unit.code,
            response.unit.name,
            response.unit.group_code,
            typed_figures(response.definition, response.answers),
        )
        for response in asked.responses
        if response.definition and response.answers is not None and not response.withdrawn_at
    ]
    return unusual(figures, language)


def label_of(definition: Definition, name: str, language: str) -> str:
    """Return how the part that a check is about is called; a cell of a table with its row.

    What is worked out is called by its hint or its heading; what nothing calls, by the group
    around it.
    """
    place = definition.places.get(name)
    if place is None:
        return ""
    around = reversed(groups_of(definition, name, language))
    label = label_in(definition, name, language) or next(around, "")
    row = rows_of_matrices(definition).get(name)
    return f"{alone(row.group.labels.text(language))}: {label}" if row else label


def _value(
    definition: Definition, response: UnitResponse, name: str, now: datetime, language: str
) -> Cell:
    if name not in definition.places:
        return None
    scope = AnswerScope(definition, response.answers or {}, now, given_names(response))
    if choice_labels([definition], name, language):
        return reading_of(name, [definition], language)(scope)
    return text_cell(scope.value(name))


def _counts(page: Page, found: list[Entry]) -> str:
    """Return how many warnings each round has that looks for any, and how many want a reason."""
    return "; ".join(
        _count(asked.title, [one.found for one in found if one.round == asked.title], page.words)
        for asked in page.consolidation.rounds
        if any(version.checks for version in asked.definitions)
        or any(entry.round == asked.title for entry in found)
    )


def _count(title: str, found: list[Oddity], words: Words) -> str:
    wanted = sum(one.explain for one in found)
    missing = sum(one.is_unexplained for one in found)
    return words["warnings_of" if wanted else "warnings_only"].format(
        round=title, all=len(found), wanted=wanted, told=wanted - missing, missing=missing
    )


def _until(rounds: Iterable[RoundResponses]) -> datetime | None:
    moments = (response.newest_at for asked in rounds for response in asked.responses)
    return max(filter(None, moments), default=None)
