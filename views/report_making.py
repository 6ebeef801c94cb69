"""The Word report as the worker makes it: from the template in use, as .docx or as PDF."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from exports.options import WorkbookOptions
from exports.report import Report, report_name
from exports.report_annexes import annexes
from exports.report_outline import Outline, fits, general_outline, read_outline
from exports.report_pages import annex_pages
from exports.report_places import Place, report_places
from exports.report_template import make_template
from exports.word import Told, fill_template
from models.database import reading
from services import word_reports
from services.exporting import Made, Standing
from services.word_reports import OwnTemplate
from views.export_files import PDF
from views.filling import current_moment
from views.pdf import make_pdf
from views.workbook import newest_sending

CAMPAIGNS = Path(__file__).parent.parent / "campaigns"
DESCRIPTION, OUTLINE = "campaign.toml", "bao-cao.txt"
# Reading, filling in, and printing.
STEPS = 3
Step = Callable[[int, int], None]


def write_report(taken: Standing, options: WorkbookOptions, path: Path, step: Step) -> Made:
    """Write the report that is wanted. `step` says how many steps of how many are done."""
    wanted = taken.wanted
    with reading() as session:
        now = current_moment()
        report = word_reports.collect(
            session, wanted.campaign, wanted.round, now, taken.actor, returned=options.returned
        )
        own = word_reports.own_template(session, wanted.campaign)
    step(1, STEPS)
    written = make_report(report, own)
    step(2, STEPS)
    if wanted.format == PDF:
        written = make_pdf(written, path, lambda: step(2, STEPS))
    path.write_bytes(written)
    return Made(
        report_name(report, wanted.format),
        len(written),
        hashlib.sha256(written).hexdigest(),
        sum(response.answers is not None for response in report.main.responses),
        report.whole.log_head,
    )


def make_report(report: Report, own: OwnTemplate | None) -> bytes:
    """Return a report as .docx; the same answers and template always give the same bytes."""
    places = report_places(report)
    source = own.source if own else shipped_template(report, places)
    found = list(annexes(report.told))
    whole = report.whole
    told = Told(
        f"Báo cáo {whole.subject} ({report.main.title})", whole.board_name, newest_sending(whole)
    )
    return fill_template(
        source, places, lambda references: annex_pages(report, found, references), told
    )


def shipped_template(report: Report, places: Mapping[str, Place]) -> bytes:
    """Return the template that ships: of the campaign's own outline, or of a general one.

    Another campaign with the same forms, a copy for one, carries out another document.
    """
    outline = next((o for o in _own_outlines(report) if fits(o, places)), None)
    return make_template(outline or general_outline(report), report.style)


def _own_outlines(report: Report) -> Iterator[Outline]:
    """Yield the outline that stands beside the description of this campaign, if there is one.

    A campaign whose plan is another one by now is no more what its outline speaks of.
    """
    own = (report.whole.campaign_code, report.plan_number)
    for path in sorted(CAMPAIGNS.glob(f"*/{OUTLINE}")):
        described = tomllib.loads((path.parent / DESCRIPTION).read_text(encoding="utf-8"))
        if (described["code"], described.get("plan_number", "")) == own:
            yield read_outline(path.read_text(encoding="utf-8"))
