"""Rows that the board ticks: which lists have a column for it, and how a row is known again."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from exports.rounds import Answers, RoundResponses, UnitResponse
from exports.values import AnswerScope, bare_reference, given_names, instance_answers, reader
from forms.answers import rows_of
from forms.expressions import as_text
from forms.markup import alone
from forms.tree import Column, Definition, Table, canonical_json

TICK = "tick"
# Where a ticked row stands, and the digest of what it says.
TickKey = tuple[str, str]


@dataclass(frozen=True, slots=True)
class TickRow:
    """A row that can be ticked: of which response and unit, and what it says by heading."""

    response_id: int
    key: TickKey
    unit: str
    facts: tuple[tuple[str, str], ...]
    ticked: bool

    @property
    def id(self) -> str:
        """The row in one word, as a page sends it."""
        return ":".join((str(self.response_id), *self.key))


@dataclass(frozen=True, slots=True)
class TickList:
    """The rows of one list that can be ticked, and the heading of the column that says so."""

    title: str
    heading: str
    rows: tuple[TickRow, ...]


def tick_place(table: Table, column: Column) -> str:
    """Return how a column of ticks is called: by the repeat that its list shows, and its name."""
    return f"{table.rows}/{column.name}"


def row_digest(row: Answers) -> str:
    """Return the SHA-256 of what a row says, in hexadecimal."""
    return hashlib.sha256(canonical_json(row).encode()).hexdigest()


def digests(answers: Answers, repeat: str) -> list[str]:
    """Return the digest of each row of a repeat; without a repeat, that of the whole response.

    A whole response is known by itself, whatever it says.
    """
    return [row_digest(row) for row in rows_of(answers.get(repeat))] if repeat else [""]


def tick_lists(asked: RoundResponses, language: str, now: datetime) -> tuple[TickList, ...]:
    """Return what can be ticked of a round, list by list, units in official order."""
    return tuple(
        TickList(
            alone((table.title or table.labels).text(language)),
            alone(column.labels.text(language)) or column.name,
            tuple(_rows(asked, table, column, language, now)),
        )
        for table in asked.definition.tables
        for column in table.columns
        if column.format == TICK
    )


def _rows(
    asked: RoundResponses, table: Table, column: Column, language: str, now: datetime
) -> Iterator[TickRow]:
    place = tick_place(table, column)
    for response in asked.responses:
        if response.definition is None or response.answers is None:
            continue
        definition, answers = response.definition, response.answers
        found = _instances(definition, answers, table.rows)
        for digest, instance in zip(digests(answers, table.rows), found, strict=True):
            scope = AnswerScope(definition, instance, now, given_names(response))
            facts = tuple(_facts(asked, table, scope, language))
            if facts:
                key = (place, digest)
                yield TickRow(
                    response.response_id, key, response.unit.name, facts, is_ticked(response, key)
                )


def is_ticked(response: UnitResponse, key: TickKey) -> bool:
    """Return whether the board has ticked a row of a response."""
    return key in response.ticks


def _instances(definition: Definition, answers: Answers, repeat: str) -> list[Answers]:
    return instance_answers(definition, answers, repeat) if repeat else [answers]


def _facts(
    asked: RoundResponses, table: Table, scope: AnswerScope, language: str
) -> Iterator[tuple[str, str]]:
    for column in table.columns:
        read = reader(column, asked.definitions, language)
        if read is None or (column.value and bare_reference(column.value.node) == "unit_name"):
            continue
        cell = read(scope)
        if cell is not None:
            yield alone(column.labels.text(language)) or column.name, as_text(str(cell))
