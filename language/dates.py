"""Dates and moments as Vietnamese documents write them, and the time zone of deadlines."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from language.text import clean

TIME_ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
LAST_SECOND = time(23, 59, 59)

# Day first, always; two-digit years are refused.
DAY_MONTH_YEAR = re.compile(r"([0-9]{1,2})([/.\-])([0-9]{1,2})\2([0-9]{4})")
_MONTH_YEAR = re.compile(r"(0?[1-9]|1[0-2])[/.\-]([0-9]{4})")
_CLOCK = re.compile(
    r"([0-9]{1,2})(?:\s?(?::|h|giờ|g)\s?([0-9]{2})?(?::([0-9]{2}))?(?:\s?(?:phút|ph|p))?)",
    re.IGNORECASE,
)
_ISO_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2})?")
# Decree 30/2020: a 0 stands before days 1 to 9, but only before months 1 and 2.
LAST_PADDED_MONTH = 2

MOMENTS: Mapping[str, Callable[[datetime], str]] = {
    "vi": lambda here: f"{here.hour:02d}:{here.minute:02d} ngày {short_date(here)}",
    "en": lambda here: f"{here:%H:%M on %d/%m/%Y}",
}


def parse_date(text: str) -> date:
    """Read day/month/year, written with "/", "-" or "."; raises ValueError for anything else."""
    match = DAY_MONTH_YEAR.fullmatch(clean(text))
    if match is None:
        raise ValueError(f"not a day/month/year: {text!r}")
    day, _, month, year = match.groups()
    return date(int(year), int(month), int(day))


def parse_month(text: str) -> date:
    """Read month/year as its first day; raises ValueError for anything else."""
    match = _MONTH_YEAR.fullmatch(clean(text))
    if match is None:
        raise ValueError(f"not a month/year: {text!r}")
    return date(int(match[2]), int(match[1]), 1)


def parse_time(text: str) -> time:
    """Read a time: 14:05, 14:05:30, 14h05, 14g, "14 giờ 05"; raises ValueError for others."""
    match = _CLOCK.fullmatch(clean(text))
    if match is None:
        raise ValueError(f"not a time: {text!r}")
    hour, minute, second = (int(part or 0) for part in match.groups())
    return time(hour, minute, second)


def parse_moment(text: str) -> datetime:
    """Read a date and a time, in this order or the other, or the ISO form; naive.

    Raises ValueError for anything else.
    """
    tidy = clean(text).removeprefix("ngày ")
    if _ISO_MOMENT.fullmatch(tidy):
        return datetime.fromisoformat(tidy)
    first, _, second = tidy.replace(",", "").partition(" ")
    if DAY_MONTH_YEAR.fullmatch(first):
        return datetime.combine(parse_date(first), parse_time(second))
    clock, _, day = tidy.replace("ngày ", "").rpartition(" ")
    return datetime.combine(parse_date(day), parse_time(clock))


def document_date(day: date) -> str:
    """Write a date as the body of a document does: "ngày 08 tháng 6 năm 2021"."""
    return f"ngày {day.day:02d} tháng {_month(day)} năm {day.year}"


def short_date(day: date, separator: str = "/") -> str:
    """Write a date in short: "08/6/2021" (Decree 30) or, with "-", "08-6-2021" (Party)."""
    return separator.join((f"{day.day:02d}", _month(day), str(day.year)))


def local(moment: datetime) -> datetime:
    """Return an aware moment in the time zone of Viet Nam."""
    return moment.astimezone(TIME_ZONE)


def wall_clock(moment: datetime) -> datetime:
    """Return an aware moment as a clock in Viet Nam shows it: naive, without fractions."""
    return local(moment).replace(tzinfo=None, microsecond=0)


def end_of_day(day: date) -> datetime:
    """Return the last second of a local day, 23:59:59, in UTC."""
    return datetime.combine(day, LAST_SECOND, TIME_ZONE).astimezone(UTC)


def format_moment(moment: datetime, language: str = "vi") -> str:
    """Write an aware moment in local time: "14:05 ngày 31/8/2021", "14:05 on 31/08/2021"."""
    return MOMENTS.get(language, MOMENTS["en"])(local(moment))


def _month(day: date) -> str:
    return f"{day.month:02d}" if day.month <= LAST_PADDED_MONTH else str(day.month)
