"""Study documents, on every database."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from models.problems import Problem
from services import materials
from services.attachments import Stored
from services.materials import Given, ShownMaterial
from tests.factories import WORKING_DAY

OFFICER = "officer@ban.example"
# After midnight in Viet Nam, on the day before in UTC.
AFTER_MIDNIGHT = datetime(2021, 8, 20, 17, 30, tzinfo=UTC)


def stored(name: str = "Đề cương.pdf", sign: str = "a") -> Stored:
    return Stored("", name, 1000, "application/pdf", sign * 64)


def add(session: Session, title: str = "Đề cương", *files: Stored) -> ShownMaterial:
    given = Given(title, "Đảng viên", files or (stored(),))
    id_ = materials.add(session, "kh46", given, OFFICER, WORKING_DAY)
    return materials.find_material(session, "kh46", id_)


def test_downloads_are_counted_by_the_day_of_viet_nam(session: Session) -> None:
    material = add(session)
    for moment in (WORKING_DAY, WORKING_DAY, AFTER_MIDNIGHT):
        materials.count_download(session, material.id, moment)
    found = materials.find_material(session, "kh46", material.id)
    assert found.downloads == 3
    assert found.days == ((date(2021, 8, 21), 1), (date(2021, 8, 20), 2))


def test_the_page_shows_the_last_days_and_the_sum_of_all(session: Session) -> None:
    material = add(session)
    for days in range(40):
        materials.count_download(session, material.id, WORKING_DAY + timedelta(days=days))
    found = materials.find_material(session, "kh46", material.id)
    assert (found.downloads, len(found.days)) == (40, materials.SHOWN_DAYS)


def test_new_files_replace_the_old_ones_and_the_link_stays(session: Session) -> None:
    material = add(session, "Đề cương", stored("a.pdf"), stored("b.pdf", "b"))
    assert material.size_bytes == 2000
    given = Given("Tên mới", "", (stored("c.pdf", "c"),))
    materials.change(session, "kh46", material.id, given, OFFICER, WORKING_DAY)
    found = materials.open_material(session, material.code)
    assert (found.title, found.audience) == ("Tên mới", "")
    assert [file.shown_name for file in found.files] == ["c.pdf"]
    materials.change(session, "kh46", material.id, Given("Tên khác", ""), OFFICER, WORKING_DAY)
    assert len(materials.open_material(session, material.code).files) == 1
    assert materials.count_files(session) == 3


def test_a_withdrawn_material_is_offered_no_more(session: Session) -> None:
    first, second = add(session, "Một"), add(session, "Hai")
    materials.withdraw(session, "kh46", first.id, OFFICER, WORKING_DAY)
    assert [one.title for one in materials.offered(session, "kh46")] == ["Hai"]
    assert [one.title for one in materials.list_materials(session, "kh46")] == ["Hai", "Một"]
    with pytest.raises(Problem, match="material_unknown"):
        materials.open_material(session, first.code)
    materials.withdraw(session, "kh46", first.id, OFFICER, WORKING_DAY, withdrawn=False)
    assert len(materials.offered(session, "kh46")) == 2
    assert materials.open_material(session, second.code.upper()).title == "Hai"


@pytest.mark.parametrize(
    ("title", "files", "code"),
    [
        (" ", (stored(),), "material_untitled"),
        ("x" * 301, (stored(),), "material_untitled"),
        ("Đề cương", (), "file_empty"),
        ("Đề cương", (stored(),) * 6, "files_too_many"),
    ],
)
def test_what_cannot_be_given_out_is_refused(
    session: Session, title: str, files: tuple[Stored, ...], code: str
) -> None:
    with pytest.raises(Problem, match=code):
        materials.add(session, "kh46", Given(title, "", files), OFFICER, WORKING_DAY)


def test_materials_of_another_campaign_are_not_found(session: Session) -> None:
    material = add(session)
    with pytest.raises(Problem, match="material_unknown"):
        materials.find_material(session, "khac", material.id)
    with pytest.raises(Problem, match="material_unknown"):
        materials.withdraw(session, "khac", material.id, OFFICER, WORKING_DAY)
    with pytest.raises(Problem, match="campaign_unknown"):
        materials.add(session, "khac", Given("A", "", (stored(),)), OFFICER, WORKING_DAY)
