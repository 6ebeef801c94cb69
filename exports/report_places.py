"""The named places of the Word report, and what stands in each of them now.

A name has parts: a figure of the row of totals is called by its table and its column, with the
round before them where that matters. What the report does not tell of is known by name all the
same: a template may be used for every round of its campaign.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from itertools import chain

from exports.cells import Cell
from exports.distributions import Tally, read_distribution, tally_of
from exports.feedback import count_answers
from exports.letterheads import style_of
from exports.lists import HANDLING_STATES, Listed, read_list
from exports.report import CLOSED, PARTY, Report
from exports.report_annexes import Annex, annexes, figure_text, show
from exports.rounds import Consolidation, RoundResponses, UnitResponse
from exports.tables import planned
from exports.values import bare_reference, choice_labels
from exports.wording import words_of
from forms.markup import alone
from forms.tree import Column, Question, Table
from language.dates import document_date, local, short_date
from language.numbers import format_number, percent

# Up to so many units are named one by one; of more, each group is named with its number.
MOST_NAMED, MOST_OF_GROUP = 12, 3
# So much of a list stands in the report; the workbook has all of it.
MOST_ITEMS, MOST_TITLES, MOST_UNITS = 10, 10, 5
MEAN_PLACES = 2
ANNEXES = "phu_luc"
NOBODY = "không có"
# Names under which units and answers are counted.
CHOSEN = "chon"
_NO_NAME = re.compile(r"\W+", re.ASCII)
_BULLET = re.compile(r"^\s*[-–—−•*+·]+(?=\s|$)")
_SETTLED = ("answered", "closed")
_HANDLED: Mapping[str, str] = {
    "new": "moi",
    "handled": "dang_xu_ly",
    "forwarded": "da_chuyen",
    "answered": "da_tra_loi",
    "closed": "da_dong",
}


@dataclass(frozen=True, slots=True)
class Line:
    """A paragraph of a place that takes several; a `heading` leads those that follow."""

    text: str
    heading: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """What stands in a place: a text, blank when it is missing; or `lines` of their own.

    A paragraph with a place that is `untold` is left out. One that is `empty` says in words that
    there is nothing, and counts as nothing.
    """

    meaning: str
    text: str = ""
    lines: tuple[Line, ...] | None = None
    untold: bool = False
    empty: bool = False

    @property
    def known(self) -> bool:
        """Tell whether there is something to stand there."""
        return bool(self.text or self.lines) and not (self.untold or self.empty)

    @property
    def is_block(self) -> bool:
        """Tell whether it takes whole paragraphs."""
        return self.lines is not None


NOTHING = Line("Không có.")
Places = Mapping[str, Place]
Named = Iterator[tuple[str, Place]]


def report_places(report: Report) -> dict[str, Place]:
    """Return every place by its name; of two with one name the first counts."""
    told, untold = report.told, report.untold
    places: dict[str, Place] = {}
    later = ((name, _untold(place)) for name, place in _of_rounds(untold))
    own = _of_round(report.main, told)
    for name, place in chain(_of_campaign(report), own, _of_rounds(told), later):
        places.setdefault(name, place)
    places[ANNEXES] = Place("Các phụ lục: biểu số liệu theo đơn vị", lines=())
    return places


def _untold(place: Place) -> Place:
    return replace(place, text="", lines=() if place.is_block else None, untold=True)


# --- the campaign ---------------------------------------------------------------------------------


def _of_campaign(report: Report) -> Named:
    whole = report.whole
    exported = local(whole.exported_at)
    until = max(filter(None, (r.newest_at for r in report.main.responses)), default=None)
    yield "chuyen_de", Place("Tên chuyên đề", whole.title)
    yield "trich_yeu", Place("Trích yếu", whole.subject)
    yield "ke_hoach", Place("Kế hoạch của chuyên đề", _plan(report))
    yield "ban", Place("Cơ quan ban hành, tên đầy đủ", whole.board_name)
    yield "ban_gon", Place("Cơ quan ban hành, tên gọn", whole.board_short_name)
    yield "cap_tren", Place("Cơ quan cấp trên trực tiếp", whole.parent_body)
    yield "noi_ban_hanh", Place("Nơi ban hành", whole.place)
    yield "ky_hieu", Place("Ký hiệu của báo cáo", whole.report_symbol)
    signer = style_of(report.style).sign(whole.signer_title)
    yield "chuc_vu_nguoi_ky", Place("Chức vụ người ký", signer)
    yield "nguoi_ky", Place("Người ký", whole.signer_name)
    yield "nam", Place("Năm của báo cáo", str(exported.year))
    yield "so_lieu_den", Place("Ngày của số liệu mới nhất", _day(until))
    yield from _held_back(report.told)


def _held_back(told: Consolidation) -> Named:
    """Yield how many reports are returned and not added up, and whose, of every round told of."""
    found = {asked.title: held_back_of(asked) for asked in told.rounds}
    rounds = {title: responses for title, responses in found.items() if responses}
    several = sum(asked.kind == CLOSED for asked in told.rounds) > 1
    names = [
        f"{title}: {names_of(responses, told)}" if several else names_of(responses, told)
        for title, responses in rounds.items()
    ]
    number = sum(map(len, rounds.values()))
    yield "tra_lai", Place("báo cáo đang trả lại, chưa tổng hợp", format_number(number))
    meaning = "tên các đơn vị có báo cáo đang trả lại, chưa tổng hợp"
    yield "ds_tra_lai", Place(meaning, "; ".join(names) or NOBODY)


def _plan(report: Report) -> str:
    if not report.plan_number:
        return ""
    separator = "-" if report.style == PARTY else "/"
    day = f", ngày {short_date(report.plan_date, separator)}" if report.plan_date else ""
    issuer = f" của {report.plan_issuer}" if report.plan_issuer else ""
    return f"Kế hoạch số {report.plan_number}{day}{issuer}"


def _day(moment: datetime | None) -> str:
    return document_date(local(moment).date()) if moment else ""


# --- rounds ---------------------------------------------------------------------------------------


def _of_rounds(consolidation: Consolidation) -> Named:
    """Yield what is known of each round, then tables and answers under names without a round."""
    tables = {
        asked.code: tuple(_of_tables(replace(consolidation, rounds=(asked,))))
        for asked in consolidation.rounds
    }
    for asked in consolidation.rounds:
        for name, place in chain(_of_round(asked, consolidation), tables[asked.code]):
            yield f"{identifier(asked.code)}.{name}", place
    # A list of several rounds is one, as in the workbook; of other tables with one name, and of
    # choices, the later round is meant.
    yield from _of_tables(consolidation, ("list",))
    for asked in reversed(consolidation.rounds):
        yield from tables[asked.code]
        if asked.kind == CLOSED:
            yield from _chosen(asked)


def _of_round(asked: RoundResponses, consolidation: Consolidation) -> Named:
    title = asked.title
    yield "dot", Place("Tên đợt", title)
    if asked.due_at:
        yield "han", Place(f"{title}: hạn báo cáo", _day(asked.due_at))
    if asked.kind == CLOSED:
        yield from _progress(asked, consolidation)
        yield from _chosen(asked)
    elif asked.kind == "public":
        counted = sum(group.count for group in asked.feedback)
        yield "so_phieu", Place(f"{title}: số phiếu", format_number(counted) if counted else "")


@dataclass(frozen=True, slots=True)
class _Part:
    """Units that are counted together: how their names begin, and which they are."""

    prefix: str
    words: str
    holds: Callable[[UnitResponse], bool]


_PARTS = (
    _Part("", "đơn vị phải gửi và được mời", lambda _: True),
    _Part("bat_buoc.", "đơn vị phải gửi", lambda response: response.unit.required),
    _Part("moi.", "đơn vị được mời", lambda response: not response.unit.required),
)


def _progress(asked: RoundResponses, consolidation: Consolidation) -> Named:
    """Yield how many units have sent, as the sheet of progress counts them."""
    held_back = held_back_of(asked)
    number = format_number(len(held_back))
    names = names_of(held_back, consolidation) or NOBODY
    yield "tra_lai", Place(f"{asked.title}: báo cáo đang trả lại, chưa tổng hợp", number)
    yield "ds_tra_lai", Place(f"{asked.title}: tên các đơn vị có báo cáo đang trả lại", names)
    for part in _PARTS:
        units = [response for response in asked.of_rates if part.holds(response)]
        for name, meaning, text in _counts(units, consolidation):
            yield part.prefix + name, Place(f"{asked.title}, {part.words}: {meaning}", text)


def _counts(
    units: Sequence[UnitResponse], consolidation: Consolidation
) -> Iterator[tuple[str, str, str]]:
    states = [response.state for response in units]
    on_time, late = states.count("on_time"), states.count("late")
    sent, left = on_time + late, states.count("withdrawn")
    missing = [r for r in units if r.state not in ("on_time", "late", "withdrawn")]
    behind = [response for response in units if response.state == "late"]
    share = percent(sent, len(units)) if units else None
    yield "so_don_vi", "số đơn vị", format_number(len(units))
    yield "so_don_vi_gui", "số đơn vị đã gửi", format_number(sent)
    yield "ty_le_gui", "tỷ lệ đã gửi (%)", "" if share is None else figure_text(share, "percent")
    yield "dung_han", "gửi đúng hạn", format_number(on_time)
    yield "tre", "gửi trễ hạn", format_number(late)
    yield "rut", "đã rút khỏi đợt", format_number(left)
    yield "chua", "chưa gửi", format_number(len(missing))
    yield "ds_chua", "tên các đơn vị chưa gửi", names_of(missing, consolidation) or NOBODY
    yield "ds_tre", "tên các đơn vị gửi trễ hạn", names_of(behind, consolidation) or NOBODY


def held_back_of(asked: RoundResponses) -> tuple[UnitResponse, ...]:
    """Return the reports of units that are returned and in no figure."""
    return tuple(response for response in asked.of_units if response.held_back)


def names_of(responses: Sequence[UnitResponse], consolidation: Consolidation) -> str:
    """Return the names of units; of many only those of small groups, with the number of each."""
    names = [response.unit.name for response in responses]
    if len(names) <= MOST_NAMED:
        return ", ".join(names)
    labels = {group.code: group.name for group in consolidation.groups}
    grouped: dict[str, list[str]] = {code: [] for code in labels}
    for response in responses:
        grouped.setdefault(response.unit.group_code, []).append(response.unit.name)
    return "; ".join(
        _group(labels.get(code, code), found) for code, found in grouped.items() if found
    )


def _group(label: str, names: Sequence[str]) -> str:
    named = f" ({', '.join(names)})" if len(names) <= MOST_OF_GROUP else ""
    return f"{label}: {len(names)} đơn vị{named}"


def _chosen(asked: RoundResponses) -> Named:
    """Yield how many units made each choice of a question that is asked once."""
    given = [r.answers for r in asked.of_units if r.answers is not None]
    for question in asked.definition.single_questions:
        if question.type not in ("select_one", "select_multiple"):
            continue
        counts: dict[str, dict[str, int | str]] = {}
        for answers in given:
            count_answers(counts, (question,), answers)
        tally = tally_of(question, counts.get(question.name, {}))
        label = f"{asked.title}: {alone(question.labels.text('vi'))}"
        yield from _choices(f"{CHOSEN}.{question.name}", label, question, tally, "số đơn vị")


def _choices(stem: str, label: str, question: Question, tally: Tally, unit: str) -> Named:
    """Yield the number and the share of those who made each choice; both missing without any."""
    for choice in question.choices:
        name = f"{stem}.{identifier(choice.name)}"
        meaning = f"{label} – {alone(choice.labels.text('vi'))}"
        count, whole = tally.choices.get(choice.name, 0), tally.answered
        share = percent(count, whole)
        yield name, Place(f"{meaning}: {unit}", format_number(count) if whole else "")
        shown = "" if share is None else figure_text(share, "percent")
        yield f"{name}.ty_le", Place(f"{meaning}: tỷ lệ (%)", shown)


def identifier(name: str) -> str:
    """Return a name as a part of the name of a place: letters, digits and underscores."""
    plain = _NO_NAME.sub("_", name)
    return plain if not plain[:1].isdigit() else f"muc_{plain}"


# --- tables ---------------------------------------------------------------------------------------

Kinds = tuple[str, ...]
ALL: Kinds = ("units", "list", "distribution")


def _of_tables(consolidation: Consolidation, kinds: Kinds = ALL) -> Named:
    """Yield what the tables of these kinds tell, under the name of each table."""
    if "units" in kinds:
        for annex in annexes(consolidation):
            yield from _named(annex.table, _figures(annex))
    for table, parts in planned(consolidation):
        if table.kind in kinds and table.kind in _READERS:
            yield from _named(table, _READERS[table.kind](consolidation, table, parts))


def _named(table: Table, found: Iterable[tuple[str, Place]]) -> Named:
    label = alone(table.labels.text("vi"))
    for name, place in found:
        yield (
            f"{identifier(table.name)}.{name}",
            replace(place, meaning=f"{label}: {place.meaning}"),
        )


def _figures(annex: Annex) -> Named:
    for column, value, highest, lowest in annex.figures:
        name, label = identifier(column.name), heading_of(column)
        text = "" if value is None else figure_text(value, column.format)
        yield name, Place(f"{label}, dòng TỔNG CỘNG", text)
        if column.format == "percent":
            yield f"{name}.cao_nhat", _end(f"{label}, các đơn vị cao nhất", highest)
            yield f"{name}.thap_nhat", _end(f"{label}, các đơn vị thấp nhất", lowest)


def _end(meaning: str, text: str) -> Place:
    """Return the place of the units at one end; where that tells nothing, it is left out."""
    return Place(meaning, text, untold=not text)


def heading_of(column: Column) -> str:
    """Return what a column is called, the heading that it shares first."""
    parts = (alone(part.text("vi")) for part in (column.band, column.labels))
    return " – ".join(filter(None, parts))


Parts = Sequence[tuple[RoundResponses, Table]]


def _of_list(consolidation: Consolidation, table: Table, parts: Parts) -> Named:
    listed = read_list(consolidation, parts)
    rows = [row for _, group in listed.groups for row in group]
    known = any(_is_known(asked) for asked, _ in parts)
    yield "so", Place("số lượng", format_number(len(rows)) if known else "")
    empty = known and not rows
    lines = (NOTHING,) if empty else tuple(_lines(listed)) if known else ()
    yield "danh_sach", Place("danh sách", lines=lines, empty=empty)
    titles = NOBODY if empty else _titles(listed)
    yield "ds_ten", Place("tên, kèm đơn vị", titles, empty=empty)
    yield from _tallies(table, parts, listed, known=known)
    handled = [r.handled.state for asked, _ in parts for r in asked.responses if r.handled]
    if any(asked.kind == "standing" for asked, _ in parts):
        yield from _handling(handled)


def _is_known(asked: RoundResponses) -> bool:
    """Tell whether nothing in a list means that there is nothing."""
    return asked.kind == "standing" or any(r.answers is not None for r in asked.responses)


def _tallies(table: Table, parts: Parts, listed: Listed, *, known: bool) -> Named:
    versions = [version for asked, _ in parts for version in asked.definitions]
    for question, tally in listed.tallies:
        for choice, label in choice_labels(versions, question, "vi").items():
            text = format_number(tally.count(label)) if known else ""
            place = Place(f"{tally.label} – {label}, số lượng", text)
            yield f"{identifier(question)}.{identifier(choice)}", place


def _handling(states: Sequence[str]) -> Named:
    words = words_of("vi")
    settled = sum(state in _SETTLED for state in states)
    yield "da_giai_quyet", Place("đã trả lời hoặc đã đóng", format_number(settled))
    for state in HANDLING_STATES:
        meaning = words[f"handling_{state}"].lower()
        yield _HANDLED[state], Place(meaning, format_number(states.count(state)))


def _lines(listed: Listed) -> Iterator[Line]:
    for label, rows in listed.groups:
        if label:
            yield Line(f"{label} ({len(rows)}):", heading=True)
        items = _items(listed.columns, rows)
        yield from (Line(f"- {item}") for item in items[:MOST_ITEMS])
        more = len(items) - MOST_ITEMS
        if more > 0:
            yield Line(f"- và {more} nội dung khác (xem tệp Excel tổng hợp)")


def _titles(listed: Listed) -> str:
    """Return what each row is called, with its unit; of many the first ones."""
    own = next((place for place, column in enumerate(listed.columns) if _is_own(column)), None)
    if own is None:
        return ""
    kept = (listed.columns[own], *(c for c in listed.columns if _reference(c) == "unit_name"))
    titles = _items(
        kept,
        [
            (None, *(row[1 + listed.columns.index(column)] for column in kept))
            for _, rows in listed.groups
            for row in rows
        ],
    )
    more = f" và {len(titles) - MOST_TITLES} nội dung khác" if len(titles) > MOST_TITLES else ""
    return "; ".join(titles[:MOST_TITLES]) + more


def _items(columns: Sequence[Column], rows: Iterable[Sequence[Cell]]) -> list[str]:
    """Return what the rows say, each once, and in brackets which units say it."""
    units: dict[str, list[str]] = {}
    for row in rows:
        cells = zip(columns, row[1:], strict=True)
        texts = [one_line(show(cell, column.format)) for column, cell in cells if _is_own(column)]
        said = "; ".join(text.rstrip(" .;") for text in texts if text)
        units.setdefault(said, []).append(_unit_of(columns, row))
    return [said + _by(dict.fromkeys(filter(None, names))) for said, names in units.items()]


def one_line(text: str) -> str:
    """Return what somebody wrote on one line: an item of a list is of one unit, and looks it.

    Lines are joined as parts of a sentence, without the bullets that they begin with.
    """
    first, *others = text.splitlines() or ("",)
    written = first.strip()
    for line in others:
        part = _BULLET.sub("", line).strip()
        if part:
            separator = " " if written.endswith((":", ",", ";")) or not written else "; "
            written = f"{written.rstrip(' .')}{separator}{part}".strip()
    return written


def _by(units: Iterable[str]) -> str:
    """Return units in brackets; of many the first ones."""
    names = list(units)
    more = f" và {len(names) - MOST_UNITS} đơn vị khác" if len(names) > MOST_UNITS else ""
    return f" ({', '.join(names[:MOST_UNITS])}{more})" if names else ""


def _unit_of(columns: Sequence[Column], row: Sequence[Cell]) -> str:
    cells = zip(columns, row[1:], strict=True)
    found = (str(cell) for column, cell in cells if _reference(column) == "unit_name")
    return one_line(next(found, ""))


def _is_own(column: Column) -> bool:
    """Tell whether a column shows what was answered, rather than who answered and when."""
    return column.value is not None and _reference(column) not in ("unit_name", "sent_date")


def _reference(column: Column) -> str:
    return bare_reference(column.value.node) if column.value else ""


def _of_distribution(consolidation: Consolidation, table: Table, parts: Parts) -> Named:
    size, tallies = read_distribution(consolidation, parts[0][0], table)
    yield "so_phieu", Place("số phiếu", format_number(size) if size else "")
    for column in table.columns:
        if column.name not in tallies:
            continue
        question, tally = tallies[column.name]
        label, stem = alone(question.labels.text("vi")), identifier(column.name)
        if column.format == "scale":
            yield from _scale(stem, label, question, tally)
        yield from _choices(stem, label, question, tally, "số phiếu")


def _scale(stem: str, label: str, question: Question, tally: Tally) -> Named:
    """Yield the mean score and the share of the two highest levels, as the workbook has them.

    The level of a choice is its name.
    """
    levels = {
        int(c.name): tally.choices.get(c.name, 0) for c in question.choices if c.name.isdecimal()
    }
    whole = sum(levels.values())
    scored = sum(level * count for level, count in levels.items())
    upper = sum(count for level, count in levels.items() if level >= max(levels) - 1)
    mean = format_number(Decimal(scored) / whole, MEAN_PLACES) if whole else ""
    share = percent(upper, whole)
    yield f"{stem}.diem", Place(f"{label}: điểm bình quân", mean)
    yield (
        f"{stem}.muc_cao",
        Place(
            f"{label}: tỷ lệ hai mức cao nhất (%)",
            "" if share is None else figure_text(share, "percent"),
        ),
    )


_READERS: Mapping[str, Callable[[Consolidation, Table, Parts], Named]] = {
    "list": _of_list,
    "distribution": _of_distribution,
}
