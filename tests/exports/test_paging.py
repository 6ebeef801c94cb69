"""Where a page must end: what belongs together stays together, and nothing else is moved."""

from __future__ import annotations

from exports.paging import break_before, print_scale
from tests.exports.small import (
    campaign,
    closed,
    column,
    form,
    question,
    sent,
    sheet_of,
    table,
    unit,
)

HEADING = (0, 0)


def test_what_would_be_parted_begins_a_page_of_its_own() -> None:
    # Portrait: about 706 points. The last three rows take 150.
    heights = [20.0] * 30 + [50.0] * 3
    assert break_before(heights, HEADING, 30, 100, landscape=False) == 30


def test_what_fits_is_left_alone() -> None:
    assert break_before([20.0] * 30, HEADING, 27, 100, landscape=False) is None
    # The second page has room for it.
    assert break_before([20.0] * 60, HEADING, 57, 100, landscape=False) is None


def test_what_fits_on_no_page_and_what_is_first_of_all_is_left_alone() -> None:
    assert break_before([20.0] * 30 + [400.0] * 2, HEADING, 30, 100, landscape=False) is None
    assert break_before([20.0, 360.0, 360.0], HEADING, 1, 100, landscape=False) is None


def test_smaller_print_has_room_for_more() -> None:
    heights = [20.0] * 30 + [50.0] * 3
    assert break_before(heights, HEADING, 30, 80, landscape=False) is None


def test_wide_tables_are_printed_smaller_and_narrow_ones_as_they_are() -> None:
    assert print_scale([10.0, 10.0], landscape=False) == 100
    assert 60 < print_scale([20.0] * 8, landscape=True) < 75


def test_a_total_is_signed_on_the_page_of_the_two_rows_above_it() -> None:
    definition = form(
        question("n"), tables=[table("units", column("n", "${n}", total=True, band="Số"))]
    )

    def breaks(units: int) -> tuple[tuple[int, ...], int]:
        reports = [sent(unit(f"A{n}"), definition, {"n": n}) for n in range(units)]
        sheet = sheet_of(campaign(closed(definition, *reports)))
        total = next(n for n, row in enumerate(sheet.rows) if "TỔNG CỘNG" in row.cells)
        return sheet.breaks, total

    parted = [(where, total) for where, total in map(breaks, range(5, 60)) if where]
    assert 0 < len(parted) < 30
    assert all(where == (total - 2,) for where, total in parted)
