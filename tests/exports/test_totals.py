"""The totals of the shipped tables, computed again straight from the answers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from exports.cells import Sheet
from exports.tables import Consolidation, RoundResponses, build_sheets
from exports.values import bare_reference
from forms.tree import Column, Table
from tests.exports.campaigns import Shape, closed_rounds, make_campaign
from tests.exports.small import row_of, texts

CAMPAIGN = make_campaign(11, Shape(sent=0.7, answered=0.8, feedback=0, difficulties=0))
SHEETS = {
    int(sheet.name.split(".")[0]): sheet
    for sheet in build_sheets(CAMPAIGN)
    if sheet.name[0].isdigit()
}


def tables_of_units(whole: Consolidation) -> Iterator[tuple[RoundResponses, Table]]:
    for responses in closed_rounds(whole):
        for table in responses.definition.tables:
            if table.kind == "units" and table.filter is None:
                yield responses, table


CASES = [
    pytest.param(responses, table, column, place, id=f"{table.name} {column.name}")
    for responses, table in tables_of_units(CAMPAIGN)
    for place, column in enumerate(table.columns, start=2)
    if column.total and column.value and bare_reference(column.value.node)
]


@pytest.mark.parametrize(("responses", "table", "column", "place"), CASES)
def test_a_total_is_the_sum_over_the_counted_units(
    responses: RoundResponses, table: Table, column: Column, place: int
) -> None:
    assert column.value is not None
    name = bare_reference(column.value.node)
    numbers = [
        response.answers[name]
        for response in responses.responses
        if response.unit.counted and response.answers and name in response.answers
    ]
    assert row_of(SHEETS[table.position], "TỔNG CỘNG")[place] == (sum(numbers) if numbers else None)


def test_units_that_are_not_counted_change_no_total() -> None:
    first, *others = CAMPAIGN.rounds
    counted = tuple(r for r in first.responses if r.unit.counted)
    smaller = replace(CAMPAIGN, rounds=(replace(first, responses=counted), *others))
    before, after = (_second(whole) for whole in (CAMPAIGN, smaller))
    assert row_of(before, "TỔNG CỘNG") == row_of(after, "TỔNG CỘNG")


def _second(whole: Consolidation) -> Sheet:
    return next(sheet for sheet in build_sheets(whole) if sheet.name.startswith("2."))


def test_every_unit_stands_once_in_every_table() -> None:
    names = [response.unit.name for response in CAMPAIGN.rounds[0].responses]
    for _, table in tables_of_units(CAMPAIGN):
        column = [row.cells[1] for row in SHEETS[table.position].rows if len(row.cells) > 1]
        assert [name for name in column if name in set(names)] == names


def test_households_are_those_of_districts_or_of_units_that_say_so() -> None:
    second = CAMPAIGN.rounds[1]
    wanted = [
        response.unit.name
        for response in second.responses
        if response.unit.group_code == "huyen_thanh_uy"
        or (response.answers or {}).get("pham_vi") == "dia_ban"
    ]
    column = [row.cells[1] for row in SHEETS[6].rows if len(row.cells) > 1]
    assert [name for name in column if name in set(wanted)] == wanted


def test_the_workbook_speaks_english_too() -> None:
    sheets = build_sheets(replace(CAMPAIGN, language="en"))
    assert [sheet.name for sheet in sheets[:2]] == ["Cover", "1. Progress"]
    assert "TOTAL" in texts(sheets[2])
    assert "Party cell meetings" in texts(sheets[2])
    assert sheets[2].rows[0].cells[0] == "ANNEX 1"
