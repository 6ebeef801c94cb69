"""Any campaign: what is read back is what was answered, and every total is the sum of its units."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from exports.cells import Cell, Formula, Row, Sheet, plain_text
from exports.tables import Consolidation, ReportingUnit, UnitResponse
from forms.tree import Definition
from language.numbers import percent
from tests.exports.books import formulas, values, write, written
from tests.exports.small import (
    campaign,
    closed,
    column,
    form,
    question,
    row_of,
    sent,
    sheet_of,
    shown,
    table,
    unit,
    unsent,
)

NAMES = ("a", "b", "c")
FORM = form(
    *(question(name) for name in NAMES),
    tables=[
        table(
            "units",
            *(column(name, f"${{{name}}}", total=True) for name in NAMES),
            column("tong", "${a} + ${b} + ${c}", total=True),
            column("ty_le", "percent(${b}, ${a})", "percent"),
        )
    ],
)
TOTAL, SHARE = 5, 6

counts = st.integers(0, 5_000_000)
answers = st.dictionaries(st.sampled_from(NAMES), counts)
units = st.builds(lambda group, counted: (group, counted), st.sampled_from("AB"), st.booleans())
reports = st.lists(st.tuples(units, st.none() | answers), max_size=12)


def responses_of(given_reports: Sequence[Any]) -> list[UnitResponse]:
    made = []
    for number, ((group, counted), answered) in enumerate(given_reports):
        who: ReportingUnit = unit(f"{group}{number}", group, counted=counted)
        made.append(unsent(who) if answered is None else sent(who, FORM, answered))
    return made


def whole(responses: Sequence[UnitResponse], definition: Definition = FORM) -> Consolidation:
    return campaign(closed(definition, *responses))


def summed(responses: Sequence[UnitResponse]) -> list[Cell]:
    """Return what a total row must show over these units: sums, blank where nothing was said."""
    sums: list[int | None] = []
    for name in NAMES:
        said = [r.answers[name] for r in responses if r.answers and name in r.answers]
        sums.append(sum(said) if said else None)
    a, b, c = sums
    total = None if None in sums else sum(filter(None, sums))
    return [a, b, c, total, None if a is None or b is None else percent(b, a)]


@given(reports)
def test_totals_are_the_sums_of_the_counted_units(given_reports: Sequence[Any]) -> None:
    responses = responses_of(given_reports)
    sheet = sheet_of(whole(responses))
    if responses:
        counted = [response for response in responses if response.unit.counted]
        assert row_of(sheet, "TỔNG CỘNG")[2:7] == summed(counted)


@given(reports)
def test_subtotals_are_those_of_the_group(given_reports: Sequence[Any]) -> None:
    responses = responses_of(given_reports)
    sheet = sheet_of(whole(responses))
    for code, name in (("A", "HUYỆN ỦY, THÀNH ỦY"), ("B", "SỞ, BAN, NGÀNH")):
        group = [response for response in responses if response.unit.group_code == code]
        counted = [response for response in group if response.unit.counted]
        ending = "" if counted else " (không cộng vào tổng)"
        if group:
            row = row_of(sheet, f"CỘNG KHỐI {name}{ending}")
            assert row[2:7] == summed(counted or group)


@given(reports)
def test_every_unit_has_its_row_and_blank_is_never_zero(given_reports: Sequence[Any]) -> None:
    responses = responses_of(given_reports)
    sheet = sheet_of(whole(responses))
    for response in responses:
        row = row_of(sheet, response.unit.name)
        assert row[2:7] == summed([response])
        assert row[7] == ("Chưa gửi" if response.answers is None else None)
        assert row[8] == ("x" if response.unit.counted else None)


@settings(max_examples=30)
@given(reports)
def test_the_workbook_read_back_is_the_sheet(given_reports: Sequence[Any]) -> None:
    consolidation = whole(responses_of(given_reports))
    read = values(write(consolidation))
    sheet = sheet_of(consolidation)
    for number, row in enumerate(sheet.rows, start=1):
        for place, cell in enumerate(row.cells, start=1):
            value = read[sheet.name].cell(number, place).value
            expected = shown(cell)
            if isinstance(expected, Decimal):
                assert value == float(expected)
            else:
                assert (value or None) == (expected or None) or value == expected


@settings(max_examples=30)
@given(reports)
def test_the_same_campaign_gives_the_same_bytes(given_reports: Sequence[Any]) -> None:
    first, second = (write(whole(responses_of(given_reports))) for _ in range(2))
    assert first == second


# Every character there is, and the beginnings that spreadsheets take for something else.
hostile = st.one_of(
    st.text(st.characters(codec=None), max_size=40),
    st.builds(
        lambda start, rest: start + rest,
        st.sampled_from(["=", "+", "-", "@", "\t", "\r", "<r>", "{=", "_x0041_", "'", "http://"]),
        st.text(max_size=20),
    ),
)


@given(st.lists(hostile, min_size=1, max_size=20))
def test_no_hostile_cell_becomes_a_formula(written_texts: list[str]) -> None:
    rows = tuple(Row((text,), ("body text",)) for text in written_texts)
    book = written(Sheet("1. a", (20.0,), rows))
    assert formulas(book) == []
    for text, (cell,) in zip(written_texts, values(book).worksheets[0].iter_rows(), strict=False):
        assert cell.data_type == "s" or not plain_text(text)
        assert cell.hyperlink is None


@settings(max_examples=30)
@given(st.lists(st.one_of(hostile, st.text(max_size=5)), min_size=1, max_size=6))
def test_no_hostile_answer_or_name_breaks_the_workbook(given_texts: list[str]) -> None:
    definition = form(
        question("ten", "text"),
        tables=[table("list", column("ten", "${ten}", "text"), rows="")],
    )
    responses = [
        sent(unit(f"A{number}"), definition, {"ten": text})
        for number, text in enumerate(given_texts)
    ]
    book = values(write(whole(responses, definition)))
    assert book.sheetnames == [
        "Bìa", "1. Tiến độ báo cáo", "2. Biểu", "Biểu đồ", "16. Dữ liệu gốc",
        "17. Nguồn gốc số liệu", "18. Từ điển dữ liệu",
    ]  # fmt: skip


@given(st.lists(st.tuples(counts, counts), min_size=1, max_size=8))
def test_a_share_is_that_of_the_sums_and_whole_only_when_complete(
    pairs: list[tuple[int, int]],
) -> None:
    responses = [
        sent(unit(f"A{number}"), FORM, {"a": a, "b": min(a, b)})
        for number, (a, b) in enumerate(pairs)
    ]
    sheet = sheet_of(whole(responses))
    share = row_of(sheet, "TỔNG CỘNG")[SHARE]
    wanted = percent(sum(min(a, b) for a, b in pairs), sum(a for a, _ in pairs))
    assert share == wanted
    assert (share == 100) == all(b >= a for a, b in pairs) or wanted is None


def test_a_formula_is_never_made_from_an_answer() -> None:
    """Whatever was answered, the texts of the formulas are the same."""
    plain, hostile_answers = ({"a": "1", "b": "2"}, {"a": "=1+1", "b": "=cmd|' /C calc'!A0"})
    texts = []
    for given_answers in (plain, hostile_answers):
        text_form = form(
            question("a", "text"),
            question("b", "text"),
            tables=[table("units", column("a", "${a}", "text"), column("n", "1 + 1", total=True))],
        )
        sheet = sheet_of(whole([sent(unit("A1"), text_form, given_answers)], text_form))
        cells = (cell for row in sheet.rows for cell in row.cells)
        texts.append([cell.text for cell in cells if isinstance(cell, Formula)])
    assert texts[0] == texts[1]


def test_an_expression_without_a_formula_is_written_as_a_figure() -> None:
    choice_form = form(
        question("a", "select_multiple"),
        tables=[table("units", column("dem", "count-selected(${a})", total=True))],
    )
    sheet = sheet_of(whole([sent(unit("A1"), choice_form, {"a": ["x", "y"]})], choice_form))
    assert row_of(sheet, "Đơn vị A1")[2] == 2
    assert row_of(sheet, "TỔNG CỘNG")[2] == 2
