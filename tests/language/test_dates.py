"""Dates are read day first and written as documents write them; deadlines are local."""

from datetime import UTC, date, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from language.dates import (
    document_date,
    end_of_day,
    format_moment,
    local,
    parse_date,
    parse_time,
    short_date,
)


@pytest.mark.parametrize(
    "typed", ["31/8/2021", "31-08-2021", "31.8.2021", " 31/08/2021 ", "31/8/2021\u200b"]
)
def test_a_date_is_read_day_first(typed: str) -> None:
    assert parse_date(typed) == date(2021, 8, 31)


@pytest.mark.parametrize(
    "typed", ["8/31/2021", "31/8/21", "31/8-2021", "2021-08-31", "30/2/2021", "1/1/0000", "", "nay"]
)
def test_anything_else_is_no_date(typed: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the calendar's own sentences differ
        parse_date(typed)


@pytest.mark.parametrize(
    ("typed", "clock"),
    [
        *((text, time(17, 0)) for text in ("17:00", "17h", "17H00", "17g", "17 giờ", "17 Giờ 00")),
        *((text, time(7, 30)) for text in ("7g30", "7 g 30", "07h30", "7 giờ 30 phút", "7g30p")),
    ],
)
def test_a_time_is_read_as_people_write_it(typed: str, clock: time) -> None:
    assert parse_time(typed) == clock


@pytest.mark.parametrize("typed", ["17 rưỡi", "24g", "g", "17g60", "17gg", "17.00", ""])
def test_anything_else_is_no_time(typed: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the calendar's own sentences differ
        parse_time(typed)


@given(st.dates(), st.sampled_from("/-."))
def test_a_short_date_is_read_back(day: date, separator: str) -> None:
    assert parse_date(f"{day.day}{separator}{day.month}{separator}{day.year:04d}") == day


def test_documents_write_a_zero_before_small_days_and_two_months() -> None:
    assert document_date(date(2021, 6, 8)) == "ngày 08 tháng 6 năm 2021"
    assert document_date(date(2021, 2, 8)) == "ngày 08 tháng 02 năm 2021"
    assert document_date(date(2021, 11, 30)) == "ngày 30 tháng 11 năm 2021"
    assert short_date(date(2021, 6, 8)) == "08/6/2021"
    assert short_date(date(2021, 6, 4), "-") == "04-6-2021"


def test_a_deadline_is_the_last_second_of_the_local_day() -> None:
    assert end_of_day(date(2021, 8, 31)) == datetime(2021, 8, 31, 16, 59, 59, tzinfo=UTC)
    assert end_of_day(date(2021, 8, 31)).tzinfo is UTC
    assert f"{local(end_of_day(date(2021, 8, 31))):%d/%m %H:%M:%S}" == "31/08 23:59:59"


def test_a_moment_is_written_in_local_time() -> None:
    moment = datetime(2021, 8, 30, 17, 5, tzinfo=UTC)
    assert format_moment(moment) == "00:05 ngày 31/8/2021"
    assert format_moment(moment, "en") == "00:05 on 31/08/2021"
