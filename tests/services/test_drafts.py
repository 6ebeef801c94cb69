"""Drafts that are saved a few answers at a time, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask

from models.database import quick_transaction
from services import drafts
from services.drafts import Changes, SavedChanges, SavedDraft, Saving
from tests.factories import WORKING_DAY, revoke, send_report, unit_link
from tests.stored import looking, writing

BEGUN = {"nguoi_lap": ["Trần Thị Bé"], "cach_pho_bien": ["zalo", "ban_in"]}


@pytest.fixture(autouse=True)
def _context(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


@pytest.fixture
def code(app: Flask) -> str:
    """Return the link of a unit that has saved a draft once."""
    with writing(app) as session:
        link = unit_link(session)
        saving = Saving(link.form_version_id, BEGUN, 0, instance="first")
        drafts.save_draft(session, link, saving, WORKING_DAY)
        return link.code


def draft(app: Flask) -> SavedDraft:
    with looking(app) as session:
        link = unit_link(session)
        assert link.assignment_id is not None
        found = drafts.draft_of(session, link.assignment_id)
        assert found is not None
        return found


def changes(app: Flask, seen: int, base: int = 0, **typed: list[str]) -> Changes:
    with looking(app) as session:
        return Changes(unit_link(session).digest, base, seen, typed, "mine")


def save(
    app: Flask, code: str, seen: int, instance: str = "mine", **typed: list[str]
) -> SavedChanges | None:
    mine = replace(changes(app, seen, **typed), instance=instance)
    with quick_transaction(begun=False) as connection:
        return drafts.save_changes(connection, code, mine, WORKING_DAY)


def test_savings_are_counted_and_say_what_they_changed(app: Flask, code: str) -> None:
    assert draft(app).changed == {"nguoi_lap": (1, "first"), "cach_pho_bien": (1, "first")}
    saved = save(app, code, 1, nguoi_lap=["Lê “Văn” Tám"], so_ban_in=["12"], cach_pho_bien=[])
    assert saved == SavedChanges(2, {}, {})
    kept = draft(app)
    assert kept.values == {"nguoi_lap": ["Lê “Văn” Tám"], "so_ban_in": ["12"]}
    assert set(kept.changed.values()) == {(2, "mine")}
    assert kept.changed_after(1, "") == {"nguoi_lap", "so_ban_in", "cach_pho_bien"}
    assert kept.changed_after(2, "") == kept.changed_after(1, "mine") == set()


def test_the_whole_form_counts_only_what_it_changed(app: Flask, code: str) -> None:
    with writing(app) as session:
        link = unit_link(session)
        values = {**BEGUN, "so_ban_in": ["12"]}
        saved = drafts.save_draft(
            session, link, Saving(link.form_version_id, values, 0), WORKING_DAY
        )
    assert (saved.number, saved.changed_after(1, "")) == (2, {"so_ban_in"})


def test_a_first_saving_counts_what_differs_from_what_stood_there(app: Flask) -> None:
    with writing(app) as session:
        link = unit_link(session)
        before = {"ngay_bao_cao": ["1/8/2021"], "so_ban_in": ["1"]}
        after = {**before, "so_ban_in": ["2"]}
        saving = Saving(link.form_version_id, after, 0, before)
        saved = drafts.save_draft(session, link, saving, WORKING_DAY)
    assert saved.changed == {"so_ban_in": (1, "")}


def test_nothing_that_was_not_seen_is_overwritten(app: Flask, code: str) -> None:
    save(app, code, 1, "theirs", nguoi_lap=["Lê Văn Tám"], chuc_vu=["Phó ban"])
    saved = save(app, code, 1, nguoi_lap=["Phan Văn Tư"], so_ban_in=["12"])
    assert saved == SavedChanges(3, {"chuc_vu": ["Phó ban"]}, {"nguoi_lap": ["Lê Văn Tám"]})
    assert draft(app).values["nguoi_lap"] == ["Lê Văn Tám"]
    assert draft(app).values["so_ban_in"] == ["12"]


def test_an_opened_form_is_not_in_conflict_with_itself(app: Flask, code: str) -> None:
    saved = save(app, code, 0, "first", nguoi_lap=["Trần Thị Bé Hai"])
    assert saved == SavedChanges(2, {}, {})


def test_whoever_was_quicker_is_seen(app: Flask, code: str) -> None:
    """Two savings read the same draft; the one that writes later does not undo the other."""
    mine = changes(app, 1, so_ban_in=["12"])
    with quick_transaction(begun=False) as connection:
        begin = connection.begin

        def be_late() -> None:
            connection.begin = begin  # type: ignore[method-assign]
            save(app, code, 1, "theirs", chuc_vu=["Phó ban"])
            begin()

        connection.begin = be_late  # type: ignore[method-assign]
        saved = drafts.save_changes(connection, code, mine, WORKING_DAY)
    assert saved == SavedChanges(3, {"chuc_vu": ["Phó ban"]}, {})
    assert draft(app).values == {**BEGUN, "chuc_vu": ["Phó ban"], "so_ban_in": ["12"]}


def test_what_takes_more_is_left_to_the_whole_form(app: Flask, code: str) -> None:
    typed = {"so_ban_in": ["12"]}
    behind, other = changes(app, 1, **typed), Changes("0" * 64, 0, 1, typed, "mine")
    with writing(app) as session:
        nobody = unit_link(session, unit_code="HU-AB").code
    with quick_transaction(begun=False) as connection:
        assert drafts.save_changes(connection, code, other, WORKING_DAY) is None
        assert drafts.save_changes(connection, nobody, behind, WORKING_DAY) is None
    with writing(app) as session:
        send_report(session, unit_link(session))
        link = unit_link(session)
        drafts.save_draft(session, link, Saving(link.form_version_id, BEGUN, 0), WORKING_DAY)
    assert save(app, code, 1, **typed) is None
    assert draft(app).values == BEGUN


def test_a_revoked_link_saves_nothing(app: Flask, code: str) -> None:
    mine = changes(app, 1, so_ban_in=["12"])
    with writing(app) as session:
        revoke(session, unit_link(session))
    with quick_transaction(begun=False) as connection:
        assert drafts.save_changes(connection, code, mine, WORKING_DAY) is None
