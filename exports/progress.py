"""The sheet of progress: who has sent, when, how late; and how many of each group have."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from exports.cells import Cell, Formula, Merge, Shade, address, column_range
from exports.chosen import has_fewer_units
from exports.drawings import Figure, Plot, Point, added, figure
from exports.page import Head, Heading, Page, fit_widths
from exports.rounds import (
    Consolidation,
    ReportingUnit,
    RoundResponses,
    UnitResponse,
    sent_of,
)
from exports.shares import share
from exports.wording import words_of
from language.dates import local

NUMBER, NAME, GROUP, DUTY = range(4)
# The rows of the summary, for each part of the units.
COUNTS = ("due", "sent", "sent_on_time", "sent_late", "left", "not_sent", "share")
# Below them, where units were added after the opening of a round.
ADDED_COUNTS = ("added", "added_sent")
# What is drawn of a group, and what a comparison of rounds may refer to.
DRAWN = ("sent_on_time", "sent_late", "not_sent")
_TOLD: Mapping[str, str] = {
    "units_asked": "due",
    "units_sent": "sent",
    "units_on_time": "sent_on_time",
    "units_late": "sent_late",
}
# What is marked, and how; where the days stand, seen from the state.
_MARKED: Mapping[str, str] = {"late": "warned", "missing": "waited for"}
_DAYS_LATE = 2
Count = Callable[[str], str]

_ROUND_STYLES = ("body centre", "body moment", "body centre", "body centre")


@dataclass(frozen=True, slots=True)
class Line:
    """One unit over all closed rounds; None for a round that asks nothing of it."""

    unit: ReportingUnit
    responses: tuple[UnitResponse | None, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """Units that are counted together: the required or the invited ones, of one group or all."""

    label: str
    group_code: str | None
    required: bool

    def holds(self, response: UnitResponse) -> bool:
        """Return whether the unit of a response belongs to this part."""
        same = self.group_code in (None, response.unit.group_code)
        return same and response.unit.required is self.required


# What was counted of a part, by what: for each round.
Counted = Sequence[Mapping[str, Figure]]
Figured = tuple[Part, Counted]


def build_progress(consolidation: Consolidation, head: Head) -> Page:
    """Return the page of the progress of all closed rounds."""
    return _Progress(consolidation).page(head)


class _Progress:
    """The sheet on its way to a page."""

    def __init__(self, consolidation: Consolidation) -> None:
        self.consolidation = consolidation
        self.words = words_of(consolidation.language)
        self.rounds = _in_one_group([r for r in consolidation.rounds if r.kind == "closed"])
        self.names = {group.code: group.name for group in consolidation.groups}
        self.lines = list(_lines(self.rounds))
        # Whether a unit must report is said once, unless it differs from round to round.
        self.duty_apart = any(_differs(line) for line in self.lines)
        self.counts = COUNTS + ADDED_COUNTS * any(
            response.added_later for asked in self.rounds for response in asked.of_units
        )
        self.has_parts = any(
            response.is_part for asked in self.rounds for response in asked.responses
        )
        self.span = len(_ROUND_STYLES) + self.duty_apart
        self.figured: list[Figured] = []

    def page(self, head: Head) -> Page:
        """Write the table and the summary under it."""
        headings = self._headings()
        weights = [heading.width for heading in headings]
        page = Page(self.consolidation, headings, fit_widths(headings, weights))
        page.head(replace(head, counts=self._counts()))
        page.head_columns()
        first = page.next_row
        self._write_units(page)
        last = page.next_row - 1
        if self.lines:
            page.gap()
            self._write_summary(page, (first, last))
            self._tell(page)
            self._warn(page, (first, last))
        else:
            page.nothing()
        page.signature()
        page.provenance()
        return page

    def _state_column(self, place: int) -> int:
        """Return the column of states of round number `place`, counting from 0."""
        return DUTY + 1 + place * self.span

    def _counts(self) -> str:
        return "; ".join(
            sent_of(responses.responses, self.words, responses.title) for responses in self.rounds
        )

    def _headings(self) -> list[Heading]:
        words = self.words
        duty = Heading(words["duty"], 9.5)
        headings = [
            Heading(words["number"], 5.0),
            Heading(words["unit"], 36.0, least=30.0),
            Heading(words["unit_group"], 30.0, least=26.0),
            *([] if self.duty_apart else [duty]),
        ]
        for responses in self.rounds:
            headings += [
                *([replace(duty, band=responses.title)] if self.duty_apart else []),
                Heading(words["state"], 15.5, responses.title),
                Heading(words["sent_at"], 16.0, responses.title),
                Heading(words["days_late"], 7.0, responses.title),
                Heading(words["returns"], 7.0, responses.title),
            ]
        return [*headings, Heading(words["remarks"], 16.0)]

    # --- what others may refer to -----------------------------------------------------------------

    def _tell(self, page: Page) -> None:
        """Tell the figures of all units of a round, and draw those of its groups."""
        for place, asked in enumerate(self.rounds):
            whole = [found for part, found in self.figured if part.group_code is None]
            for name, count in _TOLD.items():
                page.figures[asked.code, name] = added(found[place][count] for found in whole)
            kinds = tuple(self.words[count] for count in DRAWN)
            title = self.words["chart_progress"].format(round=asked.title)
            points = tuple(
                Point(name, tuple(added(found[place][count] for found in parts) for count in DRAWN))
                for name, parts in self._by_group().items()
            )
            page.plots.append(Plot(title, kinds, points, stacked=True))

    def _by_group(self) -> dict[str, list[Counted]]:
        groups: dict[str, list[Counted]] = {}
        for part, found in self.figured:
            if part.group_code is not None:
                groups.setdefault(part.label, []).append(found)
        return groups

    def _warn(self, page: Page, rows: tuple[int, int]) -> None:
        """Mark what is late and what is missing, for as long as the cells say so."""
        for place in range(len(self.rounds)):
            column = self._state_column(place)
            for state, style in _MARKED.items():
                word = self.words[state]
                test = f'LEFT({address(rows[0], column)},{len(word)})="{word}"'
                page.shades.append(Shade(Merge(rows[0], column, rows[1], column), test, style))
            days = column + _DAYS_LATE
            block = Merge(rows[0], days, rows[1], days)
            page.shades.append(Shade(block, f"N({address(rows[0], days)})>0", "warned figure"))
        page.gap(4.0)
        page.line(self.words["warning_signs"], "note")
        if self.has_parts:
            page.line(self.words["part_note"], "note")

    # --- units ------------------------------------------------------------------------------------

    def _write_units(self, page: Page) -> None:
        duty = ("body centre",)
        own = (*duty * self.duty_apart, *_ROUND_STYLES) * len(self.rounds)
        before = ("body centre", "body text", "body text", *duty * (not self.duty_apart))
        styles = (*before, *own, "body text")
        for number, line in enumerate(self.lines, start=1):
            group = self.names.get(line.unit.group_code, line.unit.group_code)
            cells: list[Cell] = [number, line.unit.name, group]
            if not self.duty_apart:
                cells.append(self._duty(line.unit.required))
            for response in line.responses:
                cells += self._round_cells(response)
            page.add_texts([*cells, self._remarks(line)], styles)

    def _remarks(self, line: Line) -> str | None:
        """Say what happened to the reports of a unit, and in which round when there are more."""
        several = len(self.rounds) > 1
        remarks = [
            self.words["of_round"].format(round=asked.title, text=remark) if several else remark
            for asked, response in zip(self.rounds, line.responses, strict=True)
            if response and (remark := self._remark(asked, response))
        ]
        return "\n".join(remarks) or None

    def _remark(self, asked: RoundResponses, response: UnitResponse) -> str:
        """Say until when a unit may send, when it has corrected, what was decided, why it left."""
        until = response.extended_to
        extended = self.words["extended"].format(day=f"{local(until):%d/%m/%Y}") if until else ""
        decided = self.words.get(f"stage_{response.stage}", "")
        correction, *left = self._correction(asked, response), *self._left(response)
        return "; ".join(filter(None, (extended, correction, decided, *left)))

    def _left(self, response: UnitResponse) -> Iterator[str]:
        """Yield when and why a unit was withdrawn, and what follows it."""
        moment = response.withdrawn_at
        if moment is None:
            return
        text = self.words["withdrawn_on"].format(day=f"{local(moment):%d/%m/%Y}")
        reason = response.withdrawn_reason.rstrip(".")
        yield self.words["withdrawn_why"].format(text=text, reason=reason) if reason else text
        if response.successor_name:
            yield self.words["successor"].format(unit=response.successor_name)

    def _correction(self, asked: RoundResponses, response: UnitResponse) -> str:
        moment = response.corrected_at
        if moment is None:
            return ""
        due_at = asked.due_at and max(asked.due_at, response.extended_to or asked.due_at)
        late = due_at is not None and moment > due_at
        key = "corrected_late" if late else "corrected"
        return self.words[key].format(day=f"{local(moment):%d/%m/%Y}")

    def _duty(self, required: bool) -> str:
        return self.words["required" if required else "invited"]

    def _round_cells(self, response: UnitResponse | None) -> list[Cell]:
        if response is None:
            return [None] * self.span
        duty: list[Cell] = [self._duty(response.unit.required)] * self.duty_apart
        sent = response.sent_at
        return [
            *duty,
            self._state(response),
            local(sent).replace(tzinfo=None, second=0, microsecond=0) if sent else None,
            response.days_late,
            response.returns if sent else None,
        ]

    def _state(self, response: UnitResponse) -> str:
        """Return the state in words; in those of a unit that is in no rate, none counts it."""
        state = self.words.get(response.state, response.state)
        if response.is_part:
            return f"{state} {self.words['part']}"
        return f"{state} {self.words['added_later']}" if response.added_later else state

    # --- summary ----------------------------------------------------------------------------------

    def _write_summary(self, page: Page, rows: tuple[int, int]) -> None:
        page.line(self.words["summary"], "group text")
        for part in self._parts():
            self._write_part(page, part, rows)

    def _parts(self) -> Iterator[Part]:
        """Yield the parts that have units: required and invited ones, by group and in all."""
        responses = [r for line in self.lines for r in line.responses if r and not r.is_part]
        codes = dict.fromkeys([*self.names, *(line.unit.group_code for line in self.lines)])
        parts = [
            Part(self.names.get(code, code), code, required)
            for code in codes
            for required in (True, False)
        ]
        whole = self.words["whole_of_chosen" if has_fewer_units(self.consolidation) else "whole"]
        parts += [Part(whole, None, required) for required in (True, False)]
        return (part for part in parts if any(map(part.holds, responses)))

    def _write_part(self, page: Page, part: Part, rows: tuple[int, int]) -> None:
        """Write a row for each count; under each round, its figure stands across its columns.

        Every row names its part, so that none depends on the page break above it.
        """
        body = "body" if part.group_code is not None else "total"
        first = page.next_row
        figures = [self._figures(part, place, first, rows) for place in range(len(self.rounds))]
        self.figured.append(
            (part, [self._places(found, first, n) for n, found in enumerate(figures)])
        )
        for number, key in enumerate(self.counts):
            row, role = page.next_row, body if number else "group"
            cells: list[Cell] = [None] * (page.last_column + 1)
            cells[NUMBER], cells[GROUP] = part.label, self.words[key]
            cells[DUTY] = self._duty(part.required)
            figure = f"{role} {'percent' if key == 'share' else 'integer'} centred"
            styles = [f"{role} text"] * (DUTY + 1)
            for place, counted in enumerate(figures):
                cells[self._state_column(place)] = counted[number]
            styles += [figure] * (page.last_column - DUTY - 1) + [f"{role} text"]
            page.add(cells, tuple(styles), page.lines_across(part.label, (NUMBER, NAME), page.size))
            page.merge_across(row, NUMBER, NAME)
            for place in range(len(self.rounds)):
                column = self._state_column(place)
                page.merge_across(row, column, column + len(_ROUND_STYLES) - 1)

    def _figures(
        self, part: Part, place: int, first: int, rows: tuple[int, int]
    ) -> tuple[Formula, ...]:
        """Return the counts of a part in one round, in the order of COUNTS and ADDED_COUNTS."""
        states = [r.state for r in self.rounds[place].of_rates if part.holds(r)]
        due, on_time, late = len(states), states.count("on_time"), states.count("late")
        sent, left = on_time + late, states.count("withdrawn")
        count = self._counting(part, place, first, rows)
        column = self._state_column(place)
        cells = {key: address(first + row, column) for row, key in enumerate(self.counts)}
        added = [r.state for r in self.rounds[place].of_units if r.added_later and part.holds(r)]
        besides = f"-{cells['added']}" if "added" in cells else ""
        parts = f"-{count('*' + self.words['part'])}" if self.has_parts else ""
        return (
            Formula(count("?*") + besides + parts, due),
            Formula(f"{cells['sent_on_time']}+{cells['sent_late']}", sent),
            Formula(count(self.words["on_time"]), on_time),
            Formula(count(self.words["late"]), late),
            Formula(count(self.words["withdrawn"]), left),
            Formula(f"{cells['due']}-{cells['sent']}-{cells['left']}", due - sent - left),
            share(sent, due, cells["sent"], cells["due"]),
            *(self._added(added, count) if besides else ()),
        )

    def _places(self, figures: Sequence[Formula], first: int, place: int) -> dict[str, Figure]:
        column = self._state_column(place)
        return {
            count: figure(first + row, column, formula.value)
            for row, (count, formula) in enumerate(zip(self.counts, figures, strict=True))
        }

    def _added(self, states: Sequence[str], count: Count) -> tuple[Formula, Formula]:
        """Return how many were added later, and how many of them have sent."""
        mark = self.words["added_later"]
        sent = "+".join(count(f"{self.words[state]} {mark}") for state in ("on_time", "late"))
        return (
            Formula(count(f"*{mark}"), len(states)),
            Formula(sent, states.count("on_time") + states.count("late")),
        )

    def _counting(self, part: Part, place: int, row: int, rows: tuple[int, int]) -> Count:
        """Return the function from a state to the formula that counts it within the part.

        `row` is the first row of the part, which names its group and whether it must report.
        """
        column = self._state_column(place)
        duty = column - 1 if self.duty_apart else DUTY
        criteria = f"{column_range(duty, *rows)},{address(row, DUTY)}"
        if part.group_code is not None:
            criteria += f",{column_range(GROUP, *rows)},{address(row, NUMBER)}"
        return lambda state: f'COUNTIFS({criteria},{column_range(column, *rows)},"{state}")'


def _in_one_group(rounds: Sequence[RoundResponses]) -> list[RoundResponses]:
    """Return the rounds with each unit in the group of its first one: it has one line for all."""
    groups: dict[str, str] = {}
    for asked in rounds:
        for response in asked.responses:
            groups.setdefault(response.unit.code, response.unit.group_code)

    def moved(response: UnitResponse) -> UnitResponse:
        unit = response.unit
        return replace(response, unit=replace(unit, group_code=groups[unit.code]))

    return [replace(asked, responses=tuple(map(moved, asked.responses))) for asked in rounds]


def _lines(rounds: Sequence[RoundResponses]) -> Iterator[Line]:
    """Yield every unit of the rounds once, in official order, with its responses."""
    by_round = [{r.unit.code: r for r in responses.responses} for responses in rounds]
    codes = dict.fromkeys(code for found in by_round for code in found)
    for code in codes:
        responses = tuple(found.get(code) for found in by_round)
        yield Line(next(r.unit for r in responses if r), responses)


def _differs(line: Line) -> bool:
    return len({response.unit.required for response in line.responses if response}) > 1
