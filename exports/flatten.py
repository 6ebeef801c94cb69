"""The sheet of raw answers: one row per unit and round, for pivot tables.

Every column is named as a machine names it. First what is known of the response, then the
questions of all closed rounds, each once. A repeat has a column of its own name that says how
often it was answered, and each of its questions one with all answers, joined by " | ". A choice
is its name, several are joined by a space; or its label, where labels are chosen, and several are
joined by "; "; so are the group, the level and the state of a unit. What serves to reach a person
is left out unless it is chosen: questions whose appearance, or that of a group around them, is
`contact`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from exports.cells import Cell, Row, Sheet
from exports.page import sheet_name
from exports.rounds import Answers, Consolidation, RoundResponses, UnitResponse
from exports.values import SEPARATOR, choice_labels, date_cell, figure_cell, moment_cell
from exports.wording import words_of
from forms.answers import rows_of, text_of, value_of
from forms.contacts import is_for_contact
from forms.expressions import Value, as_text
from forms.tree import Definition, Group, Question
from language.dates import local

JOINED = " | "
WIDTH = 14.0
# Columns whose values would not be seen whole; those of small numbers give the room back.
_WIDTHS: Mapping[str, float] = {
    "campaign": 10.0, "round": 8.0, "unit_code": 16.0, "unit_name": 44.0, "unit_group": 22.0,
    "required": 9.0, "counted": 9.0, "sent_at": 19.0, "days_late": 10.0, "returns": 9.0,
}  # fmt: skip
# What is known of a response: machine column -> its cell.
Known = Callable[[Consolidation, RoundResponses, UnitResponse], Cell]
RESPONSE_COLUMNS: Mapping[str, Known] = {
    "campaign": lambda campaign, _, __: campaign.campaign_code,
    "round": lambda _, responses, __: responses.code,
    "unit_code": lambda _, __, response: response.unit.code,
    "unit_name": lambda _, __, response: response.unit.name,
    "unit_group": lambda campaign, _, response: _told(
        campaign, "unit_group", response.unit.group_code
    ),
    "unit_level": lambda campaign, _, response: _told(campaign, "unit_level", response.unit.level),
    "required": lambda _, __, response: int(response.unit.required),
    "counted": lambda _, __, response: int(response.unit.counted),
    "state": lambda campaign, _, response: _told(campaign, "state", response.state),
    "sent_at": lambda _, __, response: _sent_at(response),
    "days_late": lambda _, __, response: response.days_late,
    "returns": lambda _, __, response: response.returns if response.is_sent else None,
    "form_version": lambda _, __, response: _version(response),
}
Convert = Callable[[Value], Cell]
# Usual levels of units; a level may be any word.
LEVELS = ("tinh", "huyen", "xa")
# What the column of states may say.
STATES = ("not_opened", "drafting", "on_time", "late", "missing", "withdrawn")


def labels_of_codes(consolidation: Consolidation) -> Mapping[str, Mapping[str, str]]:
    """Return what the codes in the columns of what is known of a response mean, by column."""
    words = words_of(consolidation.language)
    return {
        "unit_group": {group.code: group.name for group in consolidation.groups},
        "unit_level": {level: words[f"level {level}"] for level in LEVELS},
        "state": {state: words[state] for state in STATES},
    }


def _told(consolidation: Consolidation, column: str, code: str) -> str:
    """Return a code, or its label where labels are chosen."""
    if not consolidation.options.labelled:
        return code
    return labels_of_codes(consolidation)[column].get(code, code)


def build_raw(consolidation: Consolidation, name: str) -> Sheet:
    """Return the sheet of raw answers of all closed rounds."""
    rounds = [r for r in consolidation.rounds if r.kind == "closed"]
    names = question_columns(rounds, contacts=consolidation.options.contacts)
    rows = [
        row for responses in rounds for row in _round_rows(consolidation, responses, tuple(names))
    ]
    titles = (*RESPONSE_COLUMNS, *names)
    widths = [_WIDTHS.get(title, WIDTH) for title in titles]
    return Sheet(
        name=sheet_name(name),
        widths=tuple(widths),
        rows=(Row(titles, ("names",) * len(titles)), *rows),
        frozen=(1, list(RESPONSE_COLUMNS).index("unit_name") + 1),
        landscape=True,
        printed=False,
        # With hundreds of columns on paper nobody could follow a row: the answers are left out.
        print_columns=len(RESPONSE_COLUMNS),
    )


def question_columns(rounds: list[RoundResponses], *, contacts: bool) -> dict[str, None]:
    """Return the columns of all rounds and versions, but for those that any keeps for contact.

    With `contacts`, those too.
    """
    versions = [definition for responses in rounds for definition in responses.definitions]
    private = {
        name
        for definition in versions
        for name, place in definition.places.items()
        if is_for_contact(place) and not contacts
    }
    names = (name for definition in versions for name in _machine_columns(definition))
    return {name: None for name in names if name not in private}


def _machine_columns(definition: Definition) -> Iterator[str]:
    """Yield the name of every repeat, and of every question that holds an answer."""
    for name, place in definition.places.items():
        if _has_column(place.item):
            yield name


def _has_column(item: Question | Group) -> bool:
    return item.repeat if isinstance(item, Group) else item.holds_value


def _round_rows(
    consolidation: Consolidation, responses: RoundResponses, names: tuple[str, ...]
) -> Iterator[Row]:
    known = RESPONSE_COLUMNS.values()
    places = {name: len(known) + index for index, name in enumerate(names)}
    labels = _Labels(consolidation, responses)
    for response in responses.responses:
        cells = [read(consolidation, responses, response) for read in known]
        cells += [None] * len(names)
        definition = response.definition or responses.definition
        for name, cell in _answer_cells(definition, response.answers or {}, labels):
            if name in places:
                cells[places[name]] = cell
        yield Row(cells, tuple(_LOOKS.get(type(cell), "plain") for cell in cells))


class _Labels(dict[str, Mapping[str, str]]):
    """The labels of the choices of each question, where choices are shown by them."""

    def __init__(self, consolidation: Consolidation, responses: RoundResponses) -> None:
        super().__init__()
        self._language = consolidation.language
        self._versions = responses.definitions if consolidation.options.labelled else ()

    def __missing__(self, name: str) -> Mapping[str, str]:
        self[name] = choice_labels(self._versions, name, self._language)
        return self[name]

    def text(self, name: str, raw: Any) -> str:
        """Return an answer as text, its choices by their labels."""
        labels = self[name]
        if not labels:
            return text_of(raw)
        chosen = raw if isinstance(raw, list) else text_of(raw).split()
        return SEPARATOR.join(labels.get(one, one) for one in map(text_of, chosen))


def _answer_cells(
    definition: Definition, answers: Answers, labels: _Labels
) -> Iterator[tuple[str, Cell]]:
    """Yield the cells of the answers by machine column; blank ones are left out."""
    for name, raw in answers.items():
        place = definition.places.get(name)
        if place is None:
            continue
        if isinstance(place.item, Question):
            yield name, labels.text(name, raw) if labels[name] else _cell(place.item, raw)
        else:
            rows = rows_of(raw)
            yield name, len(rows)
            yield from _instance_cells(rows, labels)


def _instance_cells(rows: Sequence[Answers], labels: _Labels) -> Iterator[tuple[str, Cell]]:
    for name in dict.fromkeys(name for row in rows for name in row):
        yield name, JOINED.join(labels.text(name, row.get(name, "")) for row in rows)


def _cell(question: Question, raw: Any) -> Cell:
    """Return an answer as its type is shown; one that does not fit its type is text."""
    value = value_of(question, raw)
    convert = _CELLS.get(question.type)
    if convert is None or (isinstance(value, str) and question.type != "calculate"):
        return as_text(value)
    return convert(value)


def computed_cell(value: Value) -> Cell:
    """Return a computed answer: a number, a date or a moment; what is made of digits is text."""
    text = as_text(value)
    if isinstance(value, Decimal) or _FRACTION.fullmatch(text):
        return figure_cell(value)
    return date_cell(text) if _DAY.fullmatch(text) else moment_cell(text)


def _sent_at(response: UnitResponse) -> Cell:
    sent = response.sent_at
    return local(sent).replace(tzinfo=None, microsecond=0) if sent else None


def _version(response: UnitResponse) -> Cell:
    return response.definition.version if response.definition else None


_FRACTION = re.compile(r"-?[0-9]+\.[0-9]+")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
# A computed column may hold anything, so that each cell says for itself how it looks.
_LOOKS: Mapping[type, str] = {date: "plain date", datetime: "plain moment"}
_CELLS: Mapping[str, Convert] = {
    "integer": figure_cell,
    "decimal": figure_cell,
    "range": figure_cell,
    "date": date_cell,
    "today": date_cell,
    "dateTime": moment_cell,
    "start": moment_cell,
    "end": moment_cell,
    "calculate": computed_cell,
}
