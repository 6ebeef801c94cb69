"""What explains a column of data: how it is called, what it is counted in, how it is worked out."""

from __future__ import annotations

from collections.abc import Iterator

from exports.naming import names_of
from forms.markup import REFERENCE, alone
from forms.tree import Column, Definition, Group, Question, Table


def label_in(definition: Definition, name: str, language: str) -> str:
    """Return the label of a question or repeat; of what is worked out, else its hint or heading.

    Nobody sees the hint of what has no label, which is the place to say what it is. The heading is
    that of the column that shows it in a table. Blank when there is nothing.
    """
    item = definition.places[name].item
    own = alone(item.labels.text(language))
    if own or not isinstance(item, Question) or not item.is_computed:
        return own
    return alone(item.hint.text(language)) or _heading(definition, item, language)


def groups_of(definition: Definition, name: str, language: str) -> list[str]:
    """Return the labels of the groups around a question or repeat, outermost first."""
    groups = definition.places[name].groups
    return list(filter(None, (alone(group.labels.text(language)) for group in groups)))


def measure_in(definition: Definition, name: str, language: str) -> str:
    """Return the unit of measure of a question, blank where its form does not tell."""
    item = definition.places[name].item
    return alone(item.measure.text(language)) if isinstance(item, Question) else ""


def formula_of(item: Question | Group) -> str:
    """Return the expression by which an answer is worked out, blank for one that is typed.

    Whoever reads it sees columns by those names: they need no signs around them.
    """
    if isinstance(item, Group) or not item.is_computed or item.calculation is None:
        return ""
    return REFERENCE.sub(r"\1", item.calculation.source)


def _heading(definition: Definition, question: Question, language: str) -> str:
    found = next(_showing(definition, question), None)
    if found is None:
        return ""
    table, column = found
    return names_of(table.columns, language)[column.name].full


def _showing(definition: Definition, question: Question) -> Iterator[tuple[Table, Column]]:
    """Yield the columns that show a question, then those that work out the same."""
    columns = [(table, column) for table in definition.tables for column in table.columns]
    calculation = question.calculation.source if question.calculation else ""
    for source in (f"${{{question.name}}}", calculation):
        yield from (one for one in columns if one[1].value and one[1].value.source == source)
    yield from (one for one in columns if one[1].name == question.name)
