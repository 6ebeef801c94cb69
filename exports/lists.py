"""Tables of kind `list`: a row per response, or per instance of a repeat, of one or more rounds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from typing import Any

from exports.cells import Cell
from exports.heads import Distribution, fill_heads, write_heads
from exports.measure import text_units
from exports.page import Head, Heading, Page, body_size, fit_widths, longest_word
from exports.rounds import (
    Answers,
    Consolidation,
    Handled,
    RoundResponses,
    UnitResponse,
    sent_of,
)
from exports.tallies import Crossed, Tally, fill_tally, write_tally
from exports.ticks import TICK, digests, tick_place
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
from exports.wording import Words, words_of
from forms.expressions import Reference, as_text, references
from forms.markup import alone
from forms.tables import RESERVED
from forms.tree import Column, Definition, Expression, Format, Labels, Table
from language.collation import sort_key
from language.dates import wall_clock
from language.numbers import format_number

NUMBER, FIRST = 0, 1
NUMBER_WIDTH, NAME_WIDTH, NAME_LEAST, TEXT_LEAST = 5.0, 26, 16.0, 12.0
HANDLING_STATES = ("new", "handled", "forwarded", "answered", "closed")
# Handling has ended in these; before, nobody knows how long it takes.
ENDED_STATES = ("answered", "closed")
UNIT_NAME, SENT_DATE = "unit_name", "sent_date"
# A form cannot call a column of its own so: a name has no space in it.
UNIT_COLUMN, ROUND_COLUMN, REMARKS_COLUMN = "the unit", "the round", "the remarks"
PART_COLUMN = "the part"
# Distributions above a list need room for a label, a count and a share.
FEWEST_UNDER_HEADS = 3
# What the board does about difficulties stands behind what units report.
HANDLED: Mapping[str, tuple[str, Format, Callable[[Handled, Words], Cell]]] = {
    "the state": ("handling", "text", lambda handled, words: words[f"handling_{handled.state}"]),
    "the day": ("handling_answered_on", "date", lambda handled, _: handled.answered_on),
    "the answer": ("handling_answer", "text", lambda handled, _: handled.answer or None),
    "the days": ("handling_days", "integer", lambda handled, _: handled.days),
}
_WIDTHS: Mapping[Format, float] = {"text": 30.0, "date": 13.0, "moment": 18.0}
ROUND_WIDTH, OTHER_WIDTH = 7.5, 10.0
# Text columns that are given at least this width share the room of the page.
FLEXIBLE_FROM = 20
# Long texts get more room than short ones, but not all of it.
LIGHTEST, HEAVIEST = 10.0, 90.0
# Columns up to the unit stay on the screen, unless they would fill it.
WIDEST_FROZEN = 60.0

Part = tuple[RoundResponses, Table]


@dataclass(slots=True)
class Entry:
    """One row of the list: its cells, the choice it is listed under, what is counted in it."""

    cells: list[Cell]
    group: str
    tallied: tuple[str, ...]
    sent_at: datetime | None
    round: str = ""
    handled: Handled | None = None
    is_part: bool = False


def build_list(consolidation: Consolidation, parts: Sequence[Part], head: Head) -> Page:
    """Return the page of one list; `parts` are the rounds that share it, each with its table."""
    return _List(consolidation, parts).page(head)


@dataclass(frozen=True, slots=True)
class Listed:
    """What a list holds: its columns by name, its rows under the label of each group, its counts.

    The first cell of a row is its number, blank here; the others stand in the order of `columns`.
    """

    columns: tuple[Column, ...]
    groups: tuple[tuple[str, tuple[tuple[Cell, ...], ...]], ...]
    tallies: tuple[tuple[str, Tally], ...]


def read_list(consolidation: Consolidation, parts: Sequence[Part]) -> Listed:
    """Return what the page of a list shows; see build_list."""
    whole = _List(consolidation, parts)
    groups = whole.groups()
    return Listed(
        tuple(whole.columns),
        tuple((label, tuple(tuple(e.cells) for e in entries)) for label, entries in groups),
        tuple(zip(whole.table.foot, whole.tallies, strict=True)),
    )


class _List:
    """One list on its way to a page."""

    def __init__(self, consolidation: Consolidation, parts: Sequence[Part]) -> None:
        self.consolidation = consolidation
        self.parts = parts
        self.language = consolidation.language
        self.words = words_of(self.language)
        self.table = parts[0][1]
        self.columns = self._columns(_united(parts))
        now = wall_clock(consolidation.exported_at)
        self.entries = [e for part in parts for e in _Reading(self, *part).entries(now)]
        if _shows(self.columns[0], SENT_DATE):
            self.entries.sort(key=_moment)
        self._sort()
        self.tallies = [self._tally(place, name) for place, name in enumerate(self.table.foot)]
        self.heads = list(self._heads())

    def _heads(self) -> Iterator[Distribution]:
        """Yield the distributions above the list: of each round, of each question."""
        rounds = tuple(entry.round for entry in self.entries)
        names = [column.name for column in self.columns]
        column = FIRST + names.index(ROUND_COLUMN) if ROUND_COLUMN in names else None
        part_column = FIRST + names.index(PART_COLUMN) if PART_COLUMN in names else None
        parts, mark = tuple(entry.is_part for entry in self.entries), self.words["below_mark"]
        for responses, _ in self.parts:
            for place, name in enumerate(self.table.head, start=len(self.table.foot)):
                tally = self._tally(place, name)
                yield Distribution(tally, responses.title, rounds, column, parts, part_column, mark)

    def _sort(self) -> None:
        """Order the entries by the columns that the table names, the last of them first."""
        places = {column.name: place for place, column in enumerate(self.columns, FIRST)}
        for name in reversed(self.table.sort):
            descending, column = name.startswith("-"), name.removeprefix("-")
            filled = [e for e in self.entries if e.cells[places[column]] is not None]
            blank = [e for e in self.entries if e.cells[places[column]] is None]
            filled.sort(key=lambda e: _rank(e.cells[places[column]]), reverse=descending)
            self.entries = filled + blank

    def page(self, head: Head) -> Page:
        """Write the list and return its page."""
        headings = self._headings()
        page = Page(self.consolidation, headings, fit_widths(headings, self._weights(headings)))
        page.frozen_columns = self._frozen(page.widths)
        page.head(replace(head, counts=self._counts(), until=self._until()))
        heads = write_heads(page, self.heads) if self.entries else []
        page.head_columns()
        first = page.next_row
        self._write_entries(page)
        rows = (first, page.next_row - 1)
        if any(column.name == PART_COLUMN for column in self.columns):
            page.gap(4.0)
            page.line(self.words["head_note"], "note")
        fill_heads(page, heads, rows)
        for tally, row in self._write_tallies(page):
            fill_tally(page, tally, row, rows)
        page.signature()
        return page

    # --- columns ----------------------------------------------------------------------------------

    def _columns(self, asked: Sequence[Column]) -> list[Column]:
        """Return the columns behind the first: the unit leads unless the form places it.

        In a list of several rounds, the round stands behind the unit.
        """
        columns = [*asked]
        if _place_of_unit(columns) is None:
            value = Expression(f"${{{UNIT_NAME}}}", Reference(UNIT_NAME))
            columns.insert(0, Column(UNIT_COLUMN, self._label("unit"), value=value))
        if len(self.parts) > 1:
            behind = (_place_of_unit(columns) or 0) + 1
            columns.insert(behind, Column(ROUND_COLUMN, self._label("round")))
        if self.table.head and len(columns) < FEWEST_UNDER_HEADS:
            columns.append(Column(REMARKS_COLUMN, self._label("remarks")))
        if self.table.head and any(r.is_part for asked, _ in self.parts for r in asked.responses):
            columns.append(Column(PART_COLUMN, self._label("counted_units")))
        if any(response.handled for part in self.parts for response in part[0].responses):
            columns += [
                Column(name, self._label(word), format=look)
                for name, (word, look, _) in HANDLED.items()
            ]
        return columns

    def _label(self, word: str) -> Labels:
        return Labels(((self.language, self.words[word]),))

    def _frozen(self, widths: Sequence[float]) -> int:
        """Return how many columns stay on the screen: those up to the unit, or the first alone."""
        count = FIRST + (_place_of_unit(self.columns) or 0) + 1
        return count if sum(widths[:count]) <= WIDEST_FROZEN else FIRST

    # --- rows -------------------------------------------------------------------------------------

    def _write_entries(self, page: Page) -> None:
        if not self.entries:
            page.nothing()
        styles = self._styles()
        number = 0
        for label, entries in self.groups():
            if label:
                page.line(label, "group text")
            for entry in entries:
                number += 1
                entry.cells[NUMBER] = number
                page.add_texts(entry.cells, styles)

    def groups(self) -> Iterator[tuple[str, list[Entry]]]:
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
        return ("item centre", *(f"item {_look(column)}" for column in self.columns))

    def _tally(self, place: int, question: str) -> Tally:
        definition = self.parts[0][0].definition
        columns = [
            index for index, column in enumerate(self.columns, FIRST) if _shows(column, question)
        ]
        asked = definition.question(question)
        own = next((c.labels for c in self.columns if _shows(c, question)), asked.labels)
        return Tally(
            label=alone((own if question in self.table.head else asked.labels).text(self.language)),
            choices=tuple(self._labels(question).values()),
            texts=tuple(self._text(entry, place, columns) for entry in self.entries),
            column=columns[0] if columns else None,
            several=asked.type == "select_multiple",
            crossed=self._crossed(),
        )

    def _crossed(self) -> Crossed | None:
        """Return what choices are counted by besides, where the board deals with what is listed."""
        places = {column.name: index for index, column in enumerate(self.columns, FIRST)}
        if "the state" not in places:
            return None
        handled = [entry.handled for entry in self.entries]
        return Crossed(
            states=tuple(self.words[f"handling_{state}"] for state in HANDLING_STATES),
            ended=tuple(HANDLING_STATES.index(state) for state in ENDED_STATES),
            rows=tuple(
                (HANDLING_STATES.index(one.state), one.days) if one else None for one in handled
            ),
            state_column=places["the state"],
            days_column=places["the days"],
        )

    def _text(self, entry: Entry, place: int, columns: Sequence[int]) -> str:
        """Return what is counted of a row: what a column shows, or else would show.

        A round may have no such column although another one has.
        """
        return str(entry.cells[columns[0]] or "") if columns else entry.tallied[place]

    def _write_tallies(self, page: Page) -> list[tuple[Tally, int]]:
        written = []
        for tally in self.tallies if self.entries else ():
            page.gap()
            written.append((tally, write_tally(page, tally)))
        return written

    # --- headings ---------------------------------------------------------------------------------

    def _headings(self) -> list[Heading]:
        size = body_size(FIRST + len(self.columns))
        return [
            Heading(self.words["number"], NUMBER_WIDTH),
            *(self._heading(column, size) for column in self.columns),
        ]

    def _heading(self, column: Column, size: int) -> Heading:
        label = alone(column.labels.text(self.language))
        band = alone(column.band.text(self.language))
        if column.name == PART_COLUMN:
            return Heading(label, OTHER_WIDTH)
        if column.name == ROUND_COLUMN:
            titles = (responses.title for responses, _ in self.parts)
            width = max(longest_word(title, size) for title in titles)
            return Heading(label, round(max(width, ROUND_WIDTH), 1))
        if _shows(column, UNIT_NAME):
            return Heading(label, float(column.width or NAME_WIDTH), band, least=NAME_LEAST)
        width = max(
            column.width or _WIDTHS.get(column.format, OTHER_WIDTH), longest_word(label, size)
        )
        flexible = column.format == "text" and (column.width or FLEXIBLE_FROM) >= FLEXIBLE_FROM
        return Heading(label, round(width, 1), band, TEXT_LEAST if flexible else 0.0)

    def _weights(self, headings: Sequence[Heading]) -> list[float]:
        """Return for each column the width that was asked for, or else that of its usual text."""
        asked = [
            NAME_WIDTH if _shows(column, UNIT_NAME) and not column.width else column.width
            for column in self.columns
        ]
        given = (NUMBER_WIDTH, *(float(width or 0) for width in asked))
        return [width or self._usual(index) for index, width in enumerate(given[: len(headings)])]

    def _usual(self, index: int) -> float:
        texts = [cell for entry in self.entries if isinstance(cell := entry.cells[index], str)]
        size = body_size(len(self.columns))
        units = sum(text_units(text, size) for text in texts) / (len(texts) or 1)
        return min(max(units, LIGHTEST), HEAVIEST)

    def _counts(self) -> str:
        if any(responses.kind != "closed" for responses, _ in self.parts):
            sent = sum(_sent(responses) for responses, _ in self.parts)
            number = format_number(sent, language=self.language)
            return "; ".join((self.words["feedback"].format(number=number), *self._states()))
        return "; ".join(
            sent_of(responses.responses, self.words, responses.title if len(self.parts) > 1 else "")
            for responses, _ in self.parts
        )

    def _states(self) -> Iterator[str]:
        """Yield how many of what was reported are in each state."""
        every = (response.handled for part in self.parts for response in part[0].responses)
        counts = Counter(handled.state for handled in every if handled)
        for state in HANDLING_STATES:
            if counts[state]:
                yield f"{self.words[f'handling_{state}'].lower()}: {counts[state]}"
        crossed = self._crossed()
        if crossed and (mean := crossed.mean(crossed.rows)) is not None:
            days = format_number(mean, 1, self.language)
            yield self.words["handling_mean_of"].format(days=days)

    def _until(self) -> datetime | None:
        moments = (r.newest_at for responses, _ in self.parts for r in responses.responses)
        return max((moment for moment in moments if moment), default=None)


class _Reading:
    """Reads the entries of one round."""

    def __init__(self, whole: _List, responses: RoundResponses, table: Table) -> None:
        self.responses = responses
        self.table = table
        self.words = whole.words
        self.names = [column.name for column in whole.columns]
        versions, language = responses.definitions, whole.language
        own = {column.name: column for column in table.columns}
        own |= {column.name: column for column in whole.columns if _shows(column, UNIT_NAME)}
        shared = [own.get(column.name) for column in whole.columns]
        self.reads = [c and reader(c, versions, language) for c in shared]
        counted = (*whole.table.foot, *whole.table.head)
        self.tallied = [reading_of(name, versions, language) for name in counted]
        if len(whole.parts) > 1:
            place = [column.name for column in whole.columns].index(ROUND_COLUMN)
            self.reads[place] = lambda _: responses.title
        self.ticked = [
            (index, tick_place(table, column))
            for index, column in enumerate(whole.columns, FIRST)
            if column.format == TICK
        ]
        self.asked = [
            place
            for place, column in enumerate(shared, FIRST)
            if column and column.value and references(column.value.node) - RESERVED
        ]

    def entries(self, now: datetime) -> Iterator[Entry]:
        """Yield the rows that pass the filter and in which something was answered."""
        passes = test_of(self.table.filter)
        for response in self.responses.responses:
            definition = response.definition or self.responses.definition
            found = _instances(definition, response, self.table.rows)
            for answers, digest in zip(found, self._digests(response), strict=True):
                scope = AnswerScope(definition, answers, now, given_names(response))
                if passes(scope):
                    entry = self._entry(response, scope, digest)
                    if any(entry.cells[index] is not None for index in self.asked):
                        yield entry

    def _digests(self, response: UnitResponse) -> list[str]:
        """Return by what ticked rows are known; nothing where no column is ticked."""
        if response.answers is None:
            return []
        return digests(response.answers, self.table.rows)

    def _entry(self, response: UnitResponse, scope: AnswerScope, digest: str) -> Entry:
        cells: list[Cell] = [None, *(read(scope) if read else None for read in self.reads)]
        for index, where in self.ticked:
            if (where, digest) in response.ticks:
                cells[index] = self.words["counted_mark"]
        if PART_COLUMN in self.names:
            mark = "below_mark" if response.is_part else "counted_mark"
            cells[FIRST + self.names.index(PART_COLUMN)] = self.words[mark]
        for place, name in enumerate(self.names if response.handled else (), FIRST):
            if name in HANDLED and response.handled:
                cells[place] = HANDLED[name][2](response.handled, self.words)
        chosen = as_text(scope.value(self.table.group_by)).split() if self.table.group_by else []
        tallied = tuple(str(read(scope) or "") for read in self.tallied)
        group = chosen[0] if chosen else ""
        title = self.responses.title
        return Entry(
            cells, group, tallied, response.sent_at, title, response.handled, response.is_part
        )


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


def _shows(column: Column, name: str) -> bool:
    """Return whether the column shows what goes by that name and nothing else."""
    return column.value is not None and bare_reference(column.value.node) == name


def _place_of_unit(columns: Sequence[Column]) -> int | None:
    places = (place for place, column in enumerate(columns) if _shows(column, UNIT_NAME))
    return next(places, None)


def _look(column: Column) -> str:
    return "centre" if column.name in (ROUND_COLUMN, PART_COLUMN) else column.format


def _rank(cell: Cell) -> tuple[int, Any]:
    """Return what a cell is ordered by: numbers and dates before texts, texts as Vietnamese do."""
    if isinstance(cell, str):
        return 2, sort_key(cell)
    if isinstance(cell, date):
        return 1, datetime.combine(cell, time()) if type(cell) is date else cell
    return 0, cell


def _moment(entry: Entry) -> float:
    return entry.sent_at.timestamp() if entry.sent_at else 0.0


def _sent(responses: RoundResponses) -> int:
    return sum(response.answers is not None for response in responses.responses)
