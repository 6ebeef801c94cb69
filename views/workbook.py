"""The consolidated workbook of a campaign, as the board and the command line give it out."""

from __future__ import annotations

from exports.rounds import Consolidation
from exports.tables import build_sheets
from exports.workbook import Document, write_workbook
from language.dates import local

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def make_workbook(consolidation: Consolidation) -> bytes:
    """Return the workbook; the same consolidation always gives the same bytes."""
    document = Document(
        title=consolidation.title,
        author=consolidation.board_name,
        created=consolidation.exported_at,
    )
    return write_workbook(build_sheets(consolidation), document)


def workbook_name(consolidation: Consolidation) -> str:
    """Return the file name that a person sees, with the local day of the export."""
    day = local(consolidation.exported_at)
    return f"Tổng hợp {consolidation.title} {day:%d-%m-%Y}.xlsx"
