"""Reports beside others: the figures of one, and what the checks find odd in those of a round."""

from __future__ import annotations

from flask import Blueprint, render_template, request

from exports.oddities import label_of
from exports.unusual import RULES, rule_of, rules_stated
from forms.explanations import Oddity
from language.text import clean
from models.campaign import CLOSED
from models.database import reading
from models.problems import Problem
from services import figures, following, reporting
from services.figures import ReportOddities
from views.filling import current_moment
from views.language import interface_language
from views.previous import short_title
from views.round_units import STAGES, page_address, page_number

report_figures = Blueprint("report_figures", __name__)


@report_figures.get("/<campaign_code>/<round_code>/<unit_code>/doi-chieu")
def compare_figures(campaign_code: str, round_code: str, unit_code: str) -> str:
    """Show the figures of a report beside those of the round before and of its group."""
    with reading() as session:
        campaign = following.find_campaign(session, campaign_code)
        asked = following.find_round(campaign, round_code)
        unit = following.find_unit(session, asked, unit_code, current_moment())
        newest = next(iter(reporting.revisions(session, unit.assignment_id)), None)
        if newest is None or asked.kind != CLOSED:
            raise Problem("report_missing")
        found = figures.figures(session, unit.assignment_id, newest)
    return render_template(
        "report_figures/compare_figures.html",
        campaign=campaign,
        round=asked,
        unit=unit,
        found=found,
        before=short_title(found.before),
        label=lambda name: label_of(found.definition, name, interface_language()),
        group=campaign.groups.get(unit.group_code, unit.group_code),
    )


@report_figures.get("/<campaign_code>/<round_code>/canh-bao")
def list_oddities(campaign_code: str, round_code: str) -> str:
    """Show what is odd in the reports of a round: what `?q=` looks for, or what is `?open=1`."""
    sought, only_open = clean(request.args.get("q", "")), request.args.get("open") == "1"
    with reading() as session:
        campaign = following.find_campaign(session, campaign_code)
        asked = following.find_round(campaign, round_code)
        page = figures.odd_reports(
            session,
            asked.id,
            sought,
            page_number(),
            unexplained=only_open,
            language=interface_language(),
        )
    return render_template(
        "report_figures/list_oddities.html",
        campaign=campaign,
        round=asked,
        page=page,
        sought=sought,
        only_open=only_open,
        page_address=page_address,
        rule=lambda report, oddity: rule_of(oddity, report.definition, interface_language()),
        about=_about,
        rules=list(rules_stated(interface_language())),
        stages=STAGES,
    )


def _about(report: ReportOddities, oddity: Oddity) -> str:
    """Return the label of the question that statistics are about; a check says that itself."""
    if oddity.name not in RULES:
        return ""
    return label_of(report.definition, oddity.question, interface_language())
