"""Campaigns: installing one from its folder, and finding rounds and links."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from language.codes import PUBLIC_FIRST, UNIT_FIRST, new_code
from language.collation import sort_key
from language.dates import end_of_day
from models.campaign import PUBLIC, STANDING, Assignment, Campaign, Link, Round
from models.problems import Problem
from models.unit import REQUIRED_DUTY, Unit
from services import audit, definitions, units
from services.unit_files import read_units

CAMPAIGN_FIELDS = (
    "code", "title", "subject", "board_name", "parent_body", "place", "signer_title",
    "signer_name", "report_symbol", "groups", "position",
)  # fmt: skip
# What a campaign that is installed may say besides.
PLAN_FIELDS = ("plan_number", "plan_date", "plan_issuer", "document_style", "answer_days")


@dataclass(frozen=True, slots=True)
class ListedLink:
    """A link as the board gives it away; public links have a label instead of a unit."""

    code: str
    label: str
    unit_code: str
    unit_name: str


# --- installing -----------------------------------------------------------------------------------


def install(session: Session, folder: Path, forms: Path, now: datetime) -> bool:
    """Install the campaign in `folder`, once; tell whether it was installed now.

    `folder` holds campaign.toml and units.csv, `forms` the XLSForms (FORM_ID.md) it asks for. A
    form that has changed since is published as a new version; everything else is the board's.
    Raises Problem `form_not_anonymous` when a public round would ask what tells who answers.
    """
    described = tomllib.loads((folder / "campaign.toml").read_text(encoding="utf-8"))
    asked = {
        part["form"]: _publish(session, forms / f"{part['form']}.md", now)
        for part in described["rounds"]
    }
    if session.scalar(select(Campaign.id).where(Campaign.code == described["code"])):
        return False
    plan = {name: described[name] for name in PLAN_FIELDS if name in described}
    campaign = Campaign(**{name: described[name] for name in CAMPAIGN_FIELDS}, **plan)
    # First, because units may stand only in the groups of campaigns.
    session.add(campaign)
    assigned = _install_units(session, folder / "units.csv", now)
    for position, part in enumerate(described["rounds"], start=1):
        if part["kind"] == PUBLIC:
            in_use = definitions.newest(session, asked[part["form"]])
            definitions.refuse_identifying(definitions.identifying(session, in_use.id))
        opened = _round(campaign, part, position, asked[part["form"]])
        session.add(opened)
        _install_links(session, opened, part, assigned, now)
    session.flush()
    audit.note(session, now, audit.SYSTEM, "campaign.installed", f"campaign:{campaign.code}")
    return True


def _publish(session: Session, path: Path, now: datetime) -> int:
    return definitions.publish(session, path.read_bytes(), path.name, now).form_definition_id


def _install_units(session: Session, path: Path, now: datetime) -> list[Unit]:
    """Add the units that the directory does not have; return all that the file names."""
    source = path.read_bytes()
    plan = units.plan_import(session, source, path.name)
    units.apply_import(session, units.ImportPlan(plan.added, (), 0), now)
    codes = [row.code for row in read_units(source, path.name)]
    return list(session.scalars(select(Unit).where(Unit.code.in_(codes)).order_by(Unit.position)))


def _round(
    campaign: Campaign, part: Mapping[str, Any], position: int, form_definition_id: int
) -> Round:
    return Round(
        campaign=campaign,
        code=part["code"],
        title=part["title"],
        kind=part["kind"],
        form_definition_id=form_definition_id,
        position=position,
        due_at=end_of_day(part["due"]) if "due" in part else None,
        closes_at=end_of_day(part["closes"]) if "closes" in part else None,
        late_allowed=part.get("late_allowed", True),
    )


def _install_links(
    session: Session,
    opened: Round,
    part: Mapping[str, Any],
    assigned: Iterable[Unit],
    now: datetime,
) -> None:
    if opened.kind == PUBLIC:
        for label in part["links"]:
            code = new_code(PUBLIC_FIRST)
            session.add(Link(code=code, round=opened, label=label, created_at=now))
        return
    for unit in assigned:
        ask_unit(session, opened, unit, now)


def ask_unit(
    session: Session,
    opened: Round,
    unit: Unit,
    now: datetime,
    *,
    required: bool | None = None,
    counted: bool | None = None,
) -> Assignment:
    """Ask a unit in a round, called and grouped as it is now, and give it its link.

    It is `required` and `counted` as the directory says, unless told otherwise; nobody is required
    to report difficulties.
    """
    duty = unit.report_duty == REQUIRED_DUTY if required is None else required
    assignment = Assignment(
        round=opened,
        unit=unit,
        required=duty and opened.kind != STANDING,
        counted=unit.count_in_total if counted is None else counted,
        unit_name=unit.name,
        group_code=unit.group_code,
        added_at=now,
    )
    code = new_code(UNIT_FIRST)
    session.add(Link(code=code, round=opened, assignment=assignment, label="", created_at=now))
    return assignment


def add_groups(session: Session, campaign: Campaign, units: Iterable[Unit]) -> tuple[str, ...]:
    """Give a campaign the groups of units that it lacks, last; return their codes.

    They are called as an older campaign calls them. Without this, its pages and workbooks would
    know no name and no order for them.
    """
    wanted = dict.fromkeys(unit.group_code for unit in units)
    session.refresh(campaign, with_for_update=True)
    known = {group["code"] for group in campaign.groups}
    missing = tuple(code for code in wanted if code not in known)
    if missing:
        names = _group_names(session)
        added = [{"code": code, "name": names.get(code, code)} for code in missing]
        campaign.groups = [*campaign.groups, *added]
        session.flush()
    return missing


def _group_names(session: Session) -> Mapping[str, str]:
    lists = session.scalars(select(Campaign.groups).order_by(Campaign.position.desc()))
    return {group["code"]: group["name"] for groups in lists for group in groups}


# --- finding --------------------------------------------------------------------------------------


def find_campaign(session: Session, code: str) -> Campaign:
    """Return the campaign called `code`. Raises Problem `campaign_unknown`."""
    campaign = session.scalar(select(Campaign).where(Campaign.code == code))
    if campaign is None:
        raise Problem("campaign_unknown", campaign=code)
    return campaign


def find_round(session: Session, code: str, campaign_code: str | None = None) -> Round:
    """Return the round called `code`, in one campaign or in the only one that has it.

    Raises Problem `round_unknown`, or `round_ambiguous` when several campaigns have such a round.
    """
    statement = select(Round).join(Round.campaign).where(Round.code == code)
    if campaign_code is not None:
        statement = statement.where(Campaign.code == campaign_code)
    found = session.scalars(statement).all()
    if not found:
        raise Problem("round_unknown", round=code)
    if len(found) > 1:
        raise Problem("round_ambiguous", round=code)
    return found[0]


def links(
    session: Session, round_code: str, campaign_code: str | None = None
) -> tuple[ListedLink, ...]:
    """Return the links of a round that open, units in official order, public ones by label."""
    opened = find_round(session, round_code, campaign_code)
    rows = session.execute(
        select(Link.code, Link.label, Unit.code, Assignment.unit_name)
        .outerjoin(Link.assignment)
        .outerjoin(Assignment.unit)
        .where(
            Link.round_id == opened.id,
            Link.revoked_at.is_(None),
            Assignment.withdrawn_at.is_(None),
        )
        .order_by(Unit.position)
    )
    listed = [ListedLink(*(text or "" for text in row)) for row in rows]
    return tuple(sorted(listed, key=lambda link: sort_key(link.label)))
