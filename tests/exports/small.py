"""Small forms and campaigns, each written where a test needs it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from exports.cells import Cell, Formula, Sheet
from exports.feedback import ReviewedComment
from exports.tables import (
    Consolidation,
    Group,
    ReportingUnit,
    RoundResponses,
    UnitResponse,
    build_sheets,
)
from forms.expressions import parse
from forms.tree import Choice, Column, Definition, Expression, Format, Labels, Question, Table
from forms.tree import Group as FormGroup
from tests.exports.counting import counted

SENT = datetime(2021, 8, 30, 2, 0, tzinfo=UTC)
EXPORTED = datetime(2021, 9, 5, 2, 30, tzinfo=UTC)
GROUPS = (Group("A", "Huyện ủy, thành ủy"), Group("B", "Khối sở, ban, ngành"))


def labels(text: str) -> Labels:
    return Labels((("vi", text),))


def expression(source: str) -> Expression:
    return Expression(source, parse(source))


def column(
    name: str, value: str | None, kind: Format = "integer", *, total: bool = False, band: str = ""
) -> Column:
    return Column(
        name=name,
        labels=labels(name),
        band=labels(band) if band else Labels(),
        value=expression(value) if value else None,
        total=total,
        format=kind,
    )


def table(kind: Any, *columns: Column, **parts: Any) -> Table:
    given = {"name": "bieu", "position": 2, "labels": labels("Biểu"), "title": labels("số liệu")}
    return Table(kind=kind, columns=columns, **{**given, **parts})


def choices(*pairs: tuple[str, str]) -> tuple[Choice, ...]:
    return tuple(Choice(name, labels(label)) for name, label in pairs)


def question(name: str, kind: str = "integer", **parts: Any) -> Question:
    return Question(name, kind, labels(f"Câu {name}"), **parts)


def form(*children: Question | FormGroup, tables: Sequence[Table] = ()) -> Definition:
    return Definition("phieu", labels("Phiếu"), "1", ("vi",), children, tables=tuple(tables))


def unit(
    code: str, group: str = "A", *, counted: bool = True, required: bool = True
) -> ReportingUnit:
    return ReportingUnit(code, f"Đơn vị {code}", code, group, "huyen", required, counted)


def sent(who: ReportingUnit, definition: Definition, answers: Mapping[str, Any]) -> UnitResponse:
    return UnitResponse(who, definition, answers, SENT, "on_time", 0)


def unsent(who: ReportingUnit, state: str = "missing") -> UnitResponse:
    return UnitResponse(who, None, None, None, state)


def closed(definition: Definition, *responses: UnitResponse, number: int = 1) -> RoundResponses:
    return RoundResponses(
        f"dot{number}", f"Đợt {number}", "closed", definition, responses=responses
    )


def changed_later(definition: Definition) -> Consolidation:
    """Return a round from which a unit was withdrawn after the opening, and two were added."""
    withdrawn = replace(
        unsent(unit("A2"), "withdrawn"),
        withdrawn_at=datetime(2021, 8, 30, 18, 0, tzinfo=UTC),
        withdrawn_reason="Sáp nhập theo nghị quyết.",
        successor_name="Đơn vị A9",
    )
    added = replace(sent(unit("A4"), definition, {}), added_later=True)
    waiting = replace(unsent(unit("A5")), added_later=True)
    asked = (sent(unit("A1"), definition, {}), withdrawn, unsent(unit("A3")))
    return campaign(closed(definition, *asked, added, waiting))


def public(
    definition: Definition,
    feedback: Sequence[Mapping[str, Any]],
    *,
    versions: Sequence[Definition] = (),
    comments: Sequence[ReviewedComment] = (),
    threshold: int = 10,
) -> RoundResponses:
    return RoundResponses(
        "phan_hoi",
        "Phản hồi",
        "public",
        definition,
        feedback=counted(definition, feedback, versions, threshold),
        feedback_definitions=tuple(dict.fromkeys(versions)),
        comments=tuple(comments),
    )


def campaign(*rounds: RoundResponses, **parts: Any) -> Consolidation:
    whole = Consolidation(
        campaign_code="kh",
        title="Kế hoạch",
        subject="kết quả triển khai",
        board_name="Ban Tuyên giáo",
        parent_body="Tỉnh ủy",
        place="Rạch Giá",
        signer_title="TRƯỞNG BAN",
        signer_name="Nguyễn Văn A",
        groups=GROUPS,
        rounds=rounds,
        exported_at=EXPORTED,
    )
    return replace(whole, **parts)


# --- reading sheets -------------------------------------------------------------------------------


def sheet_of(consolidation: Consolidation, start: str = "2.") -> Sheet:
    """Return the sheet whose name starts so."""
    return next(s for s in build_sheets(consolidation) if s.name.startswith(start))


def shown(cell: Cell) -> Cell:
    """Return what a cell shows: a formula its value, a blank one None."""
    value = cell.value if isinstance(cell, Formula) else cell
    return None if value == "" else value


def formula_of(cell: Cell) -> str:
    """Return the text of a cell that must be a formula."""
    assert isinstance(cell, Formula)
    return cell.text


def row_of(sheet: Sheet, text: str) -> list[Cell]:
    """Return what is shown in the first row that shows the text."""
    return [shown(cell) for cell in cells_of(sheet, text)]


def cells_of(sheet: Sheet, text: str) -> Sequence[Cell]:
    """Return the cells of the first row that shows the text."""
    return next(row.cells for row in sheet.rows if text in map(shown, row.cells))


def texts(sheet: Sheet) -> list[str]:
    """Return every text of the sheet."""
    return [cell for row in sheet.rows for cell in row.cells if isinstance(cell, str)]


def number_of(sheet: Sheet, text: str) -> int:
    """Return the number, from 1, of the first row that shows the text."""
    return next(n for n, row in enumerate(sheet.rows, 1) if text in map(shown, row.cells))
