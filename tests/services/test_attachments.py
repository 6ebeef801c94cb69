"""Files of units: taken in by their content, on the disk by their digest, found again."""

from __future__ import annotations

import hashlib
import io
import os
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models import Attachment
from models.problems import Problem
from services import attachments
from services.attachments import LARGEST_BYTES, Kept, Stored, Upload
from tests.factories import WORKING_DAY, unit_link
from tests.office_files import PDF, PROGRAM, bomb, compound, docx, office, photograph, picture

MACROS = office("application/vnd.ms-word.document.macroEnabled.main+xml")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "home" / "files"


@pytest.fixture
def assignment(session: Session) -> int:
    return assigned(session)


def assigned(session: Session, unit: str = "TU-RG") -> int:
    found = unit_link(session, unit_code=unit).assignment_id
    assert found is not None
    return found


def upload(
    content: bytes, name: str = "a.pdf", accept: tuple[str, ...] = (), question: str = "tep"
) -> Upload:
    return Upload(question, name, accept, io.BytesIO(content))


def stored(folder: Path, content: bytes = PDF, name: str = "a.pdf") -> Stored:
    return attachments.store(folder, upload(content, name))


def keep(session: Session, folder: Path, content: bytes = PDF, name: str = "a.pdf") -> Kept:
    return attachments.keep(session, assigned(session), stored(folder, content, name), WORKING_DAY)


def files(folder: Path) -> dict[str, bytes]:
    """Return what is on the disk: the path of each file within the folder, and its bytes."""
    paths = [path for path in folder.rglob("*") if path.is_file()]
    return {str(path.relative_to(folder)): path.read_bytes() for path in paths}


def rows(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(Attachment)) or 0


# --- taking in ------------------------------------------------------------------------------------


def test_the_bytes_of_a_file_are_where_its_digest_says(session: Session, folder: Path) -> None:
    kept = keep(session, folder, docx(), "Báo cáo.docx")
    digest = hashlib.sha256(docx()).hexdigest()
    assert files(folder) == {f"{digest[:2]}/{digest}": docx()}
    assert attachments.path_of(folder, kept).read_bytes() == docx()
    assert (kept.sha256, kept.size_bytes) == (digest, len(docx()))
    assert kept.content_type.endswith("wordprocessingml.document")
    assert kept.shown_name == "Báo cáo.docx"


def test_the_same_bytes_are_kept_once(session: Session, folder: Path, assignment: int) -> None:
    first, other = keep(session, folder, PDF, "a.pdf"), keep(session, folder, PDF, "b.pdf")
    assert len(files(folder)) == 1
    assert (first.shown_name, other.shown_name, rows(session)) == ("a.pdf", "b.pdf", 2)
    assert set(attachments.find(session, assignment, [first.id, other.id])) == {first.id, other.id}


def test_a_file_that_is_sent_twice_has_one_row(session: Session, folder: Path) -> None:
    assert keep(session, folder) == keep(session, folder)
    assert rows(session) == 1


def test_the_same_file_of_two_units_has_two_rows(session: Session, folder: Path) -> None:
    first, second = (
        attachments.keep(session, assigned(session, unit), stored(folder), WORKING_DAY)
        for unit in ("TU-RG", "HU-AB")
    )
    assert first.id != second.id
    assert attachments.find(session, assigned(session, "HU-AB"), [first.id]) == {}
    with pytest.raises(Problem) as caught:
        attachments.find_one(session, assigned(session, "HU-AB"), first.id)
    assert caught.value.code == "attachment_unknown"


@pytest.mark.parametrize(
    ("content", "accept", "code"),
    [
        (b"", (), "file_empty"),
        (PROGRAM, (), "file_type"),
        (docx(), (".pdf",), "file_type"),
        (MACROS, (), "file_macros"),
        (compound("EncryptedPackage"), (), "file_password"),
        (bomb(20_000, 20_000), (), "picture_too_large"),
        (PDF + bytes(LARGEST_BYTES - len(PDF) + 1), (), "file_too_large"),
    ],
)
def test_what_is_refused_leaves_nothing_on_the_disk(
    folder: Path, content: bytes, accept: tuple[str, ...], code: str
) -> None:
    with pytest.raises(Problem) as caught:
        attachments.store(folder, upload(content, "a.pdf", accept))
    assert caught.value.code == code
    assert files(folder) == {}


def test_a_file_may_have_twenty_megabytes(folder: Path) -> None:
    whole = PDF + bytes(LARGEST_BYTES - len(PDF))
    assert stored(folder, whole).size_bytes == 20 * 1024 * 1024
    assert list(files(folder).values()) == [whole]


def test_a_unit_has_only_so_much_room(session: Session, folder: Path, assignment: int) -> None:
    before = attachments.room_bytes(session, assignment)
    keep(session, folder)
    left = attachments.room_bytes(session, assignment)
    assert before - left == len(PDF)
    with pytest.raises(Problem) as caught:
        attachments.store(folder, upload(PDF + b"%"), len(PDF))
    assert caught.value.code == "attachments_full"
    assert len(files(folder)) == 1


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("bao_cao.exe", "bao_cao.exe.pdf"),
        ("../../etc/passwd", "-..-etc-passwd.pdf"),
        ("a.docx", "a.pdf"),
        ("x" * 300, "x" * 146 + ".pdf"),
        ("\u202efdp.exe", "-fdp.exe.pdf"),
    ],
)
def test_a_name_is_made_to_fit_what_the_file_is(folder: Path, name: str, shown: str) -> None:
    assert stored(folder, PDF, name).shown_name == shown


def test_a_damaged_file_is_whole_again_when_it_is_sent_again(
    session: Session, folder: Path
) -> None:
    path = attachments.path_of(folder, keep(session, folder))
    path.write_bytes(bytes(len(PDF)))
    keep(session, folder)
    assert path.read_bytes() == PDF
    assert list(attachments.damaged(session, folder)) == []


# --- showing --------------------------------------------------------------------------------------


def test_a_picture_is_drawn_anew_and_nothing_else_is(session: Session, folder: Path) -> None:
    shown = attachments.redrawn(folder, keep(session, folder, photograph(), "a.jpg"))
    assert shown.startswith(b"\xff\xd8\xff")
    assert b"Exif" not in shown
    with pytest.raises(Problem) as caught:
        attachments.redrawn(folder, keep(session, folder))
    assert caught.value.code == "attachment_unknown"


@pytest.mark.parametrize("change", [os.unlink, lambda path: path.write_bytes(PDF[:-1])])
def test_a_file_that_is_gone_is_told_from_an_unknown_one(session, folder, change) -> None:
    kept = keep(session, folder)
    change(attachments.path_of(folder, kept))
    with pytest.raises(Problem) as caught:
        attachments.path_of(folder, kept)
    assert caught.value.code == "attachment_lost"


# --- looking after the folder ---------------------------------------------------------------------


def altered(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("change", "damage"),
    [
        (os.unlink, "missing"),
        (altered, "altered"),
        (lambda path: path.write_bytes(b""), "altered"),
        (lambda path: (path.unlink(), path.mkdir()), "missing"),
    ],
)
def test_a_missing_or_altered_file_is_named(session, folder, assignment, change, damage) -> None:
    kept, whole = keep(session, folder), keep(session, folder, picture(), "b.png")
    again = keep(session, folder, PDF, "c.pdf")
    assert list(attachments.damaged(session, folder)) == []
    change(attachments.path_of(folder, kept))
    found = list(attachments.damaged(session, folder))
    assert {(one.kept.id, one.damage) for one in found} == {(kept.id, damage), (again.id, damage)}
    assert {one.assignment_id for one in found} == {assignment}
    assert whole.id not in {one.kept.id for one in found}


@pytest.mark.parametrize(
    ("column", "value"), [("shown_name", "b.pdf"), ("question", "khac"), ("sha256", None)]
)
def test_a_row_that_was_made_to_speak_of_another_file_is_named(
    session, folder, column, value
) -> None:
    kept = keep(session, folder)
    other = keep(session, folder, docx(), "a.docx")
    setattr(session.get_one(Attachment, kept.id), column, value or other.sha256)
    session.flush()
    found = list(attachments.damaged(session, folder))
    assert [(one.kept.id, one.damage) for one in found] == [(kept.id, "row")]


def test_a_file_that_no_row_names_is_told_apart(session: Session, folder: Path) -> None:
    kept = keep(session, folder)
    assert list(attachments.unnamed(session, folder)) == []
    left = stored(folder, docx(), "b.docx")
    stray = folder / kept.sha256
    stray.write_bytes(PDF)
    place = folder / left.sha256[:2] / left.sha256
    assert list(attachments.unnamed(session, folder)) == sorted([place, stray])
    assert list(attachments.damaged(session, folder)) == []


def test_what_a_crash_left_half_written_is_gone_after_a_day(session, folder) -> None:
    incoming = folder / "incoming"
    incoming.mkdir(parents=True)
    for name, age in (("old", timedelta(hours=25)), ("new", timedelta(hours=23))):
        (incoming / name).write_bytes(b"x")
        os.utime(incoming / name, ((WORKING_DAY - age).timestamp(),) * 2)
    attachments.tidy(session, folder, WORKING_DAY)
    assert [path.name for path in incoming.iterdir()] == ["new"]


def old_row(session: Session, folder: Path, id_: str, content: bytes) -> Kept:
    """Keep a file as older versions did: a random id, and the bytes under its name."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / id_).write_bytes(content)
    digest = hashlib.sha256(PDF).hexdigest()
    row = Attachment(
        id=id_, assignment_id=assigned(session), question="tep", shown_name="a.pdf",
        size_bytes=len(PDF), content_type="application/pdf", sha256=digest, stored_at=WORKING_DAY,
    )  # fmt: skip
    session.add(row)
    session.flush()
    return attachments.find_one(session, assigned(session), id_)


def test_files_of_an_older_version_are_found_again(session: Session, folder: Path) -> None:
    first, second = (old_row(session, folder, sign * 32, PDF) for sign in "ab")
    (folder / ("c" * 32)).write_bytes(b"nobody's")
    for _ in range(2):
        attachments.tidy(session, folder, WORKING_DAY)
        assert attachments.path_of(folder, first).read_bytes() == PDF
        assert attachments.path_of(folder, second).read_bytes() == PDF
        assert set(files(folder)) == {f"{first.sha256[:2]}/{first.sha256}", "c" * 32}
    assert list(attachments.damaged(session, folder)) == []


def test_a_damaged_file_of_an_older_version_takes_no_good_ones_place(session, folder) -> None:
    good = keep(session, folder)
    bad = old_row(session, folder, "a" * 32, b"%PDF-altered")
    attachments.tidy(session, folder, WORKING_DAY)
    assert attachments.path_of(folder, good).read_bytes() == PDF
    assert (folder / bad.id).read_bytes() == b"%PDF-altered"


def test_a_folder_that_is_not_there_yet_needs_no_care(session: Session, folder: Path) -> None:
    attachments.tidy(session, folder, WORKING_DAY)
    assert list(attachments.unnamed(session, folder)) == []
    assert list(attachments.damaged(session, folder)) == []
