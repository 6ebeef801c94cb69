"""The time line of the rounds of a campaign: where everything stands in the picture."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from language.dates import TIME_ZONE, local, short_date

# In units of the picture, which is stretched to the page.
WIDTH, LEFT, RIGHT = 760, 8, 40
HEAD, ROW, FOOT = 26, 52, 8
SHORTEST_DAYS = 14
MOST_TICKS = 13
MONTHS = 12
# A picture reaches to this moment only when it is not much longer for it.
NEAR = timedelta(days=120)


@dataclass(frozen=True, slots=True)
class Span:
    """A round: what it is called, and when it opens, is due and closes, as far as that is said."""

    title: str
    opens_at: datetime | None
    due_at: datetime | None
    closes_at: datetime | None

    @property
    def moments(self) -> tuple[datetime, ...]:
        """The dates that it has, in order."""
        return tuple(filter(None, (self.opens_at, self.due_at, self.closes_at)))


@dataclass(frozen=True, slots=True)
class Bar:
    """A round in the picture; `due` is where its deadline stands.

    `open_start` and `open_end` say that it has no end on that side.
    """

    title: str
    y: int
    start: float
    end: float
    due: float | None
    due_text: str
    open_start: bool
    open_end: bool

    @property
    def undated(self) -> bool:
        """Whether the round has no dates at all."""
        return self.open_start and self.open_end and self.due is None


@dataclass(frozen=True, slots=True)
class Tick:
    """The first day of a month."""

    x: float
    text: str


@dataclass(frozen=True, slots=True)
class Picture:
    """The whole picture; `today` is where this moment stands, None when it is far away."""

    width: int
    height: int
    bars: tuple[Bar, ...]
    ticks: tuple[Tick, ...]
    today: float | None


def draw_timeline(spans: Sequence[Span], now: datetime) -> Picture | None:
    """Return the picture of the rounds; None when none has dates.

    One without dates goes from one side to the other.
    """
    moments = [moment for span in spans for moment in span.moments]
    if not moments:
        return None
    near = min(moments) - NEAR <= now <= max(moments) + NEAR
    moments += [now] if near else []
    scale = _Scale(min(moments), max(moments))
    bars = tuple(_bar(span, HEAD + ROW * at, scale) for at, span in enumerate(spans))
    height = HEAD + ROW * len(bars) + FOOT
    return Picture(WIDTH, height, bars, tuple(_ticks(scale)), scale.x(now) if near else None)


class _Scale:
    """Moments -> places in the picture."""

    def __init__(self, first: datetime, last: datetime) -> None:
        margin = max((last - first) / 20, timedelta(days=SHORTEST_DAYS) / 2)
        self.first, self.last = first - margin, last + margin

    def x(self, moment: datetime) -> float:
        share = (moment - self.first) / (self.last - self.first)
        return round(LEFT + share * (WIDTH - LEFT - RIGHT), 1)


def _bar(span: Span, y: int, scale: _Scale) -> Bar:
    end = span.closes_at or scale.last
    return Bar(
        span.title,
        y,
        scale.x(span.opens_at or scale.first),
        scale.x(end),
        scale.x(span.due_at) if span.due_at else None,
        short_date(local(span.due_at)) if span.due_at else "",
        open_start=span.opens_at is None,
        open_end=span.closes_at is None,
    )


def _ticks(scale: _Scale) -> Iterable[Tick]:
    """Yield the first days of months, or of every second or third month of a long stretch."""
    months = list(_months(local(scale.first).date(), local(scale.last).date()))
    step = len(months) // MOST_TICKS + 1
    for month in months[::step]:
        moment = datetime.combine(month, time(0), TIME_ZONE)
        yield Tick(scale.x(moment), f"{month.month}/{month.year}")


def _months(first: date, last: date) -> Iterable[date]:
    month = first.replace(day=1)
    while month <= last:
        if month >= first:
            yield month
        month = _next_month(month)


def _next_month(month: date) -> date:
    after = month.month % MONTHS
    return date(month.year + (after == 0), after + 1, 1)
