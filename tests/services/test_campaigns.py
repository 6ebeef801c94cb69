"""Installing the campaign, and its forms and links."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from forms.findings import FormErrors
from models import Assignment, Campaign, FormVersion, Link, Round, Unit
from models.problems import Problem
from services import campaigns, definitions
from tests.conftest import CAMPAIGN, LIBRARY
from tests.factories import WORKING_DAY, unit_link

TABLES = (Assignment, Campaign, FormVersion, Link, Round, Unit)


def counts(session: Session) -> dict[str, int]:
    return {
        table.__name__: session.scalar(select(func.count()).select_from(table)) or 0
        for table in TABLES
    }


def test_installing_again_changes_nothing(session: Session) -> None:
    before = counts(session)
    assert campaigns.install(session, CAMPAIGN, LIBRARY, WORKING_DAY) is False
    assert counts(session) == before
    assert before == {
        "Assignment": 336,
        "Campaign": 1,
        "FormVersion": 4,
        "Link": 338,
        "Round": 4,
        "Unit": 112,
    }


def test_a_shipped_form_that_has_changed_becomes_a_new_version(
    session: Session, tmp_path: Path
) -> None:
    library = Path(shutil.copytree(LIBRARY, tmp_path / "library"))
    form = library / "kho_khan_vuong_mac.md"
    form.write_text(form.read_text(encoding="utf-8").replace("Mức độ |", "Mức độ khó khăn |"))
    before = unit_link(session, "kho_khan")
    campaigns.install(session, CAMPAIGN, library, WORKING_DAY)
    after = unit_link(session, "kho_khan")
    assert after.digest != before.digest
    old = definitions.definition(session, before.form_version_id)
    new = definitions.definition(session, after.digest)
    assert old.question("muc_do").labels.text("vi") == "Mức độ"
    assert new.question("muc_do").labels.text("vi") == "Mức độ khó khăn"


def telling(library: Path) -> None:
    """Let the form of the public round note when somebody began."""
    form = library / "khao_sat_phan_hoi.md"
    rows = form.read_text(encoding="utf-8").split("\n")
    form.write_text("\n".join([rows[0], "| | start | luc |" + " |" * 20, *rows[1:]]))


def test_no_public_round_is_installed_with_a_form_that_tells_who_answers(
    session: Session, tmp_path: Path
) -> None:
    library = Path(shutil.copytree(LIBRARY, tmp_path / "library"))
    telling(library)
    # The campaign is there, and a changed form would be its next version.
    with pytest.raises(Problem, match="form_not_anonymous"):
        campaigns.install(session, CAMPAIGN, library, WORKING_DAY)
    # Another campaign asks a form publicly that was published when nobody did.
    form = library / "khao_sat_phan_hoi.md"
    form.write_text(form.read_text().replace("khao_sat_phan_hoi", "y_kien"))
    form.rename(library / "y_kien.md")
    folder = Path(shutil.copytree(CAMPAIGN, tmp_path / "campaign"))
    described = folder / "campaign.toml"
    text = described.read_text(encoding="utf-8").replace("khao_sat_phan_hoi", "y_kien")
    described.write_text(text.replace('"kh46"', '"kh47"'), encoding="utf-8")
    with pytest.raises(Problem, match="form_not_anonymous"):
        campaigns.install(session, folder, library, WORKING_DAY)


def test_rounds_end_at_the_last_second_of_a_local_day(session: Session) -> None:
    due = {r.code: r.due_at for r in session.scalars(select(Round))}
    assert due == {
        "dot1": datetime(2021, 8, 31, 16, 59, 59, tzinfo=UTC),
        "dot2": datetime(2021, 11, 30, 16, 59, 59, tzinfo=UTC),
        "phan_hoi": None,
        "kho_khan": None,
    }


def test_twenty_units_must_report_and_the_same_twenty_count(session: Session) -> None:
    rows = session.execute(
        select(Round.code, Assignment.required, Assignment.counted, func.count())
        .join(Assignment.round)
        .group_by(Round.code, Assignment.required, Assignment.counted)
        .order_by(Round.code, Assignment.required, Assignment.counted)
    ).all()
    assert [tuple(row) for row in rows] == [
        ("dot1", False, False, 92),
        ("dot1", True, True, 20),
        ("dot2", False, False, 92),
        ("dot2", True, True, 20),
        ("kho_khan", False, False, 92),
        ("kho_khan", False, True, 20),
    ]


def test_groups_and_units_stand_in_official_order(session: Session) -> None:
    campaign = campaigns.find_campaign(session, "kh46")
    codes = [group["code"] for group in campaign.groups]
    in_file = session.scalars(select(Unit.group_code).order_by(Unit.position)).all()
    assert list(dict.fromkeys(in_file)) == codes


def test_public_links_are_listed_by_label(session: Session) -> None:
    assert [link.label for link in campaigns.links(session, "phan_hoi")] == [
        "Đảng viên, cán bộ, công chức, viên chức",
        "Đoàn viên, hội viên và Nhân dân",
    ]


def test_a_round_that_two_campaigns_have_must_be_asked_for_with_its_campaign(
    session: Session,
) -> None:
    first = campaigns.find_round(session, "dot1")
    other = Campaign(
        code="kh47", title="", subject="", board_name="", parent_body="", place="",
        signer_title="", signer_name="", report_symbol="", groups=[], position=2,
    )  # fmt: skip
    session.add(
        Round(
            campaign=other, code="dot1", title="", kind="closed", position=1,
            form_definition_id=first.form_definition_id,
        )
    )  # fmt: skip
    session.flush()
    with pytest.raises(Problem, match="round_ambiguous"):
        campaigns.find_round(session, "dot1")
    assert campaigns.find_round(session, "dot1", "kh46").id == first.id
    with pytest.raises(Problem, match="round_unknown"):
        campaigns.find_round(session, "dot3")


def test_publishing_the_same_form_again_is_the_same_version(session: Session) -> None:
    source = (LIBRARY / "bao_cao_dot_1.md").read_bytes()
    first = definitions.publish(session, source, "a.md", WORKING_DAY)
    only_spaces_differ = source.replace(b"| survey |", b"|  survey |", 1)
    assert definitions.publish(session, only_spaces_differ, "b.md", WORKING_DAY) == first


def test_a_wrong_form_is_not_published(session: Session) -> None:
    with pytest.raises(FormErrors):
        definitions.publish(session, b"| survey | type |\n", "a.md", WORKING_DAY)


def test_an_unknown_form_version_is_a_problem(session: Session) -> None:
    for version in (999, "0" * 64):
        with pytest.raises(Problem, match="form_unknown"):
            definitions.definition(session, version)
