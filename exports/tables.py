"""The consolidated workbook as sheets of typed cells, from what the forms ask for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from exports.cells import Link, Sheet
from exports.charts import build_charts
from exports.comparison import build_comparison
from exports.cover import Listed, build_cover
from exports.dictionary import build_dictionary
from exports.distributions import build_distribution
from exports.drawings import Figure, Plot
from exports.flatten import build_raw
from exports.letterheads import style_of
from exports.lists import build_list
from exports.oddities import build_oddities, has_warnings
from exports.page import LONGEST_NAME, Head, Page, sheet_name
from exports.predecessor import build_predecessor
from exports.progress import build_progress
from exports.provenance import build_provenance
from exports.rounds import (
    Answers,
    Consolidation,
    Group,
    ReportingUnit,
    RoundResponses,
    UnitResponse,
)
from exports.units import build_units
from exports.wording import words_of
from forms.markup import alone
from forms.tree import Table, TableKind

__all__ = [
    "Answers",
    "Consolidation",
    "Group",
    "ReportingUnit",
    "RoundResponses",
    "UnitResponse",
    "build_sheets",
    "planned",
]

# Where the sheets stand that no form asks for.
PROGRESS, ODDITIES, RAW, PROVENANCE, DICTIONARY, PREDECESSOR = 1, 15, 16, 17, 18, 19
# Charts have no number of their own: they stand behind the tables that the board knows by number.
CHARTS = 14
# Their places, their names among the words of a workbook, and what builds them.
_OWN: Sequence[tuple[int, str, Callable[[Consolidation, Head], Page]]] = (
    (PROGRESS, "progress", build_progress),
    (ODDITIES, "oddities", build_oddities),
    (PROVENANCE, "provenance", build_provenance),
    (DICTIONARY, "dictionary", build_dictionary),
)
# Which of them not every workbook has.
_HAS: Mapping[str, Callable[[Consolidation], bool]] = {
    "oddities": has_warnings,
}

Part = tuple[RoundResponses, Table]
# Kinds of tables of which one sheet shows all rounds.
UNITED: frozenset[TableKind] = frozenset({"list", "comparison"})


@dataclass(frozen=True, slots=True)
class _Plan:
    """A sheet that the forms ask for: one table, or one list or comparison of several rounds."""

    name: str
    parts: tuple[Part, ...]

    @property
    def table(self) -> Table:
        return self.parts[0][1]


class _Made:
    """The sheets that are made so far, and what others may refer to on them."""

    def __init__(self) -> None:
        self.figures: dict[tuple[str, str], tuple[str, Figure]] = {}
        self.plots: list[tuple[str, Plot]] = []

    def finish(self, page: Page, name: str) -> Sheet:
        """Return the page as a sheet; the first table that has a figure by some name keeps it."""
        for key, found in page.figures.items():
            self.figures.setdefault(key, (name, found))
        self.plots += [(name, plot) for plot in page.plots]
        return page.sheet(name)


@dataclass(frozen=True, slots=True)
class _Entry:
    """A sheet to be made: where it stands, its name and title, and in which turn it is made.

    Those of the first turn refer to no other sheet, those of the second to figures of the first,
    and charts, in the third, to both. Its name begins with its position when it is `numbered`.
    """

    position: int
    name: str
    title: str
    turn: int
    make: Callable[[str, _Made], Sheet]
    numbered: bool = True

    def listed(self, name: str) -> Listed:
        """Return how the cover lists it by the name that it was given."""
        return Listed(self.position if self.numbered else None, name, self.title)


def build_sheets(
    consolidation: Consolidation, watch: Callable[[Iterator[Any]], Iterable[Any]] = iter
) -> tuple[Sheet, ...]:
    """Return every sheet of the workbook in order of its position.

    What makes a sheet goes through `watch` when its turn comes.
    """
    entries = sorted(_entries(consolidation), key=lambda entry: entry.position)
    names = _named_apart([entry.name for entry in entries])
    made, sheets = _Made(), dict[str, Sheet]()
    named = list(zip(names, entries, strict=True))
    turns = sorted(named, key=lambda one: (one[1].turn, one[1].position))
    for name, entry in watch(iter(turns)):
        sheets[name] = entry.make(name, made)
    back = Link(words_of(consolidation.language)["back"], words_of(consolidation.language)["cover"])
    kept = [(name, entry) for name, entry in named if sheets[name].rows]
    setup = style_of(consolidation.document_style).setup
    cover = build_cover(consolidation, (entry.listed(name) for name, entry in kept))
    return (
        replace(cover, setup=setup),
        *(replace(sheets[name], setup=setup, back=back) for name, _ in kept),
    )


def _entries(consolidation: Consolidation) -> Iterator[_Entry]:
    """Yield every sheet but the cover."""
    words = words_of(consolidation.language)
    for position, name, build in _OWN:
        if _HAS.get(name, _always)(consolidation):
            yield _own(consolidation, position, name, build)
    plans = _plans(consolidation)
    for annex, plan in enumerate(plans, start=1):
        yield _planned(consolidation, plan, annex)
    raw = f"{RAW}. {words['raw']}"
    yield _Entry(RAW, raw, words["raw_title"], 1, lambda name, _: build_raw(consolidation, name))
    yield _charted(consolidation, len(plans) + 1)
    if consolidation.previous is not None:
        yield _compared(consolidation)


def _own(
    consolidation: Consolidation,
    position: int,
    key: str,
    build: Callable[[Consolidation, Head], Page],
) -> _Entry:
    words = words_of(consolidation.language)
    title = words[f"{key}_title"]

    def make(name: str, made: _Made) -> Sheet:
        return made.finish(build(consolidation, Head(name, title)), name)

    return _Entry(position, f"{position}. {words[key]}", title, 1, make)


def _planned(consolidation: Consolidation, plan: _Plan, annex: int) -> _Entry:
    table = plan.table
    title = (table.title or table.labels).text(consolidation.language)

    def make(name: str, made: _Made) -> Sheet:
        head = Head(name, title, annex=annex)
        if table.kind == "comparison":
            page = build_comparison(consolidation, plan.parts, head, made.figures)
        else:
            page = _BUILDERS[table.kind](consolidation, plan.parts, head)
        return made.finish(page, name)

    turn = 2 if table.kind == "comparison" else 1
    return _Entry(table.position, plan.name, alone(title), turn, make)


def _compared(consolidation: Consolidation) -> _Entry:
    """Return the sheet beside an earlier campaign."""
    words = words_of(consolidation.language)
    head = Head(words["predecessor"], words["predecessor_title"])

    def make(name: str, made: _Made) -> Sheet:
        page = build_predecessor(consolidation, replace(head, name=name), made.figures)
        return made.finish(page, name)

    return _Entry(PREDECESSOR, f"{PREDECESSOR}. {head.name}", head.title, 2, make)


def _charted(consolidation: Consolidation, annex: int) -> _Entry:
    """Return the sheet of charts; one without any has no rows, and is left out."""
    words = words_of(consolidation.language)
    title = words["charts_title"]

    def make(name: str, made: _Made) -> Sheet:
        if not made.plots:
            return Sheet(name, (), ())
        head = Head(name, title, annex=annex, called=words["charts_head"])
        return build_charts(consolidation, head, made.plots).sheet(name)

    return _Entry(CHARTS, words["charts"], title, 3, make, numbered=False)


def _always(_: Consolidation) -> bool:
    return True


def planned(consolidation: Consolidation) -> list[tuple[Table, tuple[Part, ...]]]:
    """Return what the forms ask for in order: each table, and the rounds that share it."""
    return [(plan.table, plan.parts) for plan in _plans(consolidation)]


def _plans(consolidation: Consolidation) -> list[_Plan]:
    """Return the sheets that the forms ask for in order; what is UNITED by name is one sheet."""
    found: dict[object, list[Part]] = {}
    for responses in consolidation.rounds:
        for table in responses.definition.tables:
            apart = "" if table.kind in UNITED else responses.code
            key = (table.position, table.labels, table.kind, apart)
            found.setdefault(key, []).append((responses, table))
    language = consolidation.language
    plans = [
        _Plan(_name(parts[0][1], language), tuple(parts))
        for parts in found.values()
        # One round alone compares with nothing.
        if parts[0][1].kind != "comparison" or len(parts) > 1
    ]
    return sorted(plans, key=lambda plan: plan.table.position)


def _name(table: Table, language: str) -> str:
    return f"{table.position}. {alone(table.labels.text(language)) or table.name}"


def _named_apart(names: Sequence[str]) -> list[str]:
    """Return names of sheets, numbered where one stood before; case is no difference."""
    named: list[str] = []
    taken: set[str] = set()
    for wanted in names:
        first = name = sheet_name(wanted)
        number = 1
        while name.lower() in taken:
            number += 1
            ending = f" ({number})"
            name = sheet_name(first[: LONGEST_NAME - len(ending)] + ending)
        taken.add(name.lower())
        named.append(name)
    return named


def _units(consolidation: Consolidation, parts: Sequence[Part], head: Head) -> Page:
    return build_units(consolidation, *parts[0], head)


def _distribution(consolidation: Consolidation, parts: Sequence[Part], head: Head) -> Page:
    return build_distribution(consolidation, *parts[0], head)


_BUILDERS: dict[TableKind, Callable[[Consolidation, Sequence[Part], Head], Page]] = {
    "units": _units,
    "list": build_list,
    "distribution": _distribution,
}
