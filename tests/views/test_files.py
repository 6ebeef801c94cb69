"""Files that units send along: taken in, listed, removed, sent back, and refused in time."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from io import BytesIO
from pathlib import Path

import pytest
from flask import Flask
from PIL import Image

from forms.compile import compile_form
from models import Attachment
from services import definitions
from services.attachments import LARGEST_BYTES
from settings import Settings
from tests.conftest import ROOT
from tests.factories import revoke, unit_link
from tests.office_files import PDF, PROGRAM, docx, office, photograph, picture
from tests.stored import count, in_days, looking, open_round, revisions, sent_answers, writing
from tests.views.whole_forms import send, whole
from tests.visitor import File, Page, plausible
from views.files import LARGEST_REQUEST_BYTES
from views.incoming import Incoming, Room

REPORT, ANNEX = "tep_bao_cao", "tep_phu_luc"
MACROS = office("application/vnd.ms-excel.sheet.macroEnabled.main+xml")


def attachments(app: Flask) -> int:
    return count(app, Attachment)


def on_disk(app: Flask) -> list[bytes]:
    folder: Path = app.config["FILES"]
    return sorted(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def pdf(number: int) -> bytes:
    return PDF + f"% {number}\n".encode()


def pdfs(*numbers: int) -> list[File]:
    return [(pdf(number), f"{number}.pdf") for number in numbers]


def listed(page: Page) -> list[str]:
    """Return the names of the kept files on a page, in order."""
    return [said for href, said in page.links if "/tep/" in href]


def removal(page: Page, name: str) -> str:
    """Return what the box beside a kept file sends."""
    href = next(href for href, said in page.links if said == name)
    return href.rpartition("/")[2].partition("?")[0]


# --- taking in ------------------------------------------------------------------------------------


def test_a_file_goes_with_the_report(app, visitor, code):
    name = "Báo cáo số 12: “Đợt 1”.pdf"
    receipt = visitor.follow(send(visitor, code, {REPORT: (PDF, name)}))
    file = visitor.open(receipt.link("Báo cáo số 12"))
    assert file.response.data == PDF
    assert attachments(app) == 1
    assert len(sent_answers(app)[REPORT]) == 1


def test_five_files_go_with_one_question(app, visitor, code):
    sent = send(visitor, code, {REPORT: pdfs(1, 2, 3, 4, 5)})
    receipt = visitor.follow(sent)
    assert listed(receipt) == ["1.pdf", "2.pdf", "3.pdf", "4.pdf", "5.pdf"]
    for number, href in enumerate((href for href, _ in receipt.links if "/tep/" in href), start=1):
        assert visitor.open(href).response.data == pdf(number)
    assert len(sent_answers(app)[REPORT]) == 5


def test_a_sixth_file_is_refused_and_nothing_is_lost(app, visitor, code):
    changes = {REPORT: pdfs(1, 2, 3, 4, 5, 6), "nguoi_lap": "Trần Thị Bé"}
    page = send(visitor, code, changes)
    assert page.status == 422
    assert list(page.summary) == [f"#q-{REPORT}"]
    assert "“6.pdf”: Quá số tệp được gửi. Mục này nhận tối đa 5 tệp" in page.text
    assert listed(page) == ["1.pdf", "2.pdf", "3.pdf", "4.pdf", "5.pdf"]
    assert page.typed("nguoi_lap") == "Trần Thị Bé"
    assert revisions(app) == []
    assert len(on_disk(app)) == 5
    receipt = visitor.follow(visitor.send(page, "submit", plausible(page.form)))
    assert len(listed(receipt)) == 5


def test_files_are_added_to_those_that_are_kept(app, visitor, code):
    page = visitor.follow(send(visitor, code, {REPORT: pdfs(1, 2)}, "save"))
    page = visitor.follow(visitor.send(page, "save", {REPORT: pdfs(3)}))
    assert listed(page) == ["1.pdf", "2.pdf", "3.pdf"]
    page = visitor.send(page, "save", {REPORT: pdfs(4, 5, 6, 7)})
    assert page.status == 422
    assert listed(page) == [f"{number}.pdf" for number in range(1, 6)]
    for refused in ("6.pdf", "7.pdf"):
        assert f"“{refused}”" in page.summary[f"#q-{REPORT}"]


def test_each_file_is_removed_by_its_own_box_and_makes_room_for_another(app, visitor, code):
    page = visitor.follow(send(visitor, code, {REPORT: pdfs(1, 2, 3, 4, 5)}, "save"))
    box = f"remove-{removal(page, '2.pdf')}"
    assert box in page.ids
    changes = {"remove": [removal(page, name) for name in ("2.pdf", "4.pdf")], REPORT: pdfs(6, 7)}
    page = visitor.follow(visitor.send(page, "save", changes))
    assert listed(page) == ["1.pdf", "3.pdf", "5.pdf", "6.pdf", "7.pdf"]
    page = visitor.follow(visitor.send(page, "save", {"remove": removal(page, "7.pdf")}))
    assert listed(page) == ["1.pdf", "3.pdf", "5.pdf", "6.pdf"]


def test_a_file_that_was_removed_can_be_sent_again(app, visitor, code):
    page = visitor.follow(send(visitor, code, {REPORT: pdfs(1)}, "save"))
    page = visitor.follow(visitor.send(page, "save", {"remove": removal(page, "1.pdf")}))
    assert listed(page) == []
    page = visitor.follow(visitor.send(page, "save", {REPORT: pdfs(1)}))
    assert listed(page) == ["1.pdf"]


def test_saving_twice_does_not_double_a_file(app, visitor, code):
    page, values = whole(visitor, code)
    for _ in range(2):
        seen = visitor.follow(visitor.send(page, "save", {**values, REPORT: pdfs(1, 2)}))
    assert listed(seen) == ["1.pdf", "2.pdf"]
    assert attachments(app) == 2


def test_a_report_that_is_sent_twice_keeps_no_more_files(app, visitor, code):
    page, values = whole(visitor, code)
    first = visitor.send(page, "submit", {**values, REPORT: pdfs(1)})
    again = visitor.send(page, "submit", {**values, REPORT: pdfs(1)})
    assert first.location == again.location
    assert (attachments(app), on_disk(app)) == (1, [pdf(1)])


def test_a_file_that_is_added_after_going_back_is_sent(app, visitor, code):
    page, values = whole(visitor, code)
    first = visitor.send(page, "submit", {**values, REPORT: pdfs(1)})
    again = visitor.send(page, "submit", {**values, REPORT: pdfs(1, 2)})
    assert first.location != again.location
    assert "2.pdf" in visitor.follow(again).text


def test_a_section_takes_only_its_own_files(app, visitor, code):
    page = visitor.open(f"/{code}/muc/qua_trinh")
    values = {**plausible(page.form), REPORT: (PDF, "a.pdf"), "action": "save"}
    visitor.post(page.form.action, values, multipart=True)
    assert (attachments(app), on_disk(app)) == (0, [])


@pytest.mark.parametrize(
    ("file", "said"),
    [
        ((PROGRAM, "bao_cao.pdf"), "“bao_cao.pdf”: Không nhận loại tệp này. Vui lòng chọn tệp"),
        ((docx(), "bao_cao.pdf"), "Không nhận loại tệp này. Vui lòng chọn tệp thuộc một trong"),
        ((MACROS, "bao_cao.xlsx"), "Tệp này có macro"),
        ((b"", "bao_cao.pdf"), "Tệp này trống"),
        ((PDF + bytes(LARGEST_BYTES), "bao_cao.pdf"), "Tệp quá lớn. Mỗi tệp tối đa 20 MB"),
    ],
    ids=["renamed program", "another type", "macros", "empty", "too large"],
)
def test_a_file_that_cannot_be_taken_is_refused_at_its_field(app, visitor, code, file, said):
    page = send(visitor, code, {REPORT: [file, (PDF, "dung.pdf")], "nguoi_lap": "Trần Thị Bé"})
    assert page.status == 422
    assert list(page.summary) == [f"#q-{REPORT}"]
    assert said in page.summary[f"#q-{REPORT}"]
    assert "%(" not in page.text
    assert page.typed("nguoi_lap") == "Trần Thị Bé"
    assert listed(page) == ["dung.pdf"]
    assert (on_disk(app), revisions(app)) == ([PDF], [])


def test_what_was_typed_beside_a_file_is_given_back_when_the_link_was_revoked(app, visitor, code):
    page, values = whole(visitor, code)
    with writing(app) as session:
        revoke(session, unit_link(session))
    changes = {**values, REPORT: (PDF, "a.pdf"), "nguoi_lap": "Trần Thị Bé"}
    shut = visitor.send(page, "submit", changes)
    assert shut.status == 410
    assert "Trần Thị Bé" in shut.text
    assert (attachments(app), on_disk(app)) == (0, [])


def test_what_a_file_is_called_does_not_matter(app, visitor, code):
    page = visitor.follow(send(visitor, code, {REPORT: (PDF, "bao_cao.exe")}, "save"))
    assert listed(page) == ["bao_cao.exe.pdf"]
    assert visitor.open(page.link("bao_cao.exe.pdf")).response.mimetype == "application/pdf"


def test_a_file_is_kept_when_another_answer_is_wrong(app, visitor, code):
    wrong = send(visitor, code, {REPORT: (PDF, "a.pdf"), "nguoi_lap": ""})
    assert wrong.status == 422
    assert listed(wrong) == ["a.pdf"]
    receipt = visitor.follow(visitor.send(wrong, "submit", {"nguoi_lap": "Trần Thị Bé"}))
    assert visitor.open(receipt.link("a.pdf")).response.data == PDF


def test_the_file_of_another_unit_cannot_be_claimed(app, visitor, code):
    other = open_round(app, unit_code="HU-AB")
    send(visitor, other, {REPORT: (PDF, "a.pdf")})
    (theirs,) = sent_answers(app)[REPORT]
    send(visitor, code, {REPORT: theirs})
    assert REPORT not in sent_answers(app)
    assert visitor.open(f"/{code}/tep/{theirs}").status == 404
    assert visitor.open(f"/{code}/tep/{theirs}/anh").status == 404


def test_a_report_of_an_older_version_still_shows_its_file(app, visitor, code):
    """There an answer was the id of the one file."""
    visitor.follow(send(visitor, code, {REPORT: (PDF, "a.pdf")}))
    (id_,) = sent_answers(app)[REPORT]
    with writing(app) as session:
        session.connection().exec_driver_sql(
            "UPDATE revision SET answers = replace(answers, ?, ?)", (f'["{id_}"]', f'"{id_}"')
        )
    assert sent_answers(app)[REPORT] == id_
    page = visitor.open(f"/{code}?all=1")
    assert listed(page) == ["a.pdf"]
    receipt = visitor.follow(visitor.send(page, "submit", {REPORT: pdfs(2)}))
    assert listed(receipt) == ["a.pdf", "2.pdf"]
    assert sent_answers(app)[REPORT][0] == id_


# --- what forms say of files ----------------------------------------------------------------------

FORM = """
| survey | type | name | label | constraint | constraint_message |
| | file | tep | Tệp | count-selected(.) <= 2 | Chỉ gửi hai tệp. |
| | image | anh | Ảnh | | |
| | calculate | so_tep | Số tệp | | |
| | note | luu_y | Có ${so_tep} tệp. | | |
| settings | form_id | form_title | version |
| | bao_cao_dot_1 | Thử | 2 |
""".replace("constraint_message |\n", "constraint_message | calculation |\n", 1).replace(
    "| Số tệp | | |\n", "| Số tệp | | | count-selected(${tep}) |\n"
)


def test_expressions_count_files(app, visitor, code):
    compile_form(FORM.encode(), "x.md")
    with writing(app) as session:
        definitions.publish(session, FORM.encode(), "bao_cao_dot_1.md", in_days(0))
    page = visitor.open(f"/{code}?all=1")
    wrong = visitor.send(page, "submit", {"tep": [(docx(), "a"), (PDF, "b"), (pdf(3), "c")]})
    assert wrong.summary == {"#q-tep": "Tệp: Chỉ gửi hai tệp."}
    assert listed(wrong) == ["a.docx", "b.pdf", "c.pdf"]
    assert "Có 3 tệp." in wrong.text
    receipt = visitor.follow(visitor.send(wrong, "submit", {"remove": removal(wrong, "b.pdf")}))
    assert "Có 2 tệp." in receipt.text
    assert sent_answers(app)["so_tep"] == 2


def test_a_picture_question_takes_pictures_only_and_shows_them_drawn_anew(app, visitor, code):
    with writing(app) as session:
        definitions.publish(session, FORM.encode(), "bao_cao_dot_1.md", in_days(0))
    page = visitor.open(f"/{code}?all=1")
    files = [(photograph(), "hội nghị.jpg"), (PDF, "a.jpg"), (picture(), "b.jpg")]
    page = visitor.send(page, "save", {"anh": files})
    assert "“a.jpg”: Không nhận loại tệp này" in page.summary["#q-anh"]
    assert listed(page) == ["hội nghị.jpg", "b.png"]
    receipt = visitor.follow(visitor.send(page, "submit"))
    address = f"{receipt.link('hội nghị.jpg').partition('?')[0]}/anh"
    assert f'src="{address}"' in receipt.html
    shown = visitor.open(address).response
    assert shown.mimetype == "image/jpeg"
    assert Image.open(BytesIO(shown.data)).size == (40, 60)
    assert b"Exif" not in shown.data
    assert visitor.open(address.removesuffix("/anh")).response.data == photograph()


# --- sending back ---------------------------------------------------------------------------------


def test_a_file_is_saved_and_never_opened(visitor, client, code):
    receipt = visitor.follow(send(visitor, code, {REPORT: (PDF, "Kế hoạch.pdf")}))
    with client.get(receipt.link("Kế hoạch.pdf")) as answer:
        headers = answer.headers
        assert answer.mimetype == "application/pdf"
        assert headers["Content-Disposition"].startswith('attachment; filename="ke hoach.pdf"')
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert headers["Cache-Control"] == "private, no-cache"
        assert answer.data == PDF
    part = client.get(receipt.link("Kế hoạch.pdf"), headers={"Range": "bytes=1-4"})
    assert (part.status_code, part.data) == (206, b"PDF-")
    part.close()


def test_a_file_that_is_gone_from_the_disk_is_told_with_what_to_do(app, visitor, code):
    receipt = visitor.follow(send(visitor, code, {ANNEX: (picture(), "a.png")}))
    address = receipt.link("a.png")
    shutil.rmtree(app.config["FILES"])
    for gone in (address, f"{address}/anh"):
        page = visitor.open(gone)
        assert page.status == 404
        assert "Hiện không đọc được tệp này" in page.text
        assert "có thể cần gửi lại tệp" in page.text


# --- too much at once -----------------------------------------------------------------------------


def test_a_page_says_what_to_do_about_a_request_that_is_too_large(app, visitor, client, code):
    size = {"CONTENT_LENGTH": str(LARGEST_REQUEST_BYTES + 1)}
    kind = "multipart/form-data; boundary=x"
    answer = client.post(f"/{code}?all=1", environ_overrides=size, content_type=kind)
    assert answer.status_code == 413
    assert "Vui lòng quay lại trang trước" in answer.text


def test_only_a_link_of_a_unit_lets_large_requests_in(app, client, code):
    large = {"CONTENT_LENGTH": str(LARGEST_REQUEST_BYTES)}
    kind = "multipart/form-data; boundary=x"
    unknown = code[:-1] + ("2" if code[-1] != "2" else "3")
    for address, status in (
        (f"/{code}", 400),
        (f"/{code}/muc/dinh_kem", 400),
        (f"/{unknown}", 404),
    ):
        answer = client.post(address, environ_overrides=large, content_type=kind)
        assert answer.status_code == status, address
    assert (
        client.post(f"/{code}/kiem-tra", environ_overrides=large, content_type=kind).status_code
        == 413
    )


def test_of_a_file_that_is_too_large_only_so_much_is_kept_that_it_can_be_told(tmp_path):
    with Incoming(tmp_path, Room()) as file:
        for _ in range(30):
            assert file.write(bytes(1024 * 1024)) == 1024 * 1024
        assert (file.tell(), file.problem) == (LARGEST_BYTES + 1, None)
        assert list(tmp_path.iterdir()) == []


def test_the_files_of_a_request_share_their_room(tmp_path):
    room = Room(100)
    first, second, third = (Incoming(tmp_path, room) for _ in range(3))
    first.write(b"a" * 60)
    second.write(b"b" * 30)
    second.write(b"b" * 30)
    second.write(b"b")
    third.write(b"c" * 10)
    told = []
    for file in (first, second, third):
        file.seek(0)
        told.append((file.read(), file.problem))
        file.close()
    assert told == [(b"a" * 60, None), (b"", "request_too_large"), (b"c" * 10, None)]


# --- a full disk ----------------------------------------------------------------------------------

SMALL_DISK = ["unshare", "--mount", *([] if os.geteuid() == 0 else ["-r"]), "sh", "-c"]
MOUNT = 'mount -t tmpfs -o size={} full "$0"'


def can_mount() -> bool:
    if shutil.which("unshare") is None:
        return False
    try_it = [*SMALL_DISK, MOUNT.format("1m"), "/mnt"]
    return subprocess.run(try_it, check=False, capture_output=True).returncode == 0


@pytest.mark.skipif(not can_mount(), reason="no file system may be mounted here")
@pytest.mark.parametrize("size", ["6m", "3m"], ids=["while copying", "while coming in"])
def test_a_disk_that_is_full_is_told_and_nothing_is_lost(app, settings: Settings, code, size):
    folder = app.config["FILES"]
    folder.mkdir()
    act = [
        sys.executable,
        "-m",
        "tests.views.full_disk",
        settings.home,
        settings.database_url,
        code,
    ]
    command = [*SMALL_DISK, f'{MOUNT.format(size)} && exec "$@"', folder, *act]
    told = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    assert json.loads(told) == {
        "status": 503,
        "retry_after": "30",
        "summary": {
            f"#q-{REPORT}": "Báo cáo đã ký (bản PDF): “a.pdf”: Máy chủ đã hết chỗ lưu, chưa lưu "
            "được tệp này. Vui lòng báo cơ quan đã gửi đường dẫn và gửi lại tệp sau."
        },
        "nguoi_lap": "Trần Thị Bé",
        "draft": "Trần Thị Bé",
        "left": [],
        "afterwards": ["b.pdf"],
    }
    with looking(app) as session:
        assert session.query(Attachment).count() == 1
