"""Dates and moments as Vietnamese documents write them, and the time zone of deadlines."""

import re
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from language.text import clean

TIME_ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
LAST_SECOND = time(23, 59, 59)

# Day first, always; two-digit years are refused.
DAY_MONTH_YEAR = re.compile(r"([0-9]{1,2})([/.\-])([0-9]{1,2})\2([0-9]{4})")
# Decree 30/2020: a 0 stands before days 1 to 9, but only before months 1 and 2.
LAST_PADDED_MONTH = 2

MOMENTS = {"vi": "{clock} ngày {vi_date}", "en": "{clock} on {en_date}"}


def parse_date(text: str) -> date:
    """Read day/month/year, written with "/", "-" or "."; raises ValueError for anything else."""
    match = DAY_MONTH_YEAR.fullmatch(clean(text))
    if match is None:
        raise ValueError(f"not a day/month/year: {text!r}")
    day, _, month, year = match.groups()
    return date(int(year), int(month), int(day))


def document_date(day: date) -> str:
    """Write a date as the body of a document does: "ngày 08 tháng 6 năm 2021"."""
    return f"ngày {day.day:02d} tháng {_month(day)} năm {day.year}"


def short_date(day: date, separator: str = "/") -> str:
    """Write a date in short: "08/6/2021" (Decree 30) or, with "-", "08-6-2021" (Party)."""
    return separator.join((f"{day.day:02d}", _month(day), str(day.year)))


def local(moment: datetime) -> datetime:
    """Return an aware moment in the time zone of Viet Nam."""
    return moment.astimezone(TIME_ZONE)


def end_of_day(day: date) -> datetime:
    """Return the last second of a local day, 23:59:59, in UTC."""
    return datetime.combine(day, LAST_SECOND, TIME_ZONE).astimezone(UTC)


def format_moment(moment: datetime, language: str = "vi") -> str:
    """Write an aware moment in local time: "14:05 ngày 31/8/2021", "14:05 on 31/08/2021"."""
    here = local(moment)
    return MOMENTS.get(language, MOMENTS["en"]).format(
        clock=f"{here:%H:%M}", vi_date=short_date(here), en_date=f"{here:%d/%m/%Y}"
    )


def _month(day: date) -> str:
    return f"{day.month:02d}" if day.month <= LAST_PADDED_MONTH else str(day.month)
