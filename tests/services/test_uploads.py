"""Forms from upload to retirement, on every database."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from forms import editing
from forms.compare import compare
from forms.text_sheets import heading_in
from models import AuditEntry, FormFile, FormVersionFile, UploadedFile, UploadedForm
from models.campaign import PUBLIC, Round
from models.database import HistoryError
from models.problems import Problem
from services import (
    campaigns,
    definitions,
    feedback,
    feedback_counts,
    feedback_results,
    following,
    uploads,
    versions,
)
from services.definitions import PublishedForm
from services.uploads import Content, Upload
from services.versions import ListedForm
from tests.conftest import LIBRARY
from tests.factories import (
    WORKING_DAY,
    change_round,
    public_link,
    send_report,
    unit_link,
)

OFFICER = "chuyen.vien@ban.example"
PNG = b"\x89PNG\r\n\x1a\n" + b"x" * 40
FORM = """
| survey | type | name | label |
| | text | a | Câu A |
| | select_one l | b | Câu B |
| choices | list_name | name | label |
| | l | 1 | Một |
| | l | 2 | Hai |
| settings | form_title | form_id | version |
| | Biểu mẫu thử | thu | 1 |
"""
FEEDBACK = (LIBRARY / "khao_sat_phan_hoi.md").read_text(encoding="utf-8")
REPORT = (LIBRARY / "bao_cao_dot_1.md").read_text(encoding="utf-8")


def source(text: str = FORM, **changes: str) -> bytes:
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    return text.strip().encode()


def put(
    session: Session, content: bytes = source(), files: Mapping[str, bytes] | None = None
) -> int:
    held = uploads.prepare(content, "thu.md", files or {})
    return uploads.upload(session, held, WORKING_DAY, OFFICER)


def put_on(session: Session, upload_id: int) -> PublishedForm:
    """Publish an upload as it is."""
    found = uploads.find(session, upload_id)
    return uploads.publish(session, found, uploads.compiled(found), WORKING_DAY, OFFICER)


def change(session: Session, upload_id: int, make: Callable[..., Content], *how: object) -> Upload:
    """Put what `make` makes of an upload in its place."""
    found = uploads.find(session, upload_id)
    uploads.replace(session, found, make(found, *how), "form.edited", WORKING_DAY, OFFICER)
    return uploads.find(session, upload_id)


def begin_edit(session: Session, version_id: int) -> int:
    copy = uploads.copy_of(session, version_id)
    return uploads.begin_edit(session, version_id, copy, WORKING_DAY, OFFICER)


def publish(session: Session, content: bytes = source(), **options: Any) -> ListedForm:
    """Upload and publish a form; return it as the board lists it."""
    upload_id = put(session, content, **options)
    version = put_on(session, upload_id)
    return listed(session, version.form_definition_id)


def listed(session: Session, form_definition_id: int) -> ListedForm:
    return versions.find_form(session, form_definition_id, WORKING_DAY)


def form_called(session: Session, form_id: str) -> ListedForm:
    found = definitions.form_definition_id(session, form_id)
    assert found
    return listed(session, found)


def acts(session: Session) -> list[str]:
    entries = session.scalars(select(AuditEntry).order_by(AuditEntry.id))
    return [entry.act for entry in entries if entry.actor == OFFICER]


# --- uploading ------------------------------------------------------------------------------------


def test_an_uploaded_form_is_kept_right_or_wrong(session: Session) -> None:
    right = put(session)
    wrong = put(session, source(FORM, **{"| text |": "| txt |"}))
    states = {upload.id: (upload.title, upload.error_count) for upload in uploads.waiting(session)}
    assert states == {right: ("Biểu mẫu thử", 0), wrong: ("", 1)}
    found = uploads.find(session, right)
    assert (found.source, found.source_name, found.uploaded_by) == (source(), "thu.md", OFFICER)


def test_any_bytes_may_be_uploaded_and_are_only_told_to_be_wrong(session: Session) -> None:
    for content in (b"", b"\x00\xff", b"PK\x03\x04", b"<html>"):
        held = uploads.prepare(content, "x.xlsx", {})
        upload_id = uploads.upload(session, held, WORKING_DAY, OFFICER)
        assert uploads.check(uploads.find(session, upload_id)).errors


def test_a_corrected_file_takes_the_place_of_the_wrong_one(session: Session) -> None:
    image = source(
        FORM,
        **{
            "| label |\n| | text | a | Câu A |": "| label | image |\n| | text | a | Câu A | x.png |"
        },
    )
    upload_id = put(session, image)
    assert [e.key for e in uploads.check(uploads.find(session, upload_id)).errors] == [
        "file_missing"
    ]
    right = change(session, upload_id, uploads.with_files, None, {"x.png": PNG})
    assert uploads.check(right).errors == ()
    again = change(session, upload_id, uploads.with_files, ("moi.md", image + b"\n"), {})
    assert (again.source_name, dict(again.files)) == ("moi.md", {"x.png": PNG})
    change(session, upload_id, uploads.without_file, "x.png")
    assert uploads.waiting(session)[0].error_count == 1


def test_discarding_leaves_nothing_but_the_audit_entry(session: Session) -> None:
    upload_id = put(session, files={"x.png": PNG})
    uploads.discard(session, uploads.find(session, upload_id), WORKING_DAY, OFFICER)
    assert session.scalars(select(UploadedForm)).all() == []
    assert session.scalars(select(UploadedFile)).all() == []
    assert acts(session) == ["form.uploaded", "form.discarded"]
    with pytest.raises(Problem, match="upload_unknown"):
        uploads.find(session, upload_id)


# --- publishing -----------------------------------------------------------------------------------


def test_publishing_makes_a_version_and_ends_the_upload(session: Session) -> None:
    form = publish(session)
    assert (form.form_id, form.in_use.number, form.rounds) == ("thu", 1, ())
    assert versions.source(session, form.in_use.id) == ("thu.md", source())
    assert uploads.waiting(session) == ()
    assert acts(session) == ["form.uploaded", "form.published"]


def test_the_files_beside_a_form_are_kept_once_and_for_good(session: Session) -> None:
    with_image = {
        "| label |\n| | text | a | Câu A |": "| label | image |\n| | text | a | Câu A | x.png |"
    }
    first = publish(session, source(FORM, **with_image), files={"x.png": PNG})
    second = publish(
        session, source(FORM, **with_image, **{"Câu B": "Câu hai"}), files={"x.png": PNG}
    )
    digest = hashlib.sha256(PNG).hexdigest()
    assert versions.files(session, first.in_use.id) == {"x.png": PNG}
    assert versions.files(session, second.in_use.id) == {"x.png": PNG}
    assert [file.sha256 for file in session.scalars(select(FormFile))] == [digest]
    assert versions.find_image(session, digest) == ("image/png", PNG)
    assert versions.find_image(session, "0" * 64) is None
    session.delete(session.scalars(select(FormVersionFile)).first())
    with pytest.raises(HistoryError):
        session.flush()
    session.rollback()


def test_the_same_bytes_beside_other_files_are_another_version(session: Session) -> None:
    text = source(FORM, **{"select_one l": "select_one_from_file xa.csv"})
    publish(session, text, files={"xa.csv": b"name,label\n1,Mot\n"})
    form = publish(session, text, files={"xa.csv": b"name,label\n1,Mot\n2,Hai\n"})
    assert [version.number for version in form.versions] == [2, 1]


def test_a_form_with_errors_is_not_published(session: Session) -> None:
    upload_id = put(session, source(FORM, **{"| text |": "| txt |"}))
    with pytest.raises(Problem, match="form_errors"):
        put_on(session, upload_id)


def test_a_version_is_not_published_twice(session: Session) -> None:
    publish(session)
    upload_id = put(session)
    with pytest.raises(Problem, match="form_published"):
        put_on(session, upload_id)


def test_a_public_round_never_asks_what_tells_who_answers(session: Session) -> None:
    rows = FEEDBACK.split("\n")
    telling = "\n".join([rows[0], "| | deviceid | may |" + " |" * 20, *rows[1:]]).encode()
    upload_id = put(session, telling)
    found = uploads.find(session, upload_id)
    assert len(uploads.check(found).identifying) == 1
    with pytest.raises(Problem, match="form_not_anonymous"):
        put_on(session, upload_id)
    alone = telling.replace(b"khao_sat_phan_hoi", b"khong_cong_khai")
    assert publish(session, alone).form_id == "khong_cong_khai"


def test_the_rounds_of_a_form_ask_the_new_version_at_once(session: Session) -> None:
    form = publish(session, source(REPORT, **{"Ngày báo cáo": "Ngày lập báo cáo"}))
    assert [asked.code for asked in form.rounds] == ["dot1"]
    assert form.in_use.number == 2
    link = unit_link(session)
    assert link.form_version_id == form.in_use.id
    (campaign,) = following.list_campaigns(session)
    assert following.find_round(campaign, "dot1").form_version_id == form.in_use.id


# --- retiring -------------------------------------------------------------------------------------


def test_retiring_goes_back_to_the_version_before(session: Session) -> None:
    old = unit_link(session).form_version_id
    form = publish(session, source(REPORT, **{"Ngày báo cáo": "Ngày lập báo cáo"}))
    other = versions.retire(session, form, 2, WORKING_DAY, OFFICER)
    assert other
    assert other.number == 1
    assert unit_link(session).form_version_id == old
    assert definitions.newest(session, form.id).id == old
    form = listed(session, form.id)
    assert [(v.number, v.retired, v.in_use) for v in form.versions] == [
        (2, True, False),
        (1, False, True),
    ]
    versions.reinstate(session, form, 2, WORKING_DAY, OFFICER)
    assert listed(session, form.id).in_use.number == 2
    assert acts(session)[-2:] == ["form.retired", "form.reinstated"]


def test_the_only_version_that_an_open_round_asks_stays(session: Session) -> None:
    form = form_called(session, "bao_cao_dot_1")
    with pytest.raises(Problem, match="form_in_use") as refused:
        versions.retire(session, form, 1, WORKING_DAY, OFFICER)
    assert refused.value.details == {"rounds": "Đợt 1"}


def test_when_the_round_has_closed_even_the_only_version_may_be_retired(session: Session) -> None:
    change_round(session, "dot1", closes_at=WORKING_DAY)
    form = form_called(session, "bao_cao_dot_1")
    later = WORKING_DAY.replace(year=2022)
    form = versions.find_form(session, form.id, later)
    assert versions.retire(session, form, 1, later, OFFICER) is None
    (campaign,) = following.list_campaigns(session)
    # The round does not lose its form: what was answered is still shown by it.
    assert following.find_round(campaign, "dot1").form_version_id == form.in_use.id


def test_an_older_version_may_be_retired_without_any_effect(session: Session) -> None:
    publish(session)
    form = publish(session, source(FORM, **{"Câu A": "Câu một"}))
    versions.retire(session, form, 1, WORKING_DAY, OFFICER)
    assert listed(session, form.id).in_use.number == 2


def test_a_version_that_is_not_there(session: Session) -> None:
    form = publish(session)
    with pytest.raises(Problem, match="form_unknown"):
        form.version(7)
    with pytest.raises(Problem, match="form_unknown"):
        versions.find_form(session, 12345, WORKING_DAY)


TELLING = {"| | text | a | Câu A |": "| | text | a | Câu A |\n| | start | luc_bat_dau | |"}


def ask_publicly(session: Session, form: ListedForm) -> None:
    """Open a public round of a form that was published before."""
    campaign = campaigns.find_campaign(session, "kh46")
    session.add(
        Round(
            campaign=campaign, code="y_kien", title="Lấy ý kiến", kind=PUBLIC, position=9,
            form_definition_id=form.id, late_allowed=True,
        )
    )  # fmt: skip
    session.flush()


def test_a_version_that_tells_who_answers_never_comes_back_to_a_public_round(
    session: Session,
) -> None:
    publish(session, source(FORM, **TELLING))
    ask_publicly(session, publish(session))
    form = form_called(session, "thu")
    with pytest.raises(Problem, match="form_not_anonymous") as refused:
        versions.retire(session, form, 2, WORKING_DAY, OFFICER)
    assert refused.value.details == {"cells": "survey!A3"}
    versions.retire(session, form, 1, WORKING_DAY, OFFICER)
    form = listed(session, form.id)
    with pytest.raises(Problem, match="form_not_anonymous"):
        versions.reinstate(session, form, 1, WORKING_DAY, OFFICER)
    assert listed(session, form.id).version(1).retired


def test_what_asks_nobody_publicly_may_come_back(session: Session) -> None:
    publish(session, source(FORM, **TELLING))
    publish(session)
    form = form_called(session, "thu")
    versions.retire(session, form, 1, WORKING_DAY, OFFICER)
    versions.reinstate(session, listed(session, form.id), 1, WORKING_DAY, OFFICER)
    assert not listed(session, form.id).version(1).retired


# --- what was answered ----------------------------------------------------------------------------


def test_answers_are_counted_over_all_versions(session: Session) -> None:
    link = unit_link(session)
    send_report(session, link, answers=json.dumps({"tien_do": "hoan_thanh", "tong_dv": 5}))
    send_report(
        session, link, answers=json.dumps({"tien_do": "dang", "tong_dv": 6}), base_revision=1
    )
    publish(session, source(REPORT, **{"Ngày báo cáo": "Ngày lập báo cáo"}))
    other = unit_link(session, unit_code="HU-AB")
    documents = [{"loai_van_ban": "ke_hoach"}, {"loai_van_ban": "ke_hoach"}]
    send_report(session, other, answers=json.dumps({"tong_dv": 7, "van_ban": documents}))
    form = form_called(session, "bao_cao_dot_1")
    names = ["tien_do", "tong_dv", "loai_van_ban", "van_ban", "qt_dv"]
    counts = versions.count_answers(session, form.id, names)
    assert counts.reports == {"tien_do": 1, "tong_dv": 2, "loai_van_ban": 1, "van_ban": 1}
    assert counts.choices["tien_do", "dang"] == 1
    assert counts.choices["loai_van_ban", "ke_hoach"] == 1
    assert ("tien_do", "hoan_thanh") not in counts.choices


def test_feedback_is_counted_by_question_only_and_as_far_as_it_may_be_shown(
    session: Session,
) -> None:
    link = public_link(session)
    for answers in ({"de_hieu": "5", "co_tai_lieu": "giay"}, {"de_hieu": "4"}, {}) * 5:
        text = json.dumps(answers)
        feedback.send(session, link, link.form_version_id, text, None, WORKING_DAY)
    form = form_called(session, "khao_sat_phan_hoi")
    names = ["de_hieu", "co_tai_lieu", "thiet_thuc"]
    assert versions.count_answers(session, form.id, names).feedback == dict.fromkeys(names, 0)
    feedback_counts.count_up(session, WORKING_DAY)
    counts = versions.count_answers(session, form.id, names)
    assert counts.feedback == {"de_hieu": 10, "co_tai_lieu": 0, "thiet_thuc": 0}
    assert counts.choices == {}


def test_only_what_matters_is_counted(session: Session) -> None:
    before = uploads.check(_upload(source())).definition
    relabelled = uploads.check(_upload(source(FORM, **{"Câu A": "Câu một"}))).definition
    without = uploads.check(_upload(source(FORM, **{"| | l | 2 | Hai |\n": ""}))).definition
    assert before
    assert relabelled
    assert without
    assert versions.concerned(compare(before, relabelled)) == frozenset()
    assert versions.concerned(compare(before, without)) == {"b"}


def _upload(content: bytes) -> Upload:
    return Upload(1, content, "thu.md", {}, False, None, OFFICER, WORKING_DAY)


def test_a_choice_of_feedback_that_vanished_keeps_its_label(session: Session) -> None:
    link = public_link(session)
    for district in ["rach_gia"] * 12 + ["ha_tien"] * 11:
        text = json.dumps({"doi_tuong": "dv_cbccvc", "dia_ban": district})
        feedback.send(session, link, link.form_version_id, text, None, WORKING_DAY)
    lines = [line for line in FEEDBACK.split("\n") if "| ha_tien |" not in line]
    assert len(lines) < len(FEEDBACK.split("\n"))
    publish(session, "\n".join(lines).encode())
    (campaign,) = following.list_campaigns(session)
    feedback_counts.count_up(session, WORKING_DAY)
    count = feedback_results.results(session, following.find_round(campaign, "phan_hoi"))
    district = next(b for b in count.breakdowns if b.question.name == "dia_ban")
    assert district.question.choice_label("ha_tien", "vi") == "Thành phố Hà Tiên"
    assert list(district.counts)[-1] == "ha_tien"


# --- editing --------------------------------------------------------------------------------------


def test_editing_a_version_ends_in_a_new_one(session: Session) -> None:
    form = publish(session)
    upload_id = begin_edit(session, form.in_use.id)
    found = uploads.find(session, upload_id)
    assert uploads.destination(session, _right(found)).same
    relabel = partial(editing.change_question, row=0, cells={heading_in("label", "vi"): "Câu một"})
    change(session, upload_id, uploads.edited, relabel)
    version = put_on(session, upload_id)
    assert version.number == 2
    changed = definitions.definition(session, version.id)
    assert changed.question("a").labels.text("vi") == "Câu một"
    assert acts(session)[2:] == ["form.edit_begun", "form.edited", "form.published"]


def _right(found: Upload) -> Any:
    return uploads.check(found).definition


def test_an_edit_may_break_a_form_and_mend_it_again(session: Session) -> None:
    form = form_called(session, "bao_cao_dot_1")
    upload_id = begin_edit(session, form.in_use.id)
    found = uploads.find(session, upload_id)
    sheets = uploads.sheets_of(found)
    row = next(line.row for line in editing.outline(sheets) if line.name == "tong_dv")
    cells = editing.outline(sheets)[row].cells
    remove = partial(editing.remove_question, row=row)
    change(session, upload_id, uploads.edited, remove)
    broken = uploads.find(session, upload_id)
    assert uploads.check(broken).errors
    add = partial(editing.add_question, after=row - 1, cells=cells)
    change(session, upload_id, uploads.edited, add)
    mended = uploads.check(uploads.find(session, upload_id)).definition
    assert mended
    assert mended.digest == form.in_use.digest


def test_of_two_edits_of_the_same_file_the_second_is_refused(session: Session) -> None:
    form = publish(session)
    upload_id = begin_edit(session, form.in_use.id)
    seen = uploads.find(session, upload_id)
    swapped = uploads.edited(seen, partial(editing.move, row=0, up=False))
    uploads.replace(session, seen, swapped, "form.edited", WORKING_DAY, OFFICER)
    with pytest.raises(Problem, match="upload_changed"):
        uploads.replace(session, seen, swapped, "form.edited", WORKING_DAY, OFFICER)
    with pytest.raises(Problem, match="upload_changed"):
        uploads.find_seen(session, upload_id, seen.digest)


def test_what_was_not_seen_is_neither_published_nor_thrown_away(session: Session) -> None:
    upload_id = put(session)
    seen = uploads.find(session, upload_id)
    now = change(session, upload_id, uploads.with_files, None, {"x.png": PNG})
    assert now.source == seen.source
    with pytest.raises(Problem, match="upload_changed"):
        uploads.publish(session, seen, uploads.compiled(seen), WORKING_DAY, OFFICER)
    with pytest.raises(Problem, match="upload_changed"):
        uploads.discard(session, seen, WORKING_DAY, OFFICER)
    assert put_on(session, upload_id).number == 1


def test_an_uploaded_form_can_be_edited_once_it_is_right(session: Session) -> None:
    wrong = put(session, source(FORM, **{"| text |": "| txt |"}))
    with pytest.raises(Problem, match="form_errors"):
        uploads.sheets_of(uploads.find(session, wrong))
    right = put(session)
    swap = partial(editing.move, row=0, up=False)
    change(session, right, uploads.edited, swap)
    edited = uploads.find(session, right)
    assert (edited.source_name, edited.written) == ("thu.xlsx", True)
    assert list(_right(edited).places) == ["b", "a"]
