"""Tables of kind `list`: a row per response, or per instance of a repeat, of one or more rounds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from exports.cells import Cell
from exports.measure import text_units
from exports.page import Head, Heading, Page, body_size, fit_widths, longest_word
from exports.rounds import Answers, Consolidation, RoundResponses, UnitResponse
from exports.tallies import Tally, fill_tally, write_tally
from exports.values import (
    AnswerScope,
    bare_reference,
    choice_labels,
    given_names,
    instance_answers,
    reader,
    reading_of,
    test_of,
)
from exports.wording import words_of
from forms.expressions import as_text, references
from forms.tables import RESERVED
from forms.tree import Column, Definition, Format, Table
from language.dates import local
from language.numbers import format_number

NUMBER, NAME, ROUND = 0, 1, 2
NUMBER_WIDTH, NAME_WIDTH, NAME_LEAST, TEXT_LEAST = 5.0, 26.0, 16.0, 12.0
_WIDTHS: Mapping[Format, float] = {"text": 30.0, "date": 13.0}
ROUND_WIDTH, OTHER_WIDTH = 7.5, 10.0
# Text columns that are given at least this width share the room of the page.
FLEXIBLE_FROM = 20
# Long texts get more room than short ones, but not all of it.
LIGHTEST, HEAVIEST = 10.0, 90.0

Part = tuple[RoundResponses, Table]


@dataclass(slots=True)
class Entry:
    """One row of the list: its cells, the choice it is listed under, what is counted in it."""

    cells: list[Cell]
    group: str
    tallied: tuple[str, ...]


def build_list(consolidation: Consolidation, parts: Sequence[Part], head: Head) -> Page:
    """Return the page of one list; `parts` are the rounds that share it, each with its table."""
    return _List(consolidation, parts).page(head)


class _List:
    """One list on its way to a page."""

    def __init__(self, consolidation: Consolidation, parts: Sequence[Part]) -> None:
        self.consolidation = consolidation
        self.parts = parts
        self.language = consolidation.language
        self.words = words_of(self.language)
        self.first = ROUND + (len(parts) > 1)
        self.table = parts[0][1]
        self.columns = _united(parts)
        today = local(consolidation.exported_at).date()
        self.entries = [e for part in parts for e in _Reading(self, *part).entries(today)]
        self.tallies = [self._tally(place, name) for place, name in enumerate(self.table.foot)]

    def page(self, head: Head) -> Page:
        """Write the list and return its page."""
        headings = self._headings()
        page = Page(self.consolidation, headings, fit_widths(headings, self._weights(headings)))
        page.head(replace(head, counts=self._counts(), until=self._until()))
        written = [] if self.table.rows else self._write_tallies(page)
        page.head_columns()
        first = page.next_row
        self._write_entries(page)
        rows = (first, page.next_row - 1)
        if self.table.rows:
            page.gap()
            written = self._write_tallies(page)
        for tally, row in written:
            fill_tally(page, tally, row, rows)
        page.signature()
        return page

    # --- rows -------------------------------------------------------------------------------------

    def _write_entries(self, page: Page) -> None:
        if not self.entries:
            page.nothing()
        styles = self._styles()
        number = 0
        for label, entries in self._groups():
            if label:
                page.line(label, "group text")
            for entry in entries:
                number += 1
                entry.cells[NUMBER] = number
                page.add_texts(entry.cells, styles)

    def _groups(self) -> Iterator[tuple[str, list[Entry]]]:
        """Yield the entries under each choice, in the order of the choices, the others last."""
        if not self.table.group_by:
            yield "", self.entries
            return
        labels = self._labels(self.table.group_by)
        found: dict[str, list[Entry]] = {name: [] for name in labels}
        for entry in self.entries:
            found.setdefault(entry.group, []).append(entry)
        for name, entries in found.items():
            if entries:
                yield labels.get(name, name or self.words["unclassified"]), entries

    def _labels(self, question: str) -> dict[str, str]:
        """Return the labels of a question's choices, of all rounds together."""
        labels: dict[str, str] = {}
        for responses, _ in self.parts:
            for name, label in choice_labels(
                responses.definitions, question, self.language
            ).items():
                labels.setdefault(name, label)
        return labels

    def _styles(self) -> tuple[str, ...]:
        rounds = ("item centre",) * (self.first - ROUND)
        formats = (f"item {column.format}" for column in self.columns)
        return ("item centre", "item text", *rounds, *formats)

    def _tally(self, place: int, question: str) -> Tally:
        definition = self.parts[0][0].definition
        columns = [
            self.first + index
            for index, column in enumerate(self.columns)
            if column.value and bare_reference(column.value.node) == question
        ]
        asked = definition.question(question)
        return Tally(
            label=asked.labels.text(self.language),
            choices=tuple(self._labels(question).values()),
            texts=tuple(entry.tallied[place] for entry in self.entries),
            column=columns[0] if columns else None,
            several=asked.type == "select_multiple",
        )

    def _write_tallies(self, page: Page) -> list[tuple[Tally, int]]:
        written = []
        for tally in self.tallies if self.entries else ():
            written.append((tally, write_tally(page, tally)))
            page.gap()
        return written

    # --- headings ---------------------------------------------------------------------------------

    def _headings(self) -> list[Heading]:
        size = body_size(self.first + len(self.columns))
        titles = [responses.title for responses, _ in self.parts]
        width = max(longest_word(title, size) for title in titles)
        rounds = [Heading(self.words["round"], round(max(width, ROUND_WIDTH), 1))]
        return [
            Heading(self.words["number"], NUMBER_WIDTH),
            Heading(self.words["unit"], NAME_WIDTH, least=NAME_LEAST),
            *rounds[: self.first - ROUND],
            *(self._heading(column, size) for column in self.columns),
        ]

    def _heading(self, column: Column, size: int) -> Heading:
        label = column.labels.text(self.language)
        width = max(
            column.width or _WIDTHS.get(column.format, OTHER_WIDTH), longest_word(label, size)
        )
        flexible = column.format == "text" and (column.width or FLEXIBLE_FROM) >= FLEXIBLE_FROM
        least = TEXT_LEAST if flexible else 0.0
        return Heading(label, round(width, 1), column.band.text(self.language), least)

    def _weights(self, headings: Sequence[Heading]) -> list[float]:
        """Return for each column the width that was asked for, or else that of its usual text."""
        asked = [column.width for column in self.columns]
        given = [NAME_WIDTH] * self.first + [float(width or 0) for width in asked]
        return [width or self._usual(index) for index, width in enumerate(given[: len(headings)])]

    def _usual(self, index: int) -> float:
        texts = [cell for entry in self.entries if isinstance(cell := entry.cells[index], str)]
        size = body_size(len(self.columns))
        units = sum(text_units(text, size) for text in texts) / (len(texts) or 1)
        return min(max(units, LIGHTEST), HEAVIEST)

    def _counts(self) -> str:
        counts = [_sent(responses) for responses, _ in self.parts]
        key = "sent_of" if len(counts) == 1 else "round_sent_of"
        if any(responses.kind != "closed" for responses, _ in self.parts):
            return self.words["feedback"].format(
                number=format_number(sum(sent for sent, _ in counts), language=self.language)
            )
        return "; ".join(
            self.words[key].format(round=responses.title, sent=sent, all=whole)
            for (responses, _), (sent, whole) in zip(self.parts, counts, strict=True)
        )

    def _until(self) -> datetime | None:
        moments = (r.sent_at for responses, _ in self.parts for r in responses.responses)
        return max((moment for moment in moments if moment), default=None)


class _Reading:
    """Reads the entries of one round."""

    def __init__(self, whole: _List, responses: RoundResponses, table: Table) -> None:
        self.responses = responses
        self.table = table
        versions, language = responses.definitions, whole.language
        own = {column.name: column for column in table.columns}
        shared = [own.get(column.name) for column in whole.columns]
        self.reads = [c and reader(c, versions, language) for c in shared]
        self.tallied = [reading_of(name, versions, language) for name in whole.table.foot]
        before: tuple[Cell, ...] = (None, None, responses.title)
        self.before = before[: whole.first]
        self.asked = [
            whole.first + place
            for place, column in enumerate(shared)
            if column and column.value and references(column.value.node) - RESERVED
        ]

    def entries(self, today: date) -> Iterator[Entry]:
        """Yield the rows that pass the filter and in which something was answered."""
        passes = test_of(self.table.filter)
        for response in self.responses.responses:
            definition = response.definition or self.responses.definition
            for answers in _instances(definition, response, self.table.rows):
                scope = AnswerScope(definition, answers, today, given_names(response))
                if passes(scope):
                    entry = self._entry(response, scope)
                    if any(entry.cells[index] is not None for index in self.asked):
                        yield entry

    def _entry(self, response: UnitResponse, scope: AnswerScope) -> Entry:
        cells: list[Cell] = [*self.before, *(read(scope) if read else None for read in self.reads)]
        cells[NAME] = response.unit.name
        chosen = as_text(scope.value(self.table.group_by)).split() if self.table.group_by else []
        tallied = tuple(str(read(scope) or "") for read in self.tallied)
        return Entry(cells, chosen[0] if chosen else "", tallied)


def _instances(definition: Definition, response: UnitResponse, repeat: str) -> list[Answers]:
    if response.answers is None:
        return []
    if not repeat:
        return [response.answers]
    return instance_answers(definition, response.answers, repeat)


def _united(parts: Sequence[Part]) -> list[Column]:
    """Return the columns of all rounds, each once, in order."""
    columns: dict[str, Column] = {}
    for _, table in parts:
        for column in table.columns:
            columns.setdefault(column.name, column)
    return list(columns.values())


def _sent(responses: RoundResponses) -> tuple[int, int]:
    sent = sum(response.answers is not None for response in responses.responses)
    return sent, len(responses.responses)
