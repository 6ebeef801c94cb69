"""The consolidated workbook as sheets of typed cells, from what the forms ask for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from exports.cells import Sheet
from exports.cover import build_cover
from exports.distributions import build_distribution
from exports.flatten import build_raw
from exports.lists import build_list
from exports.oddities import build_oddities, has_checks
from exports.page import LONGEST_NAME, Head, Page, sheet_name
from exports.progress import build_progress
from exports.provenance import build_dictionary, build_provenance
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
PROGRESS, ODDITIES, RAW, PROVENANCE, DICTIONARY = 1, 15, 16, 17, 18
# Their places, their names among the words of a workbook, and what builds them.
_OWN: Sequence[tuple[int, str, Callable[[Consolidation, Head], Page]]] = (
    (PROGRESS, "progress", build_progress),
    (ODDITIES, "oddities", build_oddities),
    (PROVENANCE, "provenance", build_provenance),
    (DICTIONARY, "dictionary", build_dictionary),
)

Part = tuple[RoundResponses, Table]


@dataclass(frozen=True, slots=True)
class _Plan:
    """A sheet that the forms ask for: one table, or one list of several rounds."""

    name: str
    parts: tuple[Part, ...]

    @property
    def table(self) -> Table:
        return self.parts[0][1]


def build_sheets(consolidation: Consolidation) -> tuple[Sheet, ...]:
    """Return every sheet of the workbook in order of its position."""
    entries = sorted(_entries(consolidation), key=lambda entry: entry.position)
    sheets = _named_apart([entry.sheet for entry in entries])
    titles = [entry.title for entry in entries]
    return (build_cover(consolidation, zip(sheets, titles, strict=True)), *sheets)


@dataclass(frozen=True, slots=True)
class _Entry:
    """A sheet, where it stands, and its title on the cover."""

    position: int
    sheet: Sheet
    title: str


def _entries(consolidation: Consolidation) -> Iterator[_Entry]:
    """Yield every sheet but the cover."""
    words = words_of(consolidation.language)
    for position, name, build in _OWN:
        if build is not build_oddities or has_checks(consolidation):
            head = Head(words[name], words[f"{name}_title"])
            sheet = build(consolidation, head).sheet(f"{position}. {head.name}")
            yield _Entry(position, sheet, head.title)
    for annex, plan in enumerate(_plans(consolidation), start=1):
        table = plan.table
        title = (table.title or table.labels).text(consolidation.language)
        page = _BUILDERS[table.kind](consolidation, plan.parts, Head(plan.name, title, annex=annex))
        yield _Entry(table.position, page.sheet(plan.name), alone(title))
    yield _Entry(RAW, build_raw(consolidation, f"{RAW}. {words['raw']}"), words["raw_title"])


def planned(consolidation: Consolidation) -> list[tuple[Table, tuple[Part, ...]]]:
    """Return what the forms ask for in order: each table, and the rounds that share it."""
    return [(plan.table, plan.parts) for plan in _plans(consolidation)]


def _plans(consolidation: Consolidation) -> list[_Plan]:
    """Return the sheets that the forms ask for in order, lists of the same name united."""
    found: dict[object, list[Part]] = {}
    for responses in consolidation.rounds:
        for table in responses.definition.tables:
            apart = responses.code if table.kind != "list" else ""
            key = (table.position, table.labels, table.kind, apart)
            found.setdefault(key, []).append((responses, table))
    language = consolidation.language
    plans = [_Plan(_name(parts[0][1], language), tuple(parts)) for parts in found.values()]
    return sorted(plans, key=lambda plan: plan.table.position)


def _name(table: Table, language: str) -> str:
    return f"{table.position}. {alone(table.labels.text(language)) or table.name}"


def _named_apart(sheets: Sequence[Sheet]) -> tuple[Sheet, ...]:
    """Return the sheets with a number behind each name that stood before; case is no difference."""
    named: list[Sheet] = []
    taken: set[str] = set()
    for sheet in sheets:
        name = sheet.name
        number = 1
        while name.lower() in taken:
            number += 1
            ending = f" ({number})"
            name = sheet_name(sheet.name[: LONGEST_NAME - len(ending)] + ending)
        taken.add(name.lower())
        named.append(replace(sheet, name=name))
    return tuple(named)


def _units(consolidation: Consolidation, parts: Sequence[Part], head: Head) -> Page:
    return build_units(consolidation, *parts[0], head)


def _distribution(consolidation: Consolidation, parts: Sequence[Part], head: Head) -> Page:
    return build_distribution(consolidation, *parts[0], head)


_BUILDERS: dict[TableKind, Callable[[Consolidation, Sequence[Part], Head], Page]] = {
    "units": _units,
    "list": build_list,
    "distribution": _distribution,
}
