"""Exports on their way: shared, taken once, left behind, cancelled, forgotten."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from exports.options import WorkbookOptions
from exports.records import DataOptions
from models import AuditEntry
from models.problems import Problem
from services import exporting
from services.exporting import Made, Standing, Wanted
from tests.factories import WORKING_DAY

OFFICER = "can.bo@ban.example"
MADE = Made("Dữ liệu.xlsx", 1234, "ab" * 32, 7, "cd" * 32)
MINUTE = timedelta(minutes=1)


def wanted(**options: Any) -> Wanted:
    return Wanted("kh46", "dot1", "xlsx", DataOptions(**options))


def ask(session: Session, after: timedelta = timedelta(), **options: Any) -> str:
    return exporting.ask(session, wanted(**options), OFFICER, WORKING_DAY + after)


def standing(session: Session, export_id: str) -> Standing:
    return exporting.find(session, "kh46", "dot1", export_id)


def test_the_same_wish_is_one_export_while_it_is_on_its_way(session: Session) -> None:
    first = ask(session)
    assert ask(session) == first
    assert ask(session, labelled=True) != first
    exporting.take(session, WORKING_DAY)
    assert ask(session) == first
    exporting.finish(session, first, MADE, WORKING_DAY)
    assert ask(session) != first


def test_an_export_is_taken_once_the_oldest_first(session: Session) -> None:
    first, second = ask(session), ask(session, MINUTE, labelled=True)
    taken = [exporting.take(session, WORKING_DAY) for _ in range(3)]
    assert [export.id if export else None for export in taken] == [first, second, None]
    assert taken[0].wanted == wanted()


def test_an_export_left_behind_is_taken_again(session: Session) -> None:
    export_id = ask(session)
    exporting.take(session, WORKING_DAY)
    exporting.beat(session, export_id, 50, 100, WORKING_DAY + MINUTE)
    assert standing(session, export_id).percent == 50
    assert exporting.take(session, WORKING_DAY + 2 * MINUTE) is None
    again = exporting.take(session, WORKING_DAY + 3 * MINUTE)
    assert again.id == export_id
    assert again.percent == 0


def test_what_a_worker_that_has_ended_began_is_taken_at_once(session: Session) -> None:
    begun, done = ask(session), ask(session, MINUTE, labelled=True)
    for export_id in (begun, done):
        exporting.take(session, WORKING_DAY)
        exporting.beat(session, export_id, 50, 100, WORKING_DAY)
    exporting.finish(session, done, MADE, WORKING_DAY)
    exporting.hand_over(session)
    assert standing(session, begun).percent == 0
    # Whoever goes on all the same is told so.
    assert not exporting.beat(session, begun, 60, 100, WORKING_DAY)
    again = exporting.take(session, WORKING_DAY)
    assert again.id == begun
    assert exporting.take(session, WORKING_DAY) is None


def test_whoever_works_is_told_that_it_is_no_longer_wanted(session: Session) -> None:
    export_id = ask(session)
    exporting.take(session, WORKING_DAY)
    assert exporting.beat(session, export_id, 1, 2, WORKING_DAY)
    exporting.cancel(session, "kh46", "dot1", export_id, OFFICER, WORKING_DAY)
    assert not exporting.beat(session, export_id, 2, 2, WORKING_DAY)
    assert not exporting.finish(session, export_id, MADE, WORKING_DAY)
    assert standing(session, export_id).state == "cancelled"
    assert exporting.take(session, WORKING_DAY + timedelta(hours=1)) is None
    exporting.cancel(session, "kh46", "dot1", export_id, OFFICER, WORKING_DAY)
    acts = session.scalars(select(AuditEntry.act).where(AuditEntry.act.like("data.%")))
    assert acts.all() == ["data.cancelled"]


def test_what_is_done_stays_done(session: Session) -> None:
    export_id = ask(session)
    exporting.take(session, WORKING_DAY)
    assert exporting.finish(session, export_id, MADE, WORKING_DAY)
    exporting.cancel(session, "kh46", "dot1", export_id, OFFICER, WORKING_DAY)
    exporting.fail(session, export_id, WORKING_DAY)
    found = standing(session, export_id)
    assert (found.state, found.percent, found.file_name) == ("done", 100, "Dữ liệu.xlsx")


def test_a_finished_export_is_in_the_log(session: Session) -> None:
    export_id = ask(session, contacts=True)
    exporting.take(session, WORKING_DAY)
    exporting.finish(session, export_id, MADE, WORKING_DAY)
    (entry,) = session.scalars(select(AuditEntry).where(AuditEntry.act == "data.exported"))
    assert (entry.actor, entry.subject) == (OFFICER, "round:kh46/dot1")
    assert entry.details["contacts"] is True
    assert (entry.details["rows"], entry.details["sha256"]) == (7, "ab" * 32)


def test_exports_are_forgotten_after_a_day(session: Session) -> None:
    old, new = ask(session), ask(session, timedelta(hours=2), labelled=True)
    assert set(exporting.forget(session, WORKING_DAY + timedelta(hours=24))) == {old, new}
    assert exporting.forget(session, WORKING_DAY + timedelta(hours=25)) == (new,)
    with pytest.raises(Problem) as refused:
        standing(session, old)
    assert refused.value.code == "export_unknown"


def test_an_export_belongs_to_its_round(session: Session) -> None:
    export_id = ask(session)
    with pytest.raises(Problem) as refused:
        exporting.find(session, "kh46", "dot2", export_id)
    assert refused.value.code == "export_unknown"
    assert [export.id for export in exporting.recent(session, "kh46", "dot1")] == [export_id]
    assert exporting.recent(session, "kh46", "dot2") == ()


# --- consolidated workbooks -----------------------------------------------------------------------


def ask_workbook(session: Session, **options: Any) -> str:
    wish = Wanted("kh46", "", "workbook", WorkbookOptions(**options))
    return exporting.ask(session, wish, OFFICER, WORKING_DAY)


def test_the_choices_are_what_a_workbook_is_known_by(session: Session) -> None:
    chosen = {"rounds": ("dot1",), "least": 25, "predecessor": "kh45"}
    first = ask_workbook(session, **chosen)
    assert ask_workbook(session, **chosen) == first
    others = [
        ask_workbook(session),
        ask_workbook(session, **{**chosen, "least": 26}),
        ask_workbook(session, **{**chosen, "contacts": True}),
        ask_workbook(session, **{**chosen, "language": "en"}),
    ]
    assert len({first, *others}) == 5
    found = exporting.find(session, "kh46", "", first)
    assert found.wanted == Wanted("kh46", "", "workbook", WorkbookOptions(**chosen))


def test_a_workbook_and_the_data_of_a_round_do_not_meet(session: Session) -> None:
    book, data = ask_workbook(session), ask(session)
    assert [export.id for export in exporting.recent(session, "kh46", "")] == [book]
    assert [export.id for export in exporting.recent(session, "kh46", "dot1")] == [data]
    for round_code, export_id in (("", data), ("dot1", book)):
        with pytest.raises(Problem, match="export_unknown"):
            exporting.find(session, "kh46", round_code, export_id)


def test_a_finished_workbook_is_in_the_log_with_its_choices(session: Session) -> None:
    export_id = ask_workbook(session, groups=("huyen_thanh_uy",), returned=True)
    exporting.take(session, WORKING_DAY)
    exporting.finish(session, export_id, MADE, WORKING_DAY)
    (entry,) = session.scalars(select(AuditEntry).where(AuditEntry.act == "workbook.exported"))
    assert (entry.actor, entry.subject) == (OFFICER, "campaign:kh46")
    assert entry.details["groups"] == ["huyen_thanh_uy"]
    assert entry.details["returned"] is True
    assert (entry.details["head"], entry.details["sha256"]) == ("cd" * 32, "ab" * 32)


def test_a_workbook_of_no_campaign_is_refused(session: Session) -> None:
    with pytest.raises(Problem, match="campaign_unknown"):
        exporting.ask(
            session, Wanted("kh99", "", "workbook", WorkbookOptions()), OFFICER, WORKING_DAY
        )
